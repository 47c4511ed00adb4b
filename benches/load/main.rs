//! Calls per second and their latency over TCP, of our server and of the npm package's, under the same
//! load in the same run.
//!
//! The servers are processes of their own: this program itself, started with the argument `serve`, and
//! `benches/npm-server.js`. See `benches/README.md`.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command-line tool"
)]

mod drive;
mod options;
mod payload;
mod serve;
mod server_process;
mod setting;
mod table;

use std::process::ExitCode;

use drive::Round;
use options::{Options, Target};
use server_process::ServerProcess;
use setting::Setting;

/// What any part of this program fails with.
type Failure = Box<dyn std::error::Error + Send + Sync>;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let outcome = match arguments.first().map(String::as_str) {
        Some("serve") => serve::serve(),
        _ => Options::parse(&arguments).and_then(|options| measure(&options)),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("{failure}");
            ExitCode::FAILURE
        }
    }
}

/// Runs all settings that were asked for and prints the table.
fn measure(options: &Options) -> Result<(), Failure> {
    // One thread, so that the client is the same bounded load for both servers and leaves the other
    // processors to them.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let mut servers = Vec::new();
        for &target in &options.targets {
            match ServerProcess::start(target).await {
                Ok(server) => servers.push(server),
                Err(failure) if target == Target::Npm => {
                    eprintln!("without the npm package, which does not start: {failure}");
                }
                Err(failure) => return Err(failure),
            }
        }
        table::print_head();
        for setting in Setting::all()
            .into_iter()
            .filter(|setting| options.wants(setting))
        {
            let rounds = alternate(&setting, &servers, options).await?;
            table::print(&setting, &servers, rounds);
        }
        Ok(())
    })
}

/// Runs one setting against each server in turn, several times; gives the rounds by server.
async fn alternate(
    setting: &Setting,
    servers: &[ServerProcess],
    options: &Options,
) -> Result<Vec<Vec<Round>>, Failure> {
    let mut rounds: Vec<Vec<Round>> = servers.iter().map(|_| Vec::new()).collect();
    for _ in 0..options.rounds {
        for (server, rounds) in servers.iter().zip(&mut rounds) {
            rounds.push(drive::round(setting, server, options).await?);
        }
    }
    Ok(rounds)
}
