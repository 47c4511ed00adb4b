//! Broadcasts to clients that read slowly, or nothing, or come back.

use std::time::Duration;

use futures_util::SinkExt;
use jstp::{
    Application, Connection, ConnectionOptions, EngineConfig, Server, ServerEvent, ServerOptions,
    SessionLimits,
};
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::support::{Raw, Site, client, within_days};

const PATIENCE: Duration = Duration::from_secs(5);

/// A server whose sessions hold 50 messages, with room for so many waiting events besides.
async fn site(waiting: usize) -> Site {
    Site::in_memory(options(waiting)).await
}

fn options(waiting: usize) -> ServerOptions {
    let engine = EngineConfig::default().with_max_waiting(waiting, 1024 * 1024);
    ServerOptions::new([Application::new("app").unwrap()])
        .with_session_limits(SessionLimits::default().with_max_buffered_messages(50))
        .with_connection(ConnectionOptions::default().with_engine(engine))
        .with_slow_client_timeout(PATIENCE)
}

/// Broadcasts from a task of its own, until it waits for a client that reads nothing.
async fn broadcast_until_full(site: &Site, numbers: std::ops::Range<u32>) -> JoinHandle<usize> {
    let server = site.server.clone();
    let broadcasting = tokio::spawn(async move { broadcast(&server, numbers).await });
    tokio::time::sleep(PATIENCE / 5).await;
    assert!(!broadcasting.is_finished());
    broadcasting
}

/// Resumes a session of which nothing was received, and gets these events.
async fn resume(site: &Site, session: &str, numbers: std::ops::Range<u32>) -> Raw {
    let mut raw = site.raw().await;
    raw.send(&format!("{{handshake:[0,'app'],session:['{session}',0]}}"))
        .await;
    assert_eq!(raw.receive().await.as_deref(), Some("{handshake:[0],ok:0}"));
    for number in numbers {
        assert_eq!(next_event(&mut raw).await, Some(number));
    }
    raw
}

/// Reads up to the next event, answering pings; gives its number.
async fn next_event(raw: &mut Raw) -> Option<u32> {
    loop {
        let message = raw.receive().await?;
        if let Some(ping) = message.strip_prefix("{ping:") {
            let pong = format!("{{pong:{ping}");
            raw.transport.send(pong.into()).await.ok()?;
        } else if message.starts_with("{event:") {
            let (_, number) = message.rsplit_once(":[")?;
            return number.trim_end_matches("]}").parse().ok();
        }
    }
}

async fn broadcast(server: &Server, numbers: std::ops::Range<u32>) -> usize {
    let mut ended = 0;
    for number in numbers {
        let report = server.broadcast("news", "line", (number,)).await;
        ended += report.unwrap().ended;
    }
    ended
}

async fn heard(
    connection: &Connection,
    news: &mut jstp::Subscription,
    numbers: std::ops::Range<u32>,
) {
    for number in numbers {
        let event = news.recv().await.unwrap().unwrap();
        assert_eq!(event.parse::<(u32,)>().unwrap(), (number,));
    }
    assert!(connection.is_connected());
}

/// Asserts that the session can be resumed no longer.
async fn assert_forgotten(site: &Site, session: &str) {
    let mut raw = site.raw().await;
    raw.send(&format!("{{handshake:[0,'app'],session:['{session}',0]}}"))
        .await;
    assert_eq!(
        raw.receive().await.as_deref(),
        Some("{handshake:[0],error:[11]}")
    );
}

#[tokio::test(start_paused = true)]
async fn broadcasts_go_on_while_a_client_takes_nothing() {
    within_days(async {
        let site = site(1000).await;
        let mut events = site.server.events();
        let (_deaf, session) = site.raw_client().await;
        let good = site.connect_with(client()).await;
        let mut news = good.proxy("news").subscribe("line");
        let start = Instant::now();
        assert_eq!(broadcast(&site.server, 0..200).await, 0);
        heard(&good, &mut news, 0..200).await;
        assert_eq!(start.elapsed(), Duration::ZERO);
        let slow = loop {
            if let ServerEvent::SlowClient(slow) = events.recv().await.unwrap() {
                break slow;
            }
        };
        assert_eq!(slow.session_id().to_string(), session);
        assert!((PATIENCE..2 * PATIENCE).contains(&start.elapsed()));
        assert_forgotten(&site, &session).await;
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_client_that_had_room_for_all_and_takes_nothing_is_ended() {
    within_days(async {
        let limits = SessionLimits::default().with_max_buffered_messages(600);
        let site = Site::in_memory(options(1000).with_session_limits(limits)).await;
        let mut events = site.server.events();
        let (deaf, session) = site.raw_client().await;
        let start = Instant::now();
        assert_eq!(broadcast(&site.server, 0..1200).await, 0);
        assert_eq!(start.elapsed(), Duration::ZERO);
        while !matches!(events.recv().await, Some(ServerEvent::SlowClient(_))) {}
        assert!((PATIENCE..2 * PATIENCE).contains(&start.elapsed()));
        // Nothing more is written to it.
        drop(deaf);
        assert_forgotten(&site, &session).await;
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn the_time_for_which_the_server_stood_still_is_no_fault_of_its_clients() {
    within_days(async {
        let site = site(1000).await;
        let (mut raw, _) = site.raw_client().await;
        assert_eq!(broadcast(&site.server, 0..200).await, 0);
        for _ in 0..3 {
            tokio::time::advance(3 * PATIENCE).await;
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        for number in 0..200 {
            assert_eq!(next_event(&mut raw).await, Some(number));
        }
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn the_time_of_a_client_that_takes_nothing_is_counted_once() {
    within_days(async {
        let site = site(10).await;
        let (_deaf, _) = site.raw_client().await;
        let start = Instant::now();
        assert_eq!(broadcast(&site.server, 0..200).await, 1);
        assert!((PATIENCE..2 * PATIENCE).contains(&start.elapsed()));
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_client_that_reads_again_gets_everything_in_order() {
    within_days(async {
        let site = site(1000).await;
        let (mut raw, _) = site.raw_client().await;
        broadcast(&site.server, 0..200).await;
        let client = site.server.get_clients().remove(0);
        let emitting = tokio::spawn(async move { client.emit("news", "line", (200,)).await });
        for number in 0..=200 {
            assert_eq!(next_event(&mut raw).await, Some(number));
        }
        emitting.await.unwrap().unwrap();
        assert_eq!(broadcast(&site.server, 201..202).await, 0);
        assert_eq!(next_event(&mut raw).await, Some(201));
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_broadcast_that_is_given_up_while_it_waits_goes_to_nobody() {
    within_days(async {
        let site = site(10).await;
        let (mut slow, _) = site.raw_client().await;
        let good = site.connect_with(client()).await;
        let mut news = good.proxy("news").subscribe("line");
        broadcast(&site.server, 0..60).await;
        let giving_up = tokio::time::timeout(PATIENCE / 5, broadcast(&site.server, 60..61));
        assert!(giving_up.await.is_err());
        for number in 0..60 {
            assert_eq!(next_event(&mut slow).await, Some(number));
        }
        broadcast(&site.server, 61..62).await;
        assert_eq!(next_event(&mut slow).await, Some(61));
        heard(&good, &mut news, 0..60).await;
        heard(&good, &mut news, 61..62).await;
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_client_that_comes_back_gets_what_has_waited_for_it() {
    within_days(async {
        let site = site(1000).await;
        let (_deaf, session) = site.raw_client().await;
        broadcast(&site.server, 0..200).await;
        site.cut();
        // Longer than a slow client has while it is there.
        tokio::time::sleep(3 * PATIENCE).await;
        resume(&site, &session, 0..200).await;
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_client_that_has_come_back_and_takes_nothing_is_ended() {
    within_days(async {
        let site = site(1000).await;
        let mut events = site.server.events();
        let (_deaf, session) = site.raw_client().await;
        broadcast(&site.server, 0..200).await;
        site.cut();
        tokio::time::sleep(3 * PATIENCE).await;
        let start = Instant::now();
        let mut raw = site.raw().await;
        raw.send(&format!("{{handshake:[0,'app'],session:['{session}',0]}}"))
            .await;
        while !matches!(events.recv().await, Some(ServerEvent::SlowClient(_))) {}
        assert!((PATIENCE..2 * PATIENCE).contains(&start.elapsed()));
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn what_waits_for_a_client_is_stored_when_the_server_stops() {
    within_days(async {
        let storage = std::sync::Arc::new(jstp::SimpleSessionStorageProvider::new());
        let limits = SessionLimits::default().with_max_buffered_messages(50);
        let options = ServerOptions::new([Application::new("app").unwrap()])
            .with_session_limits(limits)
            .with_session_storage(storage);
        let first = Site::in_memory(options.clone()).await;
        let (_deaf, session) = first.raw_client().await;
        broadcast(&first.server, 0..200).await;
        first.server.shutdown(Duration::from_secs(1)).await;
        let second = Site::in_memory(options).await;
        resume(&second, &session, 0..200).await;
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_client_that_leaves_while_its_list_is_full_is_ended() {
    within_days(async {
        let site = site(10).await;
        let (deaf, session) = site.raw_client().await;
        let start = Instant::now();
        let broadcasting = broadcast_until_full(&site, 0..100).await;
        drop(deaf);
        assert_eq!(broadcasting.await.unwrap(), 1);
        assert!(start.elapsed() < PATIENCE);
        assert_forgotten(&site, &session).await;
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_shutdown_stores_the_sessions_for_which_a_broadcast_waits() {
    within_days(async {
        let storage = std::sync::Arc::new(jstp::SimpleSessionStorageProvider::new());
        let options = options(10).with_session_storage(storage);
        let first = Site::in_memory(options.clone()).await;
        let mut events = first.server.events();
        let (_deaf, deaf) = first.raw_client().await;
        let (gone, away) = first.raw_client().await;
        let broadcasting = broadcast_until_full(&first, 0..61).await;
        let shutdown = async {
            tokio::join!(
                first.server.shutdown(Duration::from_secs(1)),
                // One whose transport goes while the server stops.
                async { drop(gone) },
            )
        };
        shutdown.await;
        assert_eq!(broadcasting.await.unwrap(), 0);
        drop(first);
        while let Some(event) = events.recv().await {
            assert!(!matches!(event, ServerEvent::SlowClient(_)));
        }
        let second = Site::in_memory(options).await;
        resume(&second, &deaf, 0..60).await;
        resume(&second, &away, 0..60).await;
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_client_that_is_closed_while_a_broadcast_waits_for_it_may_resume() {
    within_days(async {
        let site = site(10).await;
        let mut events = site.server.events();
        let (deaf, session) = site.raw_client().await;
        let broadcasting = broadcast_until_full(&site, 0..61).await;
        let client = site.server.get_clients().remove(0);
        tokio::join!(client.close(), async { drop(deaf) });
        assert_eq!(broadcasting.await.unwrap(), 0);
        resume(&site, &session, 0..60).await;
        loop {
            match events.recv().await.unwrap() {
                ServerEvent::SlowClient(_) => panic!("it was not ended"),
                ServerEvent::Reconnect(_) => break,
                _ => {}
            }
        }
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_broadcast_is_woken_though_another_message_waits_that_never_fits() {
    within_days(async {
        let limits = SessionLimits::default()
            .with_max_buffered_messages(50)
            .with_max_buffered_bytes(64 * 1024);
        let site = Site::in_memory(options(10).with_session_limits(limits)).await;
        let (mut raw, _) = site.raw_client().await;
        assert_eq!(broadcast(&site.server, 0..55).await, 0);
        let client = site.server.get_clients().remove(0);
        // Only an empty buffer takes it.
        let long = "x".repeat(100 * 1024);
        let emitting = tokio::spawn(async move { client.emit("news", "long", (long,)).await });
        let broadcasting = broadcast_until_full(&site, 55..61).await;
        raw.send("{pong:[-51]}").await;
        assert_eq!(broadcasting.await.unwrap(), 0);
        emitting.abort();
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_server_that_emits_more_than_all_its_clients_take_goes_at_their_pace() {
    within_days(async {
        let site = site(10).await;
        let mut readers = tokio::task::JoinSet::new();
        for _ in 0..3 {
            let (mut raw, _) = site.raw_client().await;
            readers.spawn(async move {
                for number in 0..1000 {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                    assert_eq!(next_event(&mut raw).await, Some(number));
                }
            });
        }
        let start = Instant::now();
        assert_eq!(broadcast(&site.server, 0..1000).await, 0);
        // All but what the buffers hold was taken by then.
        assert!(start.elapsed() > Duration::from_secs(16));
        assert_eq!(site.server.get_clients().len(), 3);
        while let Some(read) = readers.join_next().await {
            read.unwrap();
        }
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_client_that_holds_back_all_others_is_ended_though_it_reads() {
    within_days(async {
        let site = site(20).await;
        let mut events = site.server.events();
        let (mut trickle, session) = site.raw_client().await;
        let reading = tokio::spawn(async move {
            while next_event(&mut trickle).await.is_some() {
                tokio::time::sleep(PATIENCE / 5).await;
            }
        });
        let mut good = Vec::new();
        for _ in 0..3 {
            let connection = site.connect_with(client()).await;
            let news = connection.proxy("news").subscribe("line");
            good.push((connection, news));
        }
        let start = Instant::now();
        assert_eq!(broadcast(&site.server, 0..1000).await, 1);
        assert!(start.elapsed() < 12 * PATIENCE, "{:?}", start.elapsed());
        for (connection, news) in &mut good {
            heard(connection, news, 0..1000).await;
        }
        let slow = loop {
            if let ServerEvent::SlowClient(slow) = events.recv().await.unwrap() {
                break slow;
            }
        };
        assert_eq!(slow.session_id().to_string(), session);
        reading.await.unwrap();
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn one_of_two_does_not_set_the_pace_of_the_other() {
    within_days(async {
        let site = site(20).await;
        let (mut trickle, _) = site.raw_client().await;
        let trickling = tokio::spawn(async move {
            for received in 1.. {
                tokio::time::sleep(PATIENCE / 5).await;
                let pong = format!("{{pong:[-{received}]}}");
                if trickle.transport.send(pong.into()).await.is_err() {
                    break;
                }
            }
        });
        let good = site.connect_with(client()).await;
        let mut news = good.proxy("news").subscribe("line");
        let start = Instant::now();
        assert_eq!(broadcast(&site.server, 0..1000).await, 1);
        assert!(start.elapsed() < 4 * PATIENCE, "{:?}", start.elapsed());
        heard(&good, &mut news, 0..1000).await;
        trickling.await.unwrap();
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn those_who_read_steadily_are_not_too_slow_for_a_burst() {
    within_days(async {
        // A buffer of 512 KiB takes them longer than a slow client has.
        const PER_SECOND: f64 = 90_000.0;
        let site = Site::in_memory(ServerOptions::new([Application::new("app").unwrap()])).await;
        let mut readers = tokio::task::JoinSet::new();
        for _ in 0..3 {
            let (mut raw, _) = site.raw_client().await;
            readers.spawn(async move {
                for number in 0..1200 {
                    let message = Duration::from_secs_f64(1024.0 / PER_SECOND);
                    tokio::time::sleep(message).await;
                    assert_eq!(next_event(&mut raw).await, Some(number));
                }
                raw
            });
        }
        let text = "x".repeat(1000);
        for number in 0..1200 {
            let report = site.server.broadcast("news", &text, (number,)).await;
            assert_eq!(report.unwrap().ended, 0);
        }
        while let Some(read) = readers.join_next().await {
            read.unwrap();
        }
    })
    .await;
}
