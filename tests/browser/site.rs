//! The chat's server with its page, in this process.

use std::net::SocketAddr;
use std::time::Duration;

use jstp::{Client, RemoteProxy, Server, ServerEvent, ServerEvents, net};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::{room, web};

/// A running chat.
pub(crate) struct Site {
    /// Where browsers find it.
    pub(crate) page: SocketAddr,
    server: Server,
    events: ServerEvents,
    stop: oneshot::Sender<()>,
    web: JoinHandle<std::io::Result<()>>,
}

impl Site {
    pub(crate) async fn start() -> Self {
        let server = room::create_server().expect("the name is valid");
        let server = server.listen("127.0.0.1:0").await.expect("a port is free");
        let listener = TcpListener::bind("127.0.0.1:0")
            .await
            .expect("a port is free");
        let page = listener.local_addr().expect("it is bound");
        let (stop, stopped) = oneshot::channel::<()>();
        let events = server.events();
        let web = tokio::spawn({
            let server = server.clone();
            async move {
                let stopped = async { drop(stopped.await) };
                web::serve(listener, &server, stopped).await
            }
        });
        Self {
            page,
            server,
            events,
            stop,
            web,
        }
    }

    /// Somebody who takes part by TCP.
    pub(crate) async fn join(&self, name: &str) -> RemoteProxy {
        let address = self.server.local_address().expect("it listens");
        let (_, mut proxies) =
            net::connect_and_inspect("chat", Client::default(), ["chat"], address.to_string())
                .await
                .expect("it is there");
        let chat = proxies.remove("chat").expect("it was inspected");
        chat.call::<()>("join", (name,))
            .await
            .expect("it is a name");
        chat
    }

    /// Stops in an orderly way: first the web server, then the connections that it has handed over.
    pub(crate) async fn stop(self) {
        drop(self.stop);
        self.web
            .await
            .expect("the web server does not panic")
            .expect("the bundle is installed");
        self.server.shutdown(Duration::from_secs(1)).await;
    }

    /// How often each strategy was asked for since the last time.
    pub(crate) fn handshakes(&mut self, strategy: &str) -> usize {
        let mut count = 0;
        while let Some(Some(event)) = futures_util::FutureExt::now_or_never(self.events.recv()) {
            if let ServerEvent::HandshakeRequest {
                strategy: asked, ..
            } = event
            {
                count += usize::from(asked == strategy);
            }
        }
        count
    }
}
