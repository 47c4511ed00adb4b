//! `jstp sniff`: between the npm package and our server, and with raw peers.

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

use crate::npm::{DEADLINE, NpmPeer, signal};
use crate::support::{Host, command, jstp};
use crate::temporary::Temporary;

/// A proxy while it runs.
struct Sniffer {
    child: tokio::process::Child,
    port: u16,
}

impl Sniffer {
    async fn start(target: &str, options: &[&str]) -> Self {
        Self::start_on("127.0.0.1:0", target, options).await
    }

    async fn start_on(listen: &str, target: &str, options: &[&str]) -> Self {
        let arguments = [&["sniff", listen, target], options].concat();
        let mut child = command(&arguments).spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let line = timeout(DEADLINE, lines.next_line()).await.unwrap().unwrap();
        let line = line.expect("it says where it listens");
        let port = line
            .split(", ")
            .next()
            .and_then(|url| url.rsplit_once(':')?.1.parse().ok());
        let port = port.unwrap_or_else(|| panic!("{line}"));
        Self { child, port }
    }

    /// Stops it; gives the lines that it has printed.
    async fn stop(self) -> Vec<String> {
        signal(self.child.id().unwrap(), "TERM").await;
        let output = timeout(DEADLINE, self.child.wait_with_output())
            .await
            .unwrap()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout)
            .unwrap()
            .lines()
            .map(str::to_owned)
            .collect()
    }
}

#[tokio::test]
async fn a_proxy_between_an_npm_client_and_our_server_is_not_noticed() {
    let host = Host::ours().await;
    let recording = Temporary::new("npm.jsonl");
    let sniffer = Sniffer::start(&host.url(), &["--save", recording.path()]).await;
    let peer = NpmPeer::spawn_production().await;
    let connect = json!({
        "cmd": "connect", "app": "testbed", "port": sniffer.port, "login": "marcus",
        "password": "aurelius", "reconnect": false,
    });
    peer.must(connect).await;
    assert_eq!(
        peer.call("session", "username", json!([])).await,
        Ok(json!(["marcus"]))
    );
    let event = json!(["chat", "said", ["hello"]]);
    assert_eq!(peer.call("events", "emit", event).await, Ok(json!([])));
    peer.notice_where("event", |notice| notice["event"] == "said")
        .await;
    // A call that crosses a lost connection.
    let session = peer.call("session", "id", json!([])).await;
    peer.must(json!({"cmd": "cut"})).await;
    peer.notice("close").await;
    peer.must(json!({"cmd": "reconnect"})).await;
    assert_eq!(peer.call("session", "id", json!([])).await, session);
    let many = json!({"cmd": "pipeline", "interface": "echo", "method": "echo", "count": 2000});
    assert_eq!(
        peer.must(many).await,
        json!({"answered": 2000, "ordered": true})
    );
    peer.must(json!({"cmd": "close"})).await;

    let lines = sniffer.stop().await;
    let has = |part: &str| lines.iter().any(|line| line.contains(part));
    for part in [
        "testbed by login, credentials not shown",
        "callback 1   session.username ['marcus'] after ",
        "event -1     chat.said ['hello']",
        "resumes session ",
        "#2 · closed by the client",
    ] {
        assert!(has(part), "{part}: {lines:?}");
    }
    assert!(!has("aurelius"), "{lines:?}");
    assert_eq!(
        lines
            .iter()
            .filter(|line| line.contains("echo.echo"))
            .count(),
        4000
    );

    let saved = recording.read();
    let saved: Vec<Value> = saved
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(saved[0]["jstp_recording"], 1);
    assert_eq!(
        saved[2]["text"],
        "{handshake:[0,'testbed'],login:['marcus','aurelius']}"
    );
    let printed = jstp(&["sniff", "--replay", recording.path()])
        .await
        .printed();
    assert_eq!(printed.lines().count(), lines.len());
}

/// A raw client and a raw server with a proxy between them.
async fn raw_pair() -> (Sniffer, TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let target = listener.local_addr().unwrap().to_string();
    let sniffer = Sniffer::start(&target, &[]).await;
    let client = TcpStream::connect(("127.0.0.1", sniffer.port))
        .await
        .unwrap();
    let (server, _) = timeout(DEADLINE, listener.accept()).await.unwrap().unwrap();
    (sniffer, client, server)
}

async fn read(stream: &mut TcpStream, length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    timeout(DEADLINE, stream.read_exact(&mut bytes))
        .await
        .unwrap()
        .unwrap();
    bytes
}

#[tokio::test]
async fn malformed_messages_pass_byte_for_byte() {
    let (sniffer, mut client, mut server) = raw_pair().await;
    let bytes = b"{{{\0\0  \0\xff\xfe{a:'\x1b[2J'}\0{call:[1,'x'],y:null}\0";
    client.write_all(bytes).await.unwrap();
    assert_eq!(read(&mut server, bytes.len()).await, bytes);
    server.write_all(bytes).await.unwrap();
    assert_eq!(read(&mut client, bytes.len()).await, bytes);
    drop((client, server));
    let lines = sniffer.stop().await;
    assert_eq!(
        lines
            .iter()
            .filter(|line| line.contains("malformed"))
            .count(),
        8,
        "{lines:?}"
    );
    assert!(
        lines.iter().all(|line| !line.contains('\u{1b}')),
        "{lines:?}"
    );
}

#[tokio::test]
async fn the_sides_may_use_different_transports() {
    let host = Host::ours().await;
    let sniffer = Sniffer::start_on("ws://127.0.0.1:0", &host.url(), &[]).await;
    let url = format!("ws://127.0.0.1:{}", sniffer.port);
    let ended = jstp(&["call", &url, "testbed", "echo", "echo", "'é'"]).await;
    assert_eq!(ended.printed(), "'é'\n");
    let lines = sniffer.stop().await;
    let answer = lines.iter().find(|line| line.contains("callback 1"));
    assert!(
        answer.unwrap().contains("echo.echo ['é'] after "),
        "{lines:?}"
    );
}

#[tokio::test]
async fn each_side_may_close_before_the_other_has_said_all() {
    let (_sniffer, mut client, mut server) = raw_pair().await;
    client.write_all(b"{last:[]}\0").await.unwrap();
    client.shutdown().await.unwrap();
    let mut all = Vec::new();
    timeout(DEADLINE, server.read_to_end(&mut all))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(all, b"{last:[]}\0");
    server.write_all(b"{answer:[]}\0").await.unwrap();
    server.shutdown().await.unwrap();
    all.clear();
    timeout(DEADLINE, client.read_to_end(&mut all))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(all, b"{answer:[]}\0");
}

#[tokio::test]
async fn a_recording_is_done_again_and_differences_are_shown() {
    let host = Host::ours().await;
    let recording = Temporary::new("replay.jsonl");
    let sniffer =
        Sniffer::start(&host.url(), &["--save", recording.path(), "--kind", "call"]).await;
    let url = format!("127.0.0.1:{}", sniffer.port);
    jstp(&["call", &url, "testbed", "session", "id"]).await;
    jstp(&["call", &url, "testbed", "counter", "increment", "'replay'"]).await;
    let lines = sniffer.stop().await;
    assert_eq!(lines.len(), 2, "only calls are shown: {lines:?}");

    // The counter goes on, everything else is the same; session ids are others, which is none.
    let ended = jstp(&["sniff", "--replay", recording.path(), &host.url()]).await;
    assert_eq!(ended.status, 1, "{ended:?}");
    assert_eq!(
        ended.out,
        "#2 differs\n  recorded  {callback:[1],ok:[1]}\n  now       {callback:[1],ok:[2]}\n\
         4 messages sent, 4 compared, 1 difference\n"
    );
    let fresh = Host::ours().await;
    let reset = recording.read().replace("'replay'", "'fresh'");
    recording.write(&reset);
    let ended = jstp(&["sniff", "--replay", recording.path(), &fresh.url()]).await;
    assert_eq!(
        ended.printed(),
        "4 messages sent, 4 compared, 0 differences\n"
    );
    assert_eq!(
        jstp(&["sniff", "--replay", recording.path(), "127.0.0.1:1"])
            .await
            .status,
        3
    );
}

#[tokio::test]
async fn wrong_use_is_told() {
    assert_eq!(jstp(&["sniff", "127.0.0.1:0"]).await.status, 2);
    assert_eq!(jstp(&["sniff", "127.0.0.1:0", "nowhere"]).await.status, 2);
    assert_eq!(
        jstp(&["sniff", "127.0.0.1:0", "127.0.0.1:1", "--kind", "cal"])
            .await
            .status,
        2
    );
    assert_eq!(
        jstp(&["sniff", "--replay", "/nonexistent.jsonl"])
            .await
            .status,
        2
    );
}
