//! The spans of a login: their names and fields, in one place. They exist only while they are
//! exported; without `[telemetry]` each costs one comparison.
//!
//! Must never: carry a value of an assertion, a token, or anything personal.

use std::{future::Future, sync::atomic::AtomicBool};

use tracing::{Instrument, Span, field::Empty};

use super::fields;
use crate::identity::{FlexName, IdpName, LoginRecord, LoginReference, RefusalCode};

/// The target of every span, and of nothing else.
pub(super) const TARGET: &str = "flexbridge::span";

/// Whether spans are exported.
pub(super) static EXPORTED: AtomicBool = AtomicBool::new(false);

macro_rules! steps {
    ($($variant:ident = $name:literal, $meaning:literal;)*) => {
        /// A login, or one step of it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Step {
            $(#[doc = $meaning] $variant,)*
        }

        impl Step {
            /// Every span with its meaning, as documented.
            pub const ALL: &'static [(&'static str, &'static str)] = &[$(($name, $meaning),)*];

            fn span(self) -> Span {
                match self {
                    $(Self::$variant => tracing::info_span!(
                        target: TARGET,
                        $name,
                        { fields::REFERENCE } = Empty,
                        { fields::IDP } = Empty,
                        { fields::FLEX } = Empty,
                        { fields::OUTCOME } = Empty,
                        { fields::CODE } = Empty,
                        { fields::NO_MATCH } = Empty,
                        { fields::RULE } = Empty,
                    ),)*
                }
            }
        }
    };
}

steps! {
    Begin = "login.begin", "Flex asks, until the browser is sent on to the identity provider.";
    Choose = "login.choose", "The agent has chosen the company, until the browser is sent on.";
    Finish = "login.finish", "The SAML response is here, until Flex is answered.";
    Redeem = "login.redeem", "The browser is back from an OpenID Connect provider, until Flex is answered.";
    Read = "login.read", "Flex's request is read, and its signature verified if it has one.";
    Ask = "login.ask", "Our own request is made, and signed if that is wanted.";
    Verify = "login.verify", "Signature and conditions of the assertion or the ID token are verified, after the wait for a turn.";
    Consume = "login.consume", "The store uses an identifier, once.";
    Token = "login.token", "The provider's token endpoint redeems the code.";
    Userinfo = "login.userinfo", "The provider's userinfo endpoint is asked, where that is configured.";
    Answer = "login.answer", "The location is decided, and the response for Flex written and signed, after the wait for a turn.";
}

/// Runs `work` within the step's span.
pub fn within<F: Future>(step: Step, work: F) -> impl Future<Output = F::Output> {
    work.instrument(step.span())
}

/// Tells the login's span whose it is, as far as that is known.
pub fn login_goes_on(
    reference: Option<&LoginReference>,
    flex: Option<&FlexName>,
    idp: Option<&IdpName>,
) {
    let span = Span::current();
    if let Some(reference) = reference {
        span.record(fields::REFERENCE, reference.as_str());
    }
    if let Some(flex) = flex {
        span.record(fields::FLEX, flex.as_str());
    }
    if let Some(idp) = idp {
        span.record(fields::IDP, idp.as_str());
    }
}

/// Tells the login's span how it ended.
pub fn login_ends(record: &LoginRecord) {
    let span = Span::current();
    login_goes_on(
        Some(&record.reference),
        record.flex.as_ref(),
        record.idp.as_ref(),
    );
    span.record(fields::OUTCOME, record.outcome.as_str());
    if let Some(code) = record.code.map(RefusalCode::as_str) {
        span.record(fields::CODE, code);
    }
    if let Some(cause) = record.no_match {
        span.record(fields::NO_MATCH, cause.as_str());
    }
    if let Some(rule) = record.rule {
        span.record(fields::RULE, u64::try_from(rule).unwrap_or(u64::MAX));
    }
}
