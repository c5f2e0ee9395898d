//! Logins, looked up in the journal.

use chrono::TimeDelta;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    clock::Timestamp,
    identity::{AgentPseudonym, FlexName, IdpName, LoginOutcome, NameId, RefusalCode, fold_name},
    login::Keeping,
    settings::HumanDuration,
    store::{JournalCursor, JournalFilter, JournalPage, JournalRead, StoreUnavailable},
};

/// How many logins a page has unless it is said.
const PAGE: usize = 50;
/// How many it may have.
const LONGEST_PAGE: usize = 10_000;

/// Which logins are looked for. What is not given does not restrict.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct LoginSearch {
    /// Of this last time.
    #[serde(deserialize_with = "HumanDuration::back")]
    pub last: Option<HumanDuration>,
    /// At or after this time.
    pub since: Option<Timestamp>,
    /// Before this time.
    pub until: Option<Timestamp>,
    /// To this Flex account.
    pub flex: Option<FlexName>,
    /// By this identity provider.
    pub idp: Option<IdpName>,
    /// That ended so.
    pub outcome: Option<LoginOutcome>,
    /// Refused for this reason.
    pub code: Option<RefusalCode>,
    /// Only those whose person matched no location.
    pub no_match: bool,
    /// Told this location; empty: those that were cleared.
    pub location: Option<String>,
    /// Of this agent: a pseudonym, or the NameID, whose pseudonym is then looked for.
    pub agent: Option<String>,
    /// For whom this value was read.
    pub value: Option<String>,
    /// Behind this one: the `next` of the page before.
    pub after: Option<JournalCursor>,
    /// At most so many, and never more than 10,000.
    #[schemars(range(min = 0, max = 10_000))]
    #[serde(deserialize_with = "limit")]
    pub limit: usize,
}

/// A number of logins that one page may have.
fn limit<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<usize, D::Error> {
    let limit = usize::deserialize(deserializer)?;
    if limit > LONGEST_PAGE {
        let complaint = format!("a page has at most {LONGEST_PAGE} logins");
        return Err(serde::de::Error::custom(complaint));
    }
    Ok(limit)
}

impl Default for LoginSearch {
    fn default() -> Self {
        Self {
            last: None,
            since: None,
            until: None,
            flex: None,
            idp: None,
            outcome: None,
            code: None,
            no_match: false,
            location: None,
            agent: None,
            value: None,
            after: None,
            limit: PAGE,
        }
    }
}

/// Why logins could not be looked up.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LoginsError {
    /// The journal can't be read.
    #[error(transparent)]
    Store(#[from] StoreUnavailable),
    /// A NameID was given, and there is no key to make its pseudonym with.
    #[error(
        "an agent can't be looked up by NameID: there is no key of pseudonyms yet; `flexbridge serve` makes one, or `keys.agent` names one"
    )]
    NoKey,
}

/// One page of the logins that fit, newest first. `providers` are the identity providers at
/// which an agent given by NameID may be.
///
/// # Errors
/// [`LoginsError`].
pub async fn find_logins<'p>(
    keeping: &Keeping,
    providers: impl IntoIterator<Item = &'p IdpName>,
    journal: &dyn JournalRead,
    query: &LoginSearch,
    now: Timestamp,
) -> Result<JournalPage, LoginsError> {
    let filter = JournalFilter {
        since: query
            .since
            .max(query.last.and_then(|last| before(now, last))),
        until: query.until,
        flex: query.flex.clone(),
        idp: query.idp.clone(),
        outcome: query.outcome,
        code: query.code,
        no_match: query.no_match,
        location: query.location.clone(),
        agents: agents(keeping, providers, query)?,
        values: query.value.as_deref().map(|value| values(keeping, value)),
    };
    Ok(journal.page(&filter, query.after, query.limit).await?)
}

/// The time that long before.
pub(super) fn before(now: Timestamp, last: HumanDuration) -> Option<Timestamp> {
    now.checked_sub_signed(TimeDelta::from_std(last.get()).ok()?)
}

/// Whom a text means: its pseudonym at each identity provider that is asked for.
fn agents<'p>(
    keeping: &Keeping,
    providers: impl IntoIterator<Item = &'p IdpName>,
    query: &LoginSearch,
) -> Result<Option<Vec<AgentPseudonym>>, LoginsError> {
    let Some(text) = &query.agent else {
        return Ok(None);
    };
    if let Ok(pseudonym) = AgentPseudonym::try_from(text.clone()) {
        return Ok(Some(vec![pseudonym]));
    }
    let name_id = NameId {
        value: text.clone(),
        format: None,
    };
    let meant = |idp: &&IdpName| query.idp.as_ref().is_none_or(|only| only == *idp);
    let agents = providers
        .into_iter()
        .filter(meant)
        .map(|idp| keeping.pseudonym(idp, &name_id).ok_or(LoginsError::NoKey));
    agents.collect::<Result<_, _>>().map(Some)
}

/// As a value may stand in the journal: itself, or its hash.
fn values(keeping: &Keeping, value: &str) -> Vec<String> {
    let hash = keeping.agents.as_ref().map(|key| key.hash_value(value));
    std::iter::once(fold_name(value)).chain(hash).collect()
}
