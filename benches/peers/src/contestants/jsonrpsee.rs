//! `jsonrpsee` over WebSocket, by the traits that its macro makes.

use jsonrpsee::core::{RpcResult, async_trait};
use jsonrpsee::proc_macros::rpc;
use jsonrpsee::server::{Server, ServerConfig};
use jsonrpsee::ws_client::{WsClient, WsClientBuilder};

use crate::Failure;
use crate::client::Caller;

/// More than there may be descriptors; the default is 100.
const CONNECTIONS: u32 = 100_000;

#[rpc(server, client)]
trait Bench {
    #[method(name = "echo")]
    fn echo(&self, value: String) -> RpcResult<String>;
}

struct Service;

#[async_trait]
impl BenchServer for Service {
    fn echo(&self, value: String) -> RpcResult<String> {
        Ok(value)
    }
}

/// Serves until the process ends.
pub(crate) async fn serve(announce: impl FnOnce(&str)) -> Result<(), Failure> {
    let config = ServerConfig::builder().max_connections(CONNECTIONS).build();
    let server = Server::builder()
        .set_config(config)
        .build("127.0.0.1:0")
        .await?;
    announce(&server.local_addr()?.to_string());
    server.start(Service.into_rpc()).stopped().await;
    Ok(())
}

/// A connection over WebSocket.
pub(crate) struct Jsonrpsee(WsClient);

impl Caller for Jsonrpsee {
    async fn connect(address: &str) -> Result<Self, Failure> {
        let client = WsClientBuilder::default();
        Ok(Self(client.build(format!("ws://{address}")).await?))
    }

    async fn echo(&self, payload: &str) -> Result<String, Failure> {
        Ok(BenchClient::echo(&self.0, payload.to_owned()).await?)
    }
}
