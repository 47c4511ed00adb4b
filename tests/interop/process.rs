//! The testbed as a process of its own.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use serde_json::json;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};
use tokio::time::timeout;

use crate::npm::{NpmPeer, signal};
use crate::place::{Folder, Net, Place};
use crate::support::{call, client, connect, connect_request, within};

/// A running testbed, killed when dropped.
struct Testbed {
    child: Child,
    _stdout: Lines<BufReader<ChildStdout>>,
    tcp: Place,
    unix: Place,
    _folder: Folder,
}

impl Testbed {
    async fn start() -> Self {
        let folder = Folder::new();
        let path = folder.socket();
        let mut child = Command::new(example().await)
            .args(["--listen", "jstp://127.0.0.1:0", "--listen"])
            .arg(format!("ipc:{}", path.display()))
            .args(["--heartbeat-interval", "50"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("the testbed can be started");
        let mut stdout = BufReader::new(child.stdout.take().expect("stdout is piped")).lines();
        let mut lines = Vec::new();
        for _ in 0..3 {
            let line = within("a line of the testbed", stdout.next_line()).await;
            lines.push(
                line.expect("it can be read")
                    .expect("there are three lines"),
            );
        }
        let port = lines[0]
            .strip_prefix("listening jstp://127.0.0.1:")
            .map(str::parse::<u16>);
        let port = port
            .unwrap_or_else(|| panic!("{lines:?}"))
            .expect("the port is a number");
        assert_eq!(
            lines[1..],
            [
                format!("listening ipc:{}", path.display()),
                "ready".to_owned()
            ]
        );
        let (tcp, unix) = (Place::Port(Net::Tcp, port), Place::Path(path));
        Self {
            child,
            _stdout: stdout,
            tcp,
            unix,
            _folder: folder,
        }
    }
}

/// How long building the example may take where nothing of it is built yet.
const BUILD_DEADLINE: Duration = Duration::from_secs(900);

/// The example's executable, which is built if it was not built along with the tests.
async fn example() -> PathBuf {
    let tests = std::env::current_exe().expect("the test runs");
    let profile = tests
        .parent()
        .and_then(Path::parent)
        .expect("it lies in target/PROFILE/deps");
    let path = profile.join("examples/testbed");
    if !path.exists() {
        let mut build = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        build.args(["build", "--quiet", "--example", "testbed", "--target-dir"]);
        build.arg(profile.parent().expect("it lies in target/PROFILE/deps"));
        if !cfg!(debug_assertions) {
            build.arg("--release");
        }
        build.current_dir(env!("CARGO_MANIFEST_DIR"));
        let status = timeout(BUILD_DEADLINE, build.status())
            .await
            .expect("the testbed is built in time");
        assert!(
            status.expect("cargo can be started").success(),
            "the testbed can be built"
        );
    }
    path
}

#[tokio::test]
async fn all_listeners_of_the_testbed_share_sessions_and_broadcasts() {
    let testbed = Testbed::start().await;
    let peer = NpmPeer::spawn().await;
    let fields =
        json!({"conn": "tcp", "login": "marcus", "password": "aurelius", "reconnect": false});
    let connected = peer.must(connect_request(&testbed.tcp, fields)).await;
    assert_eq!(connected["username"], "marcus");
    let ours = connect("testbed@^1.0", client(), &testbed.unix).await;
    let mut items = ours.proxy("feed").subscribe("item");
    let broadcast = json!({
        "cmd": "call", "conn": "tcp", "interface": "events", "method": "broadcast",
        "args": ["feed", "item", [1]],
    });
    peer.must(broadcast).await;
    assert_eq!(peer.notice("event").await["args"], json!([1]));
    let item = within("the broadcast", items.recv())
        .await
        .expect("the connection goes on");
    assert_eq!(
        item.expect("none is missed")
            .parse::<(u8,)>()
            .expect("a number"),
        (1,)
    );

    // The session that was made over TCP goes on over the Unix socket.
    peer.must(json!({"cmd": "cut", "conn": "tcp"})).await;
    peer.notice("close").await;
    peer.must(
        testbed
            .unix
            .request(json!({"cmd": "reconnect", "conn": "tcp"})),
    )
    .await;
    let id = json!({"cmd": "call", "conn": "tcp", "interface": "session", "method": "id"});
    assert_eq!(peer.must(id).await, json!([connected["session"]]));
    let key = ("shared",);
    call(&ours, "counter", "increment", key)
        .await
        .expect("it counts");
    let get = json!({
        "cmd": "call", "conn": "tcp", "interface": "counter", "method": "get", "args": ["shared"],
    });
    assert_eq!(peer.must(get).await, json!([1]));
}

#[tokio::test]
async fn the_testbed_lets_calls_finish_when_it_is_told_to_stop() {
    let mut testbed = Testbed::start().await;
    let peer = NpmPeer::spawn().await;
    peer.must(connect_request(&testbed.tcp, json!({"reconnect": false})))
        .await;
    let slow = json!({"cmd": "call", "interface": "echo", "method": "slow", "args": [300, "done"]});
    let slow = peer.send(slow).await;
    // The call before this one has arrived when it is answered.
    peer.call("calculator", "answer", json!([]))
        .await
        .expect("it answers");
    signal(testbed.child.id().expect("it runs"), "TERM").await;
    let answer = within("the slow call", slow)
        .await
        .expect("the driver goes on");
    assert_eq!(answer, Ok(json!(["done"])));
    peer.notice("close").await;
    let status = within("the end of the testbed", testbed.child.wait()).await;
    assert!(status.expect("it can be waited for").success());
}
