//! Against our server.

use std::net::SocketAddr;
use std::sync::Arc;

use jstp::{AuthError, AuthRequest, LoginTable, Server, ServerOptions, net};

use super::super::app::{Script, server_application};
use super::super::data::{Row, rows, text};
use super::super::raw_peer::{DEADLINE, Heard, RawPeer, until, within};
use super::super::transcript::Transcript;
use super::{Verdict, error_code, segments};

/// A call whose answer shows that everything before it was seen to.
const PROBE: &str = "{call:[900,'calc'],answer:[]}";
const PROBE_ANSWER: &str = "{callback:[900],ok:[42]}";

/// What a row led to.
#[derive(Debug)]
struct Course {
    /// The answers, that to the probe aside.
    answers: Vec<String>,
    ended: bool,
}

pub(crate) async fn run() {
    let server = listen().await;
    let address = server
        .local_address()
        .and_then(|address| address.as_tcp())
        .expect("a port");
    let mut checked = 0;
    for row in rows("hostile.jsonl")
        .iter()
        .filter(|row| row["to"] == "server")
    {
        let verdict = Verdict::read(row);
        let is_new = !text(row, "phase").starts_with("after");
        let course = match text(row, "phase") {
            "before-handshake" => before_handshake(row, &verdict, address).await,
            "resume" | "resume-event" => resume(row, &server, address).await,
            _ => after_handshake(row, address).await,
        };
        if verdict.is_specific() {
            check(row, &verdict, &course, is_new);
        }
        let mut second = RawPeer::join(address, "app").await;
        second.send(PROBE).await;
        second.expect(PROBE_ANSWER).await;
        checked += 1;
    }
    assert_ne!(checked, 0, "no row for a server");
    within(server.close()).await;
}

/// A server whose policy takes the credentials apart.
async fn listen() -> Server {
    let application = server_application("app", "1.0.0", &Transcript::empty(), &Script::default());
    let logins = Arc::new(LoginTable::new([("marcus", "aurelius")]));
    let policy = move |request: AuthRequest| {
        let logins = logins.clone();
        async move {
            match request.strategy.as_str() {
                "login" => jstp::AuthPolicy::authenticate(&*logins, &request).await,
                _ => Err(AuthError::Denied),
            }
        }
    };
    let options = ServerOptions::from([application]).with_auth_policy(policy);
    net::create_server(options)
        .listen("127.0.0.1:0")
        .await
        .expect("a free port")
}

fn check(row: &Row, verdict: &Verdict, course: &Course, is_new: bool) {
    let Course { answers, ended } = course;
    let closes = verdict.close && answers.is_empty() && *ended;
    let goes_on = verdict.go_on && answers.is_empty() && !ended;
    let grants = verdict.granted
        && !ended
        && answers
            .first()
            .is_some_and(|answer| answer.starts_with("{handshake:[0],ok:"));
    let fails = verdict.error.is_some_and(|code| {
        let Some((first, rest)) = answers.split_first() else {
            return false;
        };
        let second: &[&str] = if verdict.second {
            &["{callback:[2],ok:[42]}"]
        } else {
            &[]
        };
        error_code(first) == Some(code) && rest == second && *ended == is_new
    });
    assert!(
        closes || goes_on || grants || fails,
        "{}: {verdict:?} {course:?}",
        row["id"]
    );
}

async fn write(peer: &mut RawPeer, row: &Row) {
    for segment in segments(row) {
        peer.send_to_the_end(segment.as_bytes()).await;
    }
}

async fn before_handshake(row: &Row, verdict: &Verdict, address: SocketAddr) -> Course {
    let mut peer = RawPeer::connect(address).await;
    write(&mut peer, row).await;
    if verdict.go_on && !verdict.close {
        // What goes on without a handshake still takes one.
        peer.send("{handshake:[0,'app']}").await;
        let answer = peer.message().await;
        assert!(
            answer.starts_with("{handshake:[0],ok:'"),
            "{}: {answer}",
            row["id"]
        );
        return to_the_probe(&mut peer).await;
    }
    match peer.hear(DEADLINE).await {
        Heard::Message(answer) if error_code(&answer).is_none() => {
            let mut course = to_the_probe(&mut peer).await;
            course.answers.insert(0, answer);
            course
        }
        Heard::Message(refusal) => {
            peer.expect_end().await;
            Course {
                answers: vec![refusal],
                ended: true,
            }
        }
        other => Course {
            answers: Vec::new(),
            ended: other == Heard::End,
        },
    }
}

async fn after_handshake(row: &Row, address: SocketAddr) -> Course {
    let mut peer = RawPeer::join(address, "app").await;
    write(&mut peer, row).await;
    to_the_probe(&mut peer).await
}

/// A second connection resumes the session of a first.
async fn resume(row: &Row, server: &Server, address: SocketAddr) -> Course {
    let mut first = RawPeer::connect(address).await;
    first.send("{handshake:[0,'app']}").await;
    let answer = first.message().await;
    let id = answer.split('\'').nth(1).expect("a session").to_owned();
    let find = || {
        server
            .get_clients()
            .into_iter()
            .find(|client| client.session_id().as_str() == id)
    };
    until(|| find().is_some()).await;
    let client = find().expect("it was there just now");
    drop(first);
    within(client.disconnected()).await;
    let is_event = text(row, "phase") == "resume-event";
    if is_event {
        client
            .try_emit("feed", "item", ("a\u{2028}b",))
            .expect("there is room");
    }
    let mut second = RawPeer::connect(address).await;
    let count = text(row, "resume_count");
    second
        .send(&format!("{{handshake:[0,'app'],session:['{id}',{count}]}}"))
        .await;
    let answer = second.message().await;
    if error_code(&answer).is_some() {
        second.expect_end().await;
        return Course {
            answers: vec![answer],
            ended: true,
        };
    }
    if is_event {
        second
            .expect("{event:[-1,'feed'],item:['a\\u2028b']}")
            .await;
    }
    let mut course = to_the_probe(&mut second).await;
    course.answers.insert(0, answer);
    course
}

/// Everything up to the answer to the probe, or to the end.
async fn to_the_probe(peer: &mut RawPeer) -> Course {
    let mut answers = Vec::new();
    // It may have closed already.
    peer.send_to_the_end(format!("{PROBE}\0").as_bytes()).await;
    loop {
        match peer.hear(DEADLINE).await {
            Heard::Message(answer) if answer == PROBE_ANSWER => {
                return Course {
                    answers,
                    ended: false,
                };
            }
            Heard::Message(answer) => answers.push(answer),
            Heard::End => {
                return Course {
                    answers,
                    ended: true,
                };
            }
            Heard::Silence => panic!("neither an answer nor an end, after {answers:?}"),
        }
    }
}
