//! `emit` and `listen`.

use crate::npm::signal;
use crate::support::{Host, Running, jstp};

/// Starts to listen, and waits until the server knows. The server's own broadcast tells: only clients get
/// it, so the one that listens has to be there first.
async fn listening(url: &str, arguments: &[&str]) -> Running {
    let mut listener = Running::start(&[&["listen", url, "testbed"], arguments].concat());
    let announce = tokio::spawn({
        let url = url.to_owned();
        async move {
            loop {
                broadcast(&url, "'meta', 'ready', []").await;
            }
        }
    });
    assert_eq!(listener.line().await.as_deref(), Some("meta.ready"));
    announce.abort();
    listener
}

async fn broadcast(url: &str, event: &str) {
    let arguments = ["call", url, "testbed", "events", "broadcast", event];
    assert_eq!(jstp(&arguments).await.printed(), "");
}

/// The next line that is no announcement.
async fn next_event(listener: &mut Running) -> Option<String> {
    loop {
        match listener.line().await {
            Some(line) if line == "meta.ready" => {}
            other => return other,
        }
    }
}

#[tokio::test]
async fn events_are_lines_without_brackets_until_there_are_enough() {
    for host in Host::both().await {
        let url = host.url();
        let mut listener = listening(&url, &[]).await;
        broadcast(&url, "'chat', 'said', ['Ann', {a: [1]}]").await;
        broadcast(&url, "'chat', 'left', []").await;
        let said = next_event(&mut listener).await;
        assert_eq!(said.as_deref(), Some("chat.said 'Ann',{a:[1]}"));
        assert_eq!(
            next_event(&mut listener).await.as_deref(),
            Some("chat.left")
        );
    }
}

#[tokio::test]
async fn listening_ends_after_a_number_of_events_of_the_interfaces_named() {
    let host = Host::ours().await;
    let url = host.url();
    let mut listener = listening(&url, &["meta", "chat", "--count", "500"]).await;
    broadcast(&url, "'other', 'said', [0]").await;
    broadcast(&url, "'chat', 'said', [1]").await;
    assert_eq!(
        next_event(&mut listener).await.as_deref(),
        Some("chat.said 1")
    );
    drop(listener);

    let listener = Running::start(&["listen", &url, "testbed", "chat", "--count", "1"]);
    let announce = async {
        loop {
            broadcast(&url, "'chat', 'said', [2]").await;
        }
    };
    let status = tokio::select! {
        (status, _) = listener.end() => status,
        () = announce => unreachable!("it goes on"),
    };
    assert_eq!(status, 0);
}

#[tokio::test]
async fn events_as_json_are_objects() {
    let host = Host::ours().await;
    let url = host.url();
    let mut listener = Running::start(&["listen", &url, "testbed", "-o", "json", "--count", "1"]);
    let announce = async {
        loop {
            broadcast(&url, "'chat', 'said', [NaN]").await;
        }
    };
    let line = tokio::select! {
        line = listener.line() => line,
        () = announce => unreachable!("it goes on"),
    };
    assert_eq!(
        line.as_deref(),
        Some(r#"{"interface":"chat","event":"said","args":[null]}"#)
    );
}

#[tokio::test]
async fn listening_ends_with_0_when_its_time_is_up_or_on_ctrl_c() {
    for host in Host::both().await {
        let url = host.url();
        let ended = jstp(&["listen", &url, "testbed", "--timeout", "4"]).await;
        assert_eq!(ended.printed(), "");
        let listener = listening(&url, &[]).await;
        signal(listener.process(), "INT").await;
        assert_eq!(listener.end().await.0, 0);
    }
}

#[tokio::test]
async fn listening_ends_with_3_when_the_server_goes() {
    let Host::Ours(server) = Host::ours().await else {
        unreachable!("it is ours");
    };
    let url = format!("jstp://{}", server.local_address().expect("it listens"));
    let listener = listening(&url, &[]).await;
    server.shutdown(std::time::Duration::ZERO).await;
    let (status, err) = listener.end().await;
    assert_eq!(status, 3);
    assert!(err.starts_with("error: the connection was lost: "), "{err}");
}

#[tokio::test]
async fn an_emitted_event_has_arrived_when_the_command_ends() {
    for host in Host::both().await {
        let url = host.url();
        let ended = jstp(&["emit", &url, "testbed", "chat", "say", "'hello', [1]"]).await;
        assert_eq!(ended.printed(), "");
        if let Host::Npm(peer, _) = &host {
            let event = peer.notice("event").await;
            assert_eq!(
                (&event["interface"], &event["event"]),
                (&"chat".into(), &"say".into())
            );
        }
    }
}
