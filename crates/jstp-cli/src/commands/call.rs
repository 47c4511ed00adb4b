//! `jstp call`: calls a method and prints its results.

use jstp_connection::CallOptions;
use jstp_wire::Value;

use crate::args_text::{ArgsText, Stdin};
use crate::connect::{ConnectArgs, Dialer, Target, Timeout};
use crate::failure::Failure;
use crate::output::Output;
use crate::render::{FormatArg, print_value};
use crate::runtime;

const EXAMPLES: &str = "\
Examples:
  jstp call 127.0.0.1:3000 calculators calculator divide \"10, 4\"
  jstp call ipc:/run/app.sock app@^1.2 users find \"{name: 'Ann'}\" --output table
  echo \"'text', [1, 2]\" | jstp call 127.0.0.1:3000 app echo echo -
  jstp call 127.0.0.1:3000 app users add @user.json --login ann --password-stdin < password";

/// Call a method and print its results, a line each
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Call {
    #[command(flatten)]
    target: Target,

    /// The interface of the application
    #[arg(value_name = "INTERFACE")]
    interface: String,

    /// The method of the interface
    #[arg(value_name = "METHOD")]
    method: String,

    #[command(flatten)]
    args: ArgsText,

    #[command(flatten)]
    format: FormatArg,

    #[command(flatten)]
    connect: ConnectArgs,

    #[command(flatten)]
    timeout: Timeout,
}

impl Call {
    pub(crate) fn run(self, output: &mut Output) -> Result<(), Failure> {
        let mut stdin = Stdin::default();
        let timeout = self.timeout.get();
        let dialer = Dialer::new(&self.target, &self.connect, timeout, &mut stdin)?;
        let args = self.args.read(&mut stdin)?;
        runtime::block_on(async {
            let (connection, mut loss) = dialer.connect_watched().await?;
            let options = CallOptions::default().with_timeout(timeout);
            let call = connection.call_with(&self.interface, &self.method, args, options);
            let results = loss.watch(call).await?;
            let results: Vec<Value> = results.all()?;
            for result in &results {
                print_value(output, self.format.format, result)?;
            }
            connection.close().await;
            Ok(())
        })
    }
}
