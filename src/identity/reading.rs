//! What was read of a person to decide the location, as far as the journal may keep it.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How many values of an attribute are kept at most.
pub const MOST_KEPT_VALUES: usize = 8;

/// The longest value that is kept, in characters.
pub const LONGEST_KEPT_VALUE: usize = 256;

/// How many answers to conditions are kept at most; with more, none is.
pub const MOST_KEPT_ANSWERS: usize = 100;

/// How many digits follow the `ag-` of a pseudonym.
const DIGITS: usize = 20;

/// Who signed in, as the journal calls them: `ag-` and 20 hexadecimal digits, a keyed hash of
/// the identity provider and its NameID.
///
/// Without the key nobody can tell whose it is; with it, a NameID leads to its pseudonym and
/// never the other way.
#[derive(
    Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(try_from = "String", into = "String")]
#[schemars(extend("pattern" = "^ag-[0-9a-f]{20}$"))]
pub struct AgentPseudonym(String);

/// A text that is no pseudonym.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a pseudonym looks like ag-0123456789abcdef0123")]
pub struct InvalidPseudonym;

impl AgentPseudonym {
    /// Of a keyed hash, whose first ten bytes are shown.
    #[must_use]
    pub fn of_hash(hash: &[u8; 32]) -> Self {
        let mut text = hex::encode(hash);
        text.truncate(DIGITS);
        Self(format!("ag-{text}"))
    }

    /// The pseudonym as it is shown.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for AgentPseudonym {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl TryFrom<String> for AgentPseudonym {
    type Error = InvalidPseudonym;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        let digits = text.strip_prefix("ag-").ok_or(InvalidPseudonym)?;
        if digits.len() == DIGITS && digits.bytes().all(digit) {
            Ok(Self(text))
        } else {
            Err(InvalidPseudonym)
        }
    }
}

impl From<AgentPseudonym> for String {
    fn from(pseudonym: AgentPseudonym) -> Self {
        pseudonym.0
    }
}

/// What was read of one person.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Reading {
    /// The attributes that were looked at, in the order of the configuration, those that were
    /// not there included; the last of the location's own is the one that counted.
    pub attributes: Vec<ReadAttribute>,
    /// Which conditions on the person held, where that is kept.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub answers: Vec<Answer>,
}

/// One attribute that was looked at.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub struct ReadAttribute {
    /// Its configured name.
    pub name: String,
    /// How many values it had that are not blank; 0: it was not there, or blank.
    pub count: usize,
    /// The values, where they are kept: the first 8, without surrounding white space.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<String>,
    /// Keyed hashes of the values, folded, where those are kept.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hashes: Vec<String>,
    /// Whether a value was longer than 256 characters; the rest is not kept.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub cut: bool,
}

impl ReadAttribute {
    /// Whether the kept values are all there was.
    #[must_use]
    pub const fn is_whole(&self) -> bool {
        self.values.len() == self.count && !self.cut
    }
}

/// A condition of a rule on the person, and whether it held.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Answer {
    /// What was asked.
    #[serde(flatten)]
    pub asked: Question,
    /// Whether it held.
    pub held: bool,
}

/// What a rule can ask about a person as a whole, besides the identity provider.
#[derive(
    Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Question {
    /// Whether the person is in this group.
    Group(String),
    /// Whether the e-mail address is in this domain.
    EmailDomain(String),
    /// Whether the agent signs in from this network.
    Network(String),
}

impl fmt::Display for Question {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Group(name) => write!(formatter, "group {name:?}"),
            Self::EmailDomain(name) => write!(formatter, "email_domain {name:?}"),
            Self::Network(name) => write!(formatter, "network {name:?}"),
        }
    }
}

impl Reading {
    /// The attribute that counted: the first that was there.
    #[must_use]
    pub fn counted(&self) -> Option<&ReadAttribute> {
        self.attributes.iter().find(|attribute| attribute.count > 0)
    }

    /// Every value, or hash of one, that is kept.
    pub fn kept(&self) -> impl Iterator<Item = &str> {
        let attributes = self.attributes.iter();
        attributes.flat_map(|one| one.values.iter().chain(&one.hashes).map(String::as_str))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pseudonym_is_told_from_a_name_id() {
        let one = AgentPseudonym::of_hash(&[0xab; 32]);
        assert_eq!(one.as_str(), "ag-abababababababababab");
        assert_eq!(AgentPseudonym::try_from(one.to_string()), Ok(one));
        for other in [
            "ann@company.example",
            "ag-abababababababababAB",
            "ag-abab",
            "",
        ] {
            assert!(
                AgentPseudonym::try_from(other.to_owned()).is_err(),
                "{other}"
            );
        }
    }

    #[test]
    fn a_reading_is_written_briefly() {
        let reading = Reading {
            attributes: vec![
                ReadAttribute {
                    name: "office".to_owned(),
                    ..ReadAttribute::default()
                },
                ReadAttribute {
                    name: "department".to_owned(),
                    count: 1,
                    values: vec!["Sales".to_owned()],
                    ..ReadAttribute::default()
                },
            ],
            answers: vec![Answer {
                asked: Question::Group("Field".to_owned()),
                held: true,
            }],
        };
        let text = serde_json::to_string(&reading).unwrap();
        assert_eq!(
            text,
            r#"{"attributes":[{"name":"office","count":0},{"name":"department","count":1,"values":["Sales"]}],"answers":[{"group":"Field","held":true}]}"#
        );
        assert_eq!(serde_json::from_str::<Reading>(&text).unwrap(), reading);
        assert_eq!(reading.counted().unwrap().name, "department");
    }
}
