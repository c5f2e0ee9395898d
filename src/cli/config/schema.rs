//! `flexbridge config schema`

use crate::{
    cli::{Context, Exit},
    config,
};

/// Print the JSON Schema of the configuration, for editors
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  flexbridge config schema > flexbridge.schema.json")]
pub struct Args {}

impl Args {
    #[expect(clippy::unused_self, reason = "each command is run alike")]
    pub(super) fn run(self, context: &Context) -> Exit {
        context.output.text(&config::schema_text());
        Exit::Fine
    }
}
