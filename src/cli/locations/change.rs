//! `flexbridge locations diff|apply|restore`

use std::path::PathBuf;

use serde::Serialize;

use super::{Which, backup_path, failed, read, show};
use crate::{
    admin::locations::{Applied, Backup, Plan, apply, backups, diff, restoration},
    app::Parts,
    cli::{Context, Exit, Format},
    login::FlexAccount,
};

/// What applying a file would change in Twilio; nothing is written
///
/// FILE holds the array of locations, an object with `locations`, or a whole Flex
/// Configuration.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  flexbridge locations diff locations.json")]
pub(super) struct Diff {
    /// The locations file; `-` for standard input.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Exit with 1 when there is a difference.
    #[arg(long)]
    exit_code: bool,
    #[command(flatten)]
    which: Which,
}

/// Put the locations of a file in the place of those in Twilio
///
/// Reads what Twilio has, merges the locations into `ui_attributes` without touching anything
/// else, shows the difference and asks. After a yes it reads again, stops if somebody has
/// changed it meanwhile, keeps a backup, writes once, and reads back what has become of it.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  flexbridge locations apply locations.json --dry-run\n  flexbridge locations apply locations.json --yes"
)]
pub(super) struct Apply {
    /// The locations file; `-` for standard input, with --yes or --dry-run.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    how: How,
    #[command(flatten)]
    which: Which,
}

/// Put the locations of a backup back
///
/// BACKUP is a file that `apply` has kept, its name, or `latest`. Without it the backups are
/// listed. Only the locations are put back; with --everything all of `ui_attributes` is, and
/// what others have changed there since is lost.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  flexbridge locations restore\n  flexbridge locations restore latest --dry-run"
)]
pub(super) struct Restore {
    /// The backup; without it they are listed.
    #[arg(value_name = "BACKUP")]
    backup: Option<PathBuf>,
    /// Put all of `ui_attributes` back.
    #[arg(long)]
    everything: bool,
    #[command(flatten)]
    how: How,
    #[command(flatten)]
    which: Which,
}

#[derive(Debug, clap::Args)]
struct How {
    /// Show what would change, and write nothing.
    #[arg(long)]
    dry_run: bool,
    /// Don't ask; for scripts.
    #[arg(long)]
    yes: bool,
}

/// What programs are told.
#[derive(Serialize)]
struct Told<'a> {
    plan: &'a Plan,
    applied: Option<&'a Applied>,
}

impl Diff {
    pub(super) async fn run(self, context: &Context, parts: &Parts) -> Exit {
        let account = match self.which.one(context, parts) {
            Ok(account) => account,
            Err(exit) => return exit,
        };
        let bytes = match read(context, &self.file) {
            Ok(bytes) => bytes,
            Err(exit) => return exit,
        };
        let plan = match diff(account, bytes, context.clock.now()).await {
            Ok(plan) => plan,
            Err(error) => return failed(context, &error),
        };
        match self.which.format.format {
            Format::Json => context.output.json(&plan),
            Format::Text => context.output.text(&show::plan(&plan)),
        }
        if self.exit_code && !plan.is_empty() {
            Exit::Failed
        } else {
            Exit::Fine
        }
    }
}

impl Apply {
    pub(super) async fn run(self, context: &Context, parts: &Parts) -> Exit {
        let account = match self.which.one(context, parts) {
            Ok(account) => account,
            Err(exit) => return exit,
        };
        let bytes = match read(context, &self.file) {
            Ok(bytes) => bytes,
            Err(exit) => return exit,
        };
        match diff(account, bytes, context.clock.now()).await {
            Ok(plan) => self.how.go(context, account, plan, &self.which).await,
            Err(error) => failed(context, &error),
        }
    }
}

impl Restore {
    pub(super) async fn run(self, context: &Context, parts: &Parts) -> Exit {
        let account = match self.which.one(context, parts) {
            Ok(account) => account,
            Err(exit) => return exit,
        };
        let Some(word) = &self.backup else {
            return self.list(context, account);
        };
        let backup = backup_path(account, word).and_then(|path| Backup::read(&path));
        let now = context.clock.now();
        let plan = match backup {
            Ok(backup) => restoration(account, backup, self.everything, now).await,
            Err(error) => Err(error),
        };
        match plan {
            Ok(plan) => self.how.go(context, account, plan, &self.which).await,
            Err(error) => failed(context, &error),
        }
    }

    fn list(&self, context: &Context, account: &FlexAccount) -> Exit {
        match backups(account) {
            Ok(found) => {
                match self.which.format.format {
                    Format::Json => context.output.json(&found),
                    Format::Text => context.output.text(&show::backups(&found)),
                }
                Exit::Fine
            }
            Err(error) => failed(context, &error),
        }
    }
}

impl How {
    /// Shows the plan, asks, and carries it out.
    async fn go(
        &self,
        context: &Context,
        account: &FlexAccount,
        plan: Plan,
        which: &Which,
    ) -> Exit {
        let json = which.format.format == Format::Json;
        if !json {
            context.output.text(&show::plan(&plan));
        }
        if self.dry_run || plan.is_empty() {
            if json {
                let applied = None;
                context.output.json(&Told {
                    plan: &plan,
                    applied,
                });
            }
            return Exit::Fine;
        }
        let shown = plan.clone();
        let fingerprint = plan.fingerprint.clone();
        // Before asking: a yes to what can't be applied would be for nothing.
        let confirmed = match plan.confirm(&fingerprint) {
            Ok(confirmed) => confirmed,
            Err(error) => return failed(context, &error),
        };
        if let Err(exit) = self.agreed(context, &shown) {
            return exit;
        }
        match apply(account, confirmed, &*context.clock).await {
            Ok(applied) => {
                if json {
                    let (plan, applied) = (&shown, Some(&applied));
                    context.output.json(&Told { plan, applied });
                } else {
                    context.output.text(&show::applied(&applied));
                }
                Exit::Fine
            }
            Err(error) => failed(context, &error),
        }
    }

    fn agreed(&self, context: &Context, plan: &Plan) -> Result<(), Exit> {
        if self.yes {
            return Ok(());
        }
        let question = format!(
            "Write this to the Flex account `{}` ({})?",
            plan.flex, plan.account_sid
        );
        match context.output.ask(&question) {
            Some(true) => Ok(()),
            Some(false) => {
                context.output.error("nothing was written: you said no", "");
                Err(Exit::Failed)
            }
            None => {
                let message = "nothing was written: there is no terminal to ask at";
                context
                    .output
                    .error(message, "Add --yes to write without being asked.");
                Err(Exit::Wrong)
            }
        }
    }
}
