//! A server with a fixed behaviour that any implementation of JSTP can be run against.
//!
//! `cargo run --release --example testbed -- --listen jstp://127.0.0.1:0` prints a line
//! `listening URL` for each address and then `ready`. It serves three versions of the application
//! `testbed`, and `other@1.0.0`; see `application.rs` for what they do. SIGTERM and SIGINT stop it
//! in an orderly way. Exit status: 0 when it was told to stop, 1 when it cannot run, 2 for a wrong
//! command line.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command-line tool"
)]

mod application;
mod options;

use std::error::Error;
use std::io::Write;
use std::process::ExitCode;
use std::time::Duration;

use jstp::ConnectionOptions;
use jstp::transport::Address;
use options::{Options, USAGE};
use tokio::signal::unix::{SignalKind, signal};

/// How long running calls may go on after a signal, and how long clients may then take to hang up:
/// together less than the 5 s within which the process promises to be gone.
const DRAIN: Duration = Duration::from_secs(4);
const CLOSE: Duration = Duration::from_millis(800);

fn main() -> ExitCode {
    let options = match Options::parse(std::env::args().skip(1)) {
        Ok(options) if options.help => {
            println!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        Ok(options) => options,
        Err(error) => {
            eprintln!("testbed: {error}\n\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    match run(&options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("testbed: {error}");
            ExitCode::FAILURE
        }
    }
}

#[tokio::main]
async fn run(options: &Options) -> Result<(), Box<dyn Error>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;

    let connection = ConnectionOptions::default().with_close_timeout(CLOSE);
    let server_options = options
        .apply(application::options())?
        .with_connection(connection);
    let mut server = application::create_server(server_options);
    for url in &options.listen {
        server = server
            .listen(url)
            .await
            .map_err(|error| format!("--listen {url}: {error}"))?;
    }
    announce(&server.local_addresses())?;

    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    server.shutdown(DRAIN).await;
    Ok(())
}

fn announce(addresses: &[Address]) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    for address in addresses {
        let url = address.url().unwrap_or_else(|| address.to_string());
        writeln!(out, "listening {url}")?;
    }
    writeln!(out, "ready")?;
    out.flush()
}
