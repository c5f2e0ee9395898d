//! What the running process gives to operations: the page and the JSON API call them here.
//!
//! Each method is one operation; it adds nothing but what the process holds.

mod against;
mod locations;
mod workers;

pub use against::{PastedAccount, PastedRules};
pub use locations::NewList;
pub use workers::{AuditOf, JobState, JobStatus, WorkersAudit, WorkersPlan};

use std::{net::IpAddr, path::PathBuf, sync::Arc, time::Duration};

use tokio::sync::{Mutex, Semaphore};

use super::{
    Coverage, Explanation, Glance, History, LoginSearch, LoginsError, Session, Sessions, Setup,
    Span, Trouble, TroubleKind, Try, coverage, explain, find_logins, glance, history, setup,
};
use crate::{
    clock::{Clock, Random, RandomUnavailable, Timestamp},
    identity::{FlexName, IdpName, LoginRecord, LoginReference},
    login::{Bridge, FlexAccount, Idp, Logins},
    settings::{HumanDuration, Secret},
    store::{Journal, JournalPage},
};

/// How many samples are explained at once: each costs what a login costs, and logins come first.
const EXPLAIN_AT_ONCE: usize = 2;
/// How many at once have Twilio list all workers.
const LIST_AT_ONCE: usize = 2;
/// How long one waits for its turn.
const TURN: Duration = Duration::from_secs(10);

/// What operations need of the running process.
pub struct Desk {
    logins: Arc<Logins>,
    journal: Arc<dyn Journal>,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    store: PathBuf,
    sessions: Sessions,
    explaining: Arc<Semaphore>,
    listing: Arc<Semaphore>,
    jobs: Arc<workers::Jobs>,
    /// One change at a time.
    changing: Arc<Mutex<()>>,
}

impl Desk {
    /// A desk at the running process; `store` is `store.path`.
    #[must_use]
    pub fn new(
        logins: Arc<Logins>,
        journal: Arc<dyn Journal>,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
        store: PathBuf,
    ) -> Self {
        Self {
            logins,
            journal,
            clock,
            random,
            store,
            sessions: Sessions::default(),
            explaining: Arc::new(Semaphore::new(EXPLAIN_AT_ONCE)),
            listing: Arc::new(Semaphore::new(LIST_AT_ONCE)),
            jobs: Arc::default(),
            changing: Arc::default(),
        }
    }

    /// The time, as everything here sees it.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The running configuration.
    #[must_use]
    pub fn bridge(&self) -> Arc<Bridge> {
        self.logins.bridge()
    }

    /// Where what outlives the process is kept, `store.path`.
    #[must_use]
    pub fn store(&self) -> &std::path::Path {
        &self.store
    }

    /// The state at a glance.
    #[must_use]
    pub fn glance(&self) -> Glance {
        glance(&self.bridge(), self.now())
    }

    /// Logins over time.
    ///
    /// # Errors
    /// `journal.unavailable`.
    pub async fn history(&self, span: Span) -> Result<History, Trouble> {
        history(&*self.journal, span, self.now()).await
    }

    /// The newest logins that fit.
    ///
    /// # Errors
    /// `journal.unavailable`.
    pub async fn logins(&self, search: &LoginSearch) -> Result<JournalPage, Trouble> {
        let bridge = self.bridge();
        let providers = bridge.idp.keys();
        let page = find_logins(
            &bridge.keeping,
            providers,
            &*self.journal,
            search,
            self.now(),
        );
        Ok(page.await?)
    }

    /// How well the rules covered the logins of the last time.
    ///
    /// # Errors
    /// `admin.not_found`, `journal.unavailable`.
    pub async fn coverage(
        &self,
        flex: Option<&FlexName>,
        last: HumanDuration,
    ) -> Result<Coverage, Trouble> {
        let bridge = self.bridge();
        let account = account(&bridge, flex)?;
        Ok(coverage(account, &*self.journal, last, self.now()).await?)
    }

    /// The login of a reference.
    ///
    /// # Errors
    /// `admin.not_found`, `journal.unavailable`.
    pub async fn login(&self, reference: &LoginReference) -> Result<LoginRecord, Trouble> {
        let found = self.journal.find(reference).await?;
        found.ok_or_else(|| {
            Trouble::new(
                TroubleKind::NotFound,
                "admin.not_found",
                format!("no login of the reference {reference} is written down here"),
                "It may be older than journal.keep, or another node's: ask each.",
            )
        })
    }

    /// Explains a sample as a login would go.
    ///
    /// # Errors
    /// `admin.not_found`, `admin.invalid`, `admin.busy`.
    pub async fn explain(&self, wanted: Try) -> Result<Explanation, Trouble> {
        let turn = Arc::clone(&self.explaining).acquire_owned();
        let turn = tokio::time::timeout(TURN, turn).await;
        let Ok(Ok(turn)) = turn else {
            return Err(busy("several samples are being explained already"));
        };
        let (bridge, now) = (self.bridge(), self.now());
        let told = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            let (account, idp) = choose(&bridge, wanted.flex.as_ref(), wanted.idp.as_ref())?;
            let (sample, time) = (wanted.sample()?, wanted.time(now));
            let address = wanted.address.unwrap_or(IpAddr::from([127, 0, 0, 1]));
            Ok(explain(&bridge, account, idp, sample, address, time, now))
        });
        told.await.unwrap_or_else(|error| {
            Err(Trouble::new(
                TroubleKind::Unavailable,
                "admin.failed",
                format!("the explanation ended early: {error}"),
                "Report it, with the sample if it holds nothing personal.",
            ))
        })
    }

    /// What to enter in Twilio Console and at the identity provider.
    ///
    /// # Errors
    /// `admin.not_found`, `admin.invalid`.
    pub fn setup(&self, flex: Option<&FlexName>, idp: Option<&IdpName>) -> Result<Setup, Trouble> {
        let bridge = self.bridge();
        let (account, idp) = choose(&bridge, flex, idp)?;
        Ok(setup(account, idp))
    }

    /// The value of a fresh session's cookie.
    ///
    /// # Errors
    /// [`RandomUnavailable`].
    pub fn begin_session(&self, token: &Secret) -> Result<String, RandomUnavailable> {
        let bridge = self.bridge();
        self.sessions
            .begin(&bridge.cookie, token, &*self.random, self.now())
    }

    /// The session of a cookie's value, and the value that replaces it now and then.
    #[must_use]
    pub fn session(&self, value: &str, token: &Secret) -> Option<(Session, Option<String>)> {
        let bridge = self.bridge();
        self.sessions
            .open(value, &bridge.cookie, token, &*self.random, self.now())
    }

    /// Ends a session before its time.
    pub fn end_session(&self, session: &Session) {
        self.sessions.end(session, self.now());
    }
}

impl From<LoginsError> for Trouble {
    fn from(error: LoginsError) -> Self {
        match error {
            LoginsError::Store(unavailable) => unavailable.into(),
            LoginsError::NoKey => Self::new(
                TroubleKind::Conflict,
                "journal.no_key",
                error.to_string(),
                "Look for the pseudonym, or wait until the bridge has made the key.",
            ),
        }
    }
}

fn busy(detail: &str) -> Trouble {
    Trouble::new(
        TroubleKind::Busy,
        "admin.busy",
        detail,
        "Try again in a few seconds.",
    )
}

fn conflict(code: &'static str, detail: &str, mend: &str) -> Trouble {
    Trouble::new(TroubleKind::Conflict, code, detail, mend)
}

/// The Flex account that is meant, and which of its identity providers. Either may be left
/// out where there is only one.
///
/// # Errors
/// `admin.not_found`, `admin.invalid`.
pub fn choose<'b>(
    bridge: &'b Bridge,
    flex: Option<&FlexName>,
    idp: Option<&IdpName>,
) -> Result<(&'b FlexAccount, &'b Idp), Trouble> {
    let account = account(bridge, flex)?;
    let names = account.idp.iter().map(IdpName::as_str);
    let names = names.collect::<Vec<_>>().join(", ");
    let what = format!("identity provider of `{}`", account.name);
    let name = match (idp, &*account.idp) {
        (Some(name), known) if known.contains(name) => name,
        (Some(name), _) => return Err(Trouble::not_found(&what, name.as_str(), &names)),
        (None, [only, ..]) => only,
        (None, []) => return Err(Trouble::not_found(&what, "", "none")),
    };
    let idp = bridge.idp.get(name);
    let idp = idp.ok_or_else(|| Trouble::not_found(&what, name.as_str(), &names))?;
    Ok((account, idp))
}

/// The Flex account that is meant; the first where none is said.
///
/// # Errors
/// `admin.not_found`.
pub fn account<'b>(
    bridge: &'b Bridge,
    flex: Option<&FlexName>,
) -> Result<&'b FlexAccount, Trouble> {
    let names = bridge.flex.keys().map(FlexName::as_str);
    let names = names.collect::<Vec<_>>().join(", ");
    match flex {
        Some(name) => bridge
            .flex
            .get(name)
            .ok_or_else(|| Trouble::not_found("Flex account", name.as_str(), &names)),
        None => bridge
            .flex
            .values()
            .next()
            .ok_or_else(|| Trouble::not_found("Flex account", "", "none")),
    }
}
