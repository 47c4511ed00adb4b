//! `jstp inspect`: lists the methods of interfaces.

use std::time::Duration;

use futures_util::future::try_join_all;
use jstp_connection::{CallError, Connection};
use jstp_wire::{Object, RemoteError, Value};

use crate::args_text::Stdin;
use crate::connect::{ConnectArgs, Dialer, Target, Timeout};
use crate::failure::Failure;
use crate::output::{NAME, Output, Printable, paint};
use crate::render::{Format, FormatArg, print_value};
use crate::runtime::{self, within};

const EXAMPLES: &str = "\
Examples:
  jstp inspect 127.0.0.1:3000 chat chat rooms
  jstp inspect ipc:/run/app.sock app@^1.2 users --output json";

/// List the methods of interfaces, a line for each interface
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Inspect {
    #[command(flatten)]
    target: Target,

    /// The interfaces; the protocol has no way to ask which there are
    #[arg(value_name = "INTERFACE", required = true)]
    interfaces: Vec<String>,

    #[command(flatten)]
    format: FormatArg,

    #[command(flatten)]
    connect: ConnectArgs,

    #[command(flatten)]
    timeout: Timeout,
}

impl Inspect {
    pub(crate) fn run(self, output: &mut Output) -> Result<(), Failure> {
        let timeout = self.timeout.get();
        let dialer = Dialer::new(&self.target, &self.connect, timeout, &mut Stdin::default())?;
        runtime::block_on(async {
            let (connection, mut loss) = dialer.connect_watched().await?;
            let inspections = self
                .interfaces
                .iter()
                .map(|interface| answer(&connection, interface, timeout));
            let inspections = loss.watch(try_join_all(inspections)).await?;
            let (found, failures) = self.sort(inspections);
            print(output, self.format.format, &found)?;
            connection.close().await;
            // The last one is said by whoever ends the program.
            let mut failures = failures.into_iter().rev();
            let last = failures.next();
            failures.rev().for_each(|failure| output.failure(&failure));
            last.map_or(Ok(()), Err)
        })
    }

    /// Tells those that were found from those that were not.
    fn sort(
        &self,
        inspections: Vec<Result<Vec<String>, RemoteError>>,
    ) -> (Vec<(&str, Vec<String>)>, Vec<Failure>) {
        let mut found = Vec::new();
        let mut failures = Vec::new();
        for (interface, inspection) in self.interfaces.iter().zip(inspections) {
            match inspection {
                Ok(methods) => found.push((interface.as_str(), methods)),
                Err(error) => {
                    failures.push(Failure::from(error).about(&format!("`{interface}`")));
                }
            }
        }
        (found, failures)
    }
}

/// What the other side answers when it is asked for the methods of an interface.
async fn answer(
    connection: &Connection,
    interface: &str,
    timeout: Option<Duration>,
) -> Result<Result<Vec<String>, RemoteError>, Failure> {
    match methods(connection, interface, timeout).await {
        Ok(methods) => Ok(Ok(methods)),
        Err(CallError::Remote(error)) => Ok(Err(error)),
        Err(error) => Err(error.into()),
    }
}

/// Asks for the methods of an interface.
pub(crate) async fn methods(
    connection: &Connection,
    interface: &str,
    timeout: Option<Duration>,
) -> Result<Vec<String>, CallError> {
    let proxy = within(timeout, connection.inspect(interface))
        .await
        .unwrap_or(Err(CallError::Timeout))?;
    Ok(proxy.methods())
}

fn print(
    output: &mut Output,
    format: Format,
    found: &[(&str, Vec<String>)],
) -> Result<(), Failure> {
    match format {
        Format::Jstp => {
            for (interface, methods) in found {
                output.line(line(output.has_color(), interface, methods))?;
            }
            Ok(())
        }
        Format::Table => {
            let rows = found.iter().flat_map(|(interface, methods)| {
                methods.iter().map(|method| {
                    let row = [("interface", *interface), ("method", method.as_str())];
                    Value::from(row.into_iter().collect::<Object>())
                })
            });
            print_value(output, format, &rows.collect())
        }
        Format::Pretty | Format::Json => {
            let object: Object = found
                .iter()
                .map(|(interface, methods)| (*interface, Value::from(methods.clone())))
                .collect();
            print_value(output, format, &object.into())
        }
    }
}

/// `INTERFACE: method1 method2 …`
pub(crate) fn line(color: bool, interface: &str, methods: &[String]) -> String {
    let mut line = format!("{}:", paint(color, NAME, Printable(interface)));
    for method in methods {
        line.push(' ');
        line.push_str(&Printable(method).to_string());
    }
    line
}

#[cfg(test)]
mod tests {
    use super::line;

    #[test]
    fn a_line_has_the_interface_and_its_methods() {
        let methods = ["a".to_owned(), "b\u{1b}".to_owned()];
        assert_eq!(line(false, "i", &methods), "i: a b\\u{1b}");
        assert_eq!(line(false, "empty", &[]), "empty:");
    }
}
