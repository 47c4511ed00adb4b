//! `tarpc` over TCP, with the codec that one names.

use std::marker::PhantomData;

use futures_util::StreamExt;
use tarpc::context::{self, Context};
use tarpc::serde_transport;
use tarpc::server::{BaseChannel, Channel};
use tarpc::{ClientMessage, Response};
use tokio::net::{TcpListener, TcpStream};
use tokio_serde::formats::{Bincode, Json};
use tokio_serde::{Deserializer, Serializer};
use tokio_util::codec::{Decoder, LengthDelimitedCodec};

use crate::Failure;
use crate::client::Caller;

#[tarpc::service]
pub(crate) trait Bench {
    async fn echo(value: String) -> String;
}

#[derive(Clone)]
struct Service;

impl Bench for Service {
    async fn echo(self, _: Context, value: String) -> String {
        value
    }
}

type Request = ClientMessage<BenchRequest>;
type Answer = Response<BenchResponse>;

/// A codec, as the side names it that uses it.
pub(crate) trait Format: Send + Sync + 'static {
    type Server: Serializer<Answer> + Deserializer<Request> + Default + Unpin + Send + 'static;
    type Client: Serializer<Request> + Deserializer<Answer> + Default + Unpin + Send + 'static;
}

/// JSON texts.
pub(crate) struct JsonFormat;

impl Format for JsonFormat {
    type Server = Json<Request, Answer>;
    type Client = Json<Answer, Request>;
}

/// The encoding that tarpc's own examples use.
pub(crate) struct BincodeFormat;

impl Format for BincodeFormat {
    type Server = Bincode<Request, Answer>;
    type Client = Bincode<Answer, Request>;
}

/// Serves until the process ends, one task per connection and one per call as in tarpc's examples.
pub(crate) async fn serve<F: Format>(announce: impl FnOnce(&str)) -> Result<(), Failure>
where
    std::io::Error: From<<F::Server as Serializer<Answer>>::Error>
        + From<<F::Server as Deserializer<Request>>::Error>,
{
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    announce(&listener.local_addr()?.to_string());
    loop {
        let (stream, _) = listener.accept().await?;
        // Without it calls that wait for each other would wait for delayed acknowledgements too.
        stream.set_nodelay(true)?;
        let framed = LengthDelimitedCodec::new().framed(stream);
        let transport = serde_transport::new(framed, F::Server::default());
        let calls = BaseChannel::with_defaults(transport).execute(Service.serve());
        tokio::spawn(calls.for_each(async |call| {
            tokio::spawn(call);
        }));
    }
}

/// A connection over TCP.
pub(crate) struct Tarpc<F> {
    client: BenchClient,
    format: PhantomData<F>,
}

impl<F: Format> Caller for Tarpc<F>
where
    std::io::Error: From<<F::Client as Serializer<Request>>::Error>
        + From<<F::Client as Deserializer<Answer>>::Error>,
{
    async fn connect(address: &str) -> Result<Self, Failure> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let framed = LengthDelimitedCodec::new().framed(stream);
        let transport = serde_transport::new(framed, F::Client::default());
        let client = BenchClient::new(tarpc::client::Config::default(), transport).spawn();
        Ok(Self {
            client,
            format: PhantomData,
        })
    }

    async fn echo(&self, payload: &str) -> Result<String, Failure> {
        let call = self.client.echo(context::current(), payload.to_owned());
        Ok(call.await?)
    }
}
