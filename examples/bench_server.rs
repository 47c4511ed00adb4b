//! A server for load generators: the application `bench` with the interface `bench`, whose method
//! `echo(value)` gives any value back.
//!
//! `cargo run --release --example bench_server -- --listen 127.0.0.1:0 [--ws 127.0.0.1:0]` prints a line
//! `listening HOST:PORT` for each address, in this order, and serves until SIGTERM or SIGINT. Both options
//! may be repeated. It takes 30,000 connections if it may open as many files: it raises its own limit as
//! far as the system lets it and says on stderr how many that are when they are fewer (`ulimit -Hn`).

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command-line tool"
)]

use std::error::Error;
use std::io::Write;
use std::process::ExitCode;
use std::time::Duration;

use jstp::wire::RawBuf;
use jstp::{Application, Interface, Server, ServerOptions, net};
use tokio::signal::unix::{SignalKind, signal};

const USAGE: &str = "usage: bench_server --listen HOST:PORT… [--ws HOST:PORT…]";

const MAX_CONNECTIONS: u16 = 30_000;

/// Files that a process needs besides its connections.
const OTHER_FILES: u64 = 64;

/// How long clients may take to hang up after a signal.
const DRAIN: Duration = Duration::from_secs(1);

fn main() -> ExitCode {
    let addresses = match addresses(std::env::args().skip(1)) {
        Ok(addresses) => addresses,
        Err(error) => {
            eprintln!("bench_server: {error}\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    match run(addresses) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench_server: {error}");
            ExitCode::FAILURE
        }
    }
}

/// The addresses to listen on, those for WebSocket as URLs.
fn addresses(args: impl IntoIterator<Item = String>) -> Result<Vec<String>, String> {
    let mut addresses = Vec::new();
    let mut args = args.into_iter();
    while let Some(name) = args.next() {
        let scheme = match name.as_str() {
            "--listen" => "",
            "--ws" => "ws://",
            _ => return Err(format!("unknown option {name}")),
        };
        let address = args.next().ok_or(format!("{name} needs a value"))?;
        addresses.push(format!("{scheme}{address}"));
    }
    if addresses.is_empty() {
        return Err("at least one address is needed".to_owned());
    }
    Ok(addresses)
}

// The runtime has a thread for each processor.
#[tokio::main]
async fn run(addresses: Vec<String>) -> Result<(), Box<dyn Error>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    raise_file_limit()?;
    let server = net::create_server(options()?);
    for address in addresses {
        listen(&server, &address).await?;
    }
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    server.shutdown(DRAIN).await;
    Ok(())
}

fn options() -> Result<ServerOptions, Box<dyn Error>> {
    // The text of the value goes back as it came: its syntax was checked with the message's, and nothing
    // else needs to be known of it.
    let interface = Interface::new().method("echo", |value: RawBuf| value);
    let application = Application::new("bench")?.interface("bench", interface);
    Ok(ServerOptions::new([application]).with_max_connections(MAX_CONNECTIONS.into()))
}

/// Listens and says where that is.
async fn listen(server: &Server, address: &str) -> Result<(), Box<dyn Error>> {
    server.listen(address).await?;
    let address = server.local_addresses().pop();
    let address = address.ok_or("the listener has no address")?.to_string();
    let (_, host_and_port) = address.rsplit_once('/').unwrap_or(("", &address));
    let mut stdout = std::io::stdout().lock();
    writeln!(stdout, "listening {host_and_port}")?;
    Ok(stdout.flush()?)
}

/// Lets this process open as many files as it may.
fn raise_file_limit() -> std::io::Result<()> {
    let wanted = u64::from(MAX_CONNECTIONS) + OTHER_FILES;
    let files = rlimit::increase_nofile_limit(wanted)?;
    if files < wanted {
        eprintln!("bench_server: at most {files} files may be open at once, connections included");
    }
    Ok(())
}
