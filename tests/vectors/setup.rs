//! A server as the one of a transcript must have been: its applications, versions and policy.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use jstp::{
    AuthError, AuthRequest, RemoteError, ServerOptions, SessionStorageProvider, Value, VersionRange,
};

use super::app::{Script, is_readable, server_application};
use super::message::Message;
use super::transcript::{Closer, Side, Transcript};

/// Versions that the applications of the transcripts may have.
const VERSIONS: [&str; 6] = ["1.0.0", "1.1.0", "1.2.0", "1.4.2", "2.0.0", "2.1.0"];

/// How long a handshake may take in the replay of a timeout.
pub(crate) const SHORT_TIMEOUT: Duration = Duration::from_millis(250);

/// The options of a server for the replay.
pub(crate) fn server_options(
    replay: &Transcript,
    script: &Script,
    storage: Arc<dyn SessionStorageProvider>,
) -> ServerOptions {
    let mut applications = Vec::new();
    for (name, versions) in versions(replay) {
        for version in versions {
            applications.push(server_application(&name, &version, replay, script));
        }
    }
    let mut options = ServerOptions::from(applications).with_session_storage(storage);
    if !replay.description.contains("no authentication policy") {
        options = options.with_auth_policy(policy(replay));
    }
    if replay
        .connections()
        .iter()
        .any(|conn| times_out(replay, *conn))
    {
        options = options.with_handshake_timeout(SHORT_TIMEOUT);
    }
    options
}

/// Whether the server closed a connection for want of a handshake: it was not told anything that
/// it could object to, and said nothing.
pub(crate) fn times_out(replay: &Transcript, conn: u64) -> bool {
    let mut messages = replay
        .messages()
        .filter(|(_, recorded)| recorded.conn == conn);
    replay.closer(conn) == Some(Closer::Server)
        && messages.all(|(_, recorded)| {
            let harmless = recorded
                .message
                .as_ref()
                .is_some_and(|message| message.kind().is_empty() || message.is_request());
            recorded.from == Side::Client && harmless && is_readable(&recorded.bytes)
        })
}

/// The versions of each application by what was asked for, granted and told.
fn versions(replay: &Transcript) -> BTreeMap<String, Vec<String>> {
    let mut versions: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let requests: Vec<_> = replay
        .connections()
        .iter()
        .filter_map(|conn| {
            let (request, response) = replay.handshake(*conn)?;
            Some((*conn, request, response))
        })
        .collect();
    for (conn, request, response) in &requests {
        let Some(name) = request.header(1).and_then(Value::as_str) else {
            continue;
        };
        let asked = request.header(2).and_then(Value::as_str);
        let is_unknown = refusal(*response) == Some(RemoteError::APP_NOT_FOUND);
        if is_unknown && asked.is_none() {
            continue;
        }
        let known = versions
            .entry(name.to_owned())
            .or_insert_with(|| VERSIONS.iter().map(ToString::to_string).collect());
        let fits = |version: &str| asked.is_none_or(|asked| satisfies(version, asked));
        if is_unknown {
            known.retain(|version| !fits(version));
        } else if request.resumes().is_none() {
            let told = told_version(replay, *conn);
            if let Some(told) = told {
                known.retain(|version| !fits(version) || !is_above(version, &told));
                known.push(told);
            } else if !known.iter().any(|version| fits(version)) {
                known.push(fitting(asked.unwrap_or_default()));
            }
        }
        known.sort();
        known.dedup();
    }
    versions
}

/// The error code of a refused handshake.
pub(crate) fn refusal(response: Option<&Message>) -> Option<i64> {
    response?.error()?.get(0)?.as_i64()
}

/// What `meta.version` answered on a connection.
fn told_version(replay: &Transcript, conn: u64) -> Option<String> {
    let (_, call) = replay
        .said(conn, Side::Client)
        .find(|(_, said)| said.interface() == Some("meta") && said.method() == "version")?;
    let (_, callback) = replay
        .said(conn, Side::Server)
        .find(|(_, said)| said.kind() == "callback" && said.id() == call.id())?;
    Some(callback.ok()?.get(0)?.as_str()?.to_owned())
}

fn satisfies(version: &str, range: &str) -> bool {
    version == range
        || VersionRange::parse(range).is_ok_and(|range| {
            range.matches(&version.parse().expect("the versions here are valid"))
        })
}

/// Versions of this kind compare by their numbers.
fn is_above(version: &str, other: &str) -> bool {
    let numbers = |text: &str| -> Vec<u64> {
        text.split(['.', '-', '+'])
            .filter_map(|part| part.parse().ok())
            .collect()
    };
    numbers(version) > numbers(other)
}

/// Some version that satisfies a range.
fn fitting(range: &str) -> String {
    let numbers = 0..6_u8;
    let all = numbers.clone().flat_map(|major| {
        let numbers = 0..6_u8;
        numbers
            .flat_map(move |minor| (0..6_u8).map(move |patch| format!("{major}.{minor}.{patch}")))
    });
    all.into_iter()
        .find(|version| satisfies(version, range))
        .unwrap_or_else(|| range.to_owned())
}

/// Lets in whom the transcript let in.
fn policy(replay: &Transcript) -> impl jstp::AuthPolicy {
    let mut rulings: HashMap<(String, String), Ruling> = HashMap::new();
    for conn in replay.connections() {
        let Some((request, response)) = replay.handshake(conn) else {
            continue;
        };
        let Some((strategy, credentials)) = request.verb() else {
            continue;
        };
        let credentials = jstp::wire::to_string(credentials).expect("credentials can be written");
        let ruling = match response {
            None => Ruling::Never,
            Some(response) => match response.error() {
                Some(Value::Array(error)) => Ruling::Refused(RemoteError::from(error.clone())),
                _ => Ruling::Granted(user(replay, conn, request)),
            },
        };
        rulings.insert((strategy.to_owned(), credentials), ruling);
    }
    move |request: AuthRequest| {
        let credentials: Value = request.credentials.deserialize().expect("one value");
        let credentials = jstp::wire::to_string(&credentials).expect("a value can be written");
        let ruling = rulings.get(&(request.strategy, credentials)).cloned();
        async move {
            match ruling {
                Some(Ruling::Granted(user)) => Ok(user),
                Some(Ruling::Refused(error)) => Err(AuthError::Remote(error)),
                Some(Ruling::Never) => std::future::pending().await,
                None => Err(AuthError::Denied),
            }
        }
    }
}

#[derive(Clone)]
enum Ruling {
    Granted(String),
    Refused(RemoteError),
    Never,
}

/// The user: as `session.user` told, or else the first of the credentials.
fn user(replay: &Transcript, conn: u64, request: &Message) -> String {
    let call = replay
        .said(conn, Side::Client)
        .find(|(_, said)| said.interface() == Some("session") && said.method() == "user");
    let told = call.and_then(|(_, call)| {
        let mut said = replay.said(conn, Side::Server);
        let (_, callback) =
            said.find(|(_, said)| said.kind() == "callback" && said.id() == call.id())?;
        callback.ok()?.get(0)?.as_str()
    });
    let first = request
        .verb()
        .and_then(|(_, credentials)| credentials.get(0)?.as_str());
    told.or(first).unwrap_or("somebody").to_owned()
}
