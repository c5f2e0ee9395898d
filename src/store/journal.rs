//! The journal of logins: what is asked of it, whoever keeps it.

use chrono::TimeDelta;

use super::{BoxFuture, StoreUnavailable};
use crate::{
    clock::Timestamp,
    identity::{FlexName, IdpName, LoginOutcome, LoginRecord, LoginReference, RefusalCode},
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

/// Where each login is written down, so that a reference can be looked up.
pub trait Journal: Send + Sync + 'static {
    /// Hands a record over to be written; never waits for the disk. What was
    /// taken is written by [`Journal::flush`] at the latest.
    ///
    /// # Errors
    /// [`StoreUnavailable`] when so many records wait that this one was not taken.
    fn record(&self, record: LoginRecord) -> Result<(), StoreUnavailable>;

    /// The newest logins that fit, newest first, at most `limit` (and never more than 10,000).
    ///
    /// # Errors
    /// [`StoreUnavailable`] when the journal can't be read.
    fn list<'a>(
        &'a self,
        filter: &'a JournalFilter,
        limit: usize,
    ) -> BoxFuture<'a, Result<Vec<LoginRecord>, StoreUnavailable>>;

    /// The login of that reference.
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
