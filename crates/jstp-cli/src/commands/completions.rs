//! `jstp completions`: what a shell needs to complete the command line.

use clap::CommandFactory;
use clap_complete::Shell;

use crate::cli::Cli;
use crate::failure::Failure;
use crate::output::Output;

const EXAMPLES: &str = "\
Examples:
  jstp completions bash > ~/.local/share/bash-completion/completions/jstp
  jstp completions zsh > ~/.zfunc/_jstp
  jstp completions fish > ~/.config/fish/completions/jstp.fish";

/// Print the completions for a shell
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Completions {
    /// The shell
    #[arg(value_name = "SHELL", value_enum)]
    shell: Shell,
}

impl Completions {
    pub(crate) fn run(&self, output: &mut Output) -> Result<(), Failure> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "jstp", &mut script);
        output.bytes(&script)?;
        Ok(())
    }
}
