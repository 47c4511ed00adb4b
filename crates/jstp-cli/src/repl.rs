//! `jstp repl`: a prompt.

mod command;
mod continuation;
mod conversation;
mod editor;
mod helper;
mod history;
mod interrupts;
mod knowledge;
mod link;
mod screen;
mod secret;
mod settings;
mod shell;

use std::io::{self, IsTerminal};
use std::time::Duration;

use jstp_auth::SimpleConnectPolicy;

use crate::args_text::Stdin;
use crate::connect::{ConnectArgs, Timeout};
use crate::failure::Failure;
use crate::output::Output;
use crate::runtime;
use command::{Command, Identity};
use conversation::Conversation;
use helper::Assistant;
use history::History;
use knowledge::Knowledge;
use screen::Screen;
use settings::Settings;
use shell::Shell;

const EXAMPLES: &str = "\
Examples:
  jstp                                       the prompt; `help` lists its commands
  jstp repl 127.0.0.1:3000 chat chat rooms   connected, with two interfaces inspected
  jstp -v                                    shows the messages; -vv those of heartbeats too
  jstp repl < commands.txt                   carries the commands of a file out

Environment:
  JSTP_CLI_HISTORY       the file that keeps the lines typed, by default ~/.jstp_cli_history;
                         empty for none
  JSTP_CLI_HISTORY_SIZE  how many lines it keeps, by default 1000";

/// A prompt to connect, call and watch events (without a command: this)
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Repl {
    /// The server to connect to at once
    #[arg(value_name = "URL", requires = "app")]
    url: Option<String>,

    /// The application: NAME, NAME@VERSION or NAME@RANGE
    #[arg(value_name = "APP")]
    app: Option<String>,

    /// Interfaces to inspect
    #[arg(value_name = "INTERFACE")]
    interfaces: Vec<String>,

    #[command(flatten)]
    options: ReplOptions,

    #[command(flatten)]
    connect: ConnectArgs,

    #[command(flatten)]
    timeout: Timeout,
}

/// The options of the npm tool, which also stand alone: `jstp -v`.
#[derive(Debug, Clone, Default, PartialEq, Eq, clap::Args)]
pub(crate) struct ReplOptions {
    /// Print incoming and outgoing messages; twice: those of heartbeats as well
    #[arg(short, long, action = clap::ArgAction::Count, help_heading = PROMPT)]
    verbose: u8,

    /// Do not reconnect when the connection is lost
    #[arg(short = 'R', long, help_heading = PROMPT)]
    no_reconnect: bool,

    /// Send a heartbeat every so many milliseconds
    #[arg(short = 'i', long, value_name = "MS", help_heading = PROMPT)]
    heartbeat_interval: Option<u64>,

    /// Print values over several lines, indented by a number of spaces or a text
    #[arg(short, long, value_name = "INDENT", num_args = 0..=1, help_heading = PROMPT)]
    #[arg(default_missing_value = "2")]
    pretty_print: Option<String>,
}

/// What these options stand under in the help.
const PROMPT: &str = "Prompt";

impl ReplOptions {
    /// The prompt without a connection.
    pub(crate) fn run(self, output: &mut Output) -> Result<(), Failure> {
        let mut settings = Settings::default();
        self.apply(&mut settings);
        start(output, settings, self.indent(), None, None)
    }

    fn apply(&self, settings: &mut Settings) {
        let interval = self.heartbeat_interval.filter(|interval| *interval > 0);
        settings.verbosity = self.verbose;
        settings.no_reconnect = self.no_reconnect;
        settings.heartbeat_interval = interval.map(Duration::from_millis);
    }

    fn indent(&self) -> Option<String> {
        let indent = self.pretty_print.as_deref()?;
        Some(match indent.trim().parse() {
            Ok(spaces) => " ".repeat(usize::min(spaces, 10)),
            Err(_) if indent.is_empty() => "  ".to_owned(),
            Err(_) => indent.to_owned(),
        })
    }
}

impl Repl {
    pub(crate) fn run(self, output: &mut Output) -> Result<(), Failure> {
        // The standard input is taken, whether somebody types or not.
        let mut stdin = Stdin::taken_for("the commands");
        let asks = is_interactive() && self.connect.lacks_password();
        let (policy, identity) = match &self.connect.login {
            Some(user) if asks => (
                SimpleConnectPolicy::anonymous(),
                Some(Identity::User(user.clone())),
            ),
            _ => (self.connect.policy(&mut stdin)?, None),
        };
        let mut settings = Settings {
            timeout: self.timeout.get(),
            policy,
            transport: self.connect.transport(self.url.as_deref())?,
            ..Settings::default()
        };
        self.options.apply(&mut settings);
        let connect = self.url.zip(self.app).map(|target| Command::Connect {
            target: Some(target),
            interfaces: self.interfaces,
        });
        start(output, settings, self.options.indent(), identity, connect)
    }
}

/// Whether somebody types, on a terminal where lines can be edited.
fn is_interactive() -> bool {
    let term = std::env::var("TERM").unwrap_or_default();
    let is_editor = !["dumb", "cons25", "emacs"].contains(&term.as_str());
    is_editor && io::stdin().is_terminal() && io::stdout().is_terminal()
}

/// Runs the prompt. `identity`: whose secret to ask for first; `first`: a command to begin with.
fn start(
    output: &mut Output,
    settings: Settings,
    indent: Option<String>,
    identity: Option<Identity>,
    first: Option<Command>,
) -> Result<(), Failure> {
    let knowledge = Knowledge::default();
    let mut screen = Screen::new(output, indent);
    let source = if is_interactive() {
        let history = History::from_environment();
        let lines = history.load().unwrap_or_else(|error| {
            screen.warn(&format!("the history is not kept: {error}"));
            Vec::new()
        });
        let (known, has_color) = (knowledge.clone(), screen.has_color());
        let assistant = move |inputs| Assistant::new(known, inputs, has_color);
        let (source, printer) = editor::edit(history, lines, assistant)?;
        screen = screen.with_editor(printer);
        screen.line(concat!(
            "jstp ",
            env!("CARGO_PKG_VERSION"),
            ", `help` lists the commands"
        ))?;
        source
    } else {
        editor::read()
    };
    let shell = Shell::new(screen, settings, knowledge);
    runtime::block_on(async {
        Conversation::new(shell, source)?
            .hold(identity, first)
            .await
    })
}
