//! The network before a server, which a test can take away and give back, with another server behind it.
//!
//! A test takes this file in by `#[path = "support/relay.rs"] mod relay;`.

use std::net::SocketAddr;

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// Passes bytes on to a server while there is one.
#[derive(Debug)]
pub(crate) struct Relay {
    pub(crate) address: SocketAddr,
    target: watch::Sender<Option<SocketAddr>>,
    task: JoinHandle<()>,
}

impl Relay {
    pub(crate) async fn start(target: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0")
            .await
            .expect("a port is free");
        let address = listener.local_addr().expect("it is bound");
        let (target, targets) = watch::channel(Some(target));
        Self {
            address,
            target,
            task: tokio::spawn(serve(listener, targets)),
        }
    }

    /// Cuts all connections; new ones get nowhere.
    pub(crate) fn cut(&self) {
        self.target.send_replace(None);
    }

    /// Lets connections pass again, to this server.
    pub(crate) fn restore(&self, target: SocketAddr) {
        self.target.send_replace(Some(target));
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(listener: TcpListener, targets: watch::Receiver<Option<SocketAddr>>) {
    while let Ok((client, _)) = listener.accept().await {
        let mut targets = targets.clone();
        let target = *targets.borrow_and_update();
        if let Some(target) = target {
            tokio::spawn(async move {
                tokio::select! {
                    () = pass(client, target) => {}
                    _ = targets.changed() => {}
                }
            });
        }
    }
}

async fn pass(mut client: TcpStream, target: SocketAddr) {
    if let Ok(mut server) = TcpStream::connect(target).await {
        // An error is an end like any other.
        let _ = copy_bidirectional(&mut client, &mut server).await;
    }
}
