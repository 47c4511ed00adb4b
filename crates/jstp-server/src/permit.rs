//! A transport that counts towards the server's limit for as long as it exists.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_util::{Sink, Stream};
use jstp_transport::{BoxTransport, Error};
use tokio::sync::OwnedSemaphorePermit;

/// A transport with its permit, which is given back when the transport is dropped.
pub(crate) struct Permitted {
    transport: BoxTransport,
    _permit: OwnedSemaphorePermit,
}

impl Permitted {
    pub(crate) fn boxed(transport: BoxTransport, permit: OwnedSemaphorePermit) -> BoxTransport {
        Box::pin(Self {
            transport,
            _permit: permit,
        })
    }

    fn inner(self: Pin<&mut Self>) -> Pin<&mut dyn jstp_transport::Transport> {
        self.get_mut().transport.as_mut()
    }
}

impl Stream for Permitted {
    type Item = Result<Bytes, Error>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.inner().poll_next(cx)
    }
}

impl Sink<Bytes> for Permitted {
    type Error = Error;

    fn poll_ready(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.inner().poll_ready(cx)
    }

    fn start_send(self: Pin<&mut Self>, message: Bytes) -> Result<(), Error> {
        self.inner().start_send(message)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.inner().poll_flush(cx)
    }

    fn poll_close(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.inner().poll_close(cx)
    }
}
