//! What the web asks of the rest: one trait, so that routes and pages know no login.

use axum::body::Bytes;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::PagesSettings;
use crate::{
    admin::{Diagnosis, PastedRules, Trouble},
    identity::Refusal,
    login::{Answer, Refused, RequestContext},
};

pub use futures_util::future::BoxFuture;

/// A message of Flex, as its binding carries it.
#[derive(Debug, Clone)]
pub enum IncomingRequest {
    /// HTTP-Redirect.
    Redirect {
        /// The query string exactly as received: its signature covers these bytes.
        raw_query: String,
    },
    /// HTTP-POST.
    Post {
        /// The form as received, at most as large as `web` lets through.
        body: Bytes,
    },
}

/// Which address a request came to, by the name in its path; not necessarily one that is configured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place<'a> {
    /// `/saml/idp/{flex}/…`
    Flex(&'a str),
    /// `/saml/sp/{idp}/…` and `/oidc/rp/{idp}/…`
    Idp(&'a str),
}

/// Whether the bridge can work, and what keeps it from it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Readiness {
    /// Each thing that was looked at.
    pub checks: Vec<Check>,
}

impl Readiness {
    /// Whether logins can be served.
    #[must_use]
    pub fn ready(&self) -> bool {
        self.checks.iter().all(|check| check.ok)
    }
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Check {
    /// What, such as `store` or `flex.production.locations`.
    pub name: String,
    /// Whether it is well.
    pub ok: bool,
    /// What was seen, and how to mend it if it is not well.
    pub detail: String,
}

/// The header by which `doctor` asks the running bridge, and is answered.
pub const DOCTOR_HEADER: &str = "x-flexbridge-doctor";

/// What arrived of a request, behind whatever stands before the bridge.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// Whether the bridge itself ended TLS.
    pub tls: bool,
    /// The host that was asked for, without its port.
    pub host: Option<String>,
    /// Who connected.
    pub peer: String,
    /// Whether that is a trusted proxy.
    pub from_proxy: bool,
    /// Whether it said for whom, by `X-Forwarded-For`.
    pub forwarded_for: bool,
    /// What it said of the scheme, by `X-Forwarded-Proto`.
    pub forwarded_proto: Option<String>,
}

/// Everything the routes need. Whatever is refused by it is in log and journal already.
pub trait Service: Send + Sync + 'static {
    /// Begins a login: Flex's AuthnRequest came to `/saml/idp/{flex}/sso`.
    fn begin<'a>(
        &'a self,
        flex: &'a str,
        message: IncomingRequest,
        context: RequestContext,
    ) -> BoxFuture<'a, Result<Answer, Refused>>;

    /// Finishes a login: the identity provider's answer came to `/saml/sp/{idp}/acs`.
    fn finish<'a>(
        &'a self,
        idp: &'a str,
        form_body: Bytes,
        context: RequestContext,
    ) -> BoxFuture<'a, Result<Answer, Refused>>;

    /// Goes on with a login once the agent has chosen: the form came to `/saml/idp/{flex}/choose`.
    fn choose<'a>(
        &'a self,
        flex: &'a str,
        form_body: Bytes,
        context: RequestContext,
    ) -> BoxFuture<'a, Result<Answer, Refused>>;

    /// Finishes a login: the browser is back from an OpenID Connect provider, at
    /// `/oidc/rp/{idp}/callback`, with this query string exactly as received.
    fn redeem<'a>(
        &'a self,
        idp: &'a str,
        raw_query: String,
        context: RequestContext,
    ) -> BoxFuture<'a, Result<Answer, Refused>>;

    /// Begins a login that an OpenID Connect provider's portal wants: the browser came to
    /// `/oidc/rp/{idp}/login`, with this query string or form exactly as received.
    fn initiate<'a>(
        &'a self,
        idp: &'a str,
        parameters: Bytes,
        context: RequestContext,
    ) -> BoxFuture<'a, Result<Answer, Refused>>;

    /// Refuses what the web would not even hand over, with a fresh reference, log line and record.
    fn refuse(&self, place: Place<'_>, refusal: Refusal) -> Refused;

    /// Our metadata as the identity provider of a Flex account, XML.
    fn idp_metadata(&self, flex: &str) -> Option<String>;

    /// Our metadata as the service provider of an identity provider, XML.
    fn sp_metadata(&self, idp: &str) -> Option<String>;

    /// The way to the account's Flex login, if it has one; `query` as it came, without `?`.
    fn login_link(&self, flex: &str, query: &str) -> Option<Answer>;

    /// Looks whether logins can be served.
    fn readiness(&self) -> BoxFuture<'_, Readiness>;

    /// Answers `doctor`'s sealed question with a sealed answer; nothing to whoever can't ask.
    fn witness<'a>(&'a self, question: &'a str, seen: Seen) -> BoxFuture<'a, Option<String>>;

    /// Looks at each thing that a login needs, as `doctor` does.
    ///
    /// # Errors
    /// `admin.busy` when somebody is looking already.
    fn examine(&self) -> BoxFuture<'_, Result<Diagnosis, Trouble>>;

    /// What decides locations in a configuration that somebody pastes: nothing else of it is
    /// used, no other file is looked at, and no secret is loaded.
    ///
    /// # Errors
    /// `admin.configuration` with what is wrong.
    fn rules_of(&self, configuration: Vec<u8>) -> Result<PastedRules, Trouble>;

    /// How agents are spoken to.
    fn pages(&self) -> PagesSettings;

    /// All metrics, in the `OpenMetrics` text format.
    fn metrics(&self) -> String;
}
