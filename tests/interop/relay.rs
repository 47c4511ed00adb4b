//! A wire between a client and a server that a test can cut.

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::npm::NpmPeer;
use crate::place::{Net, Place};

/// Passes bytes on, one connection at a time, and cuts each after so many bytes. When one has ended the
/// next has to be admitted.
#[derive(Debug)]
pub(crate) struct Relay {
    pub(crate) place: Place,
    ended: mpsc::UnboundedReceiver<()>,
    admit: mpsc::UnboundedSender<()>,
    task: JoinHandle<()>,
}

impl Relay {
    /// Relays to `target`. The nth connection is cut when so many bytes have passed, both directions
    /// taken together; those that have no number are never cut. The first connection is admitted.
    pub(crate) async fn start(target: Place, cuts: Vec<u64>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0")
            .await
            .expect("a port is free");
        let port = listener.local_addr().expect("it is bound").port();
        // Over a port it is TCP that a Unix socket is spoken over.
        let net = match target.net() {
            Net::Unix => Net::Tcp,
            host => host,
        };
        let (report, ended) = mpsc::unbounded_channel();
        let (admit, admitted) = mpsc::unbounded_channel();
        let task = tokio::spawn(serve(listener, target, cuts, admitted, report));
        let relay = Self {
            place: Place::Port(net, port),
            ended,
            admit,
            task,
        };
        relay.admit();
        relay
    }

    /// Lets one more connection pass.
    fn admit(&self) {
        self.admit.send(()).expect("the relay runs");
    }

    /// Lets every connection pass as soon as the one before has ended. Never returns.
    pub(crate) async fn admit_all(mut self) {
        loop {
            self.ended.recv().await.expect("the relay runs");
            self.admit();
        }
    }

    /// Lets every connection pass as soon as the npm server has noticed that the one before has ended:
    /// it goes astray when a session is resumed earlier (D8). Never returns.
    pub(crate) async fn admit_when_noticed(mut self, peer: &NpmPeer) {
        loop {
            self.ended.recv().await.expect("the relay runs");
            peer.notice("disconnect").await;
            self.admit();
        }
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(
    listener: TcpListener,
    target: Place,
    cuts: Vec<u64>,
    mut admitted: mpsc::UnboundedReceiver<()>,
    ended: mpsc::UnboundedSender<()>,
) {
    let mut cuts = cuts.into_iter();
    while admitted.recv().await.is_some() {
        let Ok((client, _)) = listener.accept().await else {
            return;
        };
        let budget = cuts.next().unwrap_or(u64::MAX);
        // An error is an end like any other.
        let _ = match &target {
            Place::Port(_, port) => match TcpStream::connect(("127.0.0.1", *port)).await {
                Ok(server) => pass(client, server, budget).await,
                Err(error) => Err(error),
            },
            Place::Path(path) => match UnixStream::connect(path).await {
                Ok(server) => pass(client, server, budget).await,
                Err(error) => Err(error),
            },
        };
        if ended.send(()).is_err() {
            return;
        }
    }
}

/// Passes bytes on in both directions until the budget is used up or a side ends; then both sides are
/// dropped.
async fn pass<C, S>(client: C, server: S, mut budget: u64) -> io::Result<()>
where
    C: AsyncRead + AsyncWrite + Unpin,
    S: AsyncRead + AsyncWrite + Unpin,
{
    let (mut from_client, mut to_client) = tokio::io::split(client);
    let (mut from_server, mut to_server) = tokio::io::split(server);
    let (mut up, mut down) = ([0; 4096], [0; 4096]);
    while budget > 0 {
        tokio::select! {
            length = from_client.read(&mut up) => {
                forward(&up, length?, &mut budget, &mut to_server).await?;
            }
            length = from_server.read(&mut down) => {
                forward(&down, length?, &mut budget, &mut to_client).await?;
            }
        }
    }
    Ok(())
}

async fn forward(
    bytes: &[u8],
    length: usize,
    budget: &mut u64,
    to: &mut (impl AsyncWrite + Unpin),
) -> io::Result<()> {
    if length == 0 {
        *budget = 0;
        return Ok(());
    }
    let passed = length.min(usize::try_from(*budget).unwrap_or(usize::MAX));
    *budget -= passed as u64;
    to.write_all(&bytes[..passed]).await
}
