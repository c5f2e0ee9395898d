//! A URL as somebody wrote it.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use url::Url;

/// A URL that is compared and sent as it was written, byte for byte: SAML compares
/// `Destination`, `Recipient` and `AssertionConsumerServiceURL` as strings, and a
/// parsed URL has lost a `:443`, an upper-case host or an empty path. What is parsed
/// is for looking at its parts and for going there.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct WrittenUrl {
    text: String,
    url: Url,
}

impl WrittenUrl {
    /// The text, without blanks around it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The URL, to be looked at and gone to. Never to be compared or sent in a message.
    #[must_use]
    pub const fn url(&self) -> &Url {
        &self.url
    }
}

/// Two are the same when they are written the same.
impl PartialEq for WrittenUrl {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for WrittenUrl {}

impl FromStr for WrittenUrl {
    type Err = url::ParseError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        Ok(Self {
            url: text.parse()?,
            text: text.to_owned(),
        })
    }
}

impl TryFrom<String> for WrittenUrl {
    type Error = url::ParseError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<WrittenUrl> for String {
    fn from(written: WrittenUrl) -> Self {
        written.text
    }
}

impl fmt::Display for WrittenUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_stays_and_the_url_is_parsed() {
        let written: WrittenUrl = " https://Flex.Example.com:443 ".parse().unwrap();
        assert_eq!(written.as_str(), "https://Flex.Example.com:443");
        assert_eq!(written.to_string(), written.as_str());
        assert_eq!(written.url().as_str(), "https://flex.example.com/");
        assert_ne!(written, "https://flex.example.com/".parse().unwrap());
        assert!("no url".parse::<WrittenUrl>().is_err());
        let json = serde_json::to_string(&written).unwrap();
        let again: WrittenUrl = serde_json::from_str(&json).unwrap();
        assert_eq!(again, written);
    }
}
