//! `flexbridge workers audit`

use std::{net::IpAddr, path::PathBuf};

use super::{Whose, bar::Bar, defined_now_or_earlier, failed, shown, with_parts, workspace_of};
use crate::{
    admin::workers::{
        AttributeSource, AttributeTable, Judge, LastLogins, Listed, Survey, WorkerList, survey,
    },
    app::Parts,
    cli::{Context, Exit, Format, FormatArgs, explain::choose},
    config,
    identity::IdpName,
    login::FlexAccount,
    store::JournalReader,
};

/// Which workers have a `flex_location` that breaks their voice, or not what the rules would give
///
/// Against the rules only where you say how to know what the identity provider says of a
/// worker: --from-attributes takes it from worker attributes, --attributes from a table with
/// a column `worker` and one for each attribute. The rules run the way they do at a login;
/// a worker of whom nothing is known is counted as unknown.
/// Exits with 1 when a worker deserves a look.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  flexbridge workers audit\n  \
    flexbridge workers audit --from-attributes department --from-attributes physicalDeliveryOfficeName=office\n  \
    flexbridge workers audit --attributes directory.csv --format json")]
pub(super) struct Args {
    #[command(flatten)]
    whose: Whose,
    /// An attribute that the rules read, and the worker attribute that holds it, if it is called otherwise.
    #[arg(long, value_name = "NAME[=WORKER_ATTRIBUTE]", value_parser = pair, conflicts_with = "attributes")]
    from_attributes: Vec<(String, String)>,
    /// A CSV file with what the identity provider says of each worker.
    #[arg(long, value_name = "FILE")]
    attributes: Option<PathBuf>,
    /// The identity provider that the rules are told; may be left out where the account has only one.
    #[arg(long, value_name = "NAME")]
    idp: Option<IdpName>,
    /// The address that the rules are told: those with `network` look at it.
    #[arg(long, value_name = "IP", default_value = "127.0.0.1")]
    address: IpAddr,
    /// List every worker, not only those that deserve a look.
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    format: FormatArgs,
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (name, key) = text.split_once('=').unwrap_or((text, text));
    if name.is_empty() || key.is_empty() {
        return Err("write NAME, or NAME=WORKER_ATTRIBUTE".to_owned());
    }
    Ok((name.to_owned(), key.to_owned()))
}

impl Args {
    pub(super) fn run(self, context: &Context) -> Exit {
        let source = match self.source() {
            Ok(source) => source,
            Err((message, mend)) => {
                context.output.error(&message, mend);
                return Exit::Wrong;
            }
        };
        with_parts(context, |parts| async move {
            match self.audit(context, &parts, source).await {
                Ok(list) => self.tell(context, list),
                Err(exit) => exit,
            }
        })
    }

    fn source(&self) -> Result<Option<AttributeSource>, (String, &'static str)> {
        let Some(path) = &self.attributes else {
            let pairs = self.from_attributes.clone();
            return Ok((!pairs.is_empty()).then_some(AttributeSource::Worker(pairs)));
        };
        let bytes = super::set::read_file(path).map_err(|message| (message, ""))?;
        let table = AttributeTable::read(&bytes)
            .map_err(|told| (format!("{}: {told}", path.display()), told.mend))?;
        Ok(Some(AttributeSource::Table(table)))
    }

    async fn audit(
        &self,
        context: &Context,
        parts: &Parts,
        source: Option<AttributeSource>,
    ) -> Result<WorkerList, Exit> {
        let (account, workspace) = workspace_of(context, parts, &self.whose).await?;
        let defined = defined_now_or_earlier(context, account).await;
        let judge = match source {
            None => None,
            Some(source) => {
                let chosen = choose(parts, Some(&account.name), self.idp.as_ref());
                let (_, idp) = chosen.map_err(|message| {
                    context.output.error(&message, "");
                    Exit::Wrong
                })?;
                Some(Judge {
                    account,
                    source,
                    idp: idp.name.clone(),
                    address: self.address,
                    now: context.clock.now(),
                })
            }
        };
        if judge.is_some() {
            self.say_what_is_assumed(context, account.mapping.rules_with_network());
        }
        let logins = self.last_logins(context, parts, account).await;
        let pace = self.whose.pace();
        let bar = Bar::counting("workers");
        let asked = Survey {
            defined: defined.as_deref(),
            judge: judge.as_ref(),
            logins: logins.as_ref(),
            pace: &pace,
            progress: &bar,
        };
        let listed = survey(&workspace, asked).await;
        drop(bar);
        listed.map_err(|error| failed(context, &error))
    }

    /// What the journal of this installation says; nothing where there is none.
    async fn last_logins(
        &self,
        context: &Context,
        parts: &Parts,
        account: &FlexAccount,
    ) -> Option<LastLogins> {
        let config = config::load(&context.config).ok()?.config;
        let journal = JournalReader::of(config.store.path());
        let keeping = &parts.bridge.keeping;
        let read = LastLogins::read(account, keeping, &journal, context.clock.now()).await;
        read.map_err(|error| {
            let mend = "What the last logins were told is left out. Run it where the bridge runs, as its user.";
            context.output.warning(&error.to_string(), mend);
        })
        .ok()
    }

    /// Where a worker sits is nowhere written.
    fn say_what_is_assumed(&self, context: &Context, rules: usize) {
        if rules > 0 {
            let message = format!(
                "the network decides in {rules} of the rules; they are tried as for an agent at {}",
                self.address
            );
            let mend = "Give another address with --address; the rule that decided is named beside each worker.";
            context.output.warning(&message, mend);
        }
    }

    fn tell(&self, context: &Context, mut list: WorkerList) -> Exit {
        let fine = !list.workers.iter().any(Listed::deserves_a_look);
        if !self.all {
            list.workers.retain(Listed::deserves_a_look);
        }
        match self.format.format {
            Format::Json => context.output.json(&list),
            Format::Text => context.output.text(&shown::audit(&list)),
        }
        if fine { Exit::Fine } else { Exit::Failed }
    }
}
