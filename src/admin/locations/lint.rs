//! What is wrong with the lists, with the rules that use them, and between Flex accounts.

use std::collections::HashMap;

use schemars::JsonSchema;
use serde::Serialize;

use super::{Failed, error::aside};
use crate::{
    identity::{DefinedLocations, FlexName, Location, fold_name},
    locations::{self, Document, Finding, Findings},
    login::FlexAccount,
    settings::{Problem, SettingPath, Severity},
};

/// What was found about one Flex account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Linted {
    /// The Flex account.
    pub flex: FlexName,
    /// The list that was looked at, in a few words.
    pub source: String,
    /// How many locations it defines.
    pub count: usize,
    /// What was found.
    #[serde(flatten)]
    pub found: Findings,
}

/// What was found about several Flex accounts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Report {
    /// Each account.
    pub accounts: Vec<Linted>,
    /// Where they disagree.
    pub between: Findings,
}

impl Linted {
    /// Adds what somebody else has found about the account.
    pub fn add(&mut self, more: Findings) {
        for finding in more.findings {
            self.found.add(finding);
        }
        self.found = std::mem::take(&mut self.found).sorted();
    }
}

impl Report {
    /// How many errors and how many warnings there are.
    #[must_use]
    pub fn counts(&self) -> (usize, usize) {
        let all = || {
            let accounts = self.accounts.iter().map(|one| &one.found);
            accounts.chain(std::iter::once(&self.between))
        };
        (
            all().map(|found| found.errors).sum(),
            all().map(|found| found.warnings).sum(),
        )
    }
}

/// Lints the lists of `accounts` as logins see them now, and each against the others.
#[must_use]
pub fn lint<'a>(accounts: impl IntoIterator<Item = &'a FlexAccount>) -> Report {
    let accounts: Vec<_> = accounts.into_iter().collect();
    Report {
        accounts: accounts.iter().map(|account| linted(account)).collect(),
        between: between(&accounts).sorted(),
    }
}

/// Lints a document before it is applied to `account`.
///
/// # Errors
/// `locations.document` when it holds no list.
pub async fn lint_document(account: &FlexAccount, bytes: Vec<u8>) -> Result<Linted, Failed> {
    let document = read(bytes).await?;
    let defined = DefinedLocations::new(document.parsed.locations.iter().cloned());
    let mut found = document.lint();
    rules(account, &defined, &mut found);
    Ok(Linted {
        flex: account.name.clone(),
        source: "the document".to_owned(),
        count: defined.len(),
        found: found.sorted(),
    })
}

/// Reads a document that was handed in.
pub(super) async fn read(bytes: Vec<u8>) -> Result<Document, Failed> {
    aside(move || {
        Document::read(&bytes).map_err(|error| {
            Failed::new(
                "locations.document",
                format!("the document can't be applied: {error}"),
                "Write the array of { \"name\": \"…\", \"edge\": [\"…\"] }, an object with `locations`, or a whole Flex Configuration.",
            )
        })
    })
    .await
}

fn linted(account: &FlexAccount) -> Linted {
    let status = account.locations.status();
    let (count, found) = match account.locations.snapshot() {
        Some(list) => {
            let mut found =
                locations::lint(list.locations.iter(), &list.oddities, list.more_oddities);
            rules(account, &list.locations, &mut found);
            (list.locations.len(), found.sorted())
        }
        None => (0, unavailable(status.failure.as_ref())),
    };
    Linted {
        flex: account.name.clone(),
        source: status.source,
        count,
        found,
    }
}

fn unavailable(failure: Option<&locations::Failure>) -> Findings {
    let mut found = Findings::default();
    let (message, mend) = failure.map_or_else(
        || ("The list was never obtained.".to_owned(), "Ask for it."),
        |why| {
            let message = format!("The list was never obtained: {}, {}.", why.code, why.detail);
            (message, why.mend)
        },
    );
    let code = "list.unavailable";
    found.add(Finding::of(Severity::Error, code, None, message, mend));
    found
}

/// Rules, and `no_match`, that assign what is not defined.
fn rules(account: &FlexAccount, defined: &DefinedLocations, found: &mut Findings) {
    let at = SettingPath::root()
        .join("flex")
        .join(account.name.as_str())
        .join("location");
    for problem in account.mapping.check_against(defined) {
        let Problem {
            path,
            severity,
            message,
            mend,
        } = problem.under(&at);
        let message = format!("{path}: {message}");
        found.add(Finding::of(severity, "rule.assigns", None, message, mend));
    }
}

/// Where an earlier account has a location.
struct Seen<'a> {
    account: &'a FlexAccount,
    location: Location,
}

/// Where the accounts disagree. What only one of them defines is no disagreement, unless both
/// are one Twilio account.
fn between(accounts: &[&FlexAccount]) -> Findings {
    let mut found = Findings::default();
    let mut seen: HashMap<String, Seen<'_>> = HashMap::new();
    for account in accounts {
        let Some(list) = account.locations.snapshot() else {
            continue;
        };
        for location in list.locations.iter() {
            let key = fold_name(&location.name);
            match seen.get(&key) {
                Some(earlier) if earlier.account.name != account.name => {
                    disagree(&mut found, earlier, account, location);
                }
                Some(_) => {}
                None => {
                    let location = location.clone();
                    seen.insert(key, Seen { account, location });
                }
            }
        }
    }
    for (place, account) in accounts.iter().enumerate() {
        for other in &accounts[place + 1..] {
            one_account(&mut found, account, other);
        }
    }
    found
}

fn disagree(found: &mut Findings, earlier: &Seen<'_>, account: &FlexAccount, location: &Location) {
    let (one, other) = (&earlier.account.name, &account.name);
    let mut warn = |code, message: String, mend| {
        let name = Some(location.name.as_str());
        found.add(Finding::of(Severity::Warning, code, name, message, mend));
    };
    if earlier.location.name != location.name {
        warn(
            "account.name_differs",
            format!(
                "`{one}` spells it \"{}\", `{other}` \"{}\".",
                earlier.location.name.escape_debug(),
                location.name.escape_debug()
            ),
            "Spell it alike, so that one rule serves both accounts.",
        );
    }
    if earlier.location.edges != location.edges {
        warn(
            "account.edges_differ",
            format!(
                "It has other edges in `{one}` ({}) than in `{other}` ({}).",
                earlier.location.edges.join(", ").escape_debug(),
                location.edges.join(", ").escape_debug()
            ),
            "Make them alike, unless the accounts are meant to connect in other ways.",
        );
    }
}

/// Two sections for one Twilio account: agents of both meet the same list.
fn one_account(found: &mut Findings, one: &FlexAccount, other: &FlexAccount) {
    if one.locations.account_sid() != other.locations.account_sid() {
        return;
    }
    let (Some(first), Some(second)) = (one.locations.snapshot(), other.locations.snapshot()) else {
        return;
    };
    for (has, lacks, names, defined) in
        [(one, other, &first, &second), (other, one, &second, &first)]
    {
        for location in names.locations.iter() {
            if defined.locations.permit(&location.name).is_none() {
                found.add(Finding::of(
                    Severity::Warning,
                    "account.missing",
                    Some(&location.name),
                    format!(
                        "`{}` knows it from {}, `{}` does not from {}, and both are one Twilio account.",
                        has.name, names.source, lacks.name, defined.source
                    ),
                    "Let both take the list from Twilio, or from the same file.",
                ));
            }
        }
    }
}
