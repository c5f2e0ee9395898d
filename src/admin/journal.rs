//! Logins as they were written down, newest first, by pages.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Trouble;
use crate::{
    clock::Timestamp,
    identity::{FlexName, IdpName, LoginOutcome, LoginRecord, RefusalCode},
    store::{Journal, JournalFilter},
};

/// How many logins a page holds if it is not said.
const PAGE: usize = 50;
/// How many it holds at most.
const LARGEST_PAGE: usize = 500;

/// Which logins. What is not given does not restrict.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LoginQuery {
    /// At or after this time.
    pub since: Option<Timestamp>,
    /// Before this time.
    pub until: Option<Timestamp>,
    /// Of this Flex account.
    pub flex: Option<FlexName>,
    /// By this identity provider.
    pub idp: Option<IdpName>,
    /// That ended so.
    pub outcome: Option<LoginOutcome>,
    /// Refused for this reason.
    pub code: Option<RefusalCode>,
    /// Only those whose person matched no location.
    pub no_match: Option<bool>,
    /// At most so many; 50 if it is not said.
    #[schemars(range(min = 1, max = 500))]
    pub limit: Option<usize>,
}

/// A page of logins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct LoginPage {
    /// The logins, newest first.
    pub logins: Vec<LoginRecord>,
    /// There are older ones: ask again with this as `until`.
    pub older: Option<Timestamp>,
}

impl LoginQuery {
    fn filter(&self) -> JournalFilter {
        JournalFilter {
            since: self.since,
            until: self.until,
            flex: self.flex.clone(),
            idp: self.idp.clone(),
            outcome: self.outcome,
            code: self.code,
            no_match: self.no_match.unwrap_or(false),
            ..JournalFilter::default()
        }
    }
}

/// The newest logins that fit.
///
/// # Errors
/// `admin.invalid`, `journal.unavailable`.
pub async fn logins(journal: &dyn Journal, query: &LoginQuery) -> Result<LoginPage, Trouble> {
    let limit = query.limit.unwrap_or(PAGE);
    if !(1..=LARGEST_PAGE).contains(&limit) {
        return Err(Trouble::invalid(
            format!("a page has no {limit} logins"),
            format!("Ask for 1 to {LARGEST_PAGE}."),
        ));
    }
    let mut logins = journal.list(&query.filter(), limit + 1).await?;
    let more = logins.len() > limit;
    logins.truncate(limit);
    let older = logins.last().filter(|_| more).map(|oldest| oldest.at);
    Ok(LoginPage { logins, older })
}
