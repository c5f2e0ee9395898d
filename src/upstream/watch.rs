//! One identity provider's metadata: what logins read now, and how it is kept fresh.

use std::{path::PathBuf, sync::Arc, time::Duration};

use tokio::sync::{Mutex, watch};

use super::{
    change,
    error::{ErrorCode, SourceError},
    last_good::{LastGood, digest},
    pace,
    source::{Fetched, Source},
    state::{Failure, Snapshot, State, Status},
    validators::Validators,
};
use crate::{
    clock::{Clock, Random, Timestamp},
    identity::IdpName,
    saml::metadata::IdpMetadata,
    telemetry::fields,
};

/// Metadata is stale when it is this many times older than it should get.
const STALE_AFTER: u32 = 3;

/// The same text is written to the disk again this often at most.
const REWRITE: Duration = Duration::from_hours(1);

/// Whose metadata is watched, and where its copy is kept.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The identity provider.
    pub idp: IdpName,
    /// The store's directory.
    pub store: PathBuf,
}

/// The text that is on the disk, by its SHA-256, and since when.
type Kept = Option<([u8; 32], Timestamp)>;

/// The whole text is asked for at least this often, whatever the server says of its newness.
const WHOLE: Duration = Duration::from_hours(24);

/// What the next refresh builds on.
#[derive(Default)]
struct Turn {
    kept: Kept,
    /// How to ask for something newer, and when the text that it would be newer than came.
    validators: Option<(Validators, Timestamp)>,
}

/// What a refresh gave.
enum Obtained {
    New(Arc<IdpMetadata>, String, Option<Validators>),
    Unchanged,
}

/// One identity provider's metadata, kept fresh.
pub struct Watch {
    plan: Plan,
    source: Source,
    last_good: LastGood,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    state: watch::Sender<Arc<State>>,
    /// Held while refreshing: two at once would only ask twice.
    turn: Arc<Mutex<Turn>>,
    keeps: bool,
}

impl Watch {
    /// Reads the copy on disk; asks nobody yet.
    #[must_use]
    pub fn open(
        plan: Plan,
        source: Source,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
    ) -> Self {
        Self::open_after(None, plan, source, clock, random)
    }

    /// As [`Watch::open`], except that what `earlier` knows of the very same source goes
    /// on: both then share one state, so nothing that is good is lost when a
    /// configuration is read again, whatever the disk says.
    #[must_use]
    pub fn open_after(
        earlier: Option<&Self>,
        plan: Plan,
        source: Source,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
    ) -> Self {
        let last_good = LastGood::new(&plan.store, &plan.idp, source.identify(), source.wanted());
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

    /// The source.
    #[must_use]
    pub const fn source(&self) -> &Source {
        &self.source
    }

    /// The identity provider.
    #[must_use]
    pub fn idp(&self) -> &IdpName {
        &self.plan.idp
    }

    /// What logins read: the last good metadata, unless it says that it is over
    /// at `now`. Never waits.
    #[must_use]
    pub fn current(&self, now: Timestamp) -> Option<Arc<IdpMetadata>> {
        let state = self.state.borrow();
        let snapshot = state.snapshot.as_deref()?;
        (!snapshot.is_expired(now)).then(|| Arc::clone(&snapshot.metadata))
    }

    /// What is known now, in one piece.
    #[must_use]
    pub fn state(&self) -> Arc<State> {
        self.state.borrow().clone()
    }

    /// What readiness, metrics and the page show at `now`.
    #[must_use]
    pub fn status(&self, now: Timestamp) -> Status {
        let state = self.state();
        let snapshot = state.snapshot.as_deref();
        let metadata = snapshot.map(|one| &*one.metadata);
        let age = snapshot.map(|one| one.age(now));
        let limit = self.source.refresh().saturating_mul(STALE_AFTER);
        Status {
            idp: self.plan.idp.clone(),
            source: self.source.describe(),
            entity_id: metadata.map(|one| one.entity_id.clone()),
            fetched_at: snapshot.map(|one| one.fetched_at),
            age_seconds: age.map(|age| age.as_secs()),
            valid_until: metadata.and_then(|one| one.valid_until),
            expired: snapshot.is_some_and(|one| one.is_expired(now)),
            certificates: metadata
                .map(|one| one.certificates.describe().to_vec())
                .unwrap_or_default(),
            left_out: metadata
                .map(|one| one.certificates.left_out().to_vec())
                .unwrap_or_default(),
            stale: age.is_none_or(|age| age > limit),
            failure: state.failure.clone(),
            disk_problem: state.disk_problem.clone(),
        }
    }

    /// Asks the source now and keeps what it gives; a failure leaves what was known.
    ///
    /// # Errors
    /// What was wrong; it is in [`State::failure`] too.
    pub async fn refresh_now(&self) -> Result<Arc<IdpMetadata>, SourceError> {
        let mut turn = self.turn.lock().await;
        let asked_at = self.clock.now();
        // After a failure everything is asked for anew.
        let known = turn.validators.take().filter(|(_, since)| {
            let age = (asked_at - *since).to_std();
            age.is_ok_and(|age| age < WHOLE) && self.state().disk_problem.is_none()
        });
        let obtained = self.obtain(known.as_ref().map(|(known, _)| known)).await;
        let refreshed = match obtained {
            Ok(Obtained::New(metadata, text, fresh)) => {
                turn.validators = fresh.map(|fresh| (fresh, asked_at));
                Ok((metadata, Some(text)))
            }
            Ok(Obtained::Unchanged) => self.still_good(asked_at).map(|metadata| {
                turn.validators = known;
                (metadata, None)
            }),
            Err(error) => Err(error),
        };
        match refreshed {
            Ok((metadata, text)) => {
                let snapshot = Snapshot {
                    metadata,
                    fetched_at: asked_at,
                };
                Ok(self.succeeded(snapshot, text, &mut turn.kept).await)
            }
            Err(error) => {
                self.failed(&error);
                Err(error)
            }
        }
    }

    async fn obtain(&self, known: Option<&Validators>) -> Result<Obtained, SourceError> {
        let (text, validators) = match self.source.fetch(known).await? {
            Fetched::New(text, validators) => (text, validators),
            Fetched::Unchanged => return Ok(Obtained::Unchanged),
        };
        let (now, wanted) = (self.clock.now(), self.source.wanted());
        // A large document takes a while, which logins must not feel.
        let task = tokio::task::spawn_blocking(move || {
            IdpMetadata::read_wanted(&text, &wanted, now).map(|metadata| (metadata, text))
        });
        let (metadata, text) = task
            .await
            .map_err(|error| SourceError::new(ErrorCode::Invalid, error.to_string()))??;
        self.check_entity(&metadata.entity_id)?;
        Ok(Obtained::New(Arc::new(metadata), text, validators))
    }

    /// What is known, when the source has nothing newer; unless it is over.
    fn still_good(&self, now: Timestamp) -> Result<Arc<IdpMetadata>, SourceError> {
        self.current(now).ok_or_else(|| {
            let detail = "the server has nothing newer than the metadata that is over";
            SourceError::new(ErrorCode::Expired, detail)
        })
    }

    /// Whoever answers for the identity provider's address must not become another one.
    fn check_entity(&self, fresh: &str) -> Result<(), SourceError> {
        let state = self.state();
        let known = state.snapshot.as_ref().map(|one| &*one.metadata.entity_id);
        match known {
            Some(known) if known != fresh => {
                let detail = format!("the entity ID was {known} and now is {fresh}");
                Err(SourceError::new(ErrorCode::OtherEntity, detail))
            }
            _ => Ok(()),
        }
    }

    async fn succeeded(
        &self,
        snapshot: Snapshot,
        text: Option<String>,
        kept: &mut Kept,
    ) -> Arc<IdpMetadata> {
        let (snapshot, before) = (Arc::new(snapshot), self.state());
        let earlier = before.snapshot.as_ref().map(|one| &*one.metadata);
        change::tell(&self.plan.idp, earlier, &snapshot.metadata);
        if before.failure.is_some() {
            tracing::info!(
                { fields::IDP } = self.plan.idp.as_str(),
                "the metadata could be refreshed again"
            );
        }
        // Logins read the new metadata at once; the disk may take its time.
        self.change(|state| {
            state.snapshot = Some(Arc::clone(&snapshot));
            state.failure = None;
        });
        if let Some(text) = text {
            self.keep(&snapshot, text, kept).await;
        }
        Arc::clone(&snapshot.metadata)
    }

    async fn keep(&self, snapshot: &Arc<Snapshot>, text: String, kept: &mut Kept) {
        if !self.keeps {
            return;
        }
        let digest = digest(&text);
        let known = kept.is_some_and(|(known, since)| {
            let age = (snapshot.fetched_at - since).to_std();
            known == digest && age.is_ok_and(|age| age < REWRITE)
        });
        if known {
            return;
        }
        let (place, fresh) = (self.last_good.clone(), Arc::clone(snapshot));
        let task = tokio::task::spawn_blocking(move || {
            place
                .write(&fresh, &text)
                .map_err(|error| format!("{}: {error}", place.path().display()))
        });
        let done = task.await.unwrap_or_else(|error| Err(error.to_string()));
        *kept = done.is_ok().then_some((digest, snapshot.fetched_at));
        let problem = done.err();
        if let Some(problem) = &problem {
            tracing::warn!({ fields::IDP } = self.plan.idp.as_str(), %problem, "the metadata can't be kept on disk");
        }
        self.change(|state| state.disk_problem = problem);
    }

    fn failed(&self, error: &SourceError) {
        let now = self.clock.now();
        tracing::warn!(
            { fields::IDP } = self.plan.idp.as_str(),
            { fields::CODE } = error.code.as_str(),
            { fields::DETAIL } = error.detail.as_str(),
            mend = error.mend(),
            "the metadata could not be refreshed"
        );
        self.change(|state| {
            let earlier = state.failure.take();
            state.failure = Some(Failure {
                code: error.code,
                detail: error.detail.clone(),
                mend: error.mend(),
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
            // A failure is in the state, and in the log.
            let _ = self.refresh_now().await;
            let state = self.state();
            let failures = state.failure.as_ref().map_or(0, |one| one.times);
            let metadata = state.snapshot.as_ref().map(|one| &*one.metadata);
            let planned = pace::planned(self.source.refresh(), metadata, self.clock.now());
            let wait = pace::next_wait(planned, failures, &*self.random);
            tokio::time::sleep(wait).await;
        }
    }
}
