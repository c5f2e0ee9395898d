//! `flexbridge health`

use super::{Context, Exit};
use crate::app::{self, Probe, Unwell};

/// Ask the process that serves this configuration whether it is alive
///
/// For a container's health check, which has no other program to ask with. Exits with 1 when nobody
/// answers, or the answer is no.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  flexbridge health --ready && echo logins can be served")]
pub struct Args {
    /// Also ask whether it can serve logins now.
    #[arg(long)]
    ready: bool,
}

impl Args {
    pub(super) fn run(self, context: &Context) -> Exit {
        let probe = if self.ready {
            Probe::Ready
        } else {
            Probe::Alive
        };
        match app::probe(&context.config, probe) {
            Ok(()) => Exit::Fine,
            Err(Unwell::Configuration(report)) => {
                context.output.report(&report);
                Exit::Wrong
            }
            Err(error) => {
                let mend =
                    "Its log says why; `flexbridge config check --online` asks the partners.";
                context.output.error(&error.to_string(), mend);
                Exit::Failed
            }
        }
    }
}
