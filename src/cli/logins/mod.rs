//! `flexbridge logins`: what was written down of logins; `list` and `show` are here, `text` is
//! how people read them, `coverage` what can be learnt of all, `history` how many there were when.
//!
//! Must never: decide anything, or write to the journal.

mod coverage;
mod history;
mod text;

use super::{Context, Exit, Format, FormatArgs, TableFormat, with_runtime};
use crate::{
    admin::{self, LoginSearch},
    app,
    config::{self, Config},
    identity::{FlexName, IdpName, LoginOutcome, LoginReference, RefusalCode},
    login::Keeping,
    settings::HumanDuration,
    store::{JournalCursor, JournalRead as _, JournalReader},
};

/// Look logins up in the journal
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  flexbridge logins show 7KQ2M-X9RTD")]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// The newest logins
    #[command(after_help = "Examples:\n  \
        flexbridge logins list --refused --since 1d\n  \
        flexbridge logins list --agent ann@company.example --format csv")]
    List(List),
    Coverage(coverage::Args),
    History(history::Args),
    /// The login of a reference, as the agent read it out
    #[command(after_help = "Example:\n  flexbridge logins show 7KQ2M-X9RTD")]
    Show {
        /// The reference.
        #[arg(value_parser = reference)]
        reference: LoginReference,
        #[command(flatten)]
        format: FormatArgs,
    },
}

#[derive(Debug, clap::Args)]
struct List {
    /// Only to this Flex account.
    #[arg(long, value_name = "NAME")]
    flex: Option<FlexName>,
    /// Only by this identity provider.
    #[arg(long, value_name = "NAME")]
    idp: Option<IdpName>,
    /// Only those that were refused.
    #[arg(long, conflicts_with = "accepted")]
    refused: bool,
    /// Only those that were accepted.
    #[arg(long)]
    accepted: bool,
    /// Only those that were refused for this reason.
    #[arg(long, value_name = "CODE", value_parser = code)]
    code: Option<RefusalCode>,
    /// Only those whose person matched no location.
    #[arg(long)]
    no_match: bool,
    /// Only those who were told this location; empty: whose location was cleared.
    #[arg(long, value_name = "NAME")]
    location: Option<String>,
    /// Only those of this agent: the NameID, or a pseudonym such as ag-0123456789abcdef0123.
    #[arg(long, value_name = "ID")]
    agent: Option<String>,
    /// Only those for whom this value of the location attribute was read; case and white space don't count.
    #[arg(long, value_name = "VALUE")]
    value: Option<String>,
    /// Only those of this last time, such as 2h or 7d.
    #[arg(long, value_name = "TIME")]
    since: Option<HumanDuration>,
    /// At most so many.
    #[arg(long, value_name = "COUNT", default_value_t = 50)]
    limit: usize,
    /// Go on behind the page that ended with this cursor.
    #[arg(long, value_name = "CURSOR")]
    after: Option<JournalCursor>,
    /// How to print.
    #[arg(long, value_enum, default_value_t)]
    format: TableFormat,
}

fn reference(text: &str) -> Result<LoginReference, String> {
    LoginReference::try_from(text.trim().to_ascii_uppercase())
        .map_err(|_| "a reference looks like 7KQ2M-X9RTD".to_owned())
}

fn code(text: &str) -> Result<RefusalCode, String> {
    let known = RefusalCode::ALL.iter().find(|code| code.as_str() == text);
    known
        .copied()
        .ok_or_else(|| "docs/refusals.md lists the codes".to_owned())
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
        let config = checked.config;
        let journal = JournalReader::of(config.store.path());
        match self.command {
            Command::Coverage(args) => args.run(context, &config),
            Command::History(args) => with_runtime(context, args.run(context, &config)),
            Command::List(list) => with_runtime(context, list.run(context, &config, &journal)),
            Command::Show { reference, format } => {
                with_runtime(context, show(context, &journal, &reference, format))
            }
        }
    }
}

impl List {
    async fn run(self, context: &Context, config: &Config, journal: &JournalReader) -> Exit {
        // The key is needed for these alone, and may be readable for the service only.
        let keeping = if self.agent.is_some() || self.value.is_some() {
            match app::journal_keeping(config) {
                Ok(keeping) => keeping,
                Err(problem) => {
                    context.output.error(&problem.message, &problem.mend);
                    return Exit::Failed;
                }
            }
        } else {
            Keeping::default()
        };
        let format = self.format;
        let query = self.query();
        let now = context.clock.now();
        match admin::find_logins(&keeping, config.idp.keys(), journal, &query, now).await {
            Ok(page) => {
                match format {
                    TableFormat::Json => context.output.json(&page),
                    TableFormat::Text => context.output.text(&text::page(&page)),
                    TableFormat::Csv => {
                        let rows = page.records.iter().map(text::row);
                        context.output.csv(text::COLUMNS, rows);
                    }
                }
                Exit::Fine
            }
            Err(error) => failed(context, &error.to_string()),
        }
    }

    fn query(self) -> LoginSearch {
        let refused = self.refused.then_some(LoginOutcome::Refused);
        LoginSearch {
            last: self.since,
            flex: self.flex,
            idp: self.idp,
            outcome: refused.or(self.accepted.then_some(LoginOutcome::Accepted)),
            code: self.code,
            no_match: self.no_match,
            location: self.location,
            agent: self.agent,
            value: self.value,
            after: self.after,
            limit: self.limit,
            ..LoginSearch::default()
        }
    }
}

async fn show(
    context: &Context,
    journal: &JournalReader,
    reference: &LoginReference,
    format: FormatArgs,
) -> Exit {
    match journal.find(reference).await {
        Ok(Some(record)) => {
            match format.format {
                Format::Json => context.output.json(&record),
                Format::Text => context.output.text(&text::story(&record)),
            }
            Exit::Fine
        }
        Ok(None) => failed(
            context,
            &format!("no login in the journal has the reference {reference}"),
        ),
        Err(error) => failed(context, &error.to_string()),
    }
}

fn failed(context: &Context, message: &str) -> Exit {
    let mend = "The journal is in the directory `store.path`; only the user of `flexbridge serve` may read it.";
    context.output.error(message, mend);
    Exit::Failed
}
