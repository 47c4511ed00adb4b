//! `jstp listen`: prints the events that the server emits.

use std::pin::pin;
use std::time::Duration;

use jstp_wire::value;

use crate::args_text::Stdin;
use crate::connect::{ConnectArgs, Dialer, Loss, Target, parse_seconds};
use crate::failure::Failure;
use crate::inbox::{Inbox, Received, inbox};
use crate::output::Output;
use crate::render::{Format, FormatArg, print_value};
use crate::runtime::{self, within};

const EXAMPLES: &str = "\
Examples:
  jstp listen 127.0.0.1:3000 chat                           all events, until Ctrl-C
  jstp listen 127.0.0.1:3000 chat chat rooms --count 10     ten events of two interfaces
  jstp listen 127.0.0.1:3000 feed --timeout 60 -o json      for a minute, as JSON lines";

/// Print the events that the server emits, a line each
///
/// Ends with 0 after --count events, when --timeout is up, and on Ctrl-C.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Listen {
    #[command(flatten)]
    target: Target,

    /// The interfaces whose events to print; all when none is named
    #[arg(value_name = "INTERFACE")]
    interfaces: Vec<String>,

    /// End after so many events
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    count: Option<u64>,

    /// Listen for so many seconds
    #[arg(long, value_name = "SECONDS", value_parser = parse_seconds)]
    timeout: Option<Duration>,

    #[command(flatten)]
    format: FormatArg,

    #[command(flatten)]
    connect: ConnectArgs,
}

impl Listen {
    pub(crate) fn run(self, output: &mut Output) -> Result<(), Failure> {
        let stdin = &mut Stdin::default();
        let mut dialer = Dialer::new(&self.target, &self.connect, self.timeout, stdin)?;
        let (recipient, mut inbox) = inbox();
        dialer.client = dialer.client.with_application(recipient);
        runtime::block_on(async {
            let (connection, mut loss) = dialer.connect_watched().await?;
            let listening = self.print_events(&mut inbox, &mut loss, output);
            within(self.timeout, listening).await.unwrap_or(Ok(()))?;
            connection.close().await;
            Ok(())
        })
    }

    /// Prints events until there are enough.
    async fn print_events(
        &self,
        inbox: &mut Inbox,
        loss: &mut Loss,
        output: &mut Output,
    ) -> Result<(), Failure> {
        let mut left = self.count.unwrap_or(u64::MAX);
        let mut interrupted = pin!(tokio::signal::ctrl_c());
        while left > 0 {
            let received = tokio::select! {
                biased;
                // First, as events may come without end.
                signal = &mut interrupted => return Ok(signal?),
                // What came before the connection was lost is printed before that is said.
                Some(received) = inbox.next() => received,
                failure = loss.wait() => return Err(failure),
            };
            if self.is_wanted(&received) {
                print(output, self.format.format, received)?;
                left -= 1;
            }
        }
        Ok(())
    }

    fn is_wanted(&self, received: &Received) -> bool {
        self.interfaces.is_empty() || self.interfaces.contains(&received.interface)
    }
}

fn print(output: &mut Output, format: Format, received: Received) -> Result<(), Failure> {
    if matches!(format, Format::Jstp | Format::Table) {
        output.line(received.line(output)?)?;
        return Ok(());
    }
    let Received {
        interface,
        event,
        args,
    } = received;
    print_value(
        output,
        format,
        &value!({interface: interface, event: event, args: args}),
    )
}
