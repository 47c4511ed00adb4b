//! The commands of the prompt.

#[cfg(test)]
mod tests;

use jstp_wire::Value;

use super::continuation::scan;
use crate::args_text::parse_values;
use crate::failure::Failure;

/// What is asked for at the prompt.
#[derive(Debug, PartialEq)]
pub(super) enum Command {
    /// Connect to a server; to the last one again without a target.
    Connect {
        target: Option<(String, String)>,
        interfaces: Vec<String>,
    },
    Disconnect,
    Call {
        interface: String,
        method: String,
        args: Vec<Value>,
    },
    Event {
        interface: String,
        event: String,
        args: Vec<Value>,
    },
    Inspect(Vec<String>),
    Session,
    /// The secret is asked for.
    Login(Identity),
    Logout,
    Help(Option<&'static Help>),
    Exit,
}

/// Whom a secret is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Identity {
    User(String),
    Strategy(String),
}

/// A command by its name.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Help {
    pub(super) name: &'static str,
    /// What stands behind the name.
    pub(super) syntax: &'static str,
    pub(super) about: &'static str,
}

/// All commands.
pub(super) const COMMANDS: [Help; 10] = [
    Help {
        name: "connect",
        syntax: "URL APP [INTERFACE…]",
        about: "connect and inspect; without URL, as before",
    },
    Help {
        name: "disconnect",
        syntax: "",
        about: "close the connection",
    },
    Help {
        name: "call",
        syntax: "INTERFACE METHOD [ARGS]",
        about: "call a method and print its results",
    },
    Help {
        name: "event",
        syntax: "INTERFACE EVENT [ARGS]",
        about: "emit an event",
    },
    Help {
        name: "inspect",
        syntax: "INTERFACE…",
        about: "list the methods of interfaces",
    },
    Help {
        name: "session",
        syntax: "",
        about: "show the session and its connection",
    },
    Help {
        name: "login",
        syntax: "USER | --strategy NAME",
        about: "ask for a secret, which `connect` uses then",
    },
    Help {
        name: "logout",
        syntax: "",
        about: "forget them",
    },
    Help {
        name: "help",
        syntax: "[COMMAND]",
        about: "show this",
    },
    Help {
        name: "exit",
        syntax: "",
        about: "leave, as Ctrl-D does",
    },
];

/// Finds a command by its name or by the beginning of it, if that is the beginning of no other.
pub(super) fn find(name: &str) -> Result<&'static Help, Failure> {
    let found: Vec<&Help> = COMMANDS
        .iter()
        .filter(|command| command.name.starts_with(name))
        .collect();
    match found[..] {
        _ if name.is_empty() => Err(Failure::usage("no command")),
        [one] => Ok(one),
        [] => Err(Failure::usage(format!("`{name}` is no command"))
            .with_hint("`help` lists the commands")),
        [..] => {
            let names: Vec<&str> = found.iter().map(|command| command.name).collect();
            Err(Failure::usage(format!(
                "`{name}` may be {}",
                names.join(" or ")
            )))
        }
    }
}

/// Whether a line goes on with the next one.
pub(super) fn is_unfinished(line: &str) -> bool {
    args_of(line).is_some_and(|args| scan(args).is_unfinished)
}

/// The commands of a text that may have several, as one that was pasted: a line each, or more.
pub(super) fn split(text: &str) -> Vec<String> {
    let mut commands: Vec<String> = Vec::new();
    let mut is_open = false;
    for line in text.lines() {
        match commands.last_mut() {
            Some(command) if is_open => {
                command.push('\n');
                command.push_str(line);
            }
            _ => commands.push(line.to_owned()),
        }
        is_open = commands
            .last()
            .is_some_and(|command| is_unfinished(command));
    }
    commands
}

/// The same command on one line.
pub(super) fn fold(line: &str) -> String {
    match args_of(line) {
        Some(args) => {
            let head = line.strip_suffix(args).unwrap_or(line);
            format!("{head}{}", scan(args).folded)
        }
        None => line.to_owned(),
    }
}

/// What stands for the values of a call or an event.
fn args_of(line: &str) -> Option<&str> {
    let (name, rest) = word(line)?;
    if !matches!(find(name).ok()?.name, "call" | "event") {
        return None;
    }
    let (_, rest) = word(rest)?;
    let (_, rest) = word(rest)?;
    let args = rest.trim_start();
    (!args.is_empty()).then_some(args)
}

/// Reads a command; none of an empty line or a comment.
pub(super) fn parse(line: &str) -> Result<Option<Command>, Failure> {
    let line = line.trim();
    if line.is_empty() || line.starts_with('#') || line.starts_with("//") {
        return Ok(None);
    }
    let folded = fold(line);
    let Some((name, rest)) = word(&folded) else {
        return Ok(None);
    };
    let help = find(name)?;
    parse_rest(help, rest.trim())
        .map(Some)
        .map_err(|failure| match failure.hint() {
            Some(_) => failure,
            None => failure.with_hint(usage(help)),
        })
}

/// How a command is written.
pub(super) fn usage(help: &Help) -> String {
    format!("{} {}", help.name, help.syntax)
        .trim_end()
        .to_owned()
}

fn parse_rest(help: &Help, rest: &str) -> Result<Command, Failure> {
    let words = || rest.split_whitespace().map(str::to_owned);
    let needed = |found: Option<String>, what: &str| {
        found.ok_or_else(|| Failure::usage(format!("{what} is missing")))
    };
    match help.name {
        "connect" => {
            let mut words = words();
            let target = match words.next() {
                Some(url) => Some((url, needed(words.next(), "APP")?)),
                None => None,
            };
            let interfaces = words.collect();
            Ok(Command::Connect { target, interfaces })
        }
        "call" | "event" => {
            let is_call = help.name == "call";
            let (interface, rest) =
                word(rest).map_or((None, ""), |(word, rest)| (Some(word), rest));
            let (name, rest) = word(rest).map_or((None, ""), |(word, rest)| (Some(word), rest));
            let interface = needed(interface.map(str::to_owned), "INTERFACE")?;
            let name = needed(
                name.map(str::to_owned),
                if is_call { "METHOD" } else { "EVENT" },
            )?;
            let args = parse_values(rest.trim()).map_err(|failure| failure.context("ARGS"))?;
            Ok(if is_call {
                Command::Call {
                    interface,
                    method: name,
                    args,
                }
            } else {
                Command::Event {
                    interface,
                    event: name,
                    args,
                }
            })
        }
        "inspect" => {
            let interfaces: Vec<String> = words().collect();
            needed(interfaces.first().cloned(), "INTERFACE")?;
            Ok(Command::Inspect(interfaces))
        }
        "login" => identity(&words().collect::<Vec<_>>()).map(Command::Login),
        "help" => match words().next() {
            Some(name) => Ok(Command::Help(Some(find(&name)?))),
            None => Ok(Command::Help(None)),
        },
        name => match (words().next(), name) {
            (Some(_), _) => Err(Failure::usage(format!("`{name}` stands alone"))),
            (None, "disconnect") => Ok(Command::Disconnect),
            (None, "session") => Ok(Command::Session),
            (None, "logout") => Ok(Command::Logout),
            (None, _) => Ok(Command::Exit),
        },
    }
}

/// Whom `login` is for.
pub(super) fn identity(words: &[String]) -> Result<Identity, Failure> {
    match words {
        [option, name] if option == "--strategy" => Ok(Identity::Strategy(name.clone())),
        [user] if user != "--strategy" => Ok(Identity::User(user.clone())),
        [] | [_] => Err(Failure::usage("USER is missing")),
        _ => Err(Failure::usage(
            "the secret is asked for and does not stand here",
        )),
    }
}

/// The first word of a text, and what stands behind it.
pub(super) fn word(text: &str) -> Option<(&str, &str)> {
    let text = text.trim_start();
    if text.is_empty() {
        return None;
    }
    Some(text.split_at(text.find(char::is_whitespace).unwrap_or(text.len())))
}
