//! Servers that never answer, hang up, or send nonsense.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::npm::signal;
use crate::support::{Running, jstp, jstp_fed};

/// In seconds: more than anything takes that comes to an end.
const PATIENCE: &str = "100";

/// A server that handles each connection by `handle`. Gives its URL.
async fn server<F>(handle: impl Fn(TcpStream) -> F + Send + 'static) -> String
where
    F: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a port is free");
    let address = listener.local_addr().expect("it listens");
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(handle(stream));
        }
    });
    format!("jstp://{address}")
}

/// Answers the handshake, then sends `text` and waits for the other side to hang up.
async fn after_handshake(mut stream: TcpStream, text: &'static [u8]) {
    let mut buffer = [0; 4096];
    let _ = stream.read(&mut buffer).await;
    let _ = stream.write_all(b"{handshake:[0],ok:'s'}\0").await;
    let _ = stream.write_all(text).await;
    while stream
        .read(&mut buffer)
        .await
        .is_ok_and(|length| length > 0)
    {}
}

/// The commands that connect, with so much time.
fn commands<'a>(url: &'a str, seconds: &'a str) -> [Vec<&'a str>; 5] {
    [
        vec!["call", url, "app", "i", "m", "--timeout", seconds],
        vec!["inspect", url, "app", "i", "--timeout", seconds],
        vec!["emit", url, "app", "i", "e", "--timeout", seconds],
        vec!["ping", url, "app", "--timeout", seconds],
        vec!["listen", url, "app", "--timeout", seconds],
    ]
}

#[tokio::test]
async fn a_server_that_never_answers_the_handshake_is_given_up() {
    let silent = server(|mut stream| async move {
        let mut buffer = [0; 4096];
        while stream
            .read(&mut buffer)
            .await
            .is_ok_and(|length| length > 0)
        {}
    })
    .await;
    for arguments in commands(&silent, "0.4") {
        let started = Instant::now();
        let ended = jstp(&arguments).await;
        assert_eq!(ended.refused().0, 3, "{arguments:?}: {ended:?}");
        // It would be 30 s without the option.
        assert!(started.elapsed() < Duration::from_secs(25), "{arguments:?}");
    }
}

#[tokio::test]
async fn a_server_that_hangs_up_or_talks_nonsense_is_no_jstp_server() {
    let closing = server(async |_stream| ()).await;
    let babbling = server(async |mut stream: TcpStream| {
        let _ = stream.write_all(b"SSH-2.0-OpenSSH_9.6\r\n\0").await;
        let mut buffer = [0; 4096];
        while stream
            .read(&mut buffer)
            .await
            .is_ok_and(|length| length > 0)
        {}
    })
    .await;
    for url in [&closing, &babbling] {
        for arguments in commands(url, PATIENCE) {
            let ended = jstp(&arguments).await;
            assert_eq!(ended.refused().0, 3, "{arguments:?}: {ended:?}");
            assert!(ended.err.contains("hint: is it a JSTP server"), "{ended:?}");
        }
    }
}

#[tokio::test]
async fn a_server_that_is_silent_after_the_handshake_is_given_up() {
    let url = server(|stream| after_handshake(stream, b"")).await;
    // Enough for the handshake on a busy machine.
    let commands = &commands(&url, "4")[..4];
    join_all(commands.iter().map(async |arguments| {
        let ended = jstp(arguments).await;
        assert_eq!(ended.status, 3, "{arguments:?}: {ended:?}");
        assert!(
            ended.err.contains("no answer within the time allowed"),
            "{ended:?}"
        );
    }))
    .await;
}

#[tokio::test]
async fn garbage_after_the_handshake_ends_the_command_with_a_reason() {
    let url = server(|stream| after_handshake(stream, b"{event:[-1,'i'],e:[1]}\0}{\0")).await;
    for arguments in &commands(&url, PATIENCE)[..4] {
        let ended = jstp(arguments).await;
        assert_eq!(ended.status, 3, "{arguments:?}: {ended:?}");
        assert!(ended.err.contains("the connection was lost: "), "{ended:?}");
    }
    // What came before it is not lost.
    let ended = jstp(&["listen", &url, "app", "--timeout", PATIENCE]).await;
    assert_eq!(
        (ended.status, ended.out.as_str()),
        (3, "i.e 1\n"),
        "{ended:?}"
    );
}

#[tokio::test]
async fn names_and_messages_of_the_server_do_not_steer_the_terminal() {
    let answer = b"{callback:[1],error:[9,'a\x1b[2Jb']}\0";
    let url = server(|stream| after_handshake(stream, answer)).await;
    let ended = jstp(&["call", &url, "app", "i", "m"]).await;
    assert_eq!(ended.refused(), (1, "error: 9 a\\u{1b}[2Jb"));

    let event = b"{event:[-1,'i'],'e\\u001b[2J\\n':[1]}\0";
    let url = server(|stream| after_handshake(stream, event)).await;
    let ended = jstp(&["listen", &url, "app", "--count", "1"]).await;
    assert_eq!(ended.printed(), "i.e\\u{1b}[2J\\n 1\n");
}

#[cfg(unix)]
#[tokio::test]
async fn listening_to_events_without_end_is_ended_by_ctrl_c() {
    let url = server(async |mut stream: TcpStream| {
        let _ = stream.write_all(b"{handshake:[0],ok:'s'}\0").await;
        let events = b"{event:[-1,'i'],e:[]}\0".repeat(1000);
        while stream.write_all(&events).await.is_ok() {}
    })
    .await;
    let mut listener = Running::start(&["listen", &url, "app"]);
    assert_eq!(listener.line().await.as_deref(), Some("i.e"));
    signal(listener.process(), "INT").await;
    while listener.line().await.is_some() {}
    assert_eq!(listener.end().await, (0, String::new()));
}

#[tokio::test]
async fn the_prompt_survives_them_too() {
    let url = server(|stream| after_handshake(stream, b"}{\0")).await;
    let script = format!("connect {url} app\ncall i m\nsession\n");
    let ended = jstp_fed(&script, &["repl", "--no-reconnect"]).await;
    assert_eq!(ended.status, 3, "{ended:?}");
    assert!(
        ended.err.contains("connection lost: protocol violated"),
        "{ended:?}"
    );
}
