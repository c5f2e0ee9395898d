//! The short names that the configuration gives to things, and the reference of a login.

use std::{fmt, str::FromStr};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::clock::{Random, RandomUnavailable, random_bytes};

/// A name that can't stand in a URL path or a metric label.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a name: use 1 to 40 of a-z, 0-9, - and _, beginning with a letter or digit")]
pub struct InvalidName(pub String);

fn check_name(text: &str) -> Result<String, InvalidName> {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let bytes = text.as_bytes();
    let fits = (1..=40).contains(&bytes.len())
        && plain(bytes[0])
        && bytes
            .iter()
            .all(|&byte| plain(byte) || byte == b'-' || byte == b'_');
    if fits {
        Ok(text.to_owned())
    } else {
        Err(InvalidName(text.to_owned()))
    }
}

macro_rules! short_name {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
        #[serde(try_from = "String", into = "String")]
        #[schemars(extend("pattern" = "^[a-z0-9][a-z0-9_-]{0,39}$"))]
        pub struct $name(String);

        impl $name {
            /// The name as written.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = InvalidName;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                check_name(text).map(Self)
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidName;
            fn try_from(text: String) -> Result<Self, Self::Error> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> Self {
                name.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(&self.0)
            }
        }
    };
}

short_name! {
    /// The configured name of an identity provider: `hq` in `[idp.hq]` and `/saml/sp/hq/acs`.
    IdpName
}

short_name! {
    /// The configured name of a Flex account: `production` in `[flex.production]` and `/saml/idp/production/sso`.
    FlexName
}

/// What an agent reads out to the help desk: names one login in log, journal and page.
///
/// Ten letters and digits that can't be mistaken for each other, as `7KQ2M-X9RTD`:
/// 50 random bits, enough never to meet twice in a journal of millions, and
/// worthless to who has it.
#[derive(
    Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(try_from = "String", into = "String")]
#[schemars(extend("pattern" = "^[0-9A-HJKMNP-TV-Z]{5}-[0-9A-HJKMNP-TV-Z]{5}$"))]
pub struct LoginReference(String);

/// Crockford's base 32: no I, L, O, U.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

impl LoginReference {
    /// A fresh reference.
    ///
    /// # Errors
    /// [`RandomUnavailable`] when the random source fails.
    pub fn fresh(random: &dyn Random) -> Result<Self, RandomUnavailable> {
        let bytes: [u8; 10] = random_bytes(random)?;
        let mut text = String::with_capacity(11);
        for (position, byte) in bytes.into_iter().enumerate() {
            if position == 5 {
                text.push('-');
            }
            text.push(char::from(ALPHABET[usize::from(byte % 32)]));
        }
        Ok(Self(text))
    }

    /// The reference of a login when the random source has failed and there can be no fresh one.
    #[must_use]
    pub fn none() -> Self {
        Self("00000-00000".to_owned())
    }

    /// The reference as the agent sees it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for LoginReference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl TryFrom<String> for LoginReference {
    type Error = InvalidName;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        let bytes = text.as_bytes();
        let fits = bytes.len() == 11
            && bytes[5] == b'-'
            && bytes
                .iter()
                .enumerate()
                .all(|(at, byte)| at == 5 || ALPHABET.contains(byte));
        if fits {
            Ok(Self(text))
        } else {
            Err(InvalidName(text))
        }
    }
}

impl From<LoginReference> for String {
    fn from(reference: LoginReference) -> Self {
        reference.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SystemRandom;

    #[test]
    fn names_fit_urls_and_labels() {
        for good in ["hq", "0", "a-b_c", &"x".repeat(40)] {
            assert!(good.parse::<IdpName>().is_ok(), "{good}");
        }
        for bad in ["", "HQ", "-a", "_a", "a.b", "a/b", "é", &"x".repeat(41)] {
            assert!(bad.parse::<IdpName>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_reference_survives_being_written_down() {
        let reference = LoginReference::fresh(&SystemRandom).unwrap();
        let again = LoginReference::try_from(reference.to_string()).unwrap();
        assert_eq!(reference, again);
        assert!(LoginReference::try_from("not one".to_owned()).is_err());
    }
}
