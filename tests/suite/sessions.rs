//! Sessions: their state, where they are kept, who may resume them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use jstp::{
    CallError, Client, ConnectError, ServerEvent, ServerOptions, Session, SessionId,
    SessionStorageProvider, SimpleSessionStorageProvider, Status, StorageError, Value, net,
};

use super::support::{
    Over, Site, app, application, client, session_count, until, within, within_days,
};

async fn refused(site: &Site, application: &str, session: &str) -> Option<i64> {
    let mut raw = site.raw().await;
    raw.send(&format!(
        "{{handshake:[0,'{application}'],session:['{session}',0]}}"
    ))
    .await;
    match raw.receive().await?.as_str() {
        "{handshake:[0],error:[11]}" => Some(11),
        "{handshake:[0],error:[10]}" => Some(10),
        answer => panic!("{answer}"),
    }
}

#[tokio::test]
async fn the_state_of_a_session_lasts_as_long_as_the_session() {
    within(async {
        let storage = Arc::new(SimpleSessionStorageProvider::new());
        let options = ServerOptions::new([app()])
            .with_session_storage(storage.clone())
            .with_client_expiration_time(Duration::ZERO);
        let site = Site::in_memory(options).await;
        let connection = site.connect_with(client().without_reconnector()).await;
        let theirs = site.server.get_clients().remove(0);
        theirs.session().set("room", "lobby");
        assert_eq!(theirs.session().set("gone", 1), None);
        assert_eq!(theirs.session().remove("gone"), Some(Value::from(1)));
        let id = connection.session_id();
        drop(theirs);

        connection.detach();
        let kept = async || storage.get(&id).await.unwrap();
        while kept().await.is_none() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        let mut events = site.server.events();
        net::reconnect(&connection, site.target.clone())
            .await
            .unwrap();
        let theirs = site.server.get_clients().remove(0);
        assert_eq!(theirs.session().get("room"), Some(Value::from("lobby")));
        assert_eq!(theirs.session().application().as_deref(), Some("app"));
        while !matches!(
            events.recv().await.unwrap(),
            ServerEvent::RestoreSession { .. }
        ) {}
    })
    .await;
}

#[tokio::test]
async fn a_session_made_over_one_listener_is_resumed_over_another() {
    within(async {
        let memory = Site::in_memory([app()]).await;
        let tcp = Site::listening(memory.server.clone(), Over::Tcp).await;
        let unix = Site::listening(memory.server.clone(), Over::Unix).await;
        assert_eq!(memory.server.local_addresses().len(), 3);
        let connection = memory.connect_with(client().without_reconnector()).await;
        let mut count = 0;
        for target in [&tcp.target, &unix.target, &memory.target, &unix.target] {
            net::reconnect(&connection, target.clone()).await.unwrap();
            count += 1;
            assert_eq!(session_count(&connection).await, count);
        }
        assert_eq!(memory.server.get_clients().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn another_client_may_go_on_with_a_session_that_was_kept() {
    within(async {
        let site = Site::in_memory([app()]).await;
        let connection = site.connect_with(client().without_reconnector()).await;
        assert_eq!(session_count(&connection).await, 1);
        let text = connection.session().snapshot().to_string();
        drop(connection);
        let session: Session = text.parse().unwrap();
        let connection = site.connect_with(client().with_session(session)).await;
        assert_eq!(session_count(&connection).await, 2);
    })
    .await;
}

#[tokio::test]
async fn unknown_and_foreign_sessions_are_refused_alike() {
    within(async {
        let site = Site::in_memory([app(), application("other@1.0.0")]).await;
        let (mut raw, session) = site.raw_client().await;
        assert_eq!(refused(&site, "app", "unknown").await, Some(11));
        assert_eq!(refused(&site, "other", &session).await, Some(11));
        assert_eq!(refused(&site, "missing", &session).await, Some(10));
        // Its owner notices nothing.
        raw.send("{call:[1,'calc'],add:[1,2]}").await;
        assert_eq!(
            raw.receive().await.as_deref(),
            Some("{callback:[1],ok:[3]}")
        );
        assert_eq!(site.server.get_clients().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_foreign_session_in_the_storage_stays_there_to_expire() {
    within(async {
        let storage =
            Arc::new(SimpleSessionStorageProvider::new().with_inactive_lifetime(Duration::ZERO));
        let session = Session::new(SessionId::from("S"), jstp_session::Direction::Server)
            .with_application("other");
        storage.set(session).await.unwrap();
        let options = ServerOptions::new([app()]).with_session_storage(storage.clone());
        let site = Site::in_memory(options).await;
        assert_eq!(refused(&site, "app", "S").await, Some(11));
        assert_eq!(storage.purge().await.unwrap(), 1);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_session_stays_in_memory_for_a_while_and_then_in_the_storage_alone() {
    within_days(async {
        let options =
            ServerOptions::new([app()]).with_client_expiration_time(Duration::from_secs(60));
        let site = Site::in_memory(options).await;
        let connection = site.connect_with(client().without_reconnector()).await;
        let theirs = site.server.get_clients().remove(0);
        let mut news = connection.proxy("news").subscribe("headline");
        let mut events = site.server.events();
        let restored = async |events: &mut jstp::ServerEvents| loop {
            match events.recv().await.unwrap() {
                ServerEvent::RestoreSession { .. } => break true,
                ServerEvent::Reconnect(_) => break false,
                _ => {}
            }
        };

        connection.detach();
        tokio::time::sleep(Duration::from_secs(59)).await;
        theirs.emit("news", "headline", (1,)).await.unwrap();
        net::reconnect(&connection, site.target.clone())
            .await
            .unwrap();
        assert!(!restored(&mut events).await);

        connection.detach();
        tokio::time::sleep(Duration::from_secs(59)).await;
        // Sent when the session had long been stored: the storage gets it as well.
        theirs.emit("news", "headline", (2,)).await.unwrap();
        tokio::time::sleep(Duration::from_secs(2)).await;
        assert_eq!(theirs.status(), Status::Closed);
        theirs.emit("news", "headline", (3,)).await.unwrap_err();
        net::reconnect(&connection, site.target.clone())
            .await
            .unwrap();
        assert!(restored(&mut events).await);
        for expected in ["[1]", "[2]"] {
            assert_eq!(news.recv().await.unwrap().unwrap().as_str(), expected);
        }
    })
    .await;
}

#[tokio::test]
async fn a_refused_resume_is_final() {
    within(async {
        let site = Site::in_memory([app()]).await;
        let connection = site.connect().await;
        let under_way = connection.call::<()>("calc", "never", ());
        let mut under_way = Box::pin(under_way);
        assert!(futures_util::poll!(&mut under_way).is_pending());
        connection.call::<()>("calc", "nothing", ()).await.unwrap();
        let theirs = site.server.get_clients().remove(0);
        site.server.end_session(&theirs).await;
        assert!(matches!(under_way.await, Err(CallError::Closed)));
        assert_eq!(connection.status(), Status::Closed);
        let failed = connection.call::<()>("calc", "nothing", ()).await;
        assert!(matches!(failed, Err(CallError::Send(_))), "{failed:?}");
        let again = net::reconnect(&connection, site.target.clone()).await;
        assert!(
            matches!(&again, Err(error @ ConnectError::Refused(_)) if error.code() == Some(11))
        );
    })
    .await;
}

#[tokio::test]
async fn a_client_may_go_on_with_a_new_session_when_its_own_is_refused() {
    within(async {
        let site = Site::in_memory([app()]).await;
        let going_on = client().with_new_session_when_refused(true);
        let connection = site.connect_with(going_on).await;
        assert_eq!(session_count(&connection).await, 1);
        let old = connection.session_id();
        let under_way = connection.call::<()>("calc", "never", ());
        let mut under_way = Box::pin(under_way);
        assert!(futures_util::poll!(&mut under_way).is_pending());
        site.server
            .end_session(&site.server.get_clients().remove(0))
            .await;
        assert!(matches!(under_way.await, Err(CallError::Closed)));
        until(|| connection.is_connected()).await;
        assert_eq!(session_count(&connection).await, 1);
        assert_ne!(connection.session_id(), old);
    })
    .await;
}

#[tokio::test]
async fn a_session_that_was_ended_is_not_stored_by_an_earlier_loss() {
    within(async {
        let storage = Arc::new(SimpleSessionStorageProvider::new());
        let options = ServerOptions::new([app()]).with_session_storage(storage.clone());
        let site = Site::in_memory(options).await;
        for _ in 0..50 {
            let (raw, _session) = site.raw_client().await;
            let theirs = site.server.get_clients().remove(0);
            drop(raw);
            theirs.disconnected().await;
            site.server.end_session(&theirs).await;
        }
        for _ in 0..50 {
            tokio::task::yield_now().await;
        }
        assert!(storage.is_empty());
    })
    .await;
}

/// A storage that can be out of order, in one way or another.
#[derive(Debug, Default)]
struct Unreliable {
    inner: SimpleSessionStorageProvider,
    failing: AtomicBool,
    panicking: AtomicBool,
}

impl Unreliable {
    fn check(&self) -> Result<(), StorageError> {
        assert!(!self.panicking.load(Ordering::SeqCst), "a panic on purpose");
        if self.failing.load(Ordering::SeqCst) {
            return Err(StorageError::new("out of order"));
        }
        Ok(())
    }
}

#[async_trait]
impl SessionStorageProvider for Unreliable {
    async fn get(&self, id: &SessionId) -> Result<Option<Session>, StorageError> {
        self.check()?;
        self.inner.get(id).await
    }

    async fn set(&self, session: Session) -> Result<(), StorageError> {
        self.check()?;
        self.inner.set(session).await
    }

    async fn set_inactive(&self, id: &SessionId) -> Result<(), StorageError> {
        self.check()?;
        self.inner.set_inactive(id).await
    }

    async fn remove(&self, id: &SessionId) -> Result<(), StorageError> {
        self.check()?;
        self.inner.remove(id).await
    }
}

#[tokio::test(start_paused = true)]
async fn a_storage_out_of_order_costs_no_client_its_session() {
    within_days(async {
        let storage = Arc::new(Unreliable::default());
        let options = ServerOptions::new([app()])
            .with_session_storage(storage.clone())
            .with_client_expiration_time(Duration::from_millis(100));
        let site = Site::in_memory(options).await;
        let mut events = site.server.events();
        let connection = site.connect_with(Client::default()).await;
        assert_eq!(session_count(&connection).await, 1);
        for broken in [&storage.failing, &storage.panicking] {
            connection.detach();
            tokio::time::sleep(Duration::from_millis(500)).await;
            broken.store(true, Ordering::SeqCst);
            while !matches!(
                events.recv().await.unwrap(),
                ServerEvent::StorageError { .. }
            ) {}
            assert!(!connection.is_connected());
            broken.store(false, Ordering::SeqCst);
            connection.connected().await;
        }
        assert_eq!(session_count(&connection).await, 2);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_storage_is_purged_at_its_interval_while_the_server_runs() {
    within_days(async {
        let storage = Arc::new(
            SimpleSessionStorageProvider::new()
                .with_inactive_lifetime(Duration::ZERO)
                .with_purge_interval(Duration::from_secs(600)),
        );
        let own = app().with_session_storage(storage.clone());
        let site = Site::in_memory([application("other@1.0.0")]).await;
        // A storage that comes later is seen to as well.
        site.server.update_applications([own]);
        let fill = async || {
            storage
                .set(Session::new(
                    SessionId::from("S"),
                    jstp_session::Direction::Server,
                ))
                .await
                .unwrap();
            storage.set_inactive(&SessionId::from("S")).await.unwrap();
        };
        fill().await;
        tokio::time::sleep(Duration::from_secs(700)).await;
        assert!(storage.is_empty());
        drop(site);
        fill().await;
        until(|| Arc::strong_count(&storage) == 1).await;
        tokio::time::sleep(Duration::from_secs(7000)).await;
        assert_eq!(storage.len(), 1);
    })
    .await;
}
