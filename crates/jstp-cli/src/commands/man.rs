//! `jstp man`: the manual.

use std::fs;
use std::path::PathBuf;

use clap::CommandFactory;
use clap_mangen::Man;

use crate::cli::Cli;
use crate::failure::Failure;
use crate::output::Output;

const EXAMPLES: &str = "\
Examples:
  jstp man | man -l -                          shows the page of `jstp` itself
  jstp man ~/.local/share/man/man1             writes the pages of all commands
  man jstp-call                                shows one of them";

/// Print the manual page, or write those of all commands to a folder
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Manual {
    /// The folder to write to; it is made if it is not there
    #[arg(value_name = "DIR")]
    folder: Option<PathBuf>,
}

impl Manual {
    pub(crate) fn run(&self, output: &mut Output) -> Result<(), Failure> {
        let Some(folder) = &self.folder else {
            let mut page = Vec::new();
            Man::new(Cli::command()).render(&mut page)?;
            output.bytes(&page)?;
            return Ok(());
        };
        fs::create_dir_all(folder)
            .and_then(|()| clap_mangen::generate_to(Cli::command(), folder))
            .map_err(|error| Failure::file(folder, &error))
    }
}
