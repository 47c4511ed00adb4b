//! Broadcasts to clients that read slowly, or nothing, or come back.

use std::time::Duration;

use futures_util::SinkExt;
use jstp::{
    Application, Connection, ConnectionOptions, EngineConfig, ServerEvent, ServerOptions,
    SessionLimits,
};
use tokio::time::Instant;

use super::support::{Raw, Site, client, within_days};

const PATIENCE: Duration = Duration::from_secs(5);

/// A server whose sessions hold 50 messages, with room for so many waiting events besides.
async fn site(waiting: usize) -> Site {
    let engine = EngineConfig::default().with_max_waiting(waiting, 1024 * 1024);
    let options = ServerOptions::new([Application::new("app").unwrap()])
        .with_session_limits(SessionLimits::default().with_max_buffered_messages(50))
        .with_connection(ConnectionOptions::default().with_engine(engine))
        .with_slow_client_timeout(PATIENCE);
    Site::in_memory(options).await
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

async fn broadcast(site: &Site, numbers: std::ops::Range<u32>) -> usize {
    let mut ended = 0;
    for number in numbers {
        let report = site.server.broadcast("news", "line", (number,)).await;
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

#[tokio::test(start_paused = true)]
async fn broadcasts_go_on_while_a_client_takes_nothing() {
    within_days(async {
        let site = site(1000).await;
        let mut events = site.server.events();
        let (_deaf, session) = site.raw_client().await;
        let good = site.connect_with(client()).await;
        let mut news = good.proxy("news").subscribe("line");
        let start = Instant::now();
        assert_eq!(broadcast(&site, 0..200).await, 0);
        heard(&good, &mut news, 0..200).await;
        assert_eq!(start.elapsed(), Duration::ZERO);
        let slow = loop {
            if let ServerEvent::SlowClient(slow) = events.recv().await.unwrap() {
                break slow;
            }
        };
        assert_eq!(slow.session_id().to_string(), session);
        assert!((PATIENCE..2 * PATIENCE).contains(&start.elapsed()));
        let mut raw = site.raw().await;
        raw.send(&format!("{{handshake:[0,'app'],session:['{session}',0]}}"))
            .await;
        assert_eq!(
            raw.receive().await.as_deref(),
            Some("{handshake:[0],error:[11]}")
        );
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn the_time_of_a_client_that_takes_nothing_is_counted_once() {
    within_days(async {
        let site = site(10).await;
        let (_deaf, _) = site.raw_client().await;
        let start = Instant::now();
        assert_eq!(broadcast(&site, 0..200).await, 1);
        assert!((PATIENCE..2 * PATIENCE).contains(&start.elapsed()));
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_client_that_reads_again_gets_everything_in_order() {
    within_days(async {
        let site = site(1000).await;
        let (mut raw, _) = site.raw_client().await;
        broadcast(&site, 0..200).await;
        let client = site.server.get_clients().remove(0);
        let emitting = tokio::spawn(async move { client.emit("news", "line", (200,)).await });
        for number in 0..=200 {
            assert_eq!(next_event(&mut raw).await, Some(number));
        }
        emitting.await.unwrap().unwrap();
        assert_eq!(broadcast(&site, 201..202).await, 0);
        assert_eq!(next_event(&mut raw).await, Some(201));
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_client_that_comes_back_gets_what_has_waited_for_it() {
    within_days(async {
        let site = site(1000).await;
        let (_deaf, session) = site.raw_client().await;
        broadcast(&site, 0..200).await;
        site.cut();
        // Longer than a slow client has while it is there.
        tokio::time::sleep(3 * PATIENCE).await;
        let mut raw = site.raw().await;
        raw.send(&format!("{{handshake:[0,'app'],session:['{session}',0]}}"))
            .await;
        assert_eq!(raw.receive().await.as_deref(), Some("{handshake:[0],ok:0}"));
        for number in 0..200 {
            assert_eq!(next_event(&mut raw).await, Some(number));
        }
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_client_that_has_come_back_and_takes_nothing_is_ended() {
    within_days(async {
        let site = site(1000).await;
        let mut events = site.server.events();
        let (_deaf, session) = site.raw_client().await;
        broadcast(&site, 0..200).await;
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
        broadcast(&first, 0..200).await;
        first.server.shutdown(Duration::from_secs(1)).await;
        let second = Site::in_memory(options).await;
        let mut raw = second.raw().await;
        raw.send(&format!("{{handshake:[0,'app'],session:['{session}',0]}}"))
            .await;
        assert_eq!(raw.receive().await.as_deref(), Some("{handshake:[0],ok:0}"));
        for number in 0..200 {
            assert_eq!(next_event(&mut raw).await, Some(number));
        }
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_client_that_leaves_while_its_list_is_full_is_ended() {
    within_days(async {
        let site = site(10).await;
        let (deaf, session) = site.raw_client().await;
        let server = site.server.clone();
        let start = Instant::now();
        let broadcasting = tokio::spawn(async move {
            let mut ended = 0;
            for number in 0..100 {
                let report = server.broadcast("news", "line", (number,)).await;
                ended += report.unwrap().ended;
            }
            ended
        });
        // By then it is waited for.
        tokio::time::sleep(Duration::from_secs(1)).await;
        drop(deaf);
        assert_eq!(broadcasting.await.unwrap(), 1);
        assert!(start.elapsed() < PATIENCE);
        let mut raw = site.raw().await;
        raw.send(&format!("{{handshake:[0,'app'],session:['{session}',0]}}"))
            .await;
        assert_eq!(
            raw.receive().await.as_deref(),
            Some("{handshake:[0],error:[11]}")
        );
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
        assert_eq!(broadcast(&site, 0..1000).await, 0);
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
        assert_eq!(broadcast(&site, 0..1000).await, 1);
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
