//! `flexbridge keys …`: one file a subcommand.
//!
//! Must never: print a private key.

mod generate;
mod list;

pub(super) use generate::{failed, make_missing};

use super::{Context, Exit};

/// Make the bridge's own keys, or list them
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  flexbridge keys generate --directory certs")]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Generate(generate::Args),
    List(list::Args),
}

impl Args {
    pub(super) fn run(self, context: &Context) -> Exit {
        match self.command {
            Command::Generate(args) => args.run(context),
            Command::List(args) => args.run(context),
        }
    }
}
