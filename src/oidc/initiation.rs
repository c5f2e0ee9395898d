//! A login that begins elsewhere, in a provider's portal (OpenID Connect Core §4).
//!
//! Anybody can send a browser here, so nothing of it is believed: it may choose no provider but
//! the one whose address it came to, and no place to go to afterwards.

use url::Url;

use super::{callback::bounded, parameters::Parameters};
use crate::identity::{Refusal, RefusalCode};

/// Longer than any hint, in bytes.
const LONGEST_HINT: usize = 320;

/// What the portal says.
#[derive(Clone, PartialEq, Eq)]
pub struct Initiation {
    /// Which provider it wants the person to be signed in by.
    issuer: String,
    /// Who that may be; it is passed on to the provider (Core §4).
    pub login_hint: Option<String>,
    /// Where the person wants to go.
    target: Option<String>,
}

impl Initiation {
    /// Reads a query string or form. No parameter may be there twice, known or not.
    ///
    /// # Errors
    /// `oidc.initiation`.
    pub fn read(raw: &str) -> Result<Self, Refusal> {
        let mut all = Parameters::read(raw).map_err(wrong)?;
        let issuer = all.take("iss").ok_or_else(|| wrong("there is no `iss`"))?;
        let login_hint = all.take("login_hint").filter(|hint| !hint.is_empty());
        let usable = |hint: &String| hint.len() <= LONGEST_HINT && !hint.contains(char::is_control);
        if !login_hint.iter().all(usable) {
            return Err(wrong(
                "`login_hint` is longer than 320 bytes, or holds control characters",
            ));
        }
        Ok(Self {
            issuer,
            login_hint,
            target: all.take("target_link_uri"),
        })
    }

    /// Whether this provider is meant, and the person goes where this provider's logins lead:
    /// to one of `own`.
    ///
    /// # Errors
    /// `oidc.issuer` or `oidc.initiation`.
    pub fn check(&self, issuer: &str, own: &[&Url]) -> Result<(), Refusal> {
        if self.issuer != issuer {
            let detail = format!("`iss` is \"{}\"", bounded(&self.issuer));
            return Err(Refusal::new(RefusalCode::OidcIssuer, detail));
        }
        let Some(target) = &self.target else {
            return Ok(());
        };
        let target = target.parse::<Url>();
        if target.is_ok_and(|target| own.contains(&&target)) {
            return Ok(());
        }
        Err(wrong(
            "`target_link_uri` is not a login link of the Flex account",
        ))
    }
}

fn wrong(detail: &str) -> Refusal {
    Refusal::new(RefusalCode::OidcInitiation, detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ISSUER: &str = "https://op.example/tenant";

    fn judged(raw: &str) -> Result<Option<String>, RefusalCode> {
        let own: [Url; 2] = [
            "https://flex.twilio.com/dancing-owl-1234".parse().unwrap(),
            "https://sso.example/login/production".parse().unwrap(),
        ];
        let read = Initiation::read(raw).map_err(|refusal| refusal.code)?;
        let checked = read.check(ISSUER, &own.each_ref());
        checked
            .map(|()| read.login_hint)
            .map_err(|refusal| refusal.code)
    }

    #[test]
    fn only_the_own_issuer_and_the_own_links_pass() {
        use RefusalCode::{OidcInitiation as Initiation, OidcIssuer as Issuer};
        const ISS: &str = "iss=https%3A%2F%2Fop.example%2Ftenant";
        let to = |target: &str| format!("{ISS}&target_link_uri={target}");
        let hint = |length: usize| format!("{ISS}&login_hint={}", "x".repeat(length));
        for (raw, outcome) in [
            (ISS.to_owned(), Ok(None)),
            (
                format!("{ISS}&login_hint=ann%2B1%40x.example"),
                Ok(Some("ann+1@x.example")),
            ),
            (format!("{ISS}&login_hint="), Ok(None)),
            (format!("{ISS}&organization=7"), Ok(None)),
            (to("https://flex.twilio.com/dancing-owl-1234"), Ok(None)),
            (
                to("https%3A%2F%2Fsso.example%2Flogin%2Fproduction"),
                Ok(None),
            ),
            (to("https://sso.example:443/login/production"), Ok(None)),
            (to("https://sso.example/login/other"), Err(Initiation)),
            (
                to("https://sso.example/login/production?choose"),
                Err(Initiation),
            ),
            (
                to("https://sso.example.evil.example/login/production"),
                Err(Initiation),
            ),
            (
                to("https://sso.example%40evil.example/login/production"),
                Err(Initiation),
            ),
            (to("https://flex.twilio.com@evil.example/"), Err(Initiation)),
            (to("https://evil.example"), Err(Initiation)),
            (to("//sso.example/login/production"), Err(Initiation)),
            (to("/login/production"), Err(Initiation)),
            (to("javascript:alert(1)"), Err(Initiation)),
            (to(""), Err(Initiation)),
            ("iss=https://op.example/tenant/".to_owned(), Err(Issuer)),
            ("iss=https://op.example".to_owned(), Err(Issuer)),
            ("iss=".to_owned(), Err(Issuer)),
            (String::new(), Err(Initiation)),
            (format!("{ISS}&{ISS}"), Err(Initiation)),
            (format!("{ISS}&i%73s=x"), Err(Initiation)),
            (format!("{ISS}&login_hint=a&login_hint=a"), Err(Initiation)),
            (format!("{}&target_link_uri=x", to("x")), Err(Initiation)),
            (format!("{ISS}&other=1&other=2"), Err(Initiation)),
            (format!("{ISS}&login_hint=a%0Ab"), Err(Initiation)),
            (format!("{ISS}&login_hint=%ff"), Err(Initiation)),
            (hint(321), Err(Initiation)),
            (hint(17_000), Err(Initiation)),
        ] {
            let outcome = outcome.map(|hint: Option<&str>| hint.map(str::to_owned));
            assert_eq!(judged(&raw), outcome, "{raw:.100}");
        }
        assert!(judged(&hint(320)).is_ok());
    }
}
