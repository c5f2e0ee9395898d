//! `flexbridge locations list|lint`

use std::{path::PathBuf, time::Duration};

use futures_util::future::join_all;

use super::{Which, failed, read, show};
use crate::{
    admin::locations::{Report, lint_document, lint_whole, list},
    app::Parts,
    cli::{Context, Exit, Format},
    login::FlexAccount,
};

/// How long Twilio is waited for, where a list of a file is held against it.
const PATIENCE: Duration = Duration::from_mins(1);

/// The locations with their edges in order, where they come from and how old that is
///
/// Asks Twilio, or reads the file of `defined`, first; when that fails the last known list is
/// shown, with why, and the command exits with 1.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  flexbridge locations list --flex production --format json")]
pub(super) struct List {
    #[command(flatten)]
    which: Which,
}

/// Check the locations, and the rules that assign them
///
/// Asks as `list` does, then checks names, edges, rules and what Flex accounts disagree about.
/// With a FILE that file is checked instead, before it is applied. Exits with 1 when there is
/// an error: an entry or a rule that can't work. Warnings don't count, unless --strict.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  flexbridge locations lint\n  flexbridge locations lint locations.json --strict"
)]
pub(super) struct Lint {
    /// A locations file to check instead; `-` for standard input.
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
    /// Exit with 1 for warnings too.
    #[arg(long)]
    strict: bool,
    #[command(flatten)]
    which: Which,
}

impl List {
    pub(super) async fn run(self, context: &Context, parts: &Parts) -> Exit {
        let accounts = match self.which.all(context, parts) {
            Ok(accounts) => accounts,
            Err(exit) => return exit,
        };
        let fresh = ask(&accounts).await;
        let lists: Vec<_> = accounts
            .iter()
            .map(|account| list(&account.locations))
            .collect();
        match self.which.format.format {
            Format::Json => context.output.json(&lists),
            Format::Text => context.output.text(&show::lists(&lists)),
        }
        if fresh { Exit::Fine } else { Exit::Failed }
    }
}

impl Lint {
    pub(super) async fn run(self, context: &Context, parts: &Parts) -> Exit {
        let report = match &self.file {
            Some(_) => self.of_file(context, parts).await,
            None => self.of_accounts(context, parts).await,
        };
        let report = match report {
            Ok(report) => report,
            Err(exit) => return exit,
        };
        match self.which.format.format {
            Format::Json => context.output.json(&report),
            Format::Text => context.output.text(&show::report(&report)),
        }
        match report.counts() {
            (0, 0) => Exit::Fine,
            (0, _) if !self.strict => Exit::Fine,
            _ => Exit::Failed,
        }
    }

    async fn of_accounts(&self, context: &Context, parts: &Parts) -> Result<Report, Exit> {
        let chosen = self.which.all(context, parts)?;
        // What another account defines matters to the one that was chosen, too.
        let all: Vec<_> = parts.bridge.flex.values().collect();
        ask(&all).await;
        let mut report = lint_whole(all, PATIENCE).await;
        report
            .accounts
            .retain(|linted| chosen.iter().any(|account| account.name == linted.flex));
        Ok(report)
    }

    async fn of_file(&self, context: &Context, parts: &Parts) -> Result<Report, Exit> {
        let account = self.which.one(context, parts)?;
        let path = self.file.as_deref().unwrap_or_else(|| "-".as_ref());
        let bytes = read(context, path)?;
        let linted = lint_document(account, bytes).await;
        Ok(Report {
            accounts: vec![linted.map_err(|error| failed(context, &error))?],
            between: crate::locations::Findings::default(),
        })
    }
}

/// Asks for each list now; whether all came.
async fn ask(accounts: &[&FlexAccount]) -> bool {
    let asked = accounts
        .iter()
        .map(|account| async { account.locations.refresh_now().await.is_ok() });
    join_all(asked).await.into_iter().all(|fresh| fresh)
}
