//! A session that is resumed while its old connection still seems alive.

use std::sync::Arc;

use jstp::{Interface, ServerEvent, ServerOptions};
use tokio::sync::Notify;

use super::support::{DEADLINE, Over, Seen, Site, app, assert_answered, until, within};

#[tokio::test]
async fn the_old_connection_is_closed_and_the_new_one_goes_on() {
    within(async {
        let site = Site::in_memory([app()]).await;
        let (mut old, session) = site.raw_client().await;
        old.send("{call:[1,'calc'],add:[1,2]}").await;
        assert_eq!(
            old.receive().await.as_deref(),
            Some("{callback:[1],ok:[3]}")
        );

        let mut new = site.raw().await;
        new.send(&format!("{{handshake:[0,'app'],session:['{session}',0]}}"))
            .await;
        assert_eq!(new.receive().await.as_deref(), Some("{handshake:[0],ok:1}"));
        assert_eq!(old.receive().await, None);
        new.send("{call:[2,'calc'],add:[2,2]}").await;
        assert_eq!(
            new.receive().await.as_deref(),
            Some("{callback:[2],ok:[4]}")
        );

        let clients = site.server.get_clients();
        assert_eq!(clients.len(), 1);
        site.server.broadcast("news", "headline", ()).await.unwrap();
        assert_eq!(
            new.receive().await.as_deref(),
            Some("{event:[-1,'news'],headline:[]}")
        );
    })
    .await;
}

#[tokio::test]
async fn a_call_that_began_over_the_old_one_is_answered_over_the_new_one() {
    within(async {
        let taken_over = Arc::new(Notify::new());
        let told = taken_over.clone();
        let wait = Interface::new().method("wait", move || {
            let told = told.clone();
            async move { told.notified().await }
        });
        let site = Site::in_memory([app().interface("wait", wait)]).await;
        let (mut old, session) = site.raw_client().await;
        old.send("{call:[1,'wait'],wait:[]}").await;
        old.send("{call:[2,'calc'],nothing:[]}").await;
        assert_eq!(old.receive().await.as_deref(), Some("{callback:[2],ok:[]}"));
        let mut new = site.raw().await;
        new.send(&format!("{{handshake:[0,'app'],session:['{session}',0]}}"))
            .await;
        assert_eq!(new.receive().await.as_deref(), Some("{handshake:[0],ok:2}"));
        taken_over.notify_one();
        assert_eq!(new.receive().await.as_deref(), Some("{callback:[1],ok:[]}"));
    })
    .await;
}

#[tokio::test]
async fn there_is_no_word_of_a_disconnect() {
    within(async {
        let site = Site::in_memory([app()]).await;
        let mut events = site.server.events();
        let (_old, session) = site.raw_client().await;
        for _ in 0..5 {
            let mut new = site.raw().await;
            new.send(&format!("{{handshake:[0,'app'],session:['{session}',0]}}"))
                .await;
            assert_eq!(new.receive().await.as_deref(), Some("{handshake:[0],ok:0}"));
            // What is replaced next stays open meanwhile.
            std::mem::forget(new);
        }
        assert_eq!(site.server.get_clients().len(), 1);
        drop(site);
        let mut reconnects = 0;
        while let Some(event) = events.recv().await {
            reconnects += usize::from(matches!(event, ServerEvent::Reconnect(_)));
            assert!(
                !matches!(event, ServerEvent::Disconnect(_)) || reconnects == 5,
                "{event:?}"
            );
        }
        assert_eq!(reconnects, 5);
    })
    .await;
}

/// Takes a live connection over again and again while events and calls go both ways.
async fn stress(over: Over) {
    const EVENTS: u32 = 3_000;
    let seen = Seen::default();
    let sink = seen.clone();
    let log = Interface::new().event("line", move |n: u32| sink.push(n));
    let options = ServerOptions::new([app().interface("log", log)]);
    let site = Site::new(over, options.with_handshake_timeout(DEADLINE)).await;
    let connection = site.connect().await;
    let theirs = site.server.get_clients().remove(0);
    let mut news = connection.proxy("news").subscribe("line");

    let up = async {
        for n in 0..EVENTS {
            connection.emit("log", "line", (n,)).await.unwrap();
            if n % 16 == 0 {
                tokio::task::yield_now().await;
            }
        }
    };
    let down = async {
        for n in 0..EVENTS {
            theirs.emit("news", "line", (n,)).await.unwrap();
            if n % 16 == 0 {
                tokio::task::yield_now().await;
            }
        }
    };
    let moves = async {
        for _ in 0..30 {
            jstp::net::reconnect(&connection, site.target.clone())
                .await
                .unwrap();
            tokio::task::yield_now().await;
        }
    };
    tokio::join!(up, down, moves);
    for n in 0..EVENTS {
        let args = news.recv().await.unwrap().unwrap();
        assert_eq!(args.parse::<(u32,)>().unwrap(), (n,));
    }
    until(|| seen.len() >= EVENTS as usize).await;
    assert_eq!(seen.all(), (0..EVENTS).collect::<Vec<_>>());
    assert_eq!(site.server.get_clients().len(), 1);
    assert_answered(&connection).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nothing_is_lost_or_handled_twice_over_tcp() {
    within(stress(Over::Tcp)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nothing_is_lost_or_handled_twice_in_memory() {
    within(stress(Over::Memory)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn clients_that_come_and_go_are_all_listed_in_the_end() {
    within(async {
        let site = Site::in_memory([app()]).await;
        let mut flapping = Vec::new();
        for _ in 0..20 {
            let connection = site.connect().await;
            flapping.push(tokio::spawn(async move {
                for round in 1..=30 {
                    connection.detach();
                    let count: i64 = connection.call("session", "count", ()).await.unwrap();
                    assert_eq!(count, round);
                }
                connection
            }));
        }
        let mut connections = Vec::new();
        for client in flapping {
            connections.push(client.await.unwrap());
        }
        let mut news: Vec<_> = connections
            .iter()
            .map(|one| one.proxy("news").subscribe("line"))
            .collect();
        assert_eq!(site.server.get_clients().len(), 20);
        assert_eq!(
            site.server
                .broadcast("news", "line", ())
                .await
                .unwrap()
                .accepted,
            20
        );
        for heard in &mut news {
            heard.recv().await.unwrap().unwrap();
        }
    })
    .await;
}
