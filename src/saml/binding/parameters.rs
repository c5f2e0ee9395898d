//! Strict reading of `application/x-www-form-urlencoded`: nothing twice, nothing lossy.

use percent_encoding::percent_decode;

/// A parameter that was given twice, or is not UTF-8.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the parameter {0} was given twice or can't be decoded")]
pub struct Duplicate(pub String);

/// The parameters that matter, raw and decoded.
#[derive(Debug, Default)]
pub struct Parameters<'a> {
    found: Vec<(&'static str, &'a str, String)>,
}

impl<'a> Parameters<'a> {
    /// Takes those of `wanted` from `encoded`; all others are ignored.
    ///
    /// # Errors
    /// [`Duplicate`] when one of `wanted` comes twice, or does not decode to UTF-8.
    pub fn read(encoded: &'a str, wanted: &[&'static str]) -> Result<Self, Duplicate> {
        let mut parameters = Self::default();
        for pair in encoded.split('&') {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let Some(name) = decode(name) else { continue };
            let Some(&known) = wanted.iter().find(|&&wanted| wanted == name) else {
                continue;
            };
            let refused = || Duplicate(known.to_owned());
            if parameters.get(known).is_some() {
                return Err(refused());
            }
            let decoded = decode(value).ok_or_else(refused)?;
            parameters.found.push((known, value, decoded));
        }
        Ok(parameters)
    }

    /// The decoded value.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.found
            .iter()
            .find(|(known, ..)| *known == name)
            .map(|(.., decoded)| &**decoded)
    }

    /// The value as it was sent.
    #[must_use]
    pub fn raw(&self, name: &str) -> Option<&'a str> {
        self.found
            .iter()
            .find(|(known, ..)| *known == name)
            .map(|(_, raw, _)| *raw)
    }
}

fn decode(encoded: &str) -> Option<String> {
    let spaced = encoded.replace('+', " ");
    percent_decode(spaced.as_bytes())
        .decode_utf8()
        .ok()
        .map(std::borrow::Cow::into_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_is_wanted_once() {
        let found = Parameters::read(
            "x=1&RelayState=a%2Bb+c&x=2&SAMLRequest=",
            &["RelayState", "SAMLRequest"],
        )
        .unwrap();
        assert_eq!(found.get("RelayState"), Some("a+b c"));
        assert_eq!(found.raw("RelayState"), Some("a%2Bb+c"));
        assert_eq!(found.get("SAMLRequest"), Some(""));
        assert_eq!(found.raw("SAMLRequest"), Some(""));
        assert_eq!(found.get("x"), None);
    }

    #[test]
    fn nothing_twice_and_nothing_lossy() {
        for encoded in ["a=1&a=1", "a&a", "%61=1&a=2", "a=%ff", "a=%C3"] {
            assert!(Parameters::read(encoded, &["a"]).is_err(), "{encoded}");
        }
    }
}
