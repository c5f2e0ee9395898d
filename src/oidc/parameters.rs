//! What browsers bring from a provider: query strings and forms, strictly read.

use percent_encoding::percent_decode;

/// Longer than any provider's message, in bytes.
const LONGEST: usize = 16 * 1024;

/// Every parameter of a message, decoded; none is there twice, known or not.
pub(super) struct Parameters(Vec<(String, String)>);

impl Parameters {
    /// Reads `application/x-www-form-urlencoded`.
    ///
    /// # Errors
    /// What is wrong with it, in words that repeat nothing of it.
    pub(super) fn read(raw: &str) -> Result<Self, &'static str> {
        if raw.len() > LONGEST {
            return Err("it is longer than 16 KiB");
        }
        let mut all: Vec<(String, String)> = Vec::new();
        for pair in raw.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let decoded = decode(name).zip(decode(value));
            let (name, value) = decoded.ok_or("a parameter is not UTF-8")?;
            if all.iter().any(|(known, _)| *known == name) {
                return Err("a parameter was given twice");
            }
            all.push((name, value));
        }
        Ok(Self(all))
    }

    /// Takes one out, if it is there.
    pub(super) fn take(&mut self, name: &str) -> Option<String> {
        let place = self.0.iter().position(|(known, _)| known == name)?;
        Some(self.0.swap_remove(place).1)
    }
}

fn decode(encoded: &str) -> Option<String> {
    let spaced = encoded.replace('+', " ");
    let decoded = percent_decode(spaced.as_bytes()).decode_utf8().ok()?;
    Some(decoded.into_owned())
}
