//! The provider's answer at our redirect URI, as the browser brings it (RFC 6749 §4.1.2, RFC 9207).

use super::{parameters::Parameters, provider::Discovery};
use crate::{
    identity::{Refusal, RefusalCode},
    telemetry::escaped,
};

/// Longer than any code, in bytes.
const LONGEST_CODE: usize = 8 * 1024;
/// How much of the provider's own words is kept, in characters.
const LONGEST_WORDS: usize = 300;

/// What the provider decided.
#[derive(Clone, PartialEq, Eq)]
pub enum Outcome {
    /// A code to redeem.
    Code(String),
    /// It did not sign the person in.
    Refused(Refusal),
}

/// The answer.
#[derive(Clone, PartialEq, Eq)]
pub struct Callback {
    /// Our name for the login, as it came back.
    pub state: String,
    /// Who says that it answers.
    pub issuer: Option<String>,
    /// What was decided.
    pub outcome: Outcome,
}

impl Callback {
    /// Reads a query string. No parameter may be there twice, known or not.
    ///
    /// # Errors
    /// `oidc.callback`.
    pub fn read(raw_query: &str) -> Result<Self, Refusal> {
        let wrong = |detail: &str| Refusal::new(RefusalCode::OidcCallback, detail);
        let mut all = Parameters::read(raw_query).map_err(wrong)?;
        let mut take = |name: &str| all.take(name);
        let state = take("state").ok_or_else(|| wrong("there is no `state`"))?;
        let issuer = take("iss");
        let (code, error, words) = (take("code"), take("error"), take("error_description"));
        let outcome = match (code, error) {
            (Some(code), None) if (1..=LONGEST_CODE).contains(&code.len()) => Outcome::Code(code),
            (None, Some(error)) => Outcome::Refused(no(&error, words.as_deref())),
            (Some(_), Some(_)) => return Err(wrong("there are both `code` and `error`")),
            _ => return Err(wrong("there is neither a usable `code` nor an `error`")),
        };
        Ok(Self {
            state,
            issuer,
            outcome,
        })
    }

    /// Whether the answer comes from whom was asked, which is what a mix-up attack
    /// gets wrong (RFC 9207 §2.4).
    ///
    /// # Errors
    /// `oidc.issuer`.
    pub fn check_issuer(&self, issuer: &str, discovery: &Discovery) -> Result<(), Refusal> {
        let wrong = |detail: String| Err(Refusal::new(RefusalCode::OidcIssuer, detail));
        match &self.issuer {
            Some(named) if named == issuer => Ok(()),
            Some(named) => wrong(format!(
                "the answer names the issuer \"{}\"",
                bounded(named)
            )),
            None if discovery.names_issuer => {
                wrong("the answer names no issuer, which this provider always does".to_owned())
            }
            None => Ok(()),
        }
    }
}

/// What the provider means that says no (RFC 6749 §4.1.2.1, OpenID Connect Core §3.1.2.6,
/// OpenID Connect Core Error Code `unmet_authentication_requirements`), with its own words,
/// bounded and escaped.
fn no(error: &str, words: Option<&str>) -> Refusal {
    let code = match error {
        // Only a request that nobody was to see is answered so.
        "login_required"
        | "interaction_required"
        | "account_selection_required"
        | "consent_required" => RefusalCode::StatusNoPassive,
        // The person or the provider said no, and which of the two it does not say.
        "access_denied" => RefusalCode::StatusAccessDenied,
        "unmet_authentication_requirements" => RefusalCode::StatusNoAuthnContext,
        _ => RefusalCode::StatusNotSuccess,
    };
    Refusal::new(code, provider_words(error, words))
}

/// `access_denied: the person said no`, fit for a log.
pub(super) fn provider_words(error: &str, description: Option<&str>) -> String {
    match description {
        Some(description) => format!("{}: {}", bounded(error), bounded(description)),
        None => bounded(error),
    }
}

/// Bounded, escaped, and without the addresses of people that some providers name in their words.
pub(super) fn bounded(text: &str) -> String {
    let cut: String = text.chars().take(LONGEST_WORDS).collect();
    let words = cut.split_inclusive(char::is_whitespace).map(|word| {
        let behind = &word[word.trim_end().len()..];
        if word.contains('@') {
            format!("(address){behind}")
        } else {
            word.to_owned()
        }
    });
    escaped(&words.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(query: &str) -> Option<Outcome> {
        Callback::read(query).ok().map(|read| read.outcome)
    }

    #[test]
    fn each_answer_is_read_or_refused() {
        let code = |text: &str| Some(Outcome::Code(text.to_owned()));
        let refused =
            |code, text: &str| Some(Outcome::Refused(Refusal::new(code, text.to_owned())));
        let long = format!("state=x&code={}", "a".repeat(LONGEST_CODE + 1));
        let fits = format!("state=x&code={}", "a".repeat(LONGEST_CODE));
        assert!(outcome(&fits) == code(&"a".repeat(LONGEST_CODE)));
        let longest = format!("state=x&code=a&z={}", "a".repeat(17_000));
        for (query, expected) in [
            ("state=x&code=a%2Bb+c&session_state=1", code("a+b c")),
            ("code=c&&state=x", code("c")),
            (
                "state=x&error=access_denied",
                refused(RefusalCode::StatusAccessDenied, "access_denied"),
            ),
            (
                "state=x&error=login_required&error_description=no%0Aluck",
                refused(RefusalCode::StatusNoPassive, "login_required: no\\u{a}luck"),
            ),
            (
                "state=x&error=access_denied&error_description=ann%40op.example+said+no",
                refused(
                    RefusalCode::StatusAccessDenied,
                    "access_denied: (address) said no",
                ),
            ),
            (
                "state=x&error=interaction_required",
                refused(RefusalCode::StatusNoPassive, "interaction_required"),
            ),
            (
                "state=x&error=consent_required",
                refused(RefusalCode::StatusNoPassive, "consent_required"),
            ),
            (
                "state=x&error=unmet_authentication_requirements",
                refused(
                    RefusalCode::StatusNoAuthnContext,
                    "unmet_authentication_requirements",
                ),
            ),
            (
                "state=x&error=Access_Denied",
                refused(RefusalCode::StatusNotSuccess, "Access_Denied"),
            ),
            ("code=c", None),
            ("state=x", None),
            ("state=x&code=", None),
            ("state=x&code=c&error=e", None),
            ("state=x&code=c&code=c", None),
            ("state=x&state=x&code=c", None),
            ("state=x&code=c&c%6Fde=d", None),
            ("state=x&iss=a&iss=a&code=c", None),
            ("state=x&code=c&other=1&other=1", None),
            ("state=x&code=%ff", None),
            (&long, None),
            (&longest, None),
        ] {
            assert!(outcome(query) == expected, "{query:.80}");
        }
    }

    #[test]
    fn what_the_provider_says_is_bounded() {
        let query = format!("state=x&error={0}&error_description={0}", "e".repeat(3_000));
        let Some(Outcome::Refused(refusal)) = outcome(&query) else {
            panic!("it is refused");
        };
        let words = refusal.detail.len();
        assert!(words < 2 * LONGEST_WORDS + 10, "{words}");
    }
}
