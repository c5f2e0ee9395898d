//! `flexbridge config show`

use crate::{
    cli::{Context, Exit, Format, FormatArgs},
    config,
};

/// Show the effective configuration, with all defaults filled in
///
/// Secrets are shown only as the environment variable or file that holds them.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  flexbridge config show")]
pub struct Args {
    #[command(flatten)]
    format: FormatArgs,
}

impl Args {
    pub(super) fn run(self, context: &Context) -> Exit {
        let checked = match config::load(&context.config) {
            Ok(checked) => checked,
            Err(report) => {
                context.output.report(&report);
                return Exit::Wrong;
            }
        };
        if self.format.format == Format::Json {
            context.output.json(&checked.file);
            return Exit::Fine;
        }
        match config::show(&checked.file) {
            Ok(text) => {
                context.output.text(&text);
                Exit::Fine
            }
            Err(error) => {
                let message = format!("the configuration can't be written as TOML: {error}");
                context.output.error(&message, "Try --format json.");
                Exit::Failed
            }
        }
    }
}
