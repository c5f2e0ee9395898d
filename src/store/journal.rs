//! The journal of logins: what is asked of it, whoever keeps it.

use std::{fmt, str::FromStr, sync::Arc};

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use super::{BoxFuture, StoreUnavailable};
use crate::{
    clock::Timestamp,
    identity::{
        AgentPseudonym, FlexName, IdpName, LoginOutcome, LoginRecord, LoginReference, NoMatchCause,
        Reading, RefusalCode,
    },
};

/// Which logins to list. What is not given does not restrict.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct JournalFilter {
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
    pub no_match: bool,
    /// Of this location; empty: those that were cleared.
    pub location: Option<String>,
    /// Of one of these agents; nobody when it is empty.
    pub agents: Option<Vec<AgentPseudonym>>,
    /// Of one of these values, or hashes of values, folded.
    pub values: Option<Vec<String>>,
}

/// Logins counted by stretches of time; a stretch without any is left out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    /// Of each stretch, by its place from 0, how many were accepted.
    pub accepted: Vec<(usize, u64)>,
    /// Of each stretch, how many were refused.
    pub refused: Vec<(usize, u64)>,
    /// How many people matched no location, in the whole time.
    pub no_match: u64,
}

/// Where a page ended: the next one goes on behind it, whatever was written meanwhile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct JournalCursor {
    /// The time of the last login, in microseconds since 1970.
    pub(super) at: i64,
    /// Its number.
    pub(super) id: i64,
}

/// A text that is no cursor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is no cursor; take the one that the page before gave")]
pub struct InvalidCursor;

impl fmt::Display for JournalCursor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}", self.at, self.id)
    }
}

impl FromStr for JournalCursor {
    type Err = InvalidCursor;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (at, id) = text.split_once('.').ok_or(InvalidCursor)?;
        let number = |text: &str| text.parse::<i64>().map_err(|_| InvalidCursor);
        Ok(Self {
            at: number(at)?,
            id: number(id)?,
        })
    }
}

impl TryFrom<String> for JournalCursor {
    type Error = InvalidCursor;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<JournalCursor> for String {
    fn from(cursor: JournalCursor) -> Self {
        cursor.to_string()
    }
}

/// One page of logins.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct JournalPage {
    /// The logins, newest first.
    pub records: Vec<LoginRecord>,
    /// Where the next page begins; `None` at the end.
    pub next: Option<JournalCursor>,
}

/// How many logins were decided alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoginKind {
    /// The identity provider.
    pub idp: Option<IdpName>,
    /// What was read; `None` when that was not kept.
    pub reading: Option<Arc<Reading>>,
    /// Why they were refused, if they were.
    pub code: Option<RefusalCode>,
    /// The location Flex was told, as in [`LoginRecord::location`].
    pub location: Option<String>,
    /// Why no location matched, if none did.
    pub no_match: Option<NoMatchCause>,
    /// The rule that decided, from 1.
    pub rule: Option<usize>,
    /// Who, where agents are told apart.
    pub agent: Option<AgentPseudonym>,
    /// How many logins.
    pub count: u64,
    /// When the last of them ended.
    pub last: Timestamp,
}

/// Logins of one Flex account, counted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LoginKinds {
    /// The oldest login that the journal has, of any account.
    pub oldest: Option<Timestamp>,
    /// What was counted.
    pub kinds: Vec<LoginKind>,
    /// Whether there were more kinds than are told apart; the rest is missing.
    pub cut: bool,
}

/// The journal, to be looked into.
pub trait JournalRead: Send + Sync {
    /// The newest logins that fit, newest first, behind `after`, at most `limit` (and never
    /// more than 10,000).
    ///
    /// # Errors
    /// [`StoreUnavailable`] when the journal can't be read.
    fn page<'a>(
        &'a self,
        filter: &'a JournalFilter,
        after: Option<JournalCursor>,
        limit: usize,
    ) -> BoxFuture<'a, Result<JournalPage, StoreUnavailable>>;

    /// The first page's logins.
    ///
    /// # Errors
    /// [`StoreUnavailable`] when the journal can't be read.
    fn list<'a>(
        &'a self,
        filter: &'a JournalFilter,
        limit: usize,
    ) -> BoxFuture<'a, Result<Vec<LoginRecord>, StoreUnavailable>> {
        Box::pin(async move { Ok(self.page(filter, None, limit).await?.records) })
    }

    /// The newest login of that reference.
    ///
    /// # Errors
    /// [`StoreUnavailable`] when the journal can't be read.
    fn find<'a>(
        &'a self,
        reference: &'a LoginReference,
    ) -> BoxFuture<'a, Result<Option<LoginRecord>, StoreUnavailable>>;

    /// Counts the logins from `since` until before `until`, by stretches of `step`.
    ///
    /// # Errors
    /// [`StoreUnavailable`] when the journal can't be read.
    fn tally(
        &self,
        since: Timestamp,
        until: Timestamp,
        step: TimeDelta,
    ) -> BoxFuture<'_, Result<Tally, StoreUnavailable>>;

    /// The logins to an account since the beginning of that day (UTC), counted by how they were
    /// decided. Costs what the days' different decisions cost, not what their logins do.
    ///
    /// # Errors
    /// [`StoreUnavailable`] when the journal can't be read.
    fn by_day<'a>(
        &'a self,
        flex: &'a FlexName,
        since: Timestamp,
    ) -> BoxFuture<'a, Result<LoginKinds, StoreUnavailable>>;

    /// The logins to an account since then of whom something was read or told, counted by how
    /// they were decided and by agent. Looks at each login of that time.
    ///
    /// # Errors
    /// [`StoreUnavailable`] when the journal can't be read.
    fn by_agent<'a>(
        &'a self,
        flex: &'a FlexName,
        since: Timestamp,
    ) -> BoxFuture<'a, Result<LoginKinds, StoreUnavailable>>;
}

/// Where each login is written down, so that a reference can be looked up.
pub trait Journal: JournalRead + 'static {
    /// Hands a record over to be written; never waits for the disk. What was
    /// taken is written by [`Journal::flush`] at the latest.
    ///
    /// # Errors
    /// [`StoreUnavailable`] when so many records wait that this one was not taken.
    fn record(&self, record: LoginRecord) -> Result<(), StoreUnavailable>;

    /// From now on at most that many logins are kept; the oldest go first, some with each
    /// login that is written, the rest with [`Journal::prune`].
    fn keep_at_most(&self, rows: u64);

    /// Forgets the logins before that time and those that are too many, in small steps between which records
    /// are written. Returns how many.
    ///
    /// # Errors
    /// [`StoreUnavailable`] when a step failed; the steps before it stay done.
    fn prune(&self, before: Timestamp) -> BoxFuture<'_, Result<usize, StoreUnavailable>>;

    /// Returns once everything that was handed over before is written.
    ///
    /// # Errors
    /// [`StoreUnavailable`] when it can't be written.
    fn flush(&self) -> BoxFuture<'_, Result<(), StoreUnavailable>>;
}
