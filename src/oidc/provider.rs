//! What is known of a provider: its discovery document and its keys, kept fresh.
//!
//! Nothing is kept on disk: without the provider nobody can sign in anyway, as
//! each login asks its token endpoint.

use std::{
    collections::BTreeMap,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use chrono::TimeDelta;
use futures_util::future::join_all;
use http::StatusCode;
use serde::Serialize;
use tokio::{sync::Mutex, task::JoinSet};
use url::Url;

use super::{
    error::{ErrorCode, ProviderError},
    http::{Answer, DOCUMENT_TIME, Http, LOGIN_TIME, Reach},
    keys::KeySet,
};
use crate::{
    clock::{Clock, Random, Timestamp, random_bytes},
    identity::IdpName,
    telemetry::fields,
};

mod discovery;
pub use discovery::Discovery;

/// Tokens don't make us ask for keys again sooner than this, whatever they name.
const COOL_DOWN: TimeDelta = TimeDelta::seconds(30);

/// The wait after the first failure; it doubles with each, up to [`LONGEST_RETRY`].
const FIRST_RETRY: Duration = Duration::from_secs(15);
const LONGEST_RETRY: Duration = Duration::from_mins(5);

/// What was known of the provider at one time.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// Its discovery document.
    pub discovery: Arc<Discovery>,
    /// Its keys.
    pub keys: Arc<KeySet>,
    /// When both were asked for.
    pub fetched_at: Timestamp,
}

impl Snapshot {
    /// How old it is; zero when the clock has jumped back since.
    #[must_use]
    pub fn age(&self, now: Timestamp) -> Duration {
        (now - self.fetched_at).to_std().unwrap_or_default()
    }
}

/// What readiness, metrics and the page show.
#[derive(Debug, Clone, Serialize)]
pub struct Status {
    /// The provider.
    pub idp: IdpName,
    /// Its issuer.
    pub issuer: String,
    /// How old what is known is, in whole seconds; none if it was never obtained.
    pub age_seconds: Option<u64>,
    /// How many usable keys it has.
    pub keys: usize,
    /// Why the last refresh failed, if it did.
    pub failure: Option<ProviderError>,
}

#[derive(Default)]
struct State {
    snapshot: Option<Arc<Snapshot>>,
    failure: Option<ProviderError>,
    failures: u32,
}

/// One provider, kept fresh.
pub struct Provider {
    idp: IdpName,
    issuer: String,
    address: Url,
    reach: Reach,
    pub(super) http: Http,
    refresh: Duration,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    state: RwLock<State>,
    /// Held while asking: two at once would only ask twice. When a token last made us ask for keys.
    turn: Mutex<Option<Timestamp>>,
}

impl Provider {
    /// Takes the provider as configured; asks nobody yet.
    ///
    /// # Errors
    /// [`ErrorCode::Invalid`] when the issuer is no https URL (http on loopback), or TLS can't be set up;
    /// [`ErrorCode::Private`] when it is an address of one's own network, and these are not allowed.
    pub fn new(
        idp: IdpName,
        issuer: &str,
        allow_private: bool,
        refresh: Duration,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
    ) -> Result<Self, ProviderError> {
        let wrong = |detail: String| ProviderError::new(ErrorCode::Invalid, detail);
        let (address, loopback) = discovery::address(issuer)?;
        let reach = Reach {
            loopback,
            allow_private,
        };
        if !reach.includes(&address) {
            let detail = "the issuer is an address that only this network reaches";
            return Err(ProviderError::new(ErrorCode::Private, detail));
        }
        let http = Http::new(reach).map_err(|error| wrong(error.to_string()))?;
        http.guard(&address)?;
        Ok(Self {
            idp,
            issuer: issuer.to_owned(),
            address,
            reach,
            http,
            refresh,
            clock,
            random,
            state: RwLock::default(),
            turn: Mutex::new(None),
        })
    }

    /// The provider's configured name.
    #[must_use]
    pub fn idp(&self) -> &IdpName {
        &self.idp
    }

    /// Its issuer, byte for byte as configured.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// What logins read: the last that was obtained. Never waits.
    #[must_use]
    pub fn current(&self) -> Option<Arc<Snapshot>> {
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        state.snapshot.clone()
    }

    /// What readiness, metrics and the page show at `now`.
    #[must_use]
    pub fn status(&self, now: Timestamp) -> Status {
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        let snapshot = state.snapshot.as_deref();
        Status {
            idp: self.idp.clone(),
            issuer: self.issuer.clone(),
            age_seconds: snapshot.map(|one| one.age(now).as_secs()),
            keys: snapshot.map_or(0, |one| one.keys.len()),
            failure: state.failure.clone(),
        }
    }

    /// Asks for discovery document and keys now; a failure leaves what was known.
    ///
    /// # Errors
    /// What was wrong.
    pub async fn refresh_now(&self) -> Result<Arc<Snapshot>, ProviderError> {
        let _turn = self.turn.lock().await;
        let found = self.obtain(self.clock.now()).await;
        self.note(found)
    }

    async fn obtain(&self, now: Timestamp) -> Result<Snapshot, ProviderError> {
        let answer = self.http.get(&self.address, None, DOCUMENT_TIME).await?;
        let discovery = Discovery::read(
            &document(answer, "discovery document")?,
            &self.issuer,
            self.reach,
        )?;
        for url in discovery.asked() {
            self.http.guard(url)?;
        }
        let keys = self.keys(&discovery, DOCUMENT_TIME).await?;
        Ok(Snapshot {
            discovery: Arc::new(discovery),
            keys: Arc::new(keys),
            fetched_at: now,
        })
    }

    async fn keys(&self, discovery: &Discovery, time: Duration) -> Result<KeySet, ProviderError> {
        let answer = self.http.get(&discovery.jwks_uri, None, time).await?;
        KeySet::read(&document(answer, "key set")?)
    }

    /// Keys that are newer than `seen`, in which a token found none: another login may have
    /// brought them already, or the provider is asked, at most once in a while.
    pub async fn newer_than(&self, seen: &Arc<KeySet>) -> Option<Arc<Snapshot>> {
        let mut turn = self.turn.lock().await;
        let known = self.current()?;
        if !Arc::ptr_eq(&known.keys, seen) {
            return Some(known);
        }
        let now = self.clock.now();
        // A clock that jumps back must not keep new keys away for long.
        let recently = turn.is_some_and(|asked| now >= asked && now - asked < COOL_DOWN);
        if recently {
            return None;
        }
        *turn = Some(now);
        let fresh = self.keys(&known.discovery, LOGIN_TIME).await;
        let fresh = fresh.map(|keys| Snapshot {
            discovery: known.discovery.clone(),
            keys: Arc::new(keys),
            fetched_at: known.fetched_at,
        });
        self.note(fresh).ok()
    }

    fn note(&self, found: Result<Snapshot, ProviderError>) -> Result<Arc<Snapshot>, ProviderError> {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        match found {
            Ok(snapshot) => {
                let snapshot = Arc::new(snapshot);
                state.snapshot = Some(snapshot.clone());
                state.failure = None;
                state.failures = 0;
                Ok(snapshot)
            }
            Err(error) => {
                tracing::warn!(
                    { fields::IDP } = self.idp.as_str(),
                    { fields::CODE } = error.code.as_str(),
                    { fields::DETAIL } = error.detail.as_str(),
                    mend = error.mend(),
                    "the OpenID Connect provider could not be asked"
                );
                state.failure = Some(error.clone());
                state.failures = state.failures.saturating_add(1);
                Err(error)
            }
        }
    }

    fn next_wait(&self) -> Duration {
        let failures = {
            let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
            state.failures
        };
        let planned = match failures {
            0 => self.refresh,
            times => FIRST_RETRY
                .saturating_mul(2_u32.saturating_pow(times - 1))
                .min(LONGEST_RETRY)
                .min(self.refresh),
        };
        // Bridges that were started together shall not ask together; nothing secret rests on it.
        let spread = random_bytes::<1>(&*self.random)
            .map_or(1.0, |[byte]| 0.9 + 0.2 * f64::from(byte) / 255.0);
        planned.mul_f64(spread).max(Duration::from_secs(1))
    }

    /// Refreshes again and again; never returns. Dropping it stops the refresh.
    pub async fn run(&self) {
        loop {
            // A failure is in the state, and in the log.
            let _ = self.refresh_now().await;
            tokio::time::sleep(self.next_wait()).await;
        }
    }
}

fn document(answer: Answer, what: &str) -> Result<Vec<u8>, ProviderError> {
    if answer.status == StatusCode::OK {
        return Ok(answer.body);
    }
    let redirect = if answer.status.is_redirection() {
        ", a redirect"
    } else {
        ""
    };
    let detail = format!("{what}: HTTP status {}{redirect}", answer.status.as_u16());
    Err(ProviderError::new(ErrorCode::Status, detail))
}

/// Every OpenID Connect provider, by its configured name.
#[derive(Default)]
pub struct Registry(BTreeMap<IdpName, Arc<Provider>>);

/// The refresh of all providers; ends when this is dropped.
#[must_use = "providers are refreshed only as long as this is held"]
pub struct Refreshing(#[expect(dead_code, reason = "held for its drop")] JoinSet<()>);

impl FromIterator<Arc<Provider>> for Registry {
    fn from_iter<I: IntoIterator<Item = Arc<Provider>>>(providers: I) -> Self {
        let named = providers.into_iter().map(|one| (one.idp.clone(), one));
        Self(named.collect())
    }
}

impl Registry {
    /// Each, in the order of their names.
    #[must_use]
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Arc<Provider>> {
        self.0.values()
    }

    /// Begins to refresh each in the background. Must be called within a Tokio runtime.
    pub fn start(&self) -> Refreshing {
        let mut tasks = JoinSet::new();
        for provider in self.iter() {
            let provider = Arc::clone(provider);
            tasks.spawn(async move { provider.run().await });
        }
        Refreshing(tasks)
    }

    /// Refreshes each now, all at once; the failures with their providers.
    pub async fn refresh_all(&self) -> Vec<(IdpName, ProviderError)> {
        let outcomes = self.iter().map(|provider| async {
            let error = provider.refresh_now().await.err()?;
            Some((provider.idp.clone(), error))
        });
        join_all(outcomes).await.into_iter().flatten().collect()
    }
}
