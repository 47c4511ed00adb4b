//! Carrying out commands.

use std::time::Duration;

use futures_util::future::{abortable, join_all};
use jstp_connection::{CallOptions, Connection, Status};

use super::{Finished, Inspected, Outcome, Shell};
use crate::commands::inspect;
use crate::failure::Failure;
use crate::output::NAME;
use crate::repl::command::{COMMANDS, Command, Help, usage};
use crate::repl::link::Link;

impl Shell<'_> {
    /// Begins a command, or carries it out if that takes no time.
    pub(in crate::repl) async fn run(&mut self, command: Command) -> Result<(), Failure> {
        match command {
            Command::Connect { target, interfaces } => self.connect(target, interfaces).await,
            Command::Disconnect => {
                self.connection()?;
                self.close().await;
                self.screen.note("disconnected")?;
                Ok(())
            }
            Command::Call {
                interface,
                method,
                args,
            } => {
                let connection = self.connection()?;
                let timeout = self.settings.timeout;
                let what = format!("{interface}.{method}");
                let call = async move {
                    let options = CallOptions::default().with_timeout(timeout);
                    let results = connection
                        .call_with(&interface, &method, args, options)
                        .await?;
                    Ok(Outcome::Results(results.all()?))
                };
                self.begin(what, call);
                Ok(())
            }
            Command::Event {
                interface,
                event,
                args,
            } => {
                let connection = self.connection()?;
                self.knowledge.add_event(&interface, &event);
                let what = format!("{interface}.{event}");
                let emit = async move {
                    connection.emit(&interface, &event, args).await?;
                    Ok(Outcome::Emitted)
                };
                self.begin(what, emit);
                Ok(())
            }
            Command::Inspect(interfaces) => {
                let connection = self.connection()?;
                let timeout = self.settings.timeout;
                let what = "inspect".to_owned();
                let inspection = async move {
                    Ok(Outcome::Inspected(
                        inspect_all(connection, interfaces, timeout).await,
                    ))
                };
                self.begin(what, inspection);
                Ok(())
            }
            Command::Session => self.session(),
            Command::Logout => {
                self.settings.forget();
                Ok(())
            }
            Command::Help(help) => self.help(help),
            // Whoever holds the conversation sees to these.
            Command::Login(_) | Command::Exit => Ok(()),
        }
    }

    /// Asks for the methods of an interface without showing them; `done` is called when they are known.
    pub(in crate::repl) fn inspect_quietly(
        &mut self,
        interface: String,
        done: impl FnOnce() + Send + 'static,
    ) {
        let Ok(connection) = self.connection() else {
            return;
        };
        let timeout = self.settings.timeout;
        let what = interface.clone();
        let knowledge = self.knowledge.clone();
        self.running.push(Box::pin(async move {
            let inspected = inspect_all(connection, vec![interface], timeout).await;
            for (interface, methods) in &inspected {
                if let Ok(methods) = methods {
                    knowledge.set_methods(interface, methods);
                }
            }
            done();
            let outcome = Ok(Outcome::Inspected(inspected));
            Finished {
                number: None,
                what,
                outcome,
            }
        }));
    }

    /// Gives a command a number and has it run.
    fn begin(
        &mut self,
        what: String,
        work: impl Future<Output = Result<Outcome, Failure>> + Send + 'static,
    ) {
        self.last_number += 1;
        let number = Some(self.last_number);
        self.foreground = number;
        self.running.push(Box::pin(async move {
            let outcome = work.await;
            Finished {
                number,
                what,
                outcome,
            }
        }));
    }

    async fn connect(
        &mut self,
        target: Option<(String, String)>,
        interfaces: Vec<String>,
    ) -> Result<(), Failure> {
        let (url, app) = target.or_else(|| self.last_target.clone()).ok_or_else(|| {
            Failure::usage("URL is missing").with_hint("connect URL APP [INTERFACE…]")
        })?;
        self.settings.connect_to(&url);
        let dialer = self.settings.dialer(&url, &app)?;
        self.close().await;
        self.last_target = Some((url.clone(), app.clone()));
        let timeout = self.settings.timeout;
        let what = format!("connect {url} {app}");
        let (connecting, handle) = abortable(async move {
            let link = Link::connect(dialer, url, app).await?;
            let inspected = inspect_all(link.connection.clone(), interfaces, timeout).await;
            Ok(Outcome::Connected(Box::new(link), inspected))
        });
        self.connecting = Some(handle);
        self.begin(what, async move {
            connecting
                .await
                .unwrap_or_else(|_| Err(Failure::usage("given up")))
        });
        Ok(())
    }

    fn connection(&self) -> Result<Connection, Failure> {
        let link = self.link.as_ref().ok_or_else(|| {
            Failure::usage("not connected").with_hint("connect URL APP [INTERFACE…]")
        })?;
        match link.connection.status() {
            Status::Closed => Err(Failure::connection("the connection is closed")
                .with_hint("`connect` connects again")),
            _ => Ok(link.connection.clone()),
        }
    }

    fn session(&mut self) -> Result<(), Failure> {
        let Some(link) = &self.link else {
            self.screen.note("not connected")?;
            return Ok(());
        };
        let connection = &link.connection;
        let state = match connection.status() {
            Status::Attached => "connected",
            Status::Closed => "closed",
            Status::Detached => "lost, waiting for a reconnect",
        };
        let user = connection
            .username()
            .unwrap_or_else(|| "anonymous".to_owned());
        let lines = [
            ("session", connection.session_id().to_string()),
            ("user", user),
            ("application", link.app.clone()),
            (
                "server",
                format!("{} ({})", link.url, connection.remote_address()),
            ),
            ("state", state.to_owned()),
            (
                "waiting for",
                format!("answers to {} calls", connection.calls_under_way()),
            ),
        ];
        for (name, value) in lines {
            let name = self.screen.paint(NAME, format_args!("{name:12}"));
            self.screen.line(format_args!("{name} {value}"))?;
        }
        Ok(())
    }

    fn help(&mut self, help: Option<&'static Help>) -> Result<(), Failure> {
        let Some(one) = help else {
            for command in &COMMANDS {
                let usage = format!("{:34}", usage(command));
                let usage = self.screen.paint(NAME, usage);
                self.screen
                    .line(format_args!("{usage} {}", command.about))?;
            }
            self.screen.line(
                "\nA command may be shortened as long as it stays unambiguous. Values may go over several\n\
                 lines; ARGS has commas between them: 1, 'two', {three: [3]}. A line that begins with a\n\
                 space is not kept in the history.",
            )?;
            return Ok(());
        };
        let usage = self.screen.paint(NAME, usage(one));
        self.screen.line(format_args!("{usage}\n{}", one.about))?;
        Ok(())
    }
}

/// Asks for the methods of several interfaces at once.
async fn inspect_all(
    connection: Connection,
    interfaces: Vec<String>,
    timeout: Option<Duration>,
) -> Vec<Inspected> {
    let inspections = interfaces
        .iter()
        .map(|interface| inspect::methods(&connection, interface, timeout));
    let methods = join_all(inspections).await;
    let methods = methods
        .into_iter()
        .map(|methods| methods.map_err(Failure::from));
    interfaces.into_iter().zip(methods).collect()
}
