//! The command line as a whole.

use clap::{Parser, Subcommand};

use crate::commands::{
    bench, call, completions, emit, fmt, inspect, listen, man, ping, serve, sniff,
};
use crate::failure::Failure;
use crate::output::{ColorChoice, Output};
use crate::repl::{Repl, ReplOptions};

/// What follows the options in `jstp --help`; every command has a text of this kind.
const EXAMPLES: &str = "\
Examples:
  jstp inspect 127.0.0.1:3000 chat@^1 chat rooms
  jstp call 127.0.0.1:3000 chat chat greet \"'Ann'\"
  jstp listen 127.0.0.1:3000 chat --timeout 60

URL is HOST:PORT or jstp://HOST:PORT (TCP), jstps://HOST:PORT (TLS), ws://HOST:PORT/PATH or
wss://HOST:PORT/PATH (WebSocket), or ipc:/PATH (Unix socket).
APP is NAME, NAME@VERSION or NAME@RANGE with a range of npm, such as chat@^1.2.
ARGS is one text of values with commas between them: \"1, 'two', {three: [3]}\".

Exit status: 0 on success, 1 when the other side answered with an error, 2 for wrong use,
3 when there is no connection or it was lost.";

/// Talk to any JSTP server: call, inspect, listen, measure.
#[derive(Debug, Parser)]
#[command(name = "jstp", version, after_help = EXAMPLES)]
pub(crate) struct Cli {
    /// When to use colours; with `auto` on a terminal, unless NO_COLOR is set
    #[arg(long, global = true, value_enum, default_value_t, value_name = "WHEN")]
    pub(crate) color: ColorChoice,

    #[command(flatten)]
    repl: ReplOptions,

    #[command(subcommand)]
    command: Option<Command>,
}

impl Cli {
    /// Does what is asked for.
    pub(crate) fn run(self, output: &mut Output) -> Result<(), Failure> {
        match self.command {
            None => self.repl.run(output),
            Some(command) if self.repl == ReplOptions::default() => command.run(output),
            Some(_) => Err(
                Failure::usage("options of the prompt stand before a command").with_hint(
                    "`jstp repl --help` has them; other commands have options of their own",
                ),
            ),
        }
    }
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Call(call::Call),
    Inspect(inspect::Inspect),
    Emit(emit::Emit),
    Listen(listen::Listen),
    Ping(ping::Ping),
    Bench(bench::Bench),
    Serve(serve::Serve),
    Sniff(sniff::Sniff),
    Fmt(fmt::Fmt),
    Json(fmt::Json),
    Repl(Repl),
    Completions(completions::Completions),
    Man(man::Manual),
}

impl Command {
    /// Does it.
    fn run(self, output: &mut Output) -> Result<(), Failure> {
        match self {
            Self::Call(command) => command.run(output),
            Self::Inspect(command) => command.run(output),
            Self::Emit(command) => command.run(output),
            Self::Listen(command) => command.run(output),
            Self::Ping(command) => command.run(output),
            Self::Repl(command) => command.run(output),
            Self::Completions(command) => command.run(output),
            Self::Man(command) => command.run(output),
            Self::Bench(command) => command.run(output),
            Self::Serve(command) => command.run(output),
            Self::Sniff(command) => command.run(output),
            Self::Fmt(command) => command.run(output),
            Self::Json(command) => command.run(output),
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::Cli;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_command_has_examples_in_its_help() {
        for command in Cli::command().get_subcommands_mut() {
            let help = command.render_help().to_string();
            assert!(help.contains("Examples:\n  jstp "), "{help}");
        }
    }
}
