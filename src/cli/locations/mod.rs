//! `flexbridge locations`: words for `admin::locations`, and the same as people read it (`show`).
//!
//! Must never: write without having shown what, and without a yes.

mod change;
mod list;
mod show;

use std::{
    io::Read,
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{Context, Exit, FormatArgs, explain::account, serve};
use crate::{
    admin::locations::Failed,
    app::{self, Parts},
    clock::{SystemClock, SystemRandom},
    identity::FlexName,
    locations::LARGEST_DOCUMENT,
    login::FlexAccount,
};

/// See, check and change the locations that a Flex account defines
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  flexbridge locations list")]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    List(list::List),
    Lint(list::Lint),
    Diff(change::Diff),
    Apply(change::Apply),
    Restore(change::Restore),
}

/// Which Flex account, and how to print.
#[derive(Debug, clap::Args)]
struct Which {
    /// The name in `[flex.NAME]`; may be left out where there is only one.
    #[arg(long, value_name = "NAME")]
    flex: Option<FlexName>,
    #[command(flatten)]
    format: FormatArgs,
}

impl Args {
    pub(super) fn run(self, context: &Context) -> Exit {
        let (clock, random) = (Arc::new(SystemClock), Arc::new(SystemRandom));
        let parts = match app::parts_unasked(&context.config, clock, random) {
            Ok(parts) => parts,
            Err(error) => return serve::failed(context, &error),
        };
        super::with_runtime(context, async {
            match self.command {
                Command::List(list) => list.run(context, &parts).await,
                Command::Lint(lint) => lint.run(context, &parts).await,
                Command::Diff(diff) => diff.run(context, &parts).await,
                Command::Apply(apply) => apply.run(context, &parts).await,
                Command::Restore(restore) => restore.run(context, &parts).await,
            }
        })
    }
}

impl Which {
    /// The account that is meant; else it is said why there is none.
    fn one<'a>(&self, context: &Context, parts: &'a Parts) -> Result<&'a FlexAccount, Exit> {
        account(parts, self.flex.as_ref()).map_err(|message| {
            context.output.error(&message, "");
            Exit::Wrong
        })
    }

    /// The account that is meant, or all.
    fn all<'a>(&self, context: &Context, parts: &'a Parts) -> Result<Vec<&'a FlexAccount>, Exit> {
        match self.flex {
            Some(_) => self.one(context, parts).map(|one| vec![one]),
            None => Ok(parts.bridge.flex.values().collect()),
        }
    }
}

/// Says what failed. A document that can't be read is wrong usage.
fn failed(context: &Context, failed: &Failed) -> Exit {
    context.output.error(&failed.to_string(), &failed.mend);
    match failed.code {
        "locations.document" | "locations.no_credentials" => Exit::Wrong,
        _ => Exit::Failed,
    }
}

/// Reads a file, or standard input for `-`, of at most the size that anybody takes.
fn read(context: &Context, path: &Path) -> Result<Vec<u8>, Exit> {
    let most = LARGEST_DOCUMENT as u64 + 1;
    let mut bytes = Vec::new();
    let read = if path == Path::new("-") {
        std::io::stdin().take(most).read_to_end(&mut bytes)
    } else {
        std::fs::File::open(path).and_then(|file| file.take(most).read_to_end(&mut bytes))
    };
    read.map(|_| bytes).map_err(|error| {
        let message = format!("{} can't be read: {error}", path.display());
        context.output.error(&message, "");
        Exit::Wrong
    })
}

/// The path that a word means: one of the account's backups by its name, or any file.
fn backup_path(account: &FlexAccount, word: &Path) -> Result<PathBuf, Failed> {
    let kept = crate::admin::locations::backups(account)?;
    if word == Path::new("latest")
        && let Some(newest) = kept.first()
    {
        return Ok(newest.path.clone());
    }
    let named = kept
        .into_iter()
        .find(|backup| backup.path.file_name() == Some(word.as_os_str()));
    Ok(named.map_or_else(|| word.to_owned(), |backup| backup.path))
}
