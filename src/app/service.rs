//! What the web asks of the running bridge.

use std::{path::PathBuf, sync::Arc};

use axum::body::Bytes;
use futures_util::future::BoxFuture;

use crate::{
    admin::{Desk, Diagnosis, PastedRules, Trouble, TroubleKind},
    identity::{FlexName, IdpName, Refusal, RefusalCode},
    login::{Answer, Refused, RequestContext},
    saml::{
        binding::{post, redirect},
        metadata::{idp_metadata, sp_metadata},
    },
    web::{IncomingRequest, PagesSettings, Place, Readiness, Seen, Service},
};

use super::{doctor::examine, readiness, rules, running::Shared, witness};

impl Service for Shared {
    fn begin<'a>(
        &'a self,
        flex: &'a str,
        message: IncomingRequest,
        context: RequestContext,
    ) -> BoxFuture<'a, Result<Answer, Refused>> {
        Box::pin(async move {
            let request = match message {
                IncomingRequest::Redirect { raw_query } => redirect::decode(&raw_query),
                IncomingRequest::Post { body } => post::decode_request(&body),
            };
            self.logins.begin(flex, request, &context).await
        })
    }

    fn finish<'a>(
        &'a self,
        idp: &'a str,
        form_body: Bytes,
        context: RequestContext,
    ) -> BoxFuture<'a, Result<Answer, Refused>> {
        let (logins, name) = (self.logins.clone(), idp.to_owned());
        let finished = async move { logins.finish(&name, &form_body, &context).await };
        self.to_its_end(idp, finished)
    }

    fn choose<'a>(
        &'a self,
        flex: &'a str,
        form_body: Bytes,
        context: RequestContext,
    ) -> BoxFuture<'a, Result<Answer, Refused>> {
        Box::pin(async move { self.logins.choose(flex, &form_body, &context).await })
    }

    fn redeem<'a>(
        &'a self,
        idp: &'a str,
        raw_query: String,
        context: RequestContext,
    ) -> BoxFuture<'a, Result<Answer, Refused>> {
        let (logins, name) = (self.logins.clone(), idp.to_owned());
        let redeemed = async move { logins.redeem(&name, &raw_query, &context).await };
        self.to_its_end(idp, redeemed)
    }

    fn initiate<'a>(
        &'a self,
        idp: &'a str,
        parameters: Bytes,
        context: RequestContext,
    ) -> BoxFuture<'a, Result<Answer, Refused>> {
        Box::pin(async move { self.logins.initiate(idp, &parameters, &context).await })
    }

    fn refuse(&self, place: Place<'_>, refusal: Refusal) -> Refused {
        match place {
            Place::Flex(name) => self.logins.refuse(Some(name), None, refusal),
            Place::Idp(name) => self.logins.refuse(None, Some(name), refusal),
        }
    }

    fn idp_metadata(&self, flex: &str) -> Option<String> {
        let bridge = self.logins.bridge();
        let account = bridge.flex.get(&flex.parse::<FlexName>().ok()?)?;
        let wants_signed = account.request_certificates.is_some();
        let keys = account.assertion.all();
        idp_metadata(&account.entity_id, &account.sso_url, wants_signed, keys).ok()
    }

    fn sp_metadata(&self, idp: &str) -> Option<String> {
        let bridge = self.logins.bridge();
        let idp = bridge.idp.get(&idp.parse::<IdpName>().ok()?)?.saml()?;
        let metadata = idp.metadata.current(self.seams.clock.now());
        let signs = metadata.is_some_and(|metadata| metadata.want_authn_requests_signed);
        sp_metadata(
            &idp.endpoints,
            signs,
            bridge.assertion.all(),
            &idp.decryption,
        )
        .ok()
    }

    fn login_link(&self, flex: &str, query: &str) -> Option<Answer> {
        self.logins.link(flex, query)
    }

    fn readiness(&self) -> BoxFuture<'_, Readiness> {
        Box::pin(readiness::look(self))
    }

    fn witness<'a>(&'a self, question: &'a str, seen: Seen) -> BoxFuture<'a, Option<String>> {
        Box::pin(async move {
            let (keys, random) = (self.logins.bridge().cookie.clone(), &*self.seams.random);
            let now = self.seams.clock.now();
            let question = witness::Question::open(question, &keys, now)?;
            let answer = witness::Answer::to(&question, seen, &*self.store, now).await;
            answer.seal(&keys, random)
        })
    }

    fn examine(&self) -> BoxFuture<'_, Result<Diagnosis, Trouble>> {
        Box::pin(async move {
            // Partners are asked each time: nobody makes us ask them all at once.
            let Ok(_turn) = self.examining.try_lock() else {
                return Err(Trouble::new(
                    TroubleKind::Busy,
                    "admin.busy",
                    "somebody is having everything looked at already",
                    "Try again in a quarter of a minute.",
                ));
            };
            let (clock, random) = (self.seams.clock.clone(), self.seams.random.clone());
            Ok(examine(&self.path, clock, random).await)
        })
    }

    fn rules_of(&self, configuration: Vec<u8>) -> Result<PastedRules, Trouble> {
        rules::rules_of(configuration)
    }

    fn pages(&self) -> PagesSettings {
        self.agents_pages()
    }

    fn metrics(&self) -> String {
        let now = self.seams.clock.now();
        let parts = self.watches();
        for watch in parts.locations.iter() {
            if let Some(snapshot) = watch.snapshot() {
                let (age, count) = (snapshot.age(now), snapshot.locations.len());
                self.metrics.set_locations(watch.flex(), age, count);
            }
        }
        for watch in parts.upstream.iter() {
            let certificates = watch.status(now).certificates;
            // The first to end says when somebody has to look; the list itself may change.
            if let Some(first) = certificates.iter().map(|one| one.not_after).min() {
                let name = format!("idp.{}", watch.idp());
                self.metrics.set_certificate_expiry(&name, first);
            }
            if let Some(snapshot) = watch.state().snapshot.as_deref() {
                self.metrics
                    .set_metadata_age(watch.idp(), snapshot.age(now));
            }
        }
        for provider in parts.oidc.iter() {
            if let Some(snapshot) = provider.current() {
                self.metrics
                    .set_metadata_age(provider.idp(), snapshot.age(now));
            }
        }
        for (index, key) in self.logins.bridge().assertion.all().enumerate() {
            self.metrics
                .set_certificate_expiry(&format!("assertion.{index}"), key.not_after());
        }
        self.metrics.encode()
    }
}

/// What operations need of the running process.
pub(super) fn desk(shared: &Shared, store: PathBuf) -> Arc<Desk> {
    Arc::new(Desk::new(
        shared.logins.clone(),
        shared.journal.clone(),
        shared.seams.clock.clone(),
        shared.seams.random.clone(),
        store,
    ))
}

impl Shared {
    /// A browser that goes away in the middle does not end it: what was used up has its record.
    fn to_its_end<'a>(
        &'a self,
        idp: &'a str,
        login: impl Future<Output = Result<Answer, Refused>> + Send + 'static,
    ) -> BoxFuture<'a, Result<Answer, Refused>> {
        let ended = tokio::spawn(login);
        Box::pin(async move {
            match ended.await {
                Ok(answer) => answer,
                Err(error) => {
                    let refusal = Refusal::new(RefusalCode::Internal, error.to_string());
                    Err(self.logins.refuse(None, Some(idp), refusal))
                }
            }
        })
    }
}

/// The service as the web holds it.
pub(super) fn service(shared: &Arc<Shared>) -> Arc<dyn Service> {
    shared.clone()
}
