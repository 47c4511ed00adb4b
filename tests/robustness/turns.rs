//! Whose long message goes on while memory is used up. By a clock that goes on only while everybody waits.

use std::time::Duration;

use jstp::transport::FramedStream;
use jstp::{
    Accepted, Address, Application, ConnectionOptions, Interface, MemoryBudget, ServerOptions,
    Value, net,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};

use crate::common::MIB;

/// What a client that behaves may have to wait for.
const SOON: Duration = Duration::from_secs(2);
/// The same when long messages take all they may: two turns of those who stop.
const LATER: Duration = Duration::from_secs(9);
const BEGUN: usize = 70 * 1024;

/// A server with a budget that a handler has used up which never ends.
struct Full {
    server: jstp::Server,
    budget: MemoryBudget,
    _guest: Peer,
}

/// A client by hand.
struct Peer {
    stream: DuplexStream,
    input: Vec<u8>,
}

fn application() -> Application {
    let keep = async |_: Value| std::future::pending::<()>().await;
    Application::new("app")
        .expect("a valid name")
        .interface("keep", Interface::new().method("forever", keep))
        .interface("echo", Interface::new().method("one", |value: Value| value))
}

impl Full {
    async fn new(limit: usize) -> Self {
        let budget = MemoryBudget::new(limit);
        let connection = ConnectionOptions::default().with_memory_budget(budget.clone());
        let options = ServerOptions::from([application()]);
        let server = net::create_server(options.with_connection(connection));
        let mut guest = Peer::join(&server).await;
        let text = "x".repeat(limit / 2 + 64 * 1024);
        guest
            .send(&format!("{{call:[1,'keep'],forever:['{text}']}}"))
            .await;
        while budget.held() <= limit {
            sleep(Duration::from_millis(1)).await;
        }
        Self {
            server,
            budget,
            _guest: guest,
        }
    }

    async fn join(&self) -> Peer {
        Peer::join(&self.server).await
    }

    async fn join_many(&self, count: usize) -> Vec<Peer> {
        let mut peers = Vec::new();
        for _ in 0..count {
            peers.push(self.join().await);
        }
        peers
    }
}

impl Peer {
    fn connect(server: &jstp::Server) -> Self {
        let (near, stream) = tokio::io::duplex(256 * 1024);
        let near = FramedStream::new(near, server.transport_options());
        let peer = Address::Other("duplex".to_owned());
        let admitted = server.admit(Accepted::ready(peer, Box::pin(near)));
        admitted.expect("a server that goes on");
        Self {
            stream,
            input: Vec::new(),
        }
    }

    async fn join(server: &jstp::Server) -> Self {
        let mut peer = Self::connect(server);
        peer.send("{handshake:[0,'app']}").await;
        assert!(peer.hear().await.starts_with("{handshake:[0],ok:'"));
        peer
    }

    async fn send(&mut self, message: &str) {
        let whole = format!("{message}\0");
        let sent = self.stream.write_all(whole.as_bytes()).await;
        sent.expect("the server reads");
    }

    /// The next message; nothing at the end.
    async fn hear(&mut self) -> String {
        loop {
            if let Some(end) = self.input.iter().position(|byte| *byte == 0) {
                let message = self.input.drain(..=end).take(end).collect();
                return String::from_utf8(message).expect("our messages are UTF-8");
            }
            if !matches!(self.stream.read_buf(&mut self.input).await, Ok(1..)) {
                return String::new();
            }
        }
    }

    /// Begins a message of this length.
    async fn begin(&mut self, length: usize) {
        let sent = self.stream.write_all(&vec![b' '; length]).await;
        sent.expect("the server reads");
    }

    /// Sends more of it by pieces until the server closes.
    async fn trickle(mut self, piece: usize, every: Duration) {
        while self.stream.write_all(&vec![b' '; piece]).await.is_ok() {
            sleep(every).await;
        }
    }

    /// A call of 1 MiB, and how long it took.
    async fn echo(&mut self) -> Duration {
        let start = Instant::now();
        let text = "x".repeat(MIB);
        self.send(&format!("{{call:[1,'echo'],one:['{text}']}}"))
            .await;
        let answer = timeout(Duration::from_secs(60), self.hear()).await;
        let answer = answer.expect("an answer at last");
        assert_eq!(answer, format!("{{callback:[1],ok:['{text}']}}"));
        start.elapsed()
    }
}

#[tokio::test(start_paused = true)]
async fn clients_that_begin_long_messages_and_stop_hold_nobody_back() {
    for limit in [0, 2 * MIB] {
        for count in [12, 100] {
            let full = Full::new(limit).await;
            let mut good = full.join().await;
            let mut stallers = full.join_many(count).await;
            for staller in &mut stallers {
                staller.begin(BEGUN).await;
            }
            for _ in 0..3 {
                let took = good.echo().await;
                assert!(took < SOON, "{limit}, {count}: {took:?}");
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn clients_that_trickle_do_not_add_up() {
    for (piece, every, most) in [(1, 200, SOON), (64, 100, SOON), (8 * 1024, 200, LATER)] {
        let full = Full::new(2 * MIB).await;
        let mut good = full.join().await;
        let mut tricklers = JoinSet::new();
        for mut peer in full.join_many(100).await {
            peer.begin(BEGUN).await;
            tricklers.spawn(peer.trickle(piece, Duration::from_millis(every)));
        }
        for _ in 0..5 {
            let took = good.echo().await;
            assert!(took < most, "{piece}: {took:?}");
            sleep(Duration::from_millis(500)).await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn newcomers_that_begin_long_handshakes_and_stop_hold_nobody_back() {
    let full = Full::new(2 * MIB).await;
    let mut strangers = Vec::new();
    for _ in 0..100 {
        let mut stranger = Peer::connect(&full.server);
        stranger.begin(BEGUN).await;
        strangers.push(stranger);
    }
    for _ in 0..3 {
        let start = Instant::now();
        let mut good = full.join().await;
        good.echo().await;
        assert!(start.elapsed() < SOON, "{:?}", start.elapsed());
    }
}

#[tokio::test(start_paused = true)]
async fn clients_that_send_much_and_stop_do_not_add_up() {
    for limit in [0, 2 * MIB] {
        let full = Full::new(limit).await;
        let before = full.budget.held();
        let mut good = full.join().await;
        let mut pushers = JoinSet::new();
        for mut peer in full.join_many(100).await {
            pushers.spawn(async move {
                // It may be closed before.
                let _ = peer.stream.write_all(&vec![b' '; MIB / 2]).await;
                peer.hear().await
            });
        }
        let mut most = 0;
        let watching = async {
            loop {
                most = most.max(full.budget.held() - before);
                sleep(Duration::from_millis(1)).await;
            }
        };
        let calling = async {
            for _ in 0..10 {
                let took = good.echo().await;
                assert!(took < LATER, "{limit}: {took:?}");
                sleep(Duration::from_millis(100)).await;
            }
        };
        tokio::select! {
            () = watching => unreachable!(),
            () = calling => {}
        }
        assert!(most < limit.max(MIB) + 2 * MIB, "{} KiB", most / 1024);
    }
}
