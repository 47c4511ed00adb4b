//! Those who watch a connection or a server.

use jstp::{
    CloseReason, Connection, ConnectionEvent, Interface, Observer, ServerEvent, ServerOptions, net,
};

use super::support::{
    Seen, Site, app, application, assert_answered, client, session_count, until, within,
};

fn name(event: &ConnectionEvent) -> &'static str {
    match event {
        ConnectionEvent::Client { resumed: false, .. } => "client",
        ConnectionEvent::Client { resumed: true, .. } => "resumed",
        ConnectionEvent::Call { .. } => "call",
        ConnectionEvent::Callback { .. } => "callback",
        ConnectionEvent::Event { .. } => "event",
        ConnectionEvent::Inspect { .. } => "inspect",
        ConnectionEvent::Handshake { .. } => "handshake",
        ConnectionEvent::Heartbeat => "heartbeat",
        ConnectionEvent::IncomingMessage(_) => "in",
        ConnectionEvent::OutgoingMessage(_) => "out",
        ConnectionEvent::MessageRejected { .. } => "rejected",
        ConnectionEvent::Close(_) => "close",
        ConnectionEvent::Error(_) => "error",
        ConnectionEvent::ReconnectAttempt { .. } => "attempt",
        ConnectionEvent::Reconnect { error: None } => "reconnect",
        ConnectionEvent::Reconnect { error: Some(_) } => "failed",
        ConnectionEvent::Missed(_) => "missed",
        _ => "?",
    }
}

/// Writes down what it is told.
struct Recorder {
    seen: Seen<&'static str>,
    verbose: bool,
}

impl Observer for Recorder {
    fn on_event(&self, _connection: &Connection, event: &ConnectionEvent) {
        self.seen.push(name(event));
    }

    fn is_verbose(&self) -> bool {
        self.verbose
    }
}

#[tokio::test]
async fn a_verbose_observer_sees_everything_in_order() {
    within(async {
        let seen = Seen::default();
        let recorder = Recorder {
            seen: seen.clone(),
            verbose: true,
        };
        let options = ServerOptions::new([app()]).with_logger(recorder);
        let site = Site::in_memory(options).await;
        let (mut raw, session) = site.raw_client().await;
        raw.send("{call:[1,'calc'],add:[1,2]}").await;
        raw.receive().await.unwrap();
        raw.send("{}").await;
        raw.send("{event:[2,'log'],line:[]}").await;
        raw.send("{inspect:[3,'calc']}").await;
        raw.receive().await.unwrap();
        raw.send("{callback:[7],ok:[]}").await;
        raw.send("{call:[4,'calc'],add:[1,2]}").await;
        raw.receive().await.unwrap();
        drop(raw);
        until(|| seen.all().last() == Some(&"close")).await;
        let mut again = site.raw().await;
        again
            .send(&format!("{{handshake:[0,'app'],session:['{session}',0]}}"))
            .await;
        again.receive().await.unwrap();
        let mut expected = vec!["client", "out", "in", "call", "out", "in", "heartbeat"];
        expected.extend([
            "in", "event", "in", "inspect", "out", "in", "rejected", "in", "call", "out",
        ]);
        expected.extend(["close", "resumed", "out"]);
        until(|| seen.len() >= expected.len()).await;
        assert_eq!(seen.all(), expected);
    })
    .await;
}

#[tokio::test]
async fn an_observer_that_is_not_verbose_hears_of_the_life_of_the_connection() {
    within(async {
        let seen = Seen::default();
        let recorder = Recorder {
            seen: seen.clone(),
            verbose: false,
        };
        let site = Site::in_memory([app()]).await;
        let connection = site.connect_with(client().with_logger(recorder)).await;
        connection.call::<()>("calc", "nothing", ()).await.unwrap();
        site.cut();
        connection.disconnected().await;
        connection.call::<()>("calc", "nothing", ()).await.unwrap();
        connection.close().await;
        let opened = ["handshake", "client"];
        let lost = ["close", "attempt", "handshake", "resumed", "reconnect"];
        until(|| seen.all().last() == Some(&"close")).await;
        assert_eq!(seen.all(), [&opened[..], &lost, &["close"]].concat());
    })
    .await;
}

#[derive(Clone, Copy)]
struct Panicking {
    when_asked: bool,
}

impl Observer for Panicking {
    fn on_event(&self, _connection: &Connection, _event: &ConnectionEvent) {
        panic!("a panic on purpose")
    }

    fn is_verbose(&self) -> bool {
        assert!(!self.when_asked, "another panic on purpose");
        true
    }
}

#[tokio::test]
async fn an_observer_that_panics_harms_nothing_else() {
    within(panics_harm_nothing_else(Panicking { when_asked: false })).await;
    within(panics_harm_nothing_else(Panicking { when_asked: true })).await;
}

async fn panics_harm_nothing_else(observer: Panicking) {
    let options = ServerOptions::new([app()]).with_logger(observer);
    let site = Site::in_memory(options).await;
    let connection = site.connect_with(client().with_logger(observer)).await;
    assert_answered(&connection).await;
    site.cut();
    connection.disconnected().await;
    assert_eq!(session_count(&connection).await, 1);
    connection.close().await;
    until(|| site.server.get_clients().is_empty()).await;
}

#[tokio::test]
async fn events_of_a_connection_come_as_a_stream() {
    within(async {
        let mine = application("mine").interface(
            "client",
            Interface::new().method("answer", |what: String| what),
        );
        let site = Site::in_memory([app()]).await;
        let connection = site.connect_with(client().with_application(mine)).await;
        let mut events = connection.events();
        let answer: String = connection.call("session", "ask", ("me",)).await.unwrap();
        assert_eq!(answer, "me");
        connection.close().await;
        drop(connection);
        let mut names = Vec::new();
        while let Some(event) = events.recv().await {
            names.push(name(&event));
            if let ConnectionEvent::Close(reason) = event {
                assert!(matches!(reason, CloseReason::Closed), "{reason}");
            }
        }
        assert_eq!(
            names,
            ["out", "in", "call", "out", "in", "callback", "close"]
        );
    })
    .await;
}

#[tokio::test]
async fn a_watcher_that_is_slow_learns_how_much_it_missed() {
    within(async {
        let site = Site::in_memory([app()]).await;
        let connection = site.connect().await;
        let mut events = connection.events();
        for _ in 0..3_000 {
            connection.call::<()>("calc", "nothing", ()).await.unwrap();
        }
        let mut kept = 0;
        let missed = loop {
            match events.recv().await.unwrap() {
                ConnectionEvent::Missed(missed) => break missed,
                _ => kept += 1,
            }
        };
        assert_eq!((kept, missed), (4_096, 3 * 3_000 - 4_096));
    })
    .await;
}

#[tokio::test]
async fn events_of_a_server_come_as_a_stream() {
    within(async {
        let site = Site::in_memory([app()]).await;
        let mut events = site.server.events();
        let connection = site.connect().await;
        connection.close().await;
        let refused = net::connect("missing", client(), site.target.clone()).await;
        refused.unwrap_err();
        let mut raw = site.raw().await;
        raw.send("{call:[1,'calc'],add:[1,2]}").await;
        assert_eq!(raw.receive().await, None);
        let (mut raw, _session) = site.raw_client().await;
        raw.send("no message").await;
        assert_eq!(raw.receive().await, None);
        drop(site);
        let mut names = Vec::new();
        while let Some(event) = events.recv().await {
            names.push(match event {
                ServerEvent::Connect(_) => "connect",
                ServerEvent::Disconnect(_) => "disconnect",
                ServerEvent::HandshakeRequest {
                    application,
                    strategy,
                    ..
                } => {
                    assert_eq!(strategy, "anonymous");
                    if application.as_deref() == Some("app") {
                        "request"
                    } else {
                        "missing"
                    }
                }
                ServerEvent::HandshakeError { .. } => "handshake error",
                ServerEvent::ConnectionError { reason, .. } => {
                    assert!(matches!(reason, CloseReason::Protocol(_)), "{reason}");
                    "error"
                }
                other => panic!("{other:?}"),
            });
        }
        let first = [
            "request",
            "connect",
            "disconnect",
            "missing",
            "handshake error",
        ];
        assert_eq!(
            names,
            [&first[..], &["request", "connect", "error", "disconnect"]].concat()
        );
    })
    .await;
}
