//! `flexbridge logins list|show`

use std::fmt::Write as _;

use chrono::TimeDelta;

use super::{Context, Exit, Format, FormatArgs};
use crate::{
    config,
    identity::{FlexName, IdpName, LoginOutcome, LoginRecord, LoginReference, RefusalCode},
    settings::HumanDuration,
    store::{JournalFilter, JournalReader},
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
    #[command(after_help = "Example:\n  flexbridge logins list --refused --since 1d")]
    List(List),
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
    #[arg(long)]
    refused: bool,
    /// Only those that were refused for this reason.
    #[arg(long, value_name = "CODE", value_parser = code)]
    code: Option<RefusalCode>,
    /// Only those whose person matched no location.
    #[arg(long)]
    no_match: bool,
    /// Only those of this last time, such as 2h or 7d.
    #[arg(long, value_name = "TIME")]
    since: Option<HumanDuration>,
    /// At most so many.
    #[arg(long, value_name = "COUNT", default_value_t = 50)]
    limit: usize,
    #[command(flatten)]
    format: FormatArgs,
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
        let journal = JournalReader::of(checked.config.store.path());
        match self.command {
            Command::List(list) => list.run(context, &journal),
            Command::Show { reference, format } => show(context, &journal, &reference, format),
        }
    }
}

impl List {
    fn run(self, context: &Context, journal: &JournalReader) -> Exit {
        let since = self.since.and_then(|since| {
            let since = TimeDelta::from_std(since.get()).ok()?;
            context.clock.now().checked_sub_signed(since)
        });
        let filter = JournalFilter {
            since,
            flex: self.flex,
            idp: self.idp,
            outcome: self.refused.then_some(LoginOutcome::Refused),
            code: self.code,
            no_match: self.no_match,
            ..JournalFilter::default()
        };
        match journal.list(&filter, self.limit) {
            Ok(records) => {
                match self.format.format {
                    Format::Json => context.output.json(&records),
                    Format::Text => context.output.text(&table(&records)),
                }
                Exit::Fine
            }
            Err(error) => failed(context, &error.to_string()),
        }
    }
}

fn show(
    context: &Context,
    journal: &JournalReader,
    reference: &LoginReference,
    format: FormatArgs,
) -> Exit {
    match journal.find(reference) {
        Ok(Some(record)) => {
            match format.format {
                Format::Json => context.output.json(&record),
                Format::Text => context.output.text(&story(&record)),
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

fn table(records: &[LoginRecord]) -> String {
    let mut out = String::new();
    for record in records {
        let name = |name: Option<&str>| name.unwrap_or("–").to_owned();
        let ended = match record.code {
            Some(code) => format!("refused   {code}"),
            None => format!("accepted  {}", location(record)),
        };
        let _ = writeln!(
            out,
            "{}  {}  {:<12}  {:<12}  {ended}",
            record.at.format("%Y-%m-%d %H:%M:%S"),
            record.reference,
            name(record.flex.as_ref().map(FlexName::as_str)),
            name(record.idp.as_ref().map(IdpName::as_str)),
        );
    }
    let _ = match records.len() {
        1 => write!(out, "1 login"),
        count => write!(out, "{count} logins"),
    };
    out
}

fn location(record: &LoginRecord) -> String {
    let told = match record.location.as_deref() {
        None => "(location left as it was)".to_owned(),
        Some("") => "(location cleared)".to_owned(),
        Some(name) => name.to_owned(),
    };
    match record.no_match {
        Some(cause) => format!("{told}  no match: {}", cause.as_str()),
        None => told,
    }
}

fn story(record: &LoginRecord) -> String {
    let mut out = table(std::slice::from_ref(record));
    out.truncate(out.rfind('\n').unwrap_or(out.len()));
    if let Some(rule) = record.rule {
        let _ = write!(out, "\n  rule {rule} decided");
    }
    if let Some(code) = record.code {
        let _ = write!(out, "\n  {}\n  {}", code.cause(), code.mend());
        out.push_str(
            "\n  What exactly was expected and seen stands in the log, under this reference.",
        );
    }
    out
}
