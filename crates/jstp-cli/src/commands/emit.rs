//! `jstp emit`: emits an event.

use jstp_connection::CallError;

use crate::args_text::{ArgsText, Stdin};
use crate::connect::{ConnectArgs, Dialer, Target, Timeout};
use crate::failure::Failure;
use crate::output::Output;
use crate::runtime::{self, within};

const EXAMPLES: &str = "\
Examples:
  jstp emit 127.0.0.1:3000 chat chat say \"'Hello'\"
  jstp emit 127.0.0.1:3000 chat chat leave";

/// Emit an event and wait until the server has received it
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Emit {
    #[command(flatten)]
    target: Target,

    /// The interface of the application
    #[arg(value_name = "INTERFACE")]
    interface: String,

    /// The event of the interface
    #[arg(value_name = "EVENT")]
    event: String,

    #[command(flatten)]
    args: ArgsText,

    #[command(flatten)]
    connect: ConnectArgs,

    #[command(flatten)]
    timeout: Timeout,
}

impl Emit {
    pub(crate) fn run(self, _output: &mut Output) -> Result<(), Failure> {
        let mut stdin = Stdin::default();
        let timeout = self.timeout.get();
        let dialer = Dialer::new(&self.target, &self.connect, timeout, &mut stdin)?;
        let args = self.args.read(&mut stdin)?;
        runtime::block_on(async {
            let (connection, mut loss) = dialer.connect_watched().await?;
            let timed_out = || Err(CallError::Timeout.into());
            // Events are not answered, but a ping that comes behind one is.
            let sent = async {
                connection.emit(&self.interface, &self.event, args).await?;
                connection.ping().await?;
                Ok::<_, Failure>(())
            };
            let sent = async { within(timeout, sent).await.unwrap_or_else(timed_out) };
            loss.watch(sent).await?;
            connection.close().await;
            Ok(())
        })
    }
}
