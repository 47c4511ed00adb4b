//! What a client does when its connection is lost, and what it leaves alone.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use jstp::{
    CallError, Client, ConnectError, Connector, Reconnect, ReconnectContext, Reconnector,
    ServerEvent, Status, net,
};
use tokio::time::Instant;

use super::flaky::Flaky;
use super::support::{
    Counter, Over, Seen, Site, app, assert_answered, client, session_count, until, within,
    within_days,
};

/// Waits between the tries in whole seconds, each a little longer for the jitter.
fn check_waits(lost: Instant, tries: &[Instant], expected: &[u64]) {
    let mut before = lost;
    for (&at, &seconds) in tries.iter().zip(expected) {
        let wait = at - before;
        let least = Duration::from_secs(seconds);
        assert!(
            wait >= least && wait <= least + Duration::from_millis(1001),
            "{wait:?}: {seconds} s"
        );
        before = at;
    }
}

#[tokio::test(start_paused = true)]
async fn the_wait_before_each_attempt_doubles_up_to_32_s_and_starts_over() {
    within_days(async {
        let site = Site::in_memory([app()]).await;
        let flaky = Flaky::new(&site);
        let connection = flaky.connect().await;
        for _ in 0..2 {
            flaky.forget_tries();
            flaky.set_broken(true);
            let lost = Instant::now();
            site.cut();
            flaky.tried(9).await;
            flaky.set_broken(false);
            connection.connected().await;
            check_waits(lost, &flaky.tries(), &[1, 2, 4, 8, 16, 32, 32, 32, 32, 32]);
            assert_answered(&connection).await;
        }
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn calls_wait_for_the_connection_to_come_back() {
    within_days(async {
        let site = Site::in_memory([app()]).await;
        let flaky = Flaky::new(&site);
        let connection = flaky.connect().await;
        flaky.set_broken(true);
        site.cut();
        connection.disconnected().await;
        let call = connection.call::<i64>("calc", "add", (1, 2));
        let back = async {
            flaky.tried(4).await;
            flaky.set_broken(false);
        };
        let (answer, ()) = tokio::join!(call, back);
        assert_eq!(answer.unwrap(), 3);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn there_is_no_second_attempt_before_a_first_success() {
    within_days(async {
        let site = Site::in_memory([app()]).await;
        let flaky = Flaky::new(&site);
        flaky.set_broken(true);
        let failed = net::connect("app", Client::default(), flaky.clone()).await;
        assert!(matches!(failed, Err(ConnectError::Transport(_))));
        tokio::time::sleep(Duration::from_secs(3600)).await;
        assert_eq!(flaky.tries().len(), 1);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_was_closed_on_purpose_stays_closed() {
    within_days(async {
        let site = Site::in_memory([app()]).await;
        let flaky = Flaky::new(&site);
        let connection = flaky.connect().await;
        connection.close().await;
        tokio::time::sleep(Duration::from_secs(3600)).await;
        assert_eq!(
            (flaky.tries().len(), connection.status()),
            (1, Status::Closed)
        );

        // While the reconnector waits.
        net::reconnect(&connection, flaky.clone()).await.unwrap();
        site.cut();
        connection.disconnected().await;
        connection.close().await;
        tokio::time::sleep(Duration::from_secs(3600)).await;
        assert_eq!(
            (flaky.tries().len(), connection.status()),
            (2, Status::Closed)
        );
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_close_during_an_attempt_ends_the_attempt() {
    within_days(async {
        let site = Site::in_memory([app()]).await;
        let flaky = Flaky::new(&site);
        let connection = flaky.connect().await;
        flaky.set_stuck(true);
        site.cut();
        flaky.tried(2).await;
        connection.close().await;
        flaky.set_stuck(false);
        tokio::time::sleep(Duration::from_secs(3600)).await;
        assert_eq!(
            (flaky.tries().len(), connection.status()),
            (2, Status::Closed)
        );

        // An attempt of the user's own.
        let mut attempt = Box::pin(net::reconnect(&connection, flaky.clone()));
        assert!(futures_util::poll!(&mut attempt).is_pending());
        connection.close().await;
        assert!(matches!(attempt.await, Err(ConnectError::Closed)));
        assert_eq!(connection.status(), Status::Closed);
        net::reconnect(&connection, flaky.clone()).await.unwrap();
        assert_answered(&connection).await;
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn an_attempt_does_not_keep_a_connection_alive_that_nobody_has() {
    within_days(async {
        let site = Site::in_memory([app()]).await;
        let flaky = Flaky::new(&site);
        let connection = flaky.connect().await;
        flaky.set_stuck(true);
        site.cut();
        flaky.tried(2).await;
        let weak = connection.downgrade();
        drop(connection);
        assert!(weak.upgrade().is_none());
        tokio::time::sleep(Duration::from_secs(3600)).await;
        // The stuck attempt was dropped with its connector, and there was no other.
        assert_eq!((flaky.users(), flaky.tries().len()), (1, 2));
    })
    .await;
}

#[tokio::test]
async fn reconnect_revives_connections_lost_closed_and_alive() {
    within(async {
        let site = Site::in_memory([app()]).await;
        let connection = site.connect_with(client().without_reconnector()).await;
        let session = connection.session_id();

        site.cut();
        connection.disconnected().await;
        net::reconnect(&connection, site.target.clone())
            .await
            .unwrap();
        assert_eq!(session_count(&connection).await, 1);

        connection.close().await;
        net::reconnect(&connection, site.target.clone())
            .await
            .unwrap();
        assert_eq!(session_count(&connection).await, 2);

        let under_way = connection.call::<u64>("calc", "sleep", (1,));
        net::reconnect(&connection, site.target.clone())
            .await
            .unwrap();
        under_way.await.unwrap();
        assert_eq!(session_count(&connection).await, 3);
        assert_eq!(
            (connection.session_id(), site.server.get_clients().len()),
            (session, 1)
        );
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_failed_reconnect_of_a_live_connection_is_made_good() {
    within_days(async {
        let site = Site::in_memory([app()]).await;
        let connection = site.connect_with(Client::default()).await;
        // Accepts, but never answers the handshake.
        let (_deaf, nowhere) = jstp::transport::memory::listener();
        let failed = net::reconnect(&connection, nowhere).await;
        assert!(matches!(failed, Err(ConnectError::Timeout)), "{failed:?}");
        assert_answered(&connection).await;
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_reconnect_by_hand_takes_the_turn_of_the_reconnector() {
    within_days(async {
        let site = Site::in_memory([app()]).await;
        let flaky = Flaky::new(&site);
        let connection = flaky.connect().await;
        flaky.set_broken(true);
        site.cut();
        flaky.tried(6).await;
        net::reconnect(&connection, site.target.clone())
            .await
            .unwrap();
        tokio::time::sleep(Duration::from_secs(3600)).await;
        assert_eq!(flaky.tries().len(), 6);
        // The next loss begins with a short wait, and where the last success was.
        let lost = Instant::now();
        site.cut();
        connection.disconnected().await;
        connection.connected().await;
        assert!(
            lost.elapsed() <= Duration::from_millis(2001),
            "{:?}",
            lost.elapsed()
        );
        assert_eq!(flaky.tries().len(), 6);
    })
    .await;
}

/// Goes to a list of places, one after the other, and gives up after the last.
struct Tour {
    places: Vec<Arc<dyn Connector>>,
    asked: Seen<(u32, bool)>,
}

#[async_trait]
impl Reconnector for Tour {
    async fn next(&self, context: ReconnectContext<'_>) -> Reconnect {
        self.asked.push((context.failures, context.error.is_some()));
        let turn = self.asked.len() - 1;
        self.places
            .get(turn)
            .map_or(Reconnect::GiveUp, |place| Reconnect::To(place.clone()))
    }
}

#[tokio::test]
async fn a_reconnector_may_change_address_and_transport_and_give_up() {
    within(async {
        let memory = Site::in_memory([app()]).await;
        let tcp = Site::listening(memory.server.clone(), Over::Tcp).await;
        let unix = Site::listening(memory.server.clone(), Over::Unix).await;
        let broken = Flaky::new(&memory);
        broken.set_broken(true);
        let asked = Seen::default();
        let places = vec![tcp.target.clone(), Arc::new(broken), unix.target.clone()];
        let tour = Tour {
            places,
            asked: asked.clone(),
        };
        let connection = memory.connect_with(client().with_reconnector(tour)).await;
        for round in 1..=2 {
            connection.detach();
            assert_eq!(session_count(&connection).await, round);
        }
        assert_eq!(asked.all(), [(0, false), (0, false), (1, true)]);
        let never = connection.call::<()>("calc", "never", ());
        let mut never = Box::pin(never);
        assert!(futures_util::poll!(&mut never).is_pending());
        connection.detach();
        assert!(matches!(never.await, Err(CallError::Closed)));
        assert_eq!(connection.status(), Status::Closed);
    })
    .await;
}

struct Panicking;

#[async_trait]
impl Reconnector for Panicking {
    async fn next(&self, _context: ReconnectContext<'_>) -> Reconnect {
        panic!("a panic on purpose")
    }
}

#[tokio::test]
async fn a_reconnector_that_panics_has_given_up() {
    within(async {
        let site = Site::in_memory([app()]).await;
        let connection = site
            .connect_with(client().with_reconnector(Panicking))
            .await;
        let never = connection.call::<()>("calc", "never", ());
        let mut never = Box::pin(never);
        assert!(futures_util::poll!(&mut never).is_pending());
        site.cut();
        assert!(matches!(never.await, Err(CallError::Closed)));
        net::reconnect(&connection, site.target.clone())
            .await
            .unwrap();
        assert_answered(&connection).await;
    })
    .await;
}

#[tokio::test]
async fn only_clients_reconnect() {
    within(async {
        let site = Site::in_memory([app()]).await;
        let _connection = site.connect().await;
        let theirs = site.server.get_clients().remove(0);
        let failed = net::reconnect(&theirs, site.target.clone()).await;
        assert!(matches!(failed, Err(ConnectError::NotAClient)));
    })
    .await;
}

#[tokio::test]
async fn each_loss_is_told_to_the_server_once() {
    within(async {
        let site = Site::in_memory([app()]).await;
        let mut events = site.server.events();
        let (left, returned) = (Counter::default(), Counter::default());
        let counts = (left.clone(), returned.clone());
        let watching = tokio::spawn(async move {
            while let Some(event) = events.recv().await {
                match event {
                    ServerEvent::Disconnect(_) => drop(counts.0.add()),
                    ServerEvent::Reconnect(_) => drop(counts.1.add()),
                    _ => {}
                }
            }
        });
        let connection = site.connect().await;
        for round in 1..=20 {
            site.cut();
            connection.disconnected().await;
            connection.call::<()>("calc", "nothing", ()).await.unwrap();
            until(|| returned.get() == round && left.get() == round).await;
        }
        drop(site);
        watching.await.unwrap();
        assert_eq!((left.get(), returned.get()), (20, 20));
    })
    .await;
}
