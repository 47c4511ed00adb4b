//! The `jstp` command: talk to any JSTP server from a terminal.
//!
//! `jstp call`, `jstp inspect`, `jstp emit`, `jstp listen` and `jstp ping` do one thing and end;
//! `docs/cli.md` tells of all commands. Results go to the standard output, errors to the standard error.
//!
//! Exit status: 0 on success, 1 when the other side answered with an error, 2 for wrong use and for
//! what fails on this machine, 3 when there is no connection or it was lost.

#![allow(
    clippy::doc_markdown,
    rustdoc::broken_intra_doc_links,
    reason = "comments of the command line are its help, which shows backticks and brackets as they are"
)]

mod args_text;
mod cli;
mod clock;
mod commands;
mod connect;
mod excerpt;
mod failure;
mod headers;
mod inbox;
mod output;
mod render;
mod repl;
mod runtime;
mod tls;

use std::process::ExitCode;

use clap::Parser;
use cli::Cli;
use output::Output;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let mut output = Output::new(cli.color);
    match cli.run(&mut output) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            output.failure(&failure);
            failure.exit_code()
        }
    }
}
