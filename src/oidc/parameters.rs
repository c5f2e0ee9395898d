//! What browsers bring from a provider: query strings and forms, strictly read.

use std::collections::HashMap;

use percent_encoding::percent_decode;

/// Longer than any provider's message, in bytes.
const LONGEST: usize = 16 * 1024;

/// Every parameter of a message, decoded; none is there twice, known or not.
pub(super) struct Parameters(HashMap<String, String>);

impl Parameters {
    /// Reads `application/x-www-form-urlencoded`.
    ///
    /// # Errors
    /// What is wrong with it, in words that repeat nothing of it.
    pub(super) fn read(raw: &str) -> Result<Self, &'static str> {
        if raw.len() > LONGEST {
            return Err("it is longer than 16 KiB");
        }
        // Thousands of names fit into a query: looking for each among all of them would cost a
        // stranger nothing and us much.
        let mut all = HashMap::new();
        for pair in raw.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let decoded = decode(name).zip(decode(value));
            let (name, value) = decoded.ok_or("a parameter is not UTF-8")?;
            if all.insert(name, value).is_some() {
                return Err("a parameter was given twice");
            }
        }
        Ok(Self(all))
    }

    /// Takes one out, if it is there.
    pub(super) fn take(&mut self, name: &str) -> Option<String> {
        self.0.remove(name)
    }
}

fn decode(encoded: &str) -> Option<String> {
    let spaced = encoded.replace('+', " ");
    let decoded = percent_decode(spaced.as_bytes()).decode_utf8().ok()?;
    Some(decoded.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Stopwatch;

    #[test]
    fn it_is_read_up_to_its_bound_and_not_beyond() {
        let of = |bytes: usize| Parameters::read(&format!("a={}", "x".repeat(bytes - 2))).is_ok();
        assert!(of(LONGEST));
        assert!(!of(LONGEST + 1));
    }

    /// Eight times as many names cost about eight times as much, and not the square of it.
    #[test]
    fn many_names_cost_no_more_than_their_number() {
        let names = |count: usize| {
            let names: Vec<String> = (0..count).map(|n| format!("{n:x}")).collect();
            names.join("&")
        };
        let took = |query: &str| {
            let once = || {
                let watch = Stopwatch::start();
                assert!(Parameters::read(query).is_ok());
                watch.elapsed()
            };
            (0..20).map(|_| once()).min().unwrap()
        };
        let many = names(3_200);
        let (few, all) = (took(&names(400)), took(&many));
        assert!(all < 24 * few, "{all:?} against {few:?}");
        assert!(Parameters::read(&format!("{many}&0")).is_err(), "0 twice");
    }
}
