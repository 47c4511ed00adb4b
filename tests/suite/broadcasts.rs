//! What broadcasts promise: to all or to none, in order, and whatever becomes of who waits for them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use async_trait::async_trait;
use jstp::transport::{Accepted, Address, FramedStream};
use jstp::{
    Application, ConnectionOptions, EmitError, EngineConfig, Interface, SendError, Server,
    ServerOptions, Session, SessionId, SessionLimits, SessionStorageProvider,
    SimpleSessionStorageProvider, StorageError, net,
};

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::support::{Over, Raw, Site, until, within_days};

fn options() -> ServerOptions {
    ServerOptions::new([Application::new("app").unwrap()])
}

/// Sessions hold 50 messages, and 10 more events may wait.
fn small_options() -> ServerOptions {
    options_with_waiting(10)
}

/// Sessions hold 50 messages.
fn options_with_waiting(events: usize) -> ServerOptions {
    let engine = EngineConfig::default().with_max_waiting(events, 1024 * 1024);
    options()
        .with_session_limits(SessionLimits::default().with_max_buffered_messages(50))
        .with_connection(ConnectionOptions::default().with_engine(engine))
}

async fn broadcast(server: &Server, numbers: std::ops::Range<u32>) {
    for number in numbers {
        let report = server.broadcast("news", "line", (number,)).await;
        report.unwrap();
    }
}

/// Asks to resume a session of which nothing was received; gives the answer.
async fn ask_to_resume(site: &Site, session: &str) -> (Raw, String) {
    let mut raw = site.raw().await;
    raw.send(&format!("{{handshake:[0,'app'],session:['{session}',0]}}"))
        .await;
    let answer = raw.receive().await.unwrap();
    (raw, answer)
}

#[tokio::test(start_paused = true)]
async fn an_answer_comes_behind_what_its_method_has_broadcast() {
    within_days(async {
        let server = net::create_server(ServerOptions::default());
        let weak = server.downgrade();
        let chat = Interface::new().method("say", move || {
            let server = weak.upgrade().unwrap();
            async move { broadcast(&server, 1..2).await }
        });
        server.update_applications(Application::new("app").unwrap().interface("chat", chat));
        let site = Site::listening(server, Over::Memory).await;
        let (mut raw, _) = site.raw_client().await;
        raw.send("{call:[1,'chat'],say:[]}").await;
        for expected in ["{event:[-1,'news'],line:[1]}", "{callback:[1],ok:[]}"] {
            assert_eq!(raw.receive().await.as_deref(), Some(expected));
        }
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn an_event_that_would_be_too_long_for_one_client_goes_to_none() {
    within_days(async {
        let limit = 200;
        let engine = EngineConfig::default().with_max_message_size(limit);
        let connection = ConnectionOptions::default().with_engine(engine);
        let site = Site::in_memory(options().with_connection(connection)).await;
        let (mut old, _) = site.raw_client().await;
        broadcast(&site.server, 0..9).await;
        for _ in 0..9 {
            old.receive().await.unwrap();
        }
        let (mut new, _) = site.raw_client().await;
        // Just short enough for the first nine events of a client.
        let rest = "{event:[-1,'news'],line:['']}".len();
        let text = "x".repeat(limit - rest);
        let refused = site.server.broadcast("news", "line", (text,)).await;
        let too_long = |error| matches!(error, EmitError::Send(SendError::TooLong { .. }));
        assert!(refused.is_err_and(too_long));
        broadcast(&site.server, 9..10).await;
        for (client, id) in [(&mut old, 10), (&mut new, 1)] {
            let message = client.receive().await.unwrap();
            assert_eq!(message, format!("{{event:[-{id},'news'],line:[9]}}"));
        }
    })
    .await;
}

/// Forgets sessions slowly, once it is told to.
#[derive(Debug, Default)]
struct SlowToForget {
    inner: SimpleSessionStorageProvider,
    slow: AtomicBool,
}

#[async_trait]
impl SessionStorageProvider for SlowToForget {
    async fn get(&self, id: &SessionId) -> Result<Option<Session>, StorageError> {
        self.inner.get(id).await
    }

    async fn set(&self, session: Session) -> Result<(), StorageError> {
        self.inner.set(session).await
    }

    async fn set_inactive(&self, id: &SessionId) -> Result<(), StorageError> {
        self.inner.set_inactive(id).await
    }

    async fn remove(&self, id: &SessionId) -> Result<(), StorageError> {
        if self.slow.load(Ordering::Relaxed) {
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        self.inner.remove(id).await
    }
}

#[tokio::test(start_paused = true)]
async fn a_session_that_is_being_ended_is_ended_though_nobody_waits_for_it_any_longer() {
    within_days(async {
        for by_broadcast in [true, false] {
            let storage = Arc::new(SlowToForget::default());
            let options = small_options().with_session_storage(storage.clone());
            let site = Site::in_memory(options).await;
            let (raw, session) = site.raw_client().await;
            // Stored.
            drop(raw);
            tokio::time::sleep(Duration::from_millis(100)).await;
            let (raw, answer) = ask_to_resume(&site, &session).await;
            assert_eq!(answer, "{handshake:[0],ok:0}");
            storage.slow.store(true, Ordering::Relaxed);
            let server = site.server.clone();
            let ending = tokio::spawn(async move {
                if by_broadcast {
                    broadcast(&server, 0..100).await;
                } else {
                    server.end_session(&server.get_clients()[0]).await;
                }
            });
            tokio::time::sleep(Duration::from_millis(100)).await;
            drop(raw);
            tokio::time::sleep(Duration::from_millis(100)).await;
            assert!(!ending.is_finished());
            ending.abort();
            let (_, answer) = ask_to_resume(&site, &session).await;
            assert_eq!(answer, "{handshake:[0],error:[11]}");
        }
    })
    .await;
}

/// Polls a future to its end on this thread, which has no runtime.
fn without_a_runtime<T>(future: impl Future<Output = T>) -> T {
    let mut future = std::pin::pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
        std::thread::yield_now();
    }
}

#[test]
fn slow_clients_are_ended_whoever_found_them_so() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .unwrap();
    let site = runtime.block_on(Site::in_memory(small_options()));
    let (_deaf, _) = runtime.block_on(site.raw_client());
    std::thread::scope(|scope| {
        scope.spawn(|| without_a_runtime(broadcast(&site.server, 0..55)));
    });
    runtime.block_on(within_days(broadcast(&site.server, 55..70)));
}

#[tokio::test(start_paused = true)]
async fn who_takes_a_long_message_bit_by_bit_is_not_too_slow() {
    within_days(async {
        let connection = ConnectionOptions::default().with_write_timeout(Duration::from_secs(2));
        let site = Site::in_memory(options().with_connection(connection)).await;
        let (near, mut far) = tokio::io::duplex(64 * 1024);
        let near = FramedStream::new(near, site.server.transport_options());
        let line = Address::Other("a slow line".to_owned());
        let accepted = Accepted::ready(line, Box::pin(near));
        site.server.admit(accepted).unwrap();
        far.write_all(b"{handshake:[0,'app']}\0").await.unwrap();
        until(|| !site.server.get_clients().is_empty()).await;
        let client = site.server.get_clients().remove(0);
        let long = "x".repeat(4 * 1024 * 1024);
        client.emit("news", "long", (long,)).await.unwrap();
        broadcast(&site.server, 7..8).await;
        // It takes 7 s for the long one.
        let mut read = Vec::new();
        while !read.ends_with(b"{ping:[-2]}\0") {
            tokio::time::sleep(Duration::from_millis(100)).await;
            let mut piece = vec![0; 60_000];
            let len = far.read(&mut piece).await.unwrap();
            assert_ne!(len, 0, "the session was ended");
            read.extend_from_slice(&piece[..len]);
        }
        far.write_all(b"{pong:[-2]}\0").await.unwrap();
        let event = b"{event:[-3,'news'],line:[7]}\0";
        let mut next = vec![0; event.len()];
        far.read_exact(&mut next).await.unwrap();
        assert_eq!(next, event);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn who_waits_for_room_has_a_turn_while_broadcasts_go_at_the_pace_of_all() {
    within_days(async {
        let site = Site::in_memory(options_with_waiting(200)).await;
        for _ in 0..3 {
            let (mut raw, _) = site.raw_client().await;
            tokio::spawn(async move {
                while let Some(message) = raw.receive().await {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                    if let Some(ping) = message.strip_prefix("{ping:") {
                        raw.send(&format!("{{pong:{ping}")).await;
                    } else if message.starts_with("{call:") {
                        let id: i32 = message[7..].split(',').next().unwrap().parse().unwrap();
                        raw.send(&format!("{{callback:[{id}],ok:[]}}")).await;
                    }
                }
            });
        }
        let server = site.server.clone();
        let broadcasting = tokio::spawn(async move { broadcast(&server, 0..2000).await });
        let client = site.server.get_clients().remove(0);
        tokio::time::sleep(Duration::from_secs(2)).await;
        // An abandoned one is in nobody's way.
        let brief = Duration::from_millis(50);
        let _ = tokio::time::timeout(brief, client.emit("news", "own", ())).await;
        let start = tokio::time::Instant::now();
        client.emit("news", "own", ()).await.unwrap();
        let () = client.call("news", "own", ()).await.unwrap();
        // Each behind the 250 messages that the client was to get before.
        assert!(
            start.elapsed() < Duration::from_secs(15),
            "{:?}",
            start.elapsed()
        );
        assert!(!broadcasting.is_finished());
        broadcasting.await.unwrap();
        assert_eq!(site.server.get_clients().len(), 3);
    })
    .await;
}
