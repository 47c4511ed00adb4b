//! `tonic`: gRPC over HTTP/2, with the options that it has by default.

use tokio::net::TcpListener;
use tonic::transport::server::TcpIncoming;
use tonic::transport::{Channel, Endpoint, Server};
use tonic::{Request, Response, Status};

use crate::Failure;
use crate::client::Caller;

#[allow(clippy::pedantic, reason = "generated")]
mod generated {
    include!(concat!(env!("OUT_DIR"), "/bench.Bench.rs"));
}

use generated::bench_client::BenchClient;
use generated::bench_server::{Bench, BenchServer};

/// The argument and the result.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Text {
    #[prost(string, tag = "1")]
    value: String,
}

struct Service;

#[tonic::async_trait]
impl Bench for Service {
    async fn echo(&self, request: Request<Text>) -> Result<Response<Text>, Status> {
        Ok(Response::new(request.into_inner()))
    }
}

/// Serves until the process ends.
pub(crate) async fn serve(announce: impl FnOnce(&str)) -> Result<(), Failure> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    announce(&listener.local_addr()?.to_string());
    let incoming = TcpIncoming::from(listener).with_nodelay(Some(true));
    Server::builder()
        .add_service(BenchServer::new(Service))
        .serve_with_incoming(incoming)
        .await?;
    Ok(())
}

/// A connection; its clones share it.
pub(crate) struct Tonic(BenchClient<Channel>);

impl Caller for Tonic {
    async fn connect(address: &str) -> Result<Self, Failure> {
        let endpoint = Endpoint::from_shared(format!("http://{address}"))?;
        Ok(Self(BenchClient::new(endpoint.connect().await?)))
    }

    async fn echo(&self, payload: &str) -> Result<String, Failure> {
        let text = Text {
            value: payload.to_owned(),
        };
        Ok(self.0.clone().echo(text).await?.into_inner().value)
    }
}
