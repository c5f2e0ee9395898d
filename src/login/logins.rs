//! The story of a login, and its record.

use std::sync::{Arc, PoisonError, RwLock};

use crate::{
    clock::{Clock, Random, Stopwatch, Timestamp},
    identity::{
        AgentPseudonym, FlexName, IdpName, LoginOutcome, LoginRecord, LoginReference, NoMatchCause,
        Reading, Refusal, RefusalCode,
    },
    saml::binding::{IncomingRequest, Outgoing},
    store::{ConsumeKey, Consumed, Journal, Store},
    telemetry::{Metrics, Step, login_ends, login_goes_on, login_line, within},
};

use super::{
    Answer, BrowserStep, Refused, RequestContext, begin,
    bridge::Bridge,
    choose,
    finish::{self, Finished},
    initiate, passive,
    pending::PendingLogin,
    ration::{Ration, Word},
    redeem,
    work::Work,
};

/// All logins of this process.
pub struct Logins {
    bridge: RwLock<Arc<Bridge>>,
    pub(super) store: Arc<dyn Store>,
    journal: Arc<dyn Journal>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) random: Arc<dyn Random>,
    metrics: Arc<Metrics>,
    pub(super) work: Work,
    ration: Ration,
}

/// What is known of a login so far; what its record will hold.
#[derive(Debug, Default, Clone)]
pub(super) struct Known {
    pub reference: Option<LoginReference>,
    pub flex: Option<FlexName>,
    pub idp: Option<IdpName>,
    pub agent: Option<AgentPseudonym>,
    pub reading: Option<Reading>,
    pub no_match: Option<NoMatchCause>,
    pub rule: Option<usize>,
    /// Whether what came is small, so that the work on it is short.
    pub small: bool,
    /// The login, once it is known to be one that nobody may see.
    pub passive: Option<Arc<PendingLogin>>,
}

impl Logins {
    /// Ready to serve.
    #[must_use]
    pub fn new(
        bridge: Bridge,
        store: Arc<dyn Store>,
        journal: Arc<dyn Journal>,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
        metrics: Arc<Metrics>,
    ) -> Self {
        let bridge = RwLock::new(Arc::new(bridge));
        Self {
            bridge,
            store,
            journal,
            clock,
            random,
            metrics,
            work: Work::new(),
            ration: Ration::default(),
        }
    }

    /// The running configuration.
    #[must_use]
    pub fn bridge(&self) -> Arc<Bridge> {
        self.bridge
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Replaces the running configuration, for logins under way too.
    pub fn replace(&self, bridge: Bridge) {
        *self.bridge.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(bridge);
    }

    /// Begins a login: Flex asks for somebody to be signed in.
    ///
    /// # Errors
    /// [`Refused`]; it is in log, metrics and journal already.
    pub async fn begin(
        &self,
        flex: &str,
        request: Result<IncomingRequest, Refusal>,
        context: &RequestContext,
    ) -> Result<Answer, Refused> {
        let login = async {
            let watch = Stopwatch::start();
            let bridge = self.bridge();
            let mut known = Known::default();
            let answer = match flex.parse::<FlexName>() {
                Ok(name) => begin::begin(self, &bridge, &name, request, context, &mut known).await,
                Err(_) => Err(RefusalCode::NotFound.into()),
            };
            self.begun(&bridge, known, answer, watch)
        };
        within(Step::Begin, login).await
    }

    /// Goes on with a login whose agent was asked for the company, and has answered with this form.
    ///
    /// # Errors
    /// [`Refused`]; it is in log, metrics and journal already.
    pub async fn choose(
        &self,
        flex: &str,
        form: &[u8],
        context: &RequestContext,
    ) -> Result<Answer, Refused> {
        let login = async {
            let watch = Stopwatch::start();
            let bridge = self.bridge();
            let mut known = Known::default();
            let answer = match flex.parse::<FlexName>() {
                Ok(name) => choose::chosen(self, &bridge, &name, form, context, &mut known).await,
                Err(_) => Err(RefusalCode::NotFound.into()),
            };
            self.begun(&bridge, known, answer, watch)
        };
        within(Step::Choose, login).await
    }

    /// Begins a login that nobody in Flex asked for: an OpenID Connect provider's portal has
    /// sent the browser here, with this query or form.
    ///
    /// # Errors
    /// [`Refused`]; it is in log, metrics and journal already.
    pub async fn initiate(
        &self,
        idp: &str,
        parameters: &[u8],
        context: &RequestContext,
    ) -> Result<Answer, Refused> {
        let watch = Stopwatch::start();
        let bridge = self.bridge();
        let mut known = Known::default();
        let answer = match idp.parse::<IdpName>() {
            Ok(name) => {
                initiate::initiate(self, &bridge, &name, parameters, context, &mut known).await
            }
            Err(_) => Err(RefusalCode::NotFound.into()),
        };
        answer.map_err(|refusal| self.refused(&bridge, known, refusal, watch))
    }

    /// The way to the account's Flex login, if it has one; `?choose` forgets the
    /// company that the browser remembers, `?login_hint=…` remembers one.
    pub fn link(&self, flex: &str, query: &str) -> Option<Answer> {
        choose::link(&self.bridge(), &flex.parse().ok()?, query, &*self.random)
    }

    /// Finishes a login: the identity provider has answered, with this form.
    ///
    /// # Errors
    /// [`Refused`]; it is in log, metrics and journal already.
    pub async fn finish(
        &self,
        idp: &str,
        form: &[u8],
        context: &RequestContext,
    ) -> Result<Answer, Refused> {
        let login = async {
            let watch = Stopwatch::start();
            let bridge = self.bridge();
            let mut known = Known::default();
            let finished = match idp.parse::<IdpName>() {
                Ok(name) => finish::finish(self, &bridge, &name, form, context, &mut known).await,
                Err(_) => Err(RefusalCode::NotFound.into()),
            };
            self.ended(&bridge, known, finished, watch).await
        };
        within(Step::Finish, login).await
    }

    /// Finishes a login by OpenID Connect: the browser is back, with this query.
    ///
    /// # Errors
    /// [`Refused`]; it is in log, metrics and journal already.
    pub async fn redeem(
        &self,
        idp: &str,
        raw_query: &str,
        context: &RequestContext,
    ) -> Result<Answer, Refused> {
        let login = async {
            let watch = Stopwatch::start();
            let bridge = self.bridge();
            let mut known = Known::default();
            let finished = match idp.parse::<IdpName>() {
                Ok(name) => {
                    redeem::redeem(self, &bridge, &name, raw_query, context, &mut known).await
                }
                Err(_) => Err(RefusalCode::NotFound.into()),
            };
            self.ended(&bridge, known, finished, watch).await
        };
        within(Step::Redeem, login).await
    }

    #[expect(
        clippy::result_large_err,
        reason = "made once a login, and its neighbours are as large"
    )]
    fn begun(
        &self,
        bridge: &Bridge,
        known: Known,
        answer: Result<Answer, Refusal>,
        watch: Stopwatch,
    ) -> Result<Answer, Refused> {
        match answer {
            Ok(answer) => {
                let (flex, idp) = (known.flex.as_ref(), known.idp.as_ref());
                login_goes_on(known.reference.as_ref(), flex, idp);
                Ok(answer)
            }
            Err(refusal) => Err(self.refused(bridge, known, refusal, watch)),
        }
    }

    async fn ended(
        &self,
        bridge: &Arc<Bridge>,
        mut known: Known,
        finished: Result<Finished, Refusal>,
        watch: Stopwatch,
    ) -> Result<Answer, Refused> {
        match finished {
            Ok(finished) => Ok(self.accepted(known, finished, watch)),
            Err(refusal) => {
                let answer = passive::answer(self, bridge, known.passive.take(), &refusal).await;
                let refused = self.refused(bridge, known, refusal, watch);
                answer.ok_or(refused)
            }
        }
    }

    /// Refuses what did not even get here, with reference, log line and record.
    pub fn refuse(&self, flex: Option<&str>, idp: Option<&str>, refusal: Refusal) -> Refused {
        let bridge = self.bridge();
        let flex = flex.and_then(|name| name.parse().ok());
        let idp = idp.and_then(|name| name.parse().ok());
        let known = Known {
            flex: flex.filter(|name| bridge.flex.contains_key(name)),
            idp: idp.filter(|name| bridge.idp.contains_key(name)),
            ..Known::default()
        };
        self.refused(&bridge, known, refusal, Stopwatch::start())
    }

    /// Uses an identifier, or refuses with `again` when it was used before. It can't have been
    /// used earlier than `since`.
    pub(super) async fn consume(
        &self,
        parts: &[&[u8]],
        since: Timestamp,
        expiry: Timestamp,
        again: RefusalCode,
    ) -> Result<(), Refusal> {
        let key = ConsumeKey::of(parts);
        let used = self.store.consume(&key, since, expiry, self.clock.now());
        match within(Step::Consume, used).await {
            Ok(Consumed::First) => Ok(()),
            Ok(Consumed::Again) => Err(again.into()),
            Err(error) => Err(Refusal::new(RefusalCode::StoreUnavailable, error.detail)),
        }
    }

    fn accepted(&self, known: Known, finished: Finished, watch: Stopwatch) -> Answer {
        // A finished login always knows its reference: its cookie holds it, or it got a fresh one.
        if let Some(reference) = known.reference.clone() {
            let record = LoginRecord {
                outcome: LoginOutcome::Accepted,
                code: None,
                location: finished.location,
                ..self.record(reference, known, watch)
            };
            login_ends(&record);
            self.write(record, None);
        }
        finished.answer
    }

    fn refused(
        &self,
        bridge: &Bridge,
        mut known: Known,
        refusal: Refusal,
        watch: Stopwatch,
    ) -> Refused {
        let account = known.flex.as_ref().and_then(|name| bridge.flex.get(name));
        let retry = account.and_then(|account| account.login_url.clone());
        let choose = account.filter(|account| account.idp.len() > 1);
        let choose = choose.map(|account| format!("/login/{}?choose", account.name));
        // Whoever has no login under way may be anybody, and may come a million times.
        let stranger = known.reference.is_none();
        let reference = known
            .reference
            .take()
            .or_else(|| LoginReference::fresh(&*self.random).ok())
            .unwrap_or_else(LoginReference::none);
        let record = LoginRecord {
            outcome: LoginOutcome::Refused,
            code: Some(refusal.code),
            ..self.record(reference.clone(), known, watch)
        };
        login_ends(&record);
        match stranger.then(|| self.ration.ask(record.at)) {
            Some(Word::LeaveOut) => self.metrics.login_ended(&record),
            Some(Word::Write(left_out)) => {
                if left_out > 0 {
                    tracing::warn!(left_out, "refusals of strangers were counted, not written");
                }
                self.write(record, Some(&refusal.detail));
            }
            None => self.write(record, Some(&refusal.detail)),
        }
        Refused {
            reference,
            refusal,
            retry,
            choose,
        }
    }

    fn record(&self, reference: LoginReference, known: Known, watch: Stopwatch) -> LoginRecord {
        LoginRecord {
            at: self.clock.now(),
            reference,
            idp: known.idp,
            flex: known.flex,
            agent: known.agent,
            outcome: LoginOutcome::Refused,
            code: None,
            reading: known.reading,
            location: None,
            no_match: known.no_match,
            rule: known.rule,
            duration_us: u64::try_from(watch.elapsed().as_micros()).unwrap_or(u64::MAX),
        }
    }

    /// Log, metrics, journal. A journal that is away never holds up a login.
    fn write(&self, record: LoginRecord, detail: Option<&str>) {
        login_line(&record, detail);
        self.metrics.login_ended(&record);
        if let Err(error) = self.journal.record(record) {
            tracing::warn!(detail = %error, "a login could not be written to the journal");
        }
    }
}

impl From<Outgoing> for BrowserStep {
    fn from(outgoing: Outgoing) -> Self {
        match outgoing {
            Outgoing::Redirect(url) => Self::Redirect(url),
            Outgoing::Post { action, fields } => Self::Post { action, fields },
        }
    }
}
