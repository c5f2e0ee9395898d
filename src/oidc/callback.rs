//! The provider's answer at our redirect URI, as the browser brings it (RFC 6749 §4.1.2, RFC 9207).

use percent_encoding::percent_decode;

use super::provider::Discovery;
use crate::{
    identity::{Refusal, RefusalCode},
    telemetry::escaped,
};

/// Longer than any provider's answer, in bytes.
const LONGEST: usize = 16 * 1024;
/// Longer than any code, in bytes.
const LONGEST_CODE: usize = 8 * 1024;
/// How much of the provider's own words is kept, in characters.
const LONGEST_WORDS: usize = 300;

/// What the provider decided.
#[derive(Clone, PartialEq, Eq)]
pub enum Outcome {
    /// A code to redeem.
    Code(String),
    /// It did not sign the person in; its own words, bounded and escaped.
    Refused(String),
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
        if raw_query.len() > LONGEST {
            return Err(wrong("the query is longer than 16 KiB"));
        }
        let mut all: Vec<(String, String)> = Vec::new();
        for pair in raw_query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let decoded = decode(name).zip(decode(value));
            let (name, value) = decoded.ok_or_else(|| wrong("a parameter is not UTF-8"))?;
            if all.iter().any(|(known, _)| *known == name) {
                return Err(wrong("a parameter was given twice"));
            }
            all.push((name, value));
        }
        let mut take = |name: &str| {
            let place = all.iter().position(|(known, _)| known == name)?;
            Some(all.swap_remove(place).1)
        };
        let state = take("state").ok_or_else(|| wrong("there is no `state`"))?;
        let issuer = take("iss");
        let (code, error, words) = (take("code"), take("error"), take("error_description"));
        let outcome = match (code, error) {
            (Some(code), None) if (1..=LONGEST_CODE).contains(&code.len()) => Outcome::Code(code),
            (None, Some(error)) => Outcome::Refused(provider_words(&error, words.as_deref())),
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

/// `access_denied: the person said no`, fit for a log.
pub(super) fn provider_words(error: &str, description: Option<&str>) -> String {
    match description {
        Some(description) => format!("{}: {}", bounded(error), bounded(description)),
        None => bounded(error),
    }
}

pub(super) fn bounded(text: &str) -> String {
    let cut: String = text.chars().take(LONGEST_WORDS).collect();
    escaped(&cut)
}

fn decode(encoded: &str) -> Option<String> {
    let spaced = encoded.replace('+', " ");
    let decoded = percent_decode(spaced.as_bytes()).decode_utf8().ok()?;
    Some(decoded.into_owned())
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
        let refused = |text: &str| Some(Outcome::Refused(text.to_owned()));
        let long = format!("state=x&code={}", "a".repeat(9_000));
        let longest = format!("state=x&code=a&z={}", "a".repeat(17_000));
        for (query, expected) in [
            ("state=x&code=a%2Bb+c&session_state=1", code("a+b c")),
            ("code=c&&state=x", code("c")),
            ("state=x&error=access_denied", refused("access_denied")),
            (
                "state=x&error=login_required&error_description=no%0Aluck",
                refused("login_required: no\\u{a}luck"),
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
        let Some(Outcome::Refused(words)) = outcome(&query) else {
            panic!("it is refused");
        };
        assert!(words.len() < 2 * LONGEST_WORDS + 10, "{}", words.len());
    }
}
