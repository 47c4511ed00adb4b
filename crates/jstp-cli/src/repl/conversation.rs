//! The course of a conversation: a line, what it asks for, the next line.

use std::time::Duration;

use jstp_auth::SimpleConnectPolicy;

use super::command::{self, Command, Identity};
use super::editor::{Input, Request, Source};
use super::shell::{Flow, Shell};
use crate::args_text::parse_values;
use crate::connect::{PASSWORD_VARIABLE, custom_policy};
use crate::failure::Failure;

/// How long a command may take before the next line can be typed meanwhile.
const PATIENCE: Duration = Duration::from_millis(250);

/// Goes on until the user leaves or the input ends. `identity`: whose secret to ask for first; `first`: a
/// command to begin with.
pub(super) async fn converse(
    mut shell: Shell<'_>,
    mut source: Source,
    identity: Option<Identity>,
    first: Option<Command>,
) -> Result<(), Failure> {
    if let Some(identity) = identity {
        login(&mut shell, &mut source, identity).await?;
    }
    if let Some(command) = first {
        carry_out(&mut shell, &mut source, command).await?;
        if shell.has_failed() && !shell.screen.is_interactive() {
            // What comes next would be about this connection.
            return shell.end().await;
        }
    }
    loop {
        let prompt = shell.prompt();
        source.ask(Request::Line { prompt });
        match next_input(&mut shell, &mut source).await? {
            Input::Line(text) => {
                if carry_out_all(&mut shell, &mut source, &text).await? == Flow::Exit {
                    break;
                }
            }
            Input::Interrupted => shell.screen.line("`exit` or Ctrl-D leaves")?,
            Input::Broken(why) => {
                shell.fail(Failure::usage(why))?;
                break;
            }
            Input::End => break,
            Input::Secret(_) | Input::Inspect(..) => {}
        }
    }
    shell.end().await
}

/// Shows what happens until there is something from the user.
async fn next_input(shell: &mut Shell<'_>, source: &mut Source) -> Result<Input, Failure> {
    loop {
        let input = tokio::select! {
            input = source.next() => input,
            outcome = shell.turn() => {
                outcome?;
                continue;
            }
        };
        match input {
            Input::Inspect(interface, done) => {
                shell.inspect_quietly(interface, move || {
                    // Completion may have waited long enough.
                    let _ = done.try_send(());
                });
            }
            other => return Ok(other),
        }
    }
}

/// Does what the commands of a text ask for, one after the other.
async fn carry_out_all(
    shell: &mut Shell<'_>,
    source: &mut Source,
    text: &str,
) -> Result<Flow, Failure> {
    for line in command::split(text) {
        match command::parse(&line) {
            Ok(None) => {}
            Ok(Some(command)) => {
                if carry_out(shell, source, command).await? == Flow::Exit {
                    return Ok(Flow::Exit);
                }
            }
            Err(failure) => shell.fail(failure)?,
        }
    }
    Ok(Flow::Next)
}

/// Does what a command asks for, and waits until it is done; for somebody who types not for long, unless
/// nothing else could be done meanwhile.
async fn carry_out(
    shell: &mut Shell<'_>,
    source: &mut Source,
    command: Command,
) -> Result<Flow, Failure> {
    let is_connect = matches!(command, Command::Connect { .. });
    if let Command::Login(identity) = command {
        login(shell, source, identity).await?;
        return Ok(Flow::Next);
    }
    let flow = match shell.run(command).await {
        Ok(flow) => flow,
        Err(failure) => {
            shell.fail(failure)?;
            Flow::Next
        }
    };
    if flow != Flow::Wait {
        return Ok(flow);
    }
    if !shell.screen.is_interactive() {
        shell.settle().await?;
        return Ok(flow);
    }
    let patience = async {
        if is_connect {
            return std::future::pending().await;
        }
        tokio::time::sleep(PATIENCE).await;
    };
    tokio::select! {
        outcome = shell.settle() => outcome?,
        () = patience => {}
        _ = tokio::signal::ctrl_c() => shell.interrupt(),
    }
    shell.give_way();
    Ok(flow)
}

/// Asks for a secret, with which to connect from then on.
async fn login(
    shell: &mut Shell<'_>,
    source: &mut Source,
    identity: Identity,
) -> Result<(), Failure> {
    if !shell.screen.is_interactive() {
        let failure = Failure::usage("there is nobody to ask for a secret").with_hint(format!(
            "`jstp repl --login USER` takes the password from the variable {PASSWORD_VARIABLE}"
        ));
        return shell.fail(failure);
    }
    let prompt = match &identity {
        Identity::User(user) => format!("Password of {user}: "),
        Identity::Strategy(name) => format!("Credentials for {name}, such as 'abc', 1: "),
    };
    source.ask(Request::Secret { prompt });
    let secret = match next_input(shell, source).await? {
        Input::Secret(Ok(secret)) if !secret.is_empty() => secret,
        Input::Secret(Err(error)) => {
            return shell.fail(Failure::usage(format!(
                "the secret cannot be read: {error}"
            )));
        }
        _ => return shell.screen.line("nothing was entered, nothing is changed"),
    };
    let policy = match &identity {
        Identity::User(user) => Ok(SimpleConnectPolicy::login(user, secret)),
        Identity::Strategy(name) => {
            parse_values(&secret).and_then(|values| custom_policy(name, &values))
        }
    };
    match policy {
        Ok(policy) => shell.log_in(policy),
        Err(failure) => shell.fail(failure),
    }
}
