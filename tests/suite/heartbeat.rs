//! Heartbeats, and peers that are dead without a word.

use std::time::Duration;

use jstp::{CloseReason, ServerEvent, ServerOptions};
use tokio::time::Instant;

use super::support::{Site, app, client, within_days};

#[tokio::test(start_paused = true)]
async fn a_client_that_answers_no_ping_is_taken_for_dead() {
    within_days(async {
        let options = ServerOptions::new([app()]).with_heartbeat_interval(Duration::from_secs(10));
        let site = Site::in_memory(options).await;
        let mut events = site.server.events();
        let start = Instant::now();
        let (mut raw, _session) = site.raw_client().await;
        assert_eq!(raw.receive().await.as_deref(), Some("{ping:[-1]}"));
        assert_eq!(start.elapsed().as_secs(), 10);
        let reason = loop {
            if let ServerEvent::ConnectionError { reason, .. } = events.recv().await.unwrap() {
                break reason;
            }
        };
        assert!(matches!(reason, CloseReason::PeerDead), "{reason}");
        assert_eq!(start.elapsed().as_secs(), 40);
        while raw.receive().await.is_some() {}
        assert!(site.server.get_clients().is_empty());
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn peers_that_answer_live_on() {
    within_days(async {
        let options = ServerOptions::new([app()]).with_heartbeat_interval(Duration::from_secs(1));
        let site = Site::in_memory(options).await;
        let beating = client().with_heartbeat_interval(Duration::from_secs(1));
        let connection = site.connect_with(beating).await;
        let mut events = connection.events();
        tokio::time::sleep(Duration::from_secs(3600)).await;
        assert!(connection.is_connected());
        drop(connection);
        while let Some(event) = events.recv().await {
            assert!(
                !matches!(event, jstp::ConnectionEvent::MessageRejected { .. }),
                "{event:?}"
            );
        }
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_heartbeat_can_be_started_and_stopped_and_goes_on_after_a_resume() {
    within_days(async {
        let site = Site::in_memory([app()]).await;
        let (mut raw, session) = site.raw_client().await;
        let theirs = site.server.get_clients().remove(0);
        theirs.start_heartbeat(Duration::from_secs(5));
        assert_eq!(raw.receive().await.as_deref(), Some("{ping:[-1]}"));
        raw.send("{pong:[-1]}").await;
        drop(raw);
        theirs.disconnected().await;
        tokio::time::sleep(Duration::from_secs(600)).await;

        let mut raw = site.raw().await;
        raw.send(&format!("{{handshake:[0,'app'],session:['{session}',1]}}"))
            .await;
        assert_eq!(raw.receive().await.as_deref(), Some("{handshake:[0],ok:0}"));
        let start = Instant::now();
        assert_eq!(raw.receive().await.as_deref(), Some("{ping:[-2]}"));
        assert_eq!(start.elapsed().as_secs(), 5);
        raw.send("{pong:[-2]}").await;
        theirs.stop_heartbeat();
        let silence = tokio::time::timeout(Duration::from_secs(600), raw.receive()).await;
        assert!(silence.is_err(), "{silence:?}");
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_ping_measures_the_way_there_and_back() {
    within_days(async {
        let site = Site::in_memory([app()]).await;
        let connection = site.connect().await;
        assert!(connection.ping().await.unwrap() < Duration::from_secs(1));
    })
    .await;
}
