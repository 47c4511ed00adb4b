//! From the text of a file to what it says.

use std::collections::HashMap;
use std::time::Duration;

use jstp_auth::LoginTable;
use jstp_connection::PreparedEvent;
use jstp_wire::{RawBuf, RemoteError, Value, ValueKind};

use super::node::{Member, Node};
use super::spec::{Answer, Application, Case, Emission, Interface, Method, Receivers, Spec, Timer};
use crate::excerpt::Fault;

const OF_FILE: [&str; 2] = ["applications", "users"];
const OF_INTERFACE: [&str; 3] = ["methods", "events", "timers"];
const OF_METHOD: [&str; 7] = [
    "args", "result", "results", "error", "delay", "emit", "cases",
];
const OF_CASE: [&str; 6] = ["when", "result", "results", "error", "delay", "emit"];
const OF_EMISSION: [&str; 5] = ["event", "args", "interface", "delay", "to"];
const OF_TIMER: [&str; 4] = ["event", "args", "every", "count"];

/// Reads a file.
pub(super) fn read(text: &str) -> Result<Spec, Fault> {
    let root = Node::parse(text)?;
    let mut spec = Spec::default();
    for member in root.members("the file")? {
        match &*member.key {
            "applications" => {
                for application in member.node.members("`applications`")? {
                    spec.applications.push(read_application(&application)?);
                }
            }
            "users" => spec.users = Some(read_users(member.node)?),
            _ => return Err(member.unknown(&OF_FILE)),
        }
    }
    if spec.applications.is_empty() {
        return Err(root.fault("there are no `applications`, so that no client could connect"));
    }
    Ok(spec)
}

fn read_users(node: Node<'_>) -> Result<LoginTable, Fault> {
    let users = node.members("`users`")?;
    let users = users.into_iter().map(|user| {
        let password = user.node.text("a password")?;
        Ok((user.key.into_owned(), password))
    });
    Ok(LoginTable::new(users.collect::<Result<Vec<_>, _>>()?))
}

fn read_application(member: &Member<'_>) -> Result<Application, Fault> {
    // The rules for names and versions are those of real applications.
    let named = jstp_connection::Application::new(&member.key)
        .map_err(|error| member.fault(error.to_string()))?;
    let mut interfaces = HashMap::new();
    for interface in member.node.members("an application")? {
        if interface.key.is_empty() {
            return Err(interface.fault("an interface needs a name"));
        }
        let read = read_interface(&interface)?;
        interfaces.insert(interface.key.into_owned(), read);
    }
    Ok(Application {
        name: named.name().to_owned(),
        version: named.version().clone(),
        interfaces,
    })
}

fn read_interface(member: &Member<'_>) -> Result<Interface, Fault> {
    let name = &*member.key;
    let mut interface = Interface::default();
    for part in member.node.members("an interface")? {
        match &*part.key {
            "methods" => {
                for method in part.node.members("`methods`")? {
                    check_name(&method, "call")?;
                    let read = read_method(method.node, name)?;
                    interface.methods.push((method.key.into_owned(), read));
                }
            }
            "events" => {
                for event in part.node.members("`events`")? {
                    check_name(&event, "event")?;
                    let emissions = read_emissions(event.node, name)?;
                    interface.events.insert(event.key.into_owned(), emissions);
                }
            }
            "timers" => {
                for timer in part.node.elements("`timers`")? {
                    interface.timers.push(read_timer(timer, name)?);
                }
            }
            _ => return Err(part.unknown(&OF_INTERFACE)),
        }
    }
    Ok(interface)
}

/// Some names cannot stand in a message.
fn check_name(member: &Member<'_>, kind: &str) -> Result<(), Fault> {
    let key = &*member.key;
    let is_index = !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_digit());
    if key.is_empty() || key == kind || is_index {
        return Err(member.fault(format!("no message can have the name `{key}` here")));
    }
    Ok(())
}

fn read_method(node: Node<'_>, interface: &str) -> Result<Method, Fault> {
    let members = node.members("a method")?;
    let mut arity = None;
    let mut cases = None;
    let mut answer = AnswerParts::default();
    for member in &members {
        match &*member.key {
            "args" => arity = Some(read_arity(member.node)?),
            "cases" => {
                let read = |case: &Node<'_>| read_case(*case, interface);
                let all = member.node.elements("`cases`")?;
                cases = Some(all.iter().map(read).collect::<Result<Vec<_>, _>>()?);
            }
            _ if answer.read(member, interface)? => {}
            _ => return Err(member.unknown(&OF_METHOD)),
        }
    }
    if cases.is_some()
        && let Some(other) = members.iter().find(|member| is_of_answer(&member.key))
    {
        return Err(other.fault(format!(
            "`{}` and `cases` exclude each other; a last case without `when` is for all else",
            other.key
        )));
    }
    let always = || Case {
        when: None,
        answer: answer.finish(),
    };
    Ok(Method {
        arity,
        cases: cases.unwrap_or_else(|| vec![always()]),
    })
}

/// A number of arguments, or their names.
fn read_arity(node: Node<'_>) -> Result<usize, Fault> {
    if node.kind() == ValueKind::Array {
        let names = node.elements("`args`")?;
        for name in &names {
            name.text("the name of an argument")?;
        }
        return Ok(names.len());
    }
    let count = node.count("`args`, the number of arguments or the list of their names,")?;
    usize::try_from(count).map_err(|_| node.fault("nobody has so many arguments"))
}

fn read_case(node: Node<'_>, interface: &str) -> Result<Case, Fault> {
    let mut when = None;
    let mut answer = AnswerParts::default();
    for member in node.members("a case")? {
        if member.key == "when" {
            member.node.elements("`when`, the arguments,")?;
            when = Some(member.node.value()?);
        } else if !answer.read(&member, interface)? {
            return Err(member.unknown(&OF_CASE));
        }
    }
    Ok(Case {
        when,
        answer: answer.finish(),
    })
}

/// An answer that is being read.
#[derive(Default)]
struct AnswerParts {
    outcome: Option<Result<RawBuf, RemoteError>>,
    delay: Duration,
    emit: Vec<Emission>,
}

fn is_of_answer(key: &str) -> bool {
    OF_CASE.contains(&key)
}

impl AnswerParts {
    /// Reads a member if it is of an answer.
    fn read(&mut self, member: &Member<'_>, interface: &str) -> Result<bool, Fault> {
        let node = member.node;
        let outcome = match &*member.key {
            "result" => Ok(node.as_array()?),
            "results" => Ok(node.array("`results`")?),
            "error" => Err(read_error(node)?),
            "delay" => {
                self.delay = node.time("`delay`")?;
                return Ok(true);
            }
            "emit" => {
                self.emit = read_emissions(node, interface)?;
                return Ok(true);
            }
            _ => return Ok(false),
        };
        if self.outcome.replace(outcome).is_some() {
            return Err(member.fault("one of `result`, `results` and `error` is enough"));
        }
        Ok(true)
    }

    fn finish(self) -> Answer {
        let nothing = || RawBuf::from_raw(jstp_wire::RawValue::from_trusted("[]"));
        Answer {
            outcome: self.outcome.unwrap_or_else(|| Ok(nothing())),
            delay: self.delay,
            emit: self.emit,
        }
    }
}

/// A code, a message, or an array of code, message and whatever else.
fn read_error(node: Node<'_>) -> Result<RemoteError, Fault> {
    match node.value()? {
        Value::Number(code) => match code.as_i64() {
            Some(code) => Ok(RemoteError::from_code(code)),
            None => Err(node.fault("the code of an error is a whole number")),
        },
        Value::String(message) => Ok(RemoteError::from(message)),
        Value::Array(parts) if parts.first().is_some_and(Value::is_number) => {
            Ok(RemoteError::from(parts))
        }
        _ => Err(node.fault("`error` is a code, a message, or [code, message, …]")),
    }
}

fn read_emissions(node: Node<'_>, interface: &str) -> Result<Vec<Emission>, Fault> {
    let nodes = match node.kind() {
        ValueKind::Object => vec![node],
        _ => node.elements("what is emitted")?,
    };
    nodes
        .into_iter()
        .map(|node| read_emission(node, interface))
        .collect()
}

fn read_emission(node: Node<'_>, interface: &str) -> Result<Emission, Fault> {
    let mut event = EventParts::default();
    let mut interface = interface.to_owned();
    let (mut delay, mut to) = (Duration::ZERO, Receivers::Caller);
    for member in node.members("what is emitted")? {
        match &*member.key {
            "interface" => interface = member.node.text("`interface`")?,
            "delay" => delay = member.node.time("`delay`")?,
            "to" => {
                to = match member.node.text("`to`")?.as_str() {
                    "caller" => Receivers::Caller,
                    "all" => Receivers::All,
                    _ => return Err(member.node.fault("`to` is 'caller' or 'all'")),
                }
            }
            _ if event.read(&member)? => {}
            _ => return Err(member.unknown(&OF_EMISSION)),
        }
    }
    Ok(Emission {
        event: event.finish(node, &interface)?,
        delay,
        to,
    })
}

fn read_timer(node: Node<'_>, interface: &str) -> Result<Timer, Fault> {
    let mut event = EventParts::default();
    let (mut every, mut count) = (None, None);
    for member in node.members("a timer")? {
        match &*member.key {
            "every" => {
                let time = member.node.time("`every`")?;
                if time < Duration::from_millis(1) {
                    return Err(member.node.fault("`every` is at least a millisecond"));
                }
                every = Some(time);
            }
            "count" => count = Some(member.node.count("`count`")?),
            _ if event.read(&member)? => {}
            _ => return Err(member.unknown(&OF_TIMER)),
        }
    }
    Ok(Timer {
        event: event.finish(node, interface)?,
        every: every.ok_or_else(|| node.fault("a timer needs `every`, in milliseconds"))?,
        count,
    })
}

/// An event that is being read.
#[derive(Default)]
struct EventParts {
    name: Option<String>,
    args: Option<RawBuf>,
}

impl EventParts {
    fn read(&mut self, member: &Member<'_>) -> Result<bool, Fault> {
        match &*member.key {
            "event" => self.name = Some(member.node.text("`event`")?),
            "args" => self.args = Some(member.node.array("`args`")?),
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn finish(self, node: Node<'_>, interface: &str) -> Result<PreparedEvent, Fault> {
        let name = self
            .name
            .filter(|name| !name.is_empty() && name != "event")
            .ok_or_else(|| node.fault("the name of the event, `event`, is missing or unusable"))?;
        match &self.args {
            Some(args) => PreparedEvent::new(interface, name, args),
            None => PreparedEvent::new(interface, name, ()),
        }
        .map_err(|error| node.fault(error.to_string()))
    }
}

#[cfg(test)]
mod tests;
