//! What happens without having been asked for: events, losses, reconnects, messages.

use jstp_connection::{CloseReason, ConnectionEvent};
use jstp_transport::Address;
use jstp_wire::Value;

use super::{Finished, Inspected, Outcome, Shell};
use crate::commands::inspect;
use crate::failure::{Failure, remote_text};
use crate::inbox::Received;
use crate::output::{HINT, NAME, Printable};
use crate::repl::link::{Happening, Link};
use crate::repl::screen::Room;

impl Shell<'_> {
    /// Shows what happened on the connection.
    pub(super) fn show(&mut self, happening: Happening, room: Option<Room>) -> Result<(), Failure> {
        match happening {
            Happening::Received(received) => self.show_received(&received, room),
            Happening::Event(event) => match self.text_of(&event) {
                Some(text) if is_message(&event) => self.screen.line_in(text, room),
                Some(text) => {
                    let text = self.screen.paint(HINT, Printable(&text));
                    self.screen.note(text)
                }
                None => Ok(()),
            },
        }
    }

    fn show_received(&mut self, received: &Received, room: Option<Room>) -> Result<(), Failure> {
        self.knowledge
            .add_event(&received.interface, &received.event);
        let name = format!("{}.{}", received.interface, received.event);
        let name = self.screen.paint(NAME, Printable(&name));
        let args = self.screen.list(&received.args)?;
        let line = format!("{} {name}{args}", self.dim("event"));
        self.screen.line_in(line, room)
    }

    /// What there is to say of something that happened on the connection.
    fn text_of(&self, event: &ConnectionEvent) -> Option<String> {
        Some(match event {
            ConnectionEvent::IncomingMessage(text) => self.message("<-", text)?,
            ConnectionEvent::OutgoingMessage(text) => self.message("->", text)?,
            ConnectionEvent::Close(CloseReason::Closed) => return None,
            ConnectionEvent::Close(reason) if self.settings.reconnects() => {
                format!("connection lost: {reason}")
            }
            ConnectionEvent::Close(reason) => {
                format!("connection lost: {reason}; `connect` connects again")
            }
            ConnectionEvent::ReconnectAttempt { target } => format!("reconnecting to {target} …"),
            ConnectionEvent::Reconnect { error: None } => "reconnected".to_owned(),
            ConnectionEvent::Reconnect { error: Some(error) } => {
                format!("could not reconnect: {error}")
            }
            ConnectionEvent::Handshake { error: Some(error) } => {
                format!(
                    "the server knows the session no longer: {}",
                    remote_text(error)
                )
            }
            ConnectionEvent::Client { resumed: false, .. } => "a new session has begun".to_owned(),
            ConnectionEvent::MessageRejected { reason, .. } => {
                format!("a message of the server was rejected: {reason}")
            }
            ConnectionEvent::Error(error) => format!("error: {error}"),
            ConnectionEvent::Missed(count) => format!("{count} messages are not shown"),
            _ => return None,
        })
    }

    /// A message that passed, if it is to be shown.
    fn message(&self, arrow: &str, text: &[u8]) -> Option<String> {
        let text = String::from_utf8_lossy(text);
        let is_heartbeat = ["{ping:", "{pong:", "{}"]
            .iter()
            .any(|start| text.starts_with(start));
        if !self.settings.shows_messages(is_heartbeat) {
            return None;
        }
        Some(format!(
            "{} {}",
            self.dim(arrow),
            self.screen.message(&text)
        ))
    }

    /// Shows what came of a command.
    pub(super) fn finish(&mut self, finished: Finished) -> Result<(), Failure> {
        let Finished {
            number,
            what,
            outcome,
        } = finished;
        let is_awaited = number.is_some() && number == self.foreground;
        if is_awaited {
            self.foreground = None;
        }
        match outcome {
            Err(failure) if number.is_some() => {
                // An answer that comes late says what it belongs to.
                let failure = if is_awaited {
                    failure
                } else {
                    failure.about(&what)
                };
                self.fail(failure)
            }
            Err(_) | Ok(Outcome::Emitted) => Ok(()),
            Ok(Outcome::Connected(link, inspected)) => self.connected(*link, inspected),
            Ok(Outcome::Results(results)) => self.show_results(&what, is_awaited, &results),
            Ok(Outcome::Inspected(inspected)) => self.learn(inspected, number.is_some()),
        }
    }

    fn show_results(
        &mut self,
        what: &str,
        is_awaited: bool,
        results: &[Value],
    ) -> Result<(), Failure> {
        if !is_awaited {
            let list = self.screen.list(results)?;
            let line = format!("{}{list}", self.dim(&format!("{what} gave")));
            return self.screen.line(line);
        }
        if results.is_empty() && self.screen.is_interactive() {
            let line = self.dim("no results");
            return self.screen.line(line);
        }
        self.screen.values(results)
    }

    fn connected(&mut self, link: Link, inspected: Vec<Inspected>) -> Result<(), Failure> {
        let address = link.connection.remote_address();
        let user = link.connection.username();
        let user = user.map_or_else(String::new, |user| format!(" as {user}"));
        let clear = if goes_in_clear(&link.url, &address) {
            ", not encrypted"
        } else {
            ""
        };
        let text = format!("connected to {} at {address}{user}{clear}", link.app);
        let text = self.screen.paint(HINT, Printable(&text));
        self.screen.note(text)?;
        self.knowledge.clear();
        let is_lost = !link.connection.is_connected();
        self.link = Some(link);
        self.learn(inspected, true)?;
        if is_lost {
            self.screen.note("the connection was lost at once")?;
        }
        Ok(())
    }

    /// Takes note of methods, and shows them to whoever asked.
    fn learn(&mut self, inspected: Vec<Inspected>, is_shown: bool) -> Result<(), Failure> {
        for (interface, methods) in inspected {
            match methods {
                Ok(methods) => {
                    self.knowledge.set_methods(&interface, &methods);
                    if is_shown {
                        let line = inspect::line(self.screen.has_color(), &interface, &methods);
                        self.screen.line(line)?;
                    }
                }
                Err(failure) if is_shown => self.fail(failure.about(&format!("`{interface}`")))?,
                Err(_) => {}
            }
        }
        Ok(())
    }
}

/// Whether others on the network can read along.
fn goes_in_clear(url: &str, address: &Address) -> bool {
    let is_encrypted = url.starts_with("jstps://") || url.starts_with("wss://");
    let is_remote = address
        .as_tcp()
        .is_some_and(|address| !address.ip().is_loopback());
    is_remote && !is_encrypted
}

/// Whether the event is one of the many, which have to wait for room.
fn is_message(event: &ConnectionEvent) -> bool {
    matches!(
        event,
        ConnectionEvent::IncomingMessage(_) | ConnectionEvent::OutgoingMessage(_)
    )
}
