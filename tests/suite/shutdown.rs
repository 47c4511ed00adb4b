//! Servers that stop, in an orderly way or at once.

use std::sync::Arc;
use std::time::Duration;

use jstp::{
    CallError, Client, Connection, Interface, ServerOptions, SessionStorageProvider,
    SimpleSessionStorageProvider,
};
use tokio::time::Instant;

use super::support::{
    Counter, Over, Site, app, application, client, session_count, until, within, within_days,
};

#[tokio::test(start_paused = true)]
async fn running_calls_have_until_the_deadline() {
    within_days(async {
        let site = Site::in_memory([app()]).await;
        let connection = site.connect_with(client().without_reconnector()).await;
        let mut soon = Box::pin(connection.call::<u64>("calc", "sleep", (3_000,)));
        let mut late = Box::pin(connection.call::<u64>("calc", "sleep", (30_000,)));
        assert!(futures_util::poll!(&mut soon).is_pending());
        assert!(futures_util::poll!(&mut late).is_pending());
        connection.call::<()>("calc", "nothing", ()).await.unwrap();
        let start = Instant::now();
        site.server.shutdown(Duration::from_secs(10)).await;
        assert_eq!(start.elapsed().as_secs(), 10);
        assert_eq!(soon.await.unwrap(), 3_000);
        assert!(matches!(late.await, Err(CallError::Closed)));
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_server_without_running_calls_shuts_down_at_once() {
    within_days(async {
        let site = Site::in_memory([app()]).await;
        let connection = site.connect_with(client().without_reconnector()).await;
        // One that has not said a word yet, one that went away, one that never answers.
        let mut silent = site.raw().await;
        let (deaf, _session) = site.raw_client().await;
        drop(site.raw_client().await);
        connection.call::<()>("calc", "nothing", ()).await.unwrap();
        let start = Instant::now();
        let ((), end) = tokio::join!(
            site.server.shutdown(Duration::from_secs(600)),
            silent.receive()
        );
        assert_eq!(end, None);
        // A transport whose other end goes on listening is given its time.
        assert!(
            start.elapsed() <= Duration::from_secs(5),
            "{:?}",
            start.elapsed()
        );
        drop(deaf);
        assert!(site.server.get_clients().is_empty());
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn handlers_get_the_answers_they_wait_for_during_a_shutdown() {
    within_days(async {
        let site = Site::in_memory([app()]).await;
        let mine = application("mine").interface(
            "client",
            Interface::new().method("answer", async |what: String| {
                tokio::time::sleep(Duration::from_secs(5)).await;
                what
            }),
        );
        let client = client().without_reconnector().with_application(mine);
        let connection = site.connect_with(client).await;
        let mut asked = Box::pin(connection.call::<String>("session", "ask", ("me",)));
        assert!(futures_util::poll!(&mut asked).is_pending());
        connection.call::<()>("calc", "nothing", ()).await.unwrap();
        let shutdown = tokio::spawn({
            let server = site.server.clone();
            async move { server.shutdown(Duration::from_secs(60)).await }
        });
        tokio::time::sleep(Duration::from_secs(1)).await;
        // New calls stand before the answer in the stream.
        let mut new = Box::pin(connection.call::<i64>("calc", "add", (1, 2)));
        assert!(futures_util::poll!(&mut new).is_pending());
        let start = Instant::now();
        assert_eq!(asked.await.unwrap(), "me");
        shutdown.await.unwrap();
        assert!(
            start.elapsed() < Duration::from_secs(10),
            "{:?}",
            start.elapsed()
        );
        assert!(new.await.is_err());
    })
    .await;
}

#[tokio::test]
async fn every_session_is_stored() {
    within(async {
        let storage = Arc::new(SimpleSessionStorageProvider::new());
        let options = ServerOptions::new([app()]).with_session_storage(storage.clone());
        let site = Site::in_memory(options).await;
        let mut connections = Vec::new();
        for n in 0..20 {
            let connection = site.connect_with(client().without_reconnector()).await;
            session_count(&connection).await;
            if n % 2 == 0 {
                connection.close().await;
            }
            connections.push(connection);
        }
        site.server.shutdown(Duration::from_secs(5)).await;
        assert_eq!(storage.len(), 20);
        for connection in connections {
            let stored = storage
                .get(&connection.session_id())
                .await
                .unwrap()
                .unwrap();
            assert_eq!(
                (stored.received(), stored.get("count").is_some()),
                (1, true)
            );
        }
    })
    .await;
}

#[tokio::test]
async fn a_client_that_comes_during_a_shutdown_keeps_its_session() {
    within(async {
        let storage = Arc::new(SimpleSessionStorageProvider::new());
        let options = || ServerOptions::new([app()]).with_session_storage(storage.clone());
        let first = Site::in_memory(options()).await;
        let other = Site::in_memory(options()).await;
        let connection = first.connect_with(client().without_reconnector()).await;
        assert_eq!(session_count(&connection).await, 1);
        connection.detach();
        let shutdown = first.server.shutdown(Duration::from_secs(5));
        let again = jstp::net::reconnect(&connection, first.target.clone());
        let ((), refused) = tokio::join!(shutdown, again);
        if let Err(error) = refused {
            assert!(!matches!(error, jstp::ConnectError::Refused(_)), "{error}");
        }
        jstp::net::reconnect(&connection, other.target.clone())
            .await
            .unwrap();
        assert_eq!(session_count(&connection).await, 2);
    })
    .await;
}

#[tokio::test]
async fn a_dropped_server_closes_everything_even_what_others_have_handles_of() {
    within(async {
        for over in [Over::Tcp, Over::Unix, Over::Memory] {
            let site = Site::new(over, [app()]).await;
            let mut events = site.server.events();
            let mut silent = site.raw().await;
            let connection = site.connect_with(client().without_reconnector()).await;
            let theirs: Vec<Connection> = site.server.get_clients();
            let target = site.target.clone();
            drop(site);
            connection.disconnected().await;
            assert_eq!(silent.receive().await, None);
            theirs[0].call::<()>("any", "thing", ()).await.unwrap_err();
            while events.recv().await.is_some() {}
            assert!(jstp::net::connect("app", client(), target).await.is_err());
        }
    })
    .await;
}

#[tokio::test]
async fn shutting_down_twice_and_closing_are_harmless() {
    within(async {
        let site = Site::in_memory([app()]).await;
        let connection = site.connect_with(Client::default()).await;
        tokio::join!(
            site.server.shutdown(Duration::from_secs(1)),
            site.server.close()
        );
        site.server.close().await;
        connection.disconnected().await;
        assert!(site.server.get_clients().is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_handler_that_is_cut_off_by_the_deadline_is_dropped() {
    within(async {
        struct Guard(Counter);
        impl Drop for Guard {
            fn drop(&mut self) {
                self.0.add();
                panic!("a panic on purpose");
            }
        }
        let ended = Counter::default();
        let count = ended.clone();
        let keeper = Interface::new().method("hold", move || {
            let guard = Guard(count.clone());
            async move {
                std::future::pending::<()>().await;
                drop(guard);
            }
        });
        let site = Site::in_memory([app().interface("hold", keeper)]).await;
        let connection = site.connect_with(client().without_reconnector()).await;
        let mut held = Box::pin(connection.call::<()>("hold", "hold", ()));
        assert!(futures_util::poll!(&mut held).is_pending());
        connection.call::<()>("calc", "nothing", ()).await.unwrap();
        site.server.close().await;
        assert!(held.await.is_err());
        until(|| ended.get() == 1).await;
    })
    .await;
}
