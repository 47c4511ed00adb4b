//! Measures `jstp` beside other libraries and beside bare sockets. See `benches/README.md`.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command-line tool"
)]

mod child;
mod churn;
mod client;
mod contestant;
mod contestants;
mod emit;
mod fan;
mod hold;
mod identity;
mod layer;
mod load;
mod plot;
mod process;
mod raw;
mod report;
mod run;
mod sections;
mod store;

use ::jstp::Scheme;
use clap::{Parser, Subcommand, ValueEnum};
use serde::Serialize;
use tokio::io::AsyncReadExt;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;

use churn::ChurnOptions;
use contestant::Contestant;
use contestants::jstp::Habits;
use contestants::{bare, bare_blocking, bare_writer, bare_ws, jsonrpsee, jstp, tarpc, tonic};
use emit::EmitOptions;
use fan::FanOptions;
use hold::HoldOptions;
use layer::{Plain, Tls};
use load::LoadOptions;
use run::RunOptions;

/// What any part of this program fails with.
type Failure = Box<dyn std::error::Error + Send + Sync>;

#[derive(Debug, Parser)]
#[command(about, version, args_conflicts_with_subcommands = true)]
struct Arguments {
    /// Threads of the runtime, 0 for the one without threads of its own; as many as processors when it
    /// is not given.
    #[arg(long, global = true)]
    threads: Option<usize>,
    #[command(flatten)]
    run: RunOptions,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve as one contestant until the process is ended; prints `listening HOST:PORT`.
    Serve {
        contestant: Contestant,
        /// Forget clients that have gone soon.
        #[arg(long)]
        forgetful: bool,
        /// Serve until standard input ends.
        #[arg(long)]
        until: Option<Until>,
    },
    /// Make one round of load as one contestant's client.
    Load {
        contestant: Contestant,
        #[command(flatten)]
        options: LoadOptions,
    },
    /// Open connections of one contestant that do nothing.
    Hold {
        contestant: Contestant,
        #[command(flatten)]
        options: HoldOptions,
    },
    /// Emit events to a JSTP server.
    Emit(EmitOptions),
    /// Have a JSTP server emit events to many clients.
    Fan(FanOptions),
    /// Open and close many connections to a JSTP server.
    Churn(ChurnOptions),
}

/// What ends a server besides a signal.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Until {
    Stdin,
}

fn main() -> Result<(), Failure> {
    process::raise_file_limit()?;
    let Arguments {
        threads,
        run,
        command,
    } = Arguments::parse();
    let runtime = runtime(threads)?;
    let Some(command) = command else {
        return runtime.block_on(run::run(&run));
    };
    match command {
        Command::Serve {
            contestant,
            forgetful,
            until,
        } => runtime.block_on(async {
            tokio::select! {
                outcome = serve(contestant, Habits { forgetful, ..Habits::default() }) => outcome,
                () = end(until) => Ok(()),
            }
        }),
        Command::Load {
            contestant,
            options,
        } => print(&runtime.block_on(load(contestant, &options))?),
        Command::Hold {
            contestant,
            options,
        } => runtime.block_on(hold(contestant, &options)),
        Command::Emit(options) => print(&runtime.block_on(emit::run(&options))?),
        Command::Fan(options) => print(&runtime.block_on(fan::run(&options))?),
        Command::Churn(options) => print(&runtime.block_on(churn::run(&options))?),
    }
}

fn print(result: &impl Serialize) -> Result<(), Failure> {
    println!("{}", serde_json::to_string(result)?);
    Ok(())
}

/// The runtime that `#[tokio::main]` makes, when no number of threads is given.
fn runtime(threads: Option<usize>) -> Result<tokio::runtime::Runtime, Failure> {
    let mut builder = match threads {
        Some(0) => tokio::runtime::Builder::new_current_thread(),
        _ => tokio::runtime::Builder::new_multi_thread(),
    };
    if let Some(threads) = threads.filter(|threads| *threads > 0) {
        builder.worker_threads(threads);
    }
    Ok(builder.enable_all().build()?)
}

fn announce(address: &str) {
    println!("listening {address}");
}

/// Waits for what ends a server.
async fn end(until: Option<Until>) {
    match until {
        // An error ends it as well.
        Some(Until::Stdin) => drop(tokio::io::stdin().read_to_end(&mut Vec::new()).await),
        None => std::future::pending().await,
    }
}

async fn serve(contestant: Contestant, habits: Habits) -> Result<(), Failure> {
    match contestant {
        Contestant::Jstp => jstp::serve(habits, announce).await,
        Contestant::JstpWs => jstp::serve(habits.speaking(Scheme::Ws), announce).await,
        Contestant::JstpTls => jstp::serve(habits.speaking(Scheme::Tls), announce).await,
        Contestant::JstpWss => jstp::serve(habits.speaking(Scheme::Wss), announce).await,
        Contestant::Jsonrpsee => jsonrpsee::serve(announce).await,
        Contestant::TarpcJson => tarpc::serve::<tarpc::JsonFormat>(announce).await,
        Contestant::TarpcBincode => tarpc::serve::<tarpc::BincodeFormat>(announce).await,
        Contestant::Tonic => tonic::serve(announce).await,
        Contestant::Bare => bare::serve::<Plain>(announce).await,
        Contestant::BareBlocking => bare_blocking::serve(announce).await,
        Contestant::BareTls => bare::serve::<Tls>(announce).await,
        Contestant::BareWs => bare_ws::serve::<Plain>(bare_ws::frugal(), announce).await,
        Contestant::BareWss => bare_ws::serve::<Tls>(bare_ws::frugal(), announce).await,
        Contestant::BareWsDefaults => {
            bare_ws::serve::<Plain>(WebSocketConfig::default(), announce).await
        }
        Contestant::BareWriter => bare_writer::serve(announce).await,
        Contestant::Npm
        | Contestant::NpmWs
        | Contestant::NpmTls
        | Contestant::NpmWss
        | Contestant::NpmServer => Err(by_node()),
    }
}

/// Runs a module's part for the client of a contestant.
macro_rules! for_client {
    ($contestant:expr, $module:ident, $options:expr) => {
        match $contestant {
            Contestant::Jstp | Contestant::NpmServer => {
                $module::run::<jstp::Jstp<jstp::Tcp>>($options).await
            }
            Contestant::JstpWs => $module::run::<jstp::Jstp<jstp::Ws>>($options).await,
            Contestant::JstpTls => $module::run::<jstp::Jstp<jstp::Tls>>($options).await,
            Contestant::JstpWss => $module::run::<jstp::Jstp<jstp::Wss>>($options).await,
            Contestant::Jsonrpsee => $module::run::<jsonrpsee::Jsonrpsee>($options).await,
            Contestant::TarpcJson => {
                $module::run::<tarpc::Tarpc<tarpc::JsonFormat>>($options).await
            }
            Contestant::TarpcBincode => {
                $module::run::<tarpc::Tarpc<tarpc::BincodeFormat>>($options).await
            }
            Contestant::Tonic => $module::run::<tonic::Tonic>($options).await,
            Contestant::Bare => $module::run::<bare::Bare<Plain>>($options).await,
            Contestant::BareBlocking => $module::run::<bare_blocking::BareBlocking>($options).await,
            Contestant::BareTls => $module::run::<bare::Bare<Tls>>($options).await,
            Contestant::BareWs | Contestant::BareWsDefaults => {
                $module::run::<bare_ws::BareWs<Plain>>($options).await
            }
            Contestant::BareWss => $module::run::<bare_ws::BareWs<Tls>>($options).await,
            Contestant::BareWriter => Err("it answers no calls".into()),
            Contestant::Npm | Contestant::NpmWs | Contestant::NpmTls | Contestant::NpmWss => {
                Err(by_node())
            }
        }
    };
}

async fn load(contestant: Contestant, options: &LoadOptions) -> Result<load::Round, Failure> {
    for_client!(contestant, load, options)
}

async fn hold(contestant: Contestant, options: &HoldOptions) -> Result<(), Failure> {
    for_client!(contestant, hold, options)
}

fn by_node() -> Failure {
    "Node.js plays this part".into()
}
