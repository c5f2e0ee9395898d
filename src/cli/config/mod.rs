//! `flexbridge config …`: one file a subcommand.
//!
//! Must never: know what a setting means; the parts do.

mod check;
mod schema;
mod show;

use super::{Context, Exit};

/// Check, show or describe the configuration
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  flexbridge config check")]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Check(check::Args),
    Show(show::Args),
    Schema(schema::Args),
}

impl Args {
    pub(super) fn run(self, context: &Context) -> Exit {
        match self.command {
            Command::Check(args) => args.run(context),
            Command::Show(args) => args.run(context),
            Command::Schema(args) => args.run(context),
        }
    }
}
