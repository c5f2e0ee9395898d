//! Why Twilio's API gave nothing usable, in stable codes.

use std::{fmt, time::Duration};

use serde::{Deserialize, Serialize, Serializer};

macro_rules! codes {
    ($($variant:ident = $code:literal, $cause:literal, $mend:literal;)*) => {
        /// Why a call to Twilio's API failed.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum ErrorCode {
            $(#[doc = concat!("`", $code, "`: ", $cause)] $variant,)*
        }

        impl ErrorCode {
            /// Every code there is.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The stable code.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $code,)* }
            }

            /// The cause, in one sentence.
            #[must_use]
            pub const fn cause(self) -> &'static str {
                match self { $(Self::$variant => $cause,)* }
            }

            /// What the administrator can do.
            #[must_use]
            pub const fn mend(self) -> &'static str {
                match self { $(Self::$variant => $mend,)* }
            }
        }
    };
}

codes! {
    Unauthorized = "twilio.unauthorized",
        "Twilio does not accept the credentials.",
        "Check `api_key` and `api_secret` (or `auth_token`) of the Flex account: the key must belong to this account and not be revoked.";
    Forbidden = "twilio.forbidden",
        "The credentials are valid but may not do this.",
        "Use a Standard API key: Restricted keys can't read the Flex configuration. Or keep the list in a file: `defined = { from = \"file\" }`.";
    NotFound = "twilio.not_found",
        "There is nothing at this address.",
        "Check that the account is a Flex account, and `flex_api_url` and `taskrouter_url` if you set them.";
    RateLimited = "twilio.rate_limited",
        "Twilio asks for fewer requests.",
        "Nothing, if it passes; otherwise make `refresh` longer, or look for what else uses the account's API.";
    Server = "twilio.server",
        "Twilio's API failed on its side.",
        "Wait; if it lasts, look at status.twilio.com.";
    Unreachable = "twilio.unreachable",
        "No connection to Twilio's API could be made, or it broke.",
        "Check DNS, the firewall and the proxy of this machine: it must reach flex-api.twilio.com and taskrouter.twilio.com by https.";
    Timeout = "twilio.timeout",
        "Twilio's API did not answer in time.",
        "Check the network of this machine; if it lasts, look at status.twilio.com.";
    TooLarge = "twilio.too_large",
        "The answer is larger than is read.",
        "Make `ui_attributes` smaller, or keep the list in a file: `defined = { from = \"file\" }`.";
    Malformed = "twilio.malformed",
        "The answer is not what Twilio should say, in JSON.",
        "Check `flex_api_url` and `taskrouter_url`, and what stands between this machine and Twilio, such as a proxy that answers by itself.";
    Changed = "twilio.changed",
        "Somebody else changed it between reading and writing.",
        "Nothing was written. Do it again: it starts from what is there now.";
    Rejected = "twilio.rejected",
        "Twilio does not take these values.",
        "Read what Twilio says beside it; nothing was written.";
    Unexpected = "twilio.unexpected",
        "Twilio's API answered with a status that this call never should get.",
        "Check `flex_api_url`, and what stands between this machine and Twilio; a redirect is never followed.";
    OtherAccount = "twilio.other_account",
        "The credentials belong to another account than the configured one.",
        "Compare `account_sid` of the Flex account with the account that the API key was made in.";
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl Serialize for ErrorCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// What Twilio itself said: the `code` and `message` of its error body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TwilioMessage {
    /// Twilio's own code, such as 20003; <https://www.twilio.com/docs/api/errors>.
    pub code: i64,
    /// Twilio's sentence, at most 300 characters, without control characters.
    pub message: String,
}

/// The longest sentence of Twilio's that is kept, in characters.
const LONGEST_MESSAGE: usize = 300;

impl TwilioMessage {
    /// Reads Twilio's error body; `None` when `body` is not one.
    #[must_use]
    pub(super) fn read(body: &[u8]) -> Option<Self> {
        #[derive(Deserialize)]
        struct Wire {
            code: i64,
            #[serde(default)]
            message: String,
        }
        let wire: Wire = serde_json::from_slice(body).ok()?;
        Some(Self {
            code: wire.code,
            message: plain(&wire.message, LONGEST_MESSAGE),
        })
    }
}

/// `text` without control characters, cut to `longest` characters: fit for a log line.
pub(super) fn plain(text: &str, longest: usize) -> String {
    let mut short: String = text
        .chars()
        .take(longest)
        .map(|letter| if letter.is_control() { ' ' } else { letter })
        .collect();
    if text.chars().nth(longest).is_some() {
        short.push('…');
    }
    short
}

/// A failed call to Twilio's API. Never contains a credential.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("{code}: {detail}")]
pub struct Error {
    /// The stable code.
    pub code: ErrorCode,
    /// What exactly was seen.
    pub detail: String,
    /// The HTTP status, where there was an answer.
    pub status: Option<u16>,
    /// What Twilio itself said, where it did.
    pub twilio: Option<TwilioMessage>,
    /// How long Twilio asked to be left alone.
    pub retry_after: Option<Duration>,
    /// Whether it is certain that Twilio did nothing. After a write without this
    /// certainty whoever asked must look what is there.
    pub did_nothing: bool,
}

impl Error {
    /// An error without an answer of Twilio's.
    #[must_use]
    pub fn new(code: ErrorCode, detail: impl Into<String>) -> Self {
        Self {
            code,
            detail: detail.into(),
            status: None,
            twilio: None,
            retry_after: None,
            did_nothing: false,
        }
    }

    /// What the administrator can do.
    #[must_use]
    pub const fn mend(&self) -> &'static str {
        self.code.mend()
    }

    /// Whether the same call may well succeed a little later.
    #[must_use]
    pub const fn is_passing(&self) -> bool {
        matches!(
            self.code,
            ErrorCode::RateLimited
                | ErrorCode::Server
                | ErrorCode::Unreachable
                | ErrorCode::Timeout
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn codes_are_unique_and_each_has_a_mend() {
        let codes: HashSet<_> = ErrorCode::ALL.iter().map(|code| code.as_str()).collect();
        assert_eq!(codes.len(), ErrorCode::ALL.len());
        for code in ErrorCode::ALL {
            assert!(code.as_str().starts_with("twilio."), "{code}");
            assert!(
                !code.mend().is_empty() && !code.cause().is_empty(),
                "{code}"
            );
        }
    }

    #[test]
    fn what_twilio_says_is_kept_short_and_plain() {
        let long = format!(
            r#"{{"code":20003,"message":"a\u0007b{}"}}"#,
            "x".repeat(1000)
        );
        let said = TwilioMessage::read(long.as_bytes()).unwrap();
        assert_eq!(said.code, 20003);
        assert!(said.message.starts_with("a bxx") && said.message.ends_with('…'));
        assert_eq!(said.message.chars().count(), LONGEST_MESSAGE + 1);
        for other in ["", "[]", r#"{"code":"x"}"#, "<html>"] {
            assert_eq!(TwilioMessage::read(other.as_bytes()), None, "{other}");
        }
    }
}
