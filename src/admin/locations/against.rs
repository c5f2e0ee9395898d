//! A list that is kept in a file, held against the one that Twilio has.

use std::time::Duration;

use futures_util::future::join_all;

use super::{Report, lint};
use crate::{
    locations::{Change, Difference, Finding, Findings, difference, parse},
    login::FlexAccount,
    settings::Severity,
};

/// Holds the account's list against Twilio's: for an account that takes its list from a file,
/// and has credentials to ask. `None` for every other.
///
/// A Flex that the company hosts itself may well read its locations elsewhere
/// (`appConfig.js`), so that nothing here is more than a warning.
pub async fn against_twilio(account: &FlexAccount) -> Option<Findings> {
    if account.locations.is_from_twilio() {
        return None;
    }
    let (client, list) = (account.twilio.as_ref()?, account.locations.snapshot()?);
    let configuration = match client.fetch_configuration().await {
        Ok(configuration) => configuration,
        Err(error) => return Some(silent(&error.to_string(), error.mend())),
    };
    let theirs = match configuration.ui_attributes.value().get("locations") {
        None => Vec::new(),
        Some(theirs) => parse(theirs).map_or_else(|_| Vec::new(), |parsed| parsed.locations),
    };
    let ours: Vec<_> = list.locations.iter().cloned().collect();
    let mut found = Findings::default();
    if let Some(told) = told(&difference(&theirs, &ours)) {
        let message = format!("{} is not what Twilio has: {told}.", list.source);
        let mend = "If your Flex is hosted by Twilio, bring the two together (`flexbridge locations diff FILE`), or take the list from Twilio: defined = { from = \"twilio\" }. If you host it yourself, its appConfig.js counts.";
        let code = "account.file_differs";
        found.add(Finding::of(Severity::Warning, code, None, message, mend));
    }
    Some(found)
}

/// Lints the lists of `accounts` as logins see them now, each against the others, and lists
/// of files against what Twilio has. Nobody who does not answer in time is waited for.
pub async fn lint_whole(
    accounts: impl IntoIterator<Item = &FlexAccount>,
    patience: Duration,
) -> Report {
    let accounts: Vec<_> = accounts.into_iter().collect();
    let mut report = lint(accounts.iter().copied());
    let asked = accounts.iter().map(|account| async move {
        let asked = tokio::time::timeout(patience, against_twilio(account)).await;
        asked.unwrap_or_else(|_| Some(silent("no answer in time", "Try again later.")))
    });
    for (linted, more) in report.accounts.iter_mut().zip(join_all(asked).await) {
        if let Some(more) = more {
            linted.add(more);
        }
    }
    report
}

fn silent(why: &str, mend: &str) -> Findings {
    let mut found = Findings::default();
    let message = format!("Whether Twilio has the same list is not known: {why}.");
    found.add(Finding::of(
        Severity::Warning,
        "account.twilio_silent",
        None,
        message,
        mend,
    ));
    found
}

/// The difference in one line; `None` when agents would notice nothing.
fn told(difference: &Difference) -> Option<String> {
    let mut counts = [0_usize; 3];
    for change in &difference.changes {
        match change {
            Change::Added { .. } => counts[0] += 1,
            Change::Removed { .. } => counts[1] += 1,
            Change::Renamed { .. } => {
                counts[0] += 1;
                counts[1] += 1;
            }
            Change::Edges { .. } => counts[2] += 1,
        }
    }
    let words = ["only in the file", "only in Twilio", "with other edges"];
    let told: Vec<_> = counts
        .iter()
        .zip(words)
        .filter(|(count, _)| **count > 0)
        .map(|(count, words)| format!("{count} {words}"))
        .collect();
    (!told.is_empty()).then(|| told.join(", "))
}
