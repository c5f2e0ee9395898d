//! `flexbridge man`

use std::path::PathBuf;

use clap::CommandFactory;

use super::{Context, Exit};

/// Print the manual page, or write a page for each command
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  flexbridge man | man -l -
  flexbridge man --directory /usr/local/share/man/man1")]
pub struct Args {
    /// Write flexbridge.1 and a page for each command here, instead of printing the first.
    #[arg(long, value_name = "PATH")]
    directory: Option<PathBuf>,
}

impl Args {
    pub(super) fn run(self, context: &Context) -> Exit {
        let command = super::Cli::command();
        let Some(directory) = self.directory else {
            let mut page = Vec::new();
            return match clap_mangen::Man::new(command).render(&mut page) {
                Ok(()) => {
                    context.output.text(&String::from_utf8_lossy(&page));
                    Exit::Fine
                }
                Err(error) => {
                    context.output.error(&error.to_string(), "");
                    Exit::Failed
                }
            };
        };
        let written = std::fs::create_dir_all(&directory)
            .and_then(|()| clap_mangen::generate_to(command, &directory));
        match written {
            Ok(()) => Exit::Fine,
            Err(error) => {
                let message = format!("{}: {error}", directory.display());
                let mend = "Check that this user may write there.";
                context.output.error(&message, mend);
                Exit::Failed
            }
        }
    }
}
