//! `flexbridge completions`

use clap::CommandFactory;

use super::{Context, Exit};

/// Print what a shell needs to complete flexbridge's commands and options
///
/// The Debian package brings them along for bash, fish and zsh.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  flexbridge completions bash > /etc/bash_completion.d/flexbridge"
)]
pub struct Args {
    /// The shell.
    #[arg(value_enum)]
    shell: clap_complete::Shell,
}

impl Args {
    pub(super) fn run(self, context: &Context) -> Exit {
        let mut script = Vec::new();
        let mut command = super::Cli::command();
        clap_complete::generate(self.shell, &mut command, "flexbridge", &mut script);
        context.output.text(&String::from_utf8_lossy(&script));
        Exit::Fine
    }
}
