//! Why the demo Flex lets somebody not in, in the words that Twilio has for it.

use std::fmt;

/// A rule that a response has broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// The form holds no readable response.
    Form,
    /// The response is not acceptable XML, or too large.
    Xml,
    /// Something stands where it may not, twice, or not at all.
    Shape,
    /// The identity provider did not sign it, or something was changed.
    Signature,
    /// It is not from the identity provider of this connection.
    Issuer,
    /// It says that something went wrong.
    Status,
    /// It is for another address.
    Destination,
    /// It answers no request that is open.
    InResponseTo,
    /// What went along with the request did not come back as it was.
    RelayState,
    /// The assertion is for somebody else.
    Audience,
    /// The assertion is for another address.
    Recipient,
    /// It is too early or too late.
    Time,
    /// It does not say whom, or how they signed in.
    Subject,
    /// An attribute stands there twice.
    DuplicateAttribute,
    /// A value is not of the type that its name asks for.
    AttributeFormat,
    /// `email`, `full_name` or `roles` is missing.
    RequiredAttributes,
    /// TaskRouter does not take the worker.
    Worker,
}

impl Rule {
    /// Twilio's error code for it.
    #[must_use]
    pub const fn twilio_code(self) -> u32 {
        match self {
            Self::RequiredAttributes => 45050,
            Self::AttributeFormat | Self::DuplicateAttribute => 45004,
            Self::Worker => 45009,
            _ => 70004,
        }
    }

    /// Twilio's title of that code.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::RequiredAttributes => "Missing User Attributes",
            Self::AttributeFormat | Self::DuplicateAttribute => "Validation error",
            Self::Worker => "Configuration error",
            _ => "authentication failed",
        }
    }
}

/// A login that is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// The first rule that does not hold.
    pub rule: Rule,
    /// What is wrong, for people.
    pub detail: String,
}

impl Refused {
    /// Refused by this rule.
    #[must_use]
    pub fn new(rule: Rule, detail: impl Into<String>) -> Self {
        Self {
            rule,
            detail: detail.into(),
        }
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { rule, detail } = self;
        let (title, code) = (rule.title(), rule.twilio_code());
        write!(formatter, "{title}: {detail} (error code {code})")
    }
}

impl std::error::Error for Refused {}
