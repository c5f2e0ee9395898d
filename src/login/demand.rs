//! What was asked beyond signing somebody in is also what was done.
//!
//! Our request may have travelled unsigned through the agent's browser, where
//! anybody can take `ForceAuthn` out of it: only the answer proves anything.

use chrono::TimeDelta;

use crate::{
    clock::Timestamp,
    identity::{Authentication, Refusal, RefusalCode},
    oidc::VerifiedIdToken,
    saml::Comparison,
};

use super::pending::PendingLogin;

/// What the identity provider says of how and when it signed the person in.
#[derive(Debug, Clone, Copy)]
pub(super) struct Done<'a> {
    /// `AuthnInstant` or `auth_time`; what a provider does not say it has not done.
    at: Option<Timestamp>,
    /// `AuthnContextClassRef` or `acr`.
    class: Option<&'a str>,
}

impl<'a> From<&'a Authentication> for Done<'a> {
    fn from(authentication: &'a Authentication) -> Self {
        Self {
            at: Some(authentication.instant),
            class: authentication.context_class.as_deref(),
        }
    }
}

impl<'a> From<&'a VerifiedIdToken> for Done<'a> {
    fn from(token: &'a VerifiedIdToken) -> Self {
        Self {
            at: token.auth_time(),
            class: token.acr(),
        }
    }
}

/// Holds the authentication against what the login asked for.
///
/// # Errors
/// `assertion.not_fresh` or `assertion.authn_context`.
pub(super) fn check(
    pending: &PendingLogin,
    done: Done<'_>,
    skew: TimeDelta,
) -> Result<(), Refusal> {
    let (asks, asked_at) = (&pending.asks, pending.began());
    if asks.force_authn && done.at.is_none_or(|at| at + skew < asked_at) {
        let at = done.at.map(|at| at.to_string());
        let detail = format!(
            "the person signed in at {}, asked was at {asked_at}",
            at.as_deref().unwrap_or("a time that is not said")
        );
        return Err(Refusal::new(RefusalCode::AssertionNotFresh, detail));
    }
    // Which class is stronger than another only the identity provider knows.
    if asks.classes.is_empty() || asks.comparison != Comparison::Exact {
        return Ok(());
    }
    let class = done.class;
    if asks.classes.iter().any(|asked| Some(&**asked) == class) {
        return Ok(());
    }
    let detail = format!(
        "the class is {}, asked was for {}",
        class.map_or("missing".into(), |class| class
            .chars()
            .take(200)
            .collect::<String>()
            .escape_debug()
            .to_string()),
        asks.classes.join(" or ")
    );
    Err(Refusal::new(RefusalCode::AssertionAuthnContext, detail))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        clock::{SystemRandom, Timestamp},
        identity::LoginReference,
        login::pending::{Asked, LoginId},
        saml::Asks,
    };

    const BEGAN: i64 = 1_770_000_000;

    fn pending(asks: Asks) -> PendingLogin {
        PendingLogin {
            id: LoginId::fresh(&SystemRandom).unwrap(),
            reference: LoginReference::fresh(&SystemRandom).unwrap(),
            flex: "production".parse().unwrap(),
            idp: "hq".parse().unwrap(),
            downstream_request: Some("_1".to_owned()),
            relay_state: None,
            upstream: Asked::Saml {
                request_id: "_2".to_owned(),
            },
            asks,
            began: BEGAN,
        }
    }

    fn done(seconds_after: i64, class: Option<&str>) -> Authentication {
        Authentication {
            instant: Timestamp::from_timestamp(BEGAN + seconds_after, 0).unwrap(),
            context_class: class.map(str::to_owned),
        }
    }

    fn judged<'a>(asks: &Asks, done: impl Into<Done<'a>>) -> Option<RefusalCode> {
        let skew = TimeDelta::seconds(60);
        check(&pending(asks.clone()), done.into(), skew)
            .err()
            .map(|refusal| refusal.code)
    }

    #[test]
    fn who_had_to_sign_in_anew_did_so_after_we_asked() {
        let forced = Asks {
            force_authn: true,
            ..Asks::default()
        };
        let not_fresh = Some(RefusalCode::AssertionNotFresh);
        for (after, refused) in [(5, None), (0, None), (-60, None), (-61, not_fresh)] {
            assert_eq!(judged(&forced, &done(after, None)), refused, "{after}");
        }
        let silent = Done {
            at: None,
            class: None,
        };
        assert_eq!(judged(&forced, silent), not_fresh, "it must say so");
        assert_eq!(judged(&Asks::default(), silent), None, "nobody asked");
        let hours_ago = done(-7_200, None);
        assert_eq!(judged(&Asks::default(), &hours_ago), None, "nobody asked");
    }

    #[test]
    fn an_exact_class_is_held_to_and_other_comparisons_are_not_ours_to_judge() {
        let mut asks = Asks {
            classes: vec!["urn:a".to_owned(), "urn:b".to_owned()],
            ..Asks::default()
        };
        let other = Some(RefusalCode::AssertionAuthnContext);
        for (class, refused) in [
            (Some("urn:a"), None),
            (Some("urn:b"), None),
            (Some("urn:c"), other),
            (Some("urn:A"), other),
            (None, other),
        ] {
            assert_eq!(judged(&asks, &done(0, class)), refused, "{class:?}");
        }
        asks.comparison = Comparison::Minimum;
        assert_eq!(judged(&asks, &done(0, Some("urn:c"))), None);
    }
}
