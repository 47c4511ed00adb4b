//! What is left when the last handles are gone: nothing.

use std::sync::{Arc, Weak};
use std::time::Duration;

use jstp::{Client, Connection, Interface, ServerOptions, net};
use tokio::runtime::Handle;

use super::support::{Counter, Over, Site, app, client, until, within, within_days};

/// Other tests of this process open sockets of their own: these are many more.
const MANY: usize = 200;

fn tasks() -> usize {
    Handle::current().metrics().num_alive_tasks()
}

/// An application that holds something, to see when it is let go.
fn holding() -> (jstp::Application, Weak<()>) {
    let held = Arc::new(());
    let weak = Arc::downgrade(&held);
    let holder = Interface::new().method("hold", move || Arc::strong_count(&held));
    (app().interface("holder", holder), weak)
}

#[tokio::test]
async fn no_task_outlives_the_last_handles() {
    within(async {
        for over in [Over::Memory, Over::Tcp, Over::Unix] {
            let before = tasks();
            let (application, held) = holding();
            let site = Site::new(over, [application]).await;
            let mut connections = Vec::new();
            for _ in 0..10 {
                connections.push(site.connect().await);
            }
            connections[0].close().await;
            connections[1].detach();
            connections[2]
                .call::<usize>("holder", "hold", ())
                .await
                .unwrap();
            net::reconnect(&connections[2], site.target.clone())
                .await
                .unwrap();
            assert!(tasks() > before);
            drop(connections);
            drop(site);
            until(|| tasks() == before).await;
            assert!(held.upgrade().is_none(), "{over:?}");
        }
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_dropped_server_leaves_no_timer_behind() {
    within_days(async {
        let before = tasks();
        let site = Site::in_memory([app()]).await;
        let connection = site.connect_with(client().without_reconnector()).await;
        connection.close().await;
        drop((connection, site));
        let start = tokio::time::Instant::now();
        until(|| tasks() == before).await;
        assert!(
            start.elapsed() < Duration::from_secs(6),
            "{:?}",
            start.elapsed()
        );
    })
    .await;
}

#[tokio::test]
async fn sockets_are_closed_with_their_connections() {
    within(async {
        let sockets = || {
            let open = std::fs::read_dir("/proc/self/fd").ok()?;
            let is_socket = |entry: std::fs::DirEntry| {
                let target = std::fs::read_link(entry.path()).ok()?;
                target.to_str()?.starts_with("socket:").then_some(())
            };
            Some(open.flatten().filter_map(is_socket).count())
        };
        let Some(before) = sockets() else { return };
        let site = Site::new(Over::Tcp, [app()]).await;
        let mut connections = Vec::new();
        for _ in 0..MANY {
            connections.push(site.connect().await);
        }
        assert!(sockets().is_some_and(|now| now >= before + MANY));
        drop(connections);
        until(|| site.server.get_clients().is_empty()).await;
        drop(site);
        until(|| sockets().is_none_or(|now| now < before + MANY)).await;
    })
    .await;
}

#[tokio::test]
async fn a_running_handler_that_has_the_connection_keeps_it() {
    within(async {
        let site = Site::in_memory([app()]).await;
        let mine = jstp::Application::new("mine").unwrap().interface(
            "client",
            Interface::new().method("hold", async |connection: Connection, ms: u64| {
                tokio::time::sleep(Duration::from_millis(ms)).await;
                connection.is_connected()
            }),
        );
        let connection = site.connect_with(client().with_application(mine)).await;
        let theirs = site.server.get_clients().remove(0);
        let mut held = Box::pin(theirs.call::<bool>("client", "hold", (30,)));
        assert!(futures_util::poll!(&mut held).is_pending());
        theirs.ping().await.unwrap();
        drop(connection);
        assert!(held.await.unwrap());
        theirs.disconnected().await;
    })
    .await;
}

#[tokio::test]
async fn handlers_are_dropped_with_the_connection_that_is_closed() {
    within(async {
        struct Guard(Counter);
        impl Drop for Guard {
            fn drop(&mut self) {
                self.0.add();
            }
        }
        let ended = Counter::default();
        let count = ended.clone();
        let keeper = Interface::new().method("hold", move |_connection: Connection| {
            let guard = Guard(count.clone());
            async move {
                std::future::pending::<()>().await;
                drop(guard);
            }
        });
        let options = ServerOptions::new([app().interface("hold", keeper)])
            .with_client_expiration_time(Duration::ZERO);
        let site = Site::in_memory(options).await;
        let connection = site.connect_with(Client::default()).await;
        for _ in 0..10 {
            let mut held = Box::pin(connection.call::<()>("hold", "hold", ()));
            assert!(futures_util::poll!(&mut held).is_pending());
        }
        connection.call::<()>("calc", "nothing", ()).await.unwrap();
        assert_eq!(ended.get(), 0);
        connection.close().await;
        until(|| ended.get() == 10).await;
    })
    .await;
}
