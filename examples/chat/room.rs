//! The room: who is in it, and what is said there.
//!
//! | the client calls | |
//! | --- | --- |
//! | `chat.join(name)` | takes part under this name |
//! | `chat.say(text)` | says something to all others; answered when it is on its way to them |
//!
//! | the client is told | |
//! | --- | --- |
//! | `chat.said(name, text)` | what another says, also if it was said while this client's connection was lost |
//! | `chat.people(names)` | who is connected, whenever that changes |

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jstp::{
    Application, ApplicationError, Connection, Interface, PreparedEvent, RemoteError, Server,
    ServerEvent, ServerEvents, ServerOptions, Status, Value, WeakConnection, WeakServer, net,
};

/// How often clients are pinged, so that those who vanish are noticed.
const HEARTBEAT: Duration = Duration::from_secs(10);
/// The longest name, and the longest text, in characters.
const MAX_NAME: usize = 40;
const MAX_TEXT: usize = 4000;

/// A server with the room, which listens nowhere yet.
pub(crate) fn create_server() -> Result<Server, ApplicationError> {
    let server = net::create_server(ServerOptions::default().with_heartbeat_interval(HEARTBEAT));
    let room = Room {
        server: server.downgrade(),
        members: Arc::default(),
    };
    server.update_applications(Application::new("chat")?.interface("chat", room.interface()));
    tokio::spawn(room.watch(server.events()));
    Ok(server)
}

/// Held by the handlers of the server's application, so it holds the server weakly.
#[derive(Clone)]
struct Room {
    server: WeakServer,
    /// Those who have joined, with a connection at the moment or without: what is said meanwhile waits in
    /// the sessions of the latter.
    members: Arc<Mutex<Vec<WeakConnection>>>,
}

impl Room {
    fn interface(&self) -> Interface {
        let (joined, said) = (self.clone(), self.clone());
        Interface::new()
            .method("join", move |client: Connection, name: String| {
                joined.join(&client, name.trim())
            })
            .method("say", move |speaker: Connection, text: String| {
                let said = said.clone();
                async move { said.say(&speaker, &text).await }
            })
    }

    fn join(&self, client: &Connection, name: &str) -> Result<(), RemoteError> {
        if name.is_empty() || name.chars().count() > MAX_NAME {
            return Err(RemoteError::from(format!(
                "a name has 1 to {MAX_NAME} characters"
            )));
        }
        // The session remembers it, over lost connections too.
        client.session().set("name", name);
        let mut members = self.lock();
        if !members.iter().any(|member| is_same(member, client)) {
            members.push(client.downgrade());
        }
        drop(members);
        self.tell_people();
        Ok(())
    }

    async fn say(&self, speaker: &Connection, text: &str) -> Result<(), RemoteError> {
        let name = name(speaker).ok_or_else(|| RemoteError::from("join first"))?;
        if text.chars().count() > MAX_TEXT {
            return Err(RemoteError::from(format!(
                "a text has at most {MAX_TEXT} characters"
            )));
        }
        // Written once, however many there are.
        let line = PreparedEvent::new("chat", "said", (name, text))
            .map_err(|error| RemoteError::from(error.to_string()))?;
        for other in self.members() {
            if other.id() == speaker.id() || line.try_emit_to(&other).is_ok() {
                continue;
            }
            // It has been gone, or has read nothing, for so long that its session holds no more. It
            // shall know that it has missed something: it cannot resume.
            if let Some(server) = self.server.upgrade() {
                server.end_session(&other).await;
            }
        }
        Ok(())
    }

    /// Tells everybody who is there.
    fn tell_people(&self) {
        let members = self.members();
        let connected = members.iter().filter(|member| member.is_connected());
        let mut names: Vec<Value> = connected.filter_map(name).collect();
        names.sort_by(|a, b| a.as_str().cmp(&b.as_str()));
        let Ok(people) = PreparedEvent::new("chat", "people", (names,)) else {
            return;
        };
        for member in members.iter().filter(|member| member.is_connected()) {
            // One whose session is full is told when something is said.
            let _ = people.try_emit_to(member);
        }
    }

    /// Follows who comes and goes, until the server is gone.
    async fn watch(self, mut events: ServerEvents) {
        while let Some(event) = events.recv().await {
            match event {
                ServerEvent::Disconnect(_) | ServerEvent::Reconnect(_) => self.tell_people(),
                // It was away for so long that it is no member any more and has missed what was said.
                ServerEvent::RestoreSession { connection, .. } => {
                    if let Some(server) = self.server.upgrade() {
                        server.end_session(&connection).await;
                    }
                }
                _ => {}
            }
        }
    }

    /// The members whose sessions go on.
    fn members(&self) -> Vec<Connection> {
        let mut alive = Vec::new();
        self.lock().retain(|member| {
            let connection = member.upgrade().filter(|c| c.status() != Status::Closed);
            let keep = connection.is_some();
            alive.extend(connection);
            keep
        });
        alive
    }

    fn lock(&self) -> MutexGuard<'_, Vec<WeakConnection>> {
        self.members.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn name(client: &Connection) -> Option<Value> {
    client.session().get("name")
}

fn is_same(member: &WeakConnection, client: &Connection) -> bool {
    member
        .upgrade()
        .is_some_and(|member| member.id() == client.id())
}
