//! What would be written, and everything to look at before.

use aws_lc_rs::digest::{SHA256, digest};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::value::RawValue;

use super::{
    Backup, Dependent, Failed,
    dependents::dependents,
    error::{aside, client},
    lint::read,
};
use crate::{
    clock::Timestamp,
    identity::FlexName,
    locations::{
        Difference, Document, Findings, MergeError, NotAList, canonical, difference, list_in,
        merge, other_keys, parse, same,
    },
    login::FlexAccount,
    settings::SettingPath,
    twilio::{Client, FlexConfiguration, UiAttributes},
};

/// What a plan is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// The locations of a document take the place of those that are there.
    Apply,
    /// The locations of a backup do.
    RestoreLocations,
    /// All of a backup's `ui_attributes` do.
    RestoreEverything,
}

/// What would be written to one Flex account, and everything to look at before.
///
/// Made by `diff` and `restoration`; written by `apply` once it is confirmed.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Plan {
    /// The Flex account.
    pub flex: FlexName,
    /// Its SID.
    pub account_sid: String,
    /// What the plan is for.
    pub purpose: Purpose,
    /// When Twilio's configuration was read.
    pub read_at: Timestamp,
    /// When it was changed last, as Twilio writes it.
    pub date_updated: Option<String>,
    /// What happens to the locations.
    pub difference: Difference,
    /// Whether the same locations are only written otherwise.
    pub rewritten: bool,
    /// The other keys of `ui_attributes` that change; none unless everything is restored.
    pub other_keys: Vec<String>,
    /// What is wrong with the new list.
    pub lint: Findings,
    /// Who depends on the locations that go.
    pub dependents: Vec<Dependent>,
    /// Stands for what was read and what would be written. Another fingerprint is another plan.
    pub fingerprint: String,
    #[serde(skip)]
    pub(super) before: FlexConfiguration,
    #[serde(skip)]
    pub(super) after: UiAttributes,
}

/// A plan that somebody has looked at and agreed to.
#[derive(Debug)]
pub struct Confirmed(pub(super) Plan);

impl Plan {
    /// Whether there is nothing to write.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.difference.is_empty() && !self.rewritten && self.other_keys.is_empty()
    }

    /// Agrees to what was shown with this fingerprint.
    ///
    /// # Errors
    /// - `locations.changed` when the plan is another than the one that was shown: somebody has
    ///   changed Twilio's configuration or the document since.
    /// - `locations.lint` when the document has errors: entries that nobody could use.
    /// - `locations.nothing_to_do`.
    pub fn confirm(self, fingerprint: &str) -> Result<Confirmed, Failed> {
        if self.fingerprint != fingerprint {
            return Err(changed());
        }
        if self.is_empty() {
            let detail = "the Flex account has these locations already";
            return Err(Failed::new("locations.nothing_to_do", detail, "Nothing."));
        }
        // What is put back was there before, whatever is wrong with it.
        if self.purpose == Purpose::Apply && self.lint.errors > 0 {
            let detail = format!(
                "the document has {} that can't be used by anybody",
                match self.lint.errors {
                    1 => "one entry".to_owned(),
                    several => format!("{several} entries"),
                }
            );
            let mend =
                "Mend the errors in the document; `flexbridge locations lint FILE` shows them.";
            return Err(Failed::new("locations.lint", detail, mend));
        }
        Ok(Confirmed(self))
    }
}

/// Somebody else was faster.
pub(super) fn changed() -> Failed {
    Failed::new(
        "locations.changed",
        "what would be written is no longer what was shown: somebody has changed it meanwhile",
        "Nothing was written. Look at the difference again, and then apply it.",
    )
}

/// What applying a document to the account would change. Nothing is written.
///
/// # Errors
/// `locations.document` when the document holds no list; what Twilio said.
pub async fn diff(
    account: &FlexAccount,
    document: Vec<u8>,
    now: Timestamp,
) -> Result<Plan, Failed> {
    let client = client(account)?;
    let document = read(document).await?;
    let before = client.fetch_configuration().await?;
    let drawn = aside(move || {
        let after = merged(&before.ui_attributes, Some(&document.list))?;
        draw(before, after, document.lint(), Purpose::Apply)
    });
    Ok(finish(account, client, drawn.await?, now).await)
}

/// What putting a backup back would change: its locations, or with `everything` all of
/// `ui_attributes`. Nothing is written.
///
/// # Errors
/// `locations.other_account` when the backup is of another account; what Twilio said.
pub async fn restoration(
    account: &FlexAccount,
    backup: Backup,
    everything: bool,
    now: Timestamp,
) -> Result<Plan, Failed> {
    let client = client(account)?;
    let before = client.fetch_configuration().await?;
    if backup.account_sid != before.account_sid {
        return Err(Failed::new(
            "locations.other_account",
            format!(
                "the backup is of {}, not of {}",
                backup.account_sid, before.account_sid
            ),
            "Choose a backup of this account. To take another account's locations over, use `flexbridge locations apply` with the file.",
        ));
    }
    let drawn = aside(move || {
        let list = list_in(backup.ui_attributes.text()).map_err(unmergeable)?;
        let linted = list.as_deref().map_or_else(
            || Ok(Findings::default()),
            |list| Document::read(list.get().as_bytes()).map(|document| document.lint()),
        );
        let (after, purpose) = if everything {
            (backup.ui_attributes, Purpose::RestoreEverything)
        } else {
            let after = merged(&before.ui_attributes, list.as_deref())?;
            (after, Purpose::RestoreLocations)
        };
        // A list that can't be read was there before, and Flex could live with it.
        draw(before, after, linted.unwrap_or_default(), purpose)
    });
    Ok(finish(account, client, drawn.await?, now).await)
}

/// A plan but for who depends on it.
struct Drawn {
    before: FlexConfiguration,
    after: UiAttributes,
    purpose: Purpose,
    lint: Findings,
    difference: Difference,
    rewritten: bool,
    other_keys: Vec<String>,
    fingerprint: String,
}

fn merged(before: &UiAttributes, list: Option<&RawValue>) -> Result<UiAttributes, Failed> {
    let text = merge(before.text(), list).map_err(unmergeable)?;
    UiAttributes::new(text).map_err(|error| {
        let mend = "Make the document simpler: it nests deeper than is read.";
        Failed::new("locations.document", error.to_string(), mend)
    })
}

fn unmergeable(error: MergeError) -> Failed {
    Failed::new(
        "locations.unmergeable",
        format!("the locations can't be put into Twilio's configuration without guessing: {error}"),
        "Look at `ui_attributes` of GET /v1/Configuration and mend it by hand.",
    )
}

fn draw(
    before: FlexConfiguration,
    after: UiAttributes,
    lint: Findings,
    purpose: Purpose,
) -> Result<Drawn, Failed> {
    let (old, new) = (before.ui_attributes.value(), after.value());
    let difference = difference(&defined(old), &defined(new));
    let other_keys = other_keys(old, new);
    if purpose != Purpose::RestoreEverything && !other_keys.is_empty() {
        // Can't happen as long as `merge` does what it says; this is where it would show.
        return Err(Failed::new(
            "locations.unmergeable",
            format!("other keys would change, too: {}", other_keys.join(", ")),
            "Nothing was written. Report this as a mistake of Flexbridge.",
        ));
    }
    let rewritten = difference.is_empty() && !same(&old["locations"], &new["locations"]);
    Ok(Drawn {
        fingerprint: fingerprint(&before, &after, purpose),
        difference,
        rewritten,
        other_keys,
        lint,
        purpose,
        before,
        after,
    })
}

/// What a list that may be of any shape defines.
fn defined(attributes: &serde_json::Value) -> Vec<crate::identity::Location> {
    let parsed: Result<_, NotAList> = match attributes.get("locations") {
        None => return Vec::new(),
        Some(list) => parse(list),
    };
    // Flex can't use it either, and it is about to be replaced.
    parsed.map_or_else(|_| Vec::new(), |parsed| parsed.locations)
}

fn fingerprint(before: &FlexConfiguration, after: &UiAttributes, purpose: Purpose) -> String {
    let parts = [
        before.account_sid.clone(),
        before.date_updated.clone().unwrap_or_default(),
        canonical(before.ui_attributes.value()),
        canonical(after.value()),
        format!("{purpose:?}"),
    ];
    // As a JSON array, so that no two lists of parts run together alike.
    let text = serde_json::Value::from(parts.to_vec()).to_string();
    hex::encode(digest(&SHA256, text.as_bytes()))
}

async fn finish(account: &FlexAccount, client: &Client, drawn: Drawn, now: Timestamp) -> Plan {
    let at = SettingPath::root()
        .join("flex")
        .join(account.name.as_str())
        .join("location");
    let dependents = dependents(&at, &account.mapping, &drawn.difference, client).await;
    Plan {
        flex: account.name.clone(),
        account_sid: drawn.before.account_sid.clone(),
        purpose: drawn.purpose,
        read_at: now,
        date_updated: drawn.before.date_updated.clone(),
        difference: drawn.difference,
        rewritten: drawn.rewritten,
        other_keys: drawn.other_keys,
        lint: drawn.lint,
        dependents,
        fingerprint: drawn.fingerprint,
        before: drawn.before,
        after: drawn.after,
    }
}
