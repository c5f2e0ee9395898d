//! One Flex account's list: what logins read now, and how it is kept fresh.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use schemars::JsonSchema;
use serde::Serialize;
use tokio::sync::{Mutex, watch};

use super::{
    last_good::LastGood,
    oddity::Oddity,
    pace,
    source::{LocationSource, SourceError, TwilioSource, aside},
};
use crate::{
    clock::{Clock, Random, Timestamp},
    identity::{DefinedLocations, FlexName},
};

/// Longer than any source may take; one that does is given up.
const LONGEST_FETCH: Duration = Duration::from_mins(2);

/// A list is stale when it is this many times older than it should get.
const STALE_AFTER: u32 = 3;

/// The list as it was at one time.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// The locations, indexed.
    pub locations: Arc<DefinedLocations>,
    /// When the source was asked.
    pub fetched_at: Timestamp,
    /// The source in a few words.
    pub source: String,
    /// What is odd about the list, the first thousand.
    pub oddities: Vec<Oddity>,
    /// How many oddities there are beyond these.
    pub more_oddities: usize,
}

impl Snapshot {
    /// How old the list is; zero when the clock has jumped back since.
    #[must_use]
    pub fn age(&self, now: Timestamp) -> Duration {
        (now - self.fetched_at).to_std().unwrap_or_default()
    }
}

/// Why the list can't be refreshed at the moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Failure {
    /// The stable code of the last failure.
    pub code: &'static str,
    /// What exactly was seen last.
    pub detail: String,
    /// What the administrator can do.
    pub mend: &'static str,
    /// When the first failure since the last success happened.
    pub since: Timestamp,
    /// When the last one did.
    pub last: Timestamp,
    /// How many there were.
    pub times: u32,
}

/// What is known now.
#[derive(Debug, Clone, Default)]
pub struct State {
    /// The last list that was obtained; none if never.
    pub snapshot: Option<Arc<Snapshot>>,
    /// Why the last refresh failed, if it did.
    pub failure: Option<Failure>,
    /// Why the copy on disk can't be read or written, if so.
    pub disk_problem: Option<String>,
}

/// What readiness, metrics and the page show.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Status {
    /// The Flex account.
    pub flex: FlexName,
    /// The source in a few words.
    pub source: String,
    /// When the list was obtained; none if never.
    pub fetched_at: Option<Timestamp>,
    /// How old it is, in whole seconds.
    pub age_seconds: Option<u64>,
    /// How many locations it defines.
    pub count: Option<usize>,
    /// How many oddities it has.
    pub oddities: usize,
    /// Whether it is more than three times older than it should get, or was never obtained.
    pub stale: bool,
    /// Why the last refresh failed, if it did.
    pub failure: Option<Failure>,
    /// Why the copy on disk can't be read or written, if so.
    pub disk_problem: Option<String>,
}

/// Which list is watched, and how often it is read.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The Flex account.
    pub flex: FlexName,
    /// Its account SID; the copy on disk must be of the same.
    pub account_sid: String,
    /// How often the list is read again.
    pub refresh: Duration,
    /// The store's directory.
    pub store: PathBuf,
}

/// One Flex account's list, kept fresh.
pub struct Watch {
    plan: Plan,
    source: Box<dyn LocationSource>,
    last_good: LastGood,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    state: watch::Sender<Arc<State>>,
    /// Held while refreshing: two at once would only ask twice.
    turn: Arc<Mutex<()>>,
    keeps: bool,
}

impl Watch {
    /// Reads the copy on disk; asks nobody yet.
    #[must_use]
    pub fn open(
        plan: Plan,
        source: Box<dyn LocationSource>,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
    ) -> Self {
        Self::open_after(None, plan, source, clock, random)
    }

    /// As [`Watch::open`], except that what `earlier` knows of the same account's list from
    /// the same source goes on: both then share one state, so nothing that is good is lost
    /// when a configuration is read again, whatever the disk says.
    #[must_use]
    pub fn open_after(
        earlier: Option<&Self>,
        plan: Plan,
        source: Box<dyn LocationSource>,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
    ) -> Self {
        let last_good = LastGood::new(
            &plan.store,
            &plan.flex,
            &plan.account_sid,
            source.describe(),
        );
        let (state, turn) = match earlier.filter(|one| one.last_good == last_good) {
            Some(earlier) => (earlier.state.clone(), Arc::clone(&earlier.turn)),
            None => (
                watch::Sender::new(Arc::new(last_good.state())),
                Arc::default(),
            ),
        };
        Self {
            plan,
            source,
            last_good,
            clock,
            random,
            state,
            turn,
            keeps: true,
        }
    }

    /// The same, for whoever only looks: nothing is ever written to the disk.
    #[must_use]
    pub fn looking(mut self) -> Self {
        self.keeps = false;
        self
    }

    /// The Flex account.
    #[must_use]
    pub const fn flex(&self) -> &FlexName {
        &self.plan.flex
    }

    /// The SID of its account.
    #[must_use]
    pub fn account_sid(&self) -> &str {
        &self.plan.account_sid
    }

    /// The store's directory, where what was there before a change is kept, too.
    #[must_use]
    pub fn store(&self) -> &Path {
        &self.plan.store
    }

    /// Whether Twilio is asked for the list; else it is a file's.
    #[must_use]
    pub fn is_from_twilio(&self) -> bool {
        self.source.describe() == TwilioSource::WORD
    }

    /// The list for a login: the last that was obtained, whatever its age; none if never.
    #[must_use]
    pub fn snapshot(&self) -> Option<Arc<Snapshot>> {
        self.state.borrow().snapshot.clone()
    }

    /// Everything that is known now.
    #[must_use]
    pub fn state(&self) -> Arc<State> {
        self.state.borrow().clone()
    }

    /// Tells of each refresh, successful or not.
    #[must_use]
    pub fn subscribe(&self) -> watch::Receiver<Arc<State>> {
        self.state.subscribe()
    }

    /// What readiness, metrics and the page show.
    #[must_use]
    pub fn status(&self) -> Status {
        let state = self.state();
        let snapshot = state.snapshot.as_deref();
        let age = snapshot.map(|list| list.age(self.clock.now()));
        let limit = self.plan.refresh.saturating_mul(STALE_AFTER);
        Status {
            flex: self.plan.flex.clone(),
            source: self.source.describe(),
            fetched_at: snapshot.map(|list| list.fetched_at),
            age_seconds: age.map(|age| age.as_secs()),
            count: snapshot.map(|list| list.locations.len()),
            oddities: snapshot.map_or(0, |list| list.oddities.len() + list.more_oddities),
            stale: age.is_none_or(|age| age > limit),
            failure: state.failure.clone(),
            disk_problem: state.disk_problem.clone(),
        }
    }

    /// Asks the source now and keeps what it gives; a failure leaves the list as it was.
    ///
    /// # Errors
    /// What the source said; it is in [`State::failure`] too.
    pub async fn refresh_now(&self) -> Result<Arc<Snapshot>, SourceError> {
        let _turn = self.turn.lock().await;
        let fetched = tokio::time::timeout(LONGEST_FETCH, self.fetch()).await;
        match fetched.unwrap_or_else(|_| Err(gave_up())) {
            Ok(snapshot) => {
                self.succeeded(&snapshot).await;
                Ok(snapshot)
            }
            Err(error) => {
                self.failed(&error);
                Err(error)
            }
        }
    }

    async fn fetch(&self) -> Result<Arc<Snapshot>, SourceError> {
        let fetched_at = self.clock.now();
        let parsed = self.source.fetch().await?;
        let source = self.source.describe();
        let snapshot = aside(move || Snapshot {
            locations: DefinedLocations::new(parsed.locations).into(),
            fetched_at,
            source,
            oddities: parsed.oddities,
            more_oddities: parsed.more_oddities,
        });
        Ok(Arc::new(snapshot.await?))
    }

    async fn succeeded(&self, snapshot: &Arc<Snapshot>) {
        self.tell(snapshot);
        // Logins read the new list at once; the disk may take its time.
        self.change(|state| {
            state.snapshot = Some(Arc::clone(snapshot));
            state.failure = None;
        });
        if !self.keeps {
            return;
        }
        let (place, list) = (self.last_good.clone(), Arc::clone(snapshot));
        let kept = aside(move || {
            place
                .write(&list)
                .map_err(|error| format!("{}: {error}", place.path().display()))
        });
        let kept = kept.await.unwrap_or_else(|error| Err(error.to_string()));
        let problem = kept.err();
        if let Some(problem) = &problem {
            tracing::warn!(flex = self.plan.flex.as_str(), %problem, "the list of locations can't be kept on disk");
        }
        self.change(|state| state.disk_problem = problem);
    }

    fn tell(&self, fresh: &Snapshot) {
        let before = self.snapshot();
        let same = before.is_some_and(|before| before.locations.iter().eq(fresh.locations.iter()));
        if !same {
            let oddities = fresh.oddities.len() + fresh.more_oddities;
            let count = fresh.locations.len();
            tracing::info!(
                flex = self.plan.flex.as_str(),
                count,
                oddities,
                "the list of locations is new"
            );
        }
    }

    fn failed(&self, error: &SourceError) {
        let now = self.clock.now();
        tracing::warn!(
            flex = self.plan.flex.as_str(),
            code = error.code,
            detail = %error.detail,
            mend = error.mend,
            "the list of locations could not be refreshed"
        );
        self.change(|state| {
            let earlier = state.failure.take();
            state.failure = Some(Failure {
                code: error.code,
                detail: error.detail.clone(),
                mend: error.mend,
                since: earlier.as_ref().map_or(now, |failure| failure.since),
                last: now,
                times: earlier.map_or(1, |failure| failure.times.saturating_add(1)),
            });
        });
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        self.state.send_modify(|state| change(Arc::make_mut(state)));
    }

    /// Refreshes again and again; never returns. Dropping it stops the refresh.
    pub async fn run(&self) {
        loop {
            let retry_after = match self.refresh_now().await {
                Ok(_) => None,
                Err(error) => error.retry_after,
            };
            let failures = self.state().failure.as_ref().map_or(0, |one| one.times);
            let wait = pace::next_wait(self.plan.refresh, failures, retry_after, &*self.random);
            tokio::time::sleep(wait).await;
        }
    }
}

fn gave_up() -> SourceError {
    SourceError::new(
        "locations.timeout",
        "the source gave nothing within two minutes",
        "Check the network, or the file system that the file of `defined` is on.",
    )
}
