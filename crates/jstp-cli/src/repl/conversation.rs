//! The course of a conversation: a line, what it asks for, the next line.

use std::time::Duration;

use jstp_auth::SimpleConnectPolicy;

use super::command::{self, Command, Identity};
use super::editor::{Input, Request, Source};
use super::interrupts::Interrupts;
use super::shell::{Flow, Shell};
use crate::args_text::parse_values;
use crate::connect::{PASSWORD_VARIABLE, custom_policy};
use crate::failure::Failure;

/// How long a command may take before the next line can be typed meanwhile.
const PATIENCE: Duration = Duration::from_secs(1);

/// Somebody who types, or a file, and the shell.
pub(super) struct Conversation<'a> {
    shell: Shell<'a>,
    source: Source,
    /// None where nobody types: there Ctrl-C ends the program.
    interrupts: Option<Interrupts>,
}

impl<'a> Conversation<'a> {
    /// Begins. Has to be called within a runtime.
    pub(super) fn new(shell: Shell<'a>, source: Source) -> Result<Self, Failure> {
        let is_interactive = shell.screen.is_interactive();
        let interrupts = is_interactive.then(Interrupts::new).transpose()?;
        Ok(Self {
            shell,
            source,
            interrupts,
        })
    }

    /// Goes on until the user leaves or the input ends. `identity`: whose secret to ask for first; `first`: a
    /// command to begin with.
    pub(super) async fn hold(
        mut self,
        identity: Option<Identity>,
        first: Option<Command>,
    ) -> Result<(), Failure> {
        if let Some(identity) = identity {
            self.log_in(identity).await?;
        }
        if let Some(command) = first {
            self.carry_out(command).await?;
            if self.shell.has_failed() && self.interrupts.is_none() {
                // What comes next would be about this connection.
                return self.shell.end().await;
            }
        }
        while self.next_line().await? == Flow::Next {}
        self.shell.end().await
    }

    /// Reads a line and does what it asks for.
    async fn next_line(&mut self) -> Result<Flow, Failure> {
        let prompt = self.shell.prompt();
        match self.ask(Request::Line { prompt }).await? {
            Input::Line(text) => return self.carry_out_all(&text).await,
            Input::Interrupted => self.shell.screen.line("`exit` or Ctrl-D leaves")?,
            Input::Broken(why) => {
                self.shell.fail(Failure::usage(why))?;
                return Ok(Flow::Exit);
            }
            Input::End => return Ok(Flow::Exit),
            Input::Secret(_) | Input::Inspect(..) => {}
        }
        Ok(Flow::Next)
    }

    /// Asks for a line or a secret, below everything that was to be printed so far.
    async fn ask(&mut self, request: Request) -> Result<Input, Failure> {
        self.shell.screen.flush().await;
        self.source.ask(request);
        self.next_input().await
    }

    /// Shows what happens until there is something from the user.
    async fn next_input(&mut self) -> Result<Input, Failure> {
        loop {
            let input = tokio::select! {
                input = self.source.next() => input,
                outcome = self.shell.turn() => {
                    outcome?;
                    continue;
                }
            };
            match input {
                Input::Inspect(interface, done) => {
                    self.shell.inspect_quietly(interface, move || {
                        // Completion may have waited long enough.
                        let _ = done.try_send(());
                    });
                }
                other => return Ok(other),
            }
        }
    }

    /// Does what the commands of a text ask for, one after the other.
    async fn carry_out_all(&mut self, text: &str) -> Result<Flow, Failure> {
        for line in command::split(text) {
            match command::parse(&line) {
                Ok(None) => {}
                Ok(Some(Command::Exit)) => return Ok(Flow::Exit),
                Ok(Some(command)) => self.carry_out(command).await?,
                Err(failure) => self.shell.fail(failure)?,
            }
        }
        Ok(Flow::Next)
    }

    /// Does what a command asks for, and waits until it is done; for somebody who types not for long, unless
    /// nothing else could be done meanwhile.
    async fn carry_out(&mut self, command: Command) -> Result<(), Failure> {
        let is_connect = matches!(command, Command::Connect { .. });
        if let Some(interrupts) = &mut self.interrupts {
            interrupts.forget();
        }
        if let Command::Login(identity) = command {
            return self.log_in(identity).await;
        }
        if let Err(failure) = self.shell.run(command).await {
            return self.shell.fail(failure);
        }
        let Some(interrupts) = &mut self.interrupts else {
            return self.shell.settle().await;
        };
        let patience = async {
            if is_connect {
                return std::future::pending().await;
            }
            tokio::time::sleep(PATIENCE).await;
        };
        tokio::select! {
            outcome = self.shell.settle() => outcome?,
            () = patience => {}
            () = interrupts.next() => {
                // The terminal has shown the key.
                self.shell.screen.line("")?;
                if self.shell.interrupt() {
                    self.shell.settle().await?;
                }
            }
        }
        self.shell.give_way();
        Ok(())
    }

    /// Asks for a secret, with which to connect from then on.
    async fn log_in(&mut self, identity: Identity) -> Result<(), Failure> {
        if self.interrupts.is_none() {
            let failure = Failure::usage("there is nobody to ask for a secret").with_hint(format!(
                "`jstp repl --login USER` takes the password from the variable {PASSWORD_VARIABLE}"
            ));
            return self.shell.fail(failure);
        }
        let prompt = match &identity {
            Identity::User(user) => format!("Password of {user}: "),
            Identity::Strategy(name) => format!("Credentials for {name}, such as 'abc', 1: "),
        };
        let Input::Secret(Some(secret)) = self.ask(Request::Secret { prompt }).await? else {
            return self
                .shell
                .screen
                .line("nothing was entered, nothing is changed");
        };
        match policy(&identity, secret) {
            Ok(policy) => self.shell.log_in(policy),
            Err(failure) => self.shell.fail(failure),
        }
    }
}

/// How to connect with a secret.
fn policy(identity: &Identity, secret: String) -> Result<SimpleConnectPolicy, Failure> {
    match identity {
        Identity::User(user) => Ok(SimpleConnectPolicy::login(user, secret)),
        Identity::Strategy(name) => custom_policy(name, &parse_values(&secret)?),
    }
}
