//! A document that somebody hands in to have its locations applied.
//!
//! Stricter than what is read for logins: a document without a list defines nothing there, and
//! would take away everything here.

use serde_json::{Value, value::RawValue};

use super::{
    lint::{Findings, lint},
    merge::{MergeError, list_in},
    parse::{NotAList, Parsed, parse},
};

/// The largest document that is read, in bytes.
pub const LARGEST_DOCUMENT: usize = 8 * 1024 * 1024;

/// The document holds no list that could be applied.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoListIn {
    /// It is larger than 8 MiB.
    #[error("it is larger than 8 MiB")]
    TooLarge,
    /// It is not JSON.
    #[error("it is not JSON: {0}")]
    NotJson(String),
    /// It has no list where one should stand.
    #[error("it has no list of locations; write [] if none shall be defined")]
    Missing,
    /// What stands there can't be read as a list.
    #[error(transparent)]
    NotAList(#[from] NotAList),
    /// It says twice what the locations are.
    #[error(transparent)]
    Ambiguous(#[from] MergeError),
}

/// A list of locations as somebody wrote it.
#[derive(Debug, Clone)]
pub struct Document {
    /// The array, byte for byte.
    pub list: Box<RawValue>,
    /// What it defines.
    pub parsed: Parsed,
}

impl Document {
    /// Reads an array of locations, an object with `locations`, or a whole Flex Configuration.
    ///
    /// # Errors
    /// [`NoListIn`].
    pub fn read(bytes: &[u8]) -> Result<Self, NoListIn> {
        if bytes.len() > LARGEST_DOCUMENT {
            return Err(NoListIn::TooLarge);
        }
        // What some editors put first, and JSON doesn't know.
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let not_json = |error: serde_json::Error| NoListIn::NotJson(error.to_string());
        let text: &RawValue = serde_json::from_slice(bytes).map_err(not_json)?;
        let value: Value = serde_json::from_str(text.get()).map_err(not_json)?;
        let list = match &value {
            Value::Object(object) if object.contains_key("locations") => list_in(text)?,
            Value::Object(object) if object.contains_key("ui_attributes") => {
                list_in(&ui_attributes(text).map_err(not_json)?)?
            }
            Value::Object(_) => None,
            _ => Some(text.to_owned()),
        };
        let list = list
            .filter(|list| list.get() != "null")
            .ok_or(NoListIn::Missing)?;
        let parsed = parse(&value)?;
        Ok(Self { list, parsed })
    }

    /// What an administrator should know of it.
    #[must_use]
    pub fn lint(&self) -> Findings {
        let Parsed {
            locations,
            oddities,
            more_oddities,
        } = &self.parsed;
        lint(locations.iter(), oddities, *more_oddities)
    }
}

/// `ui_attributes` of a whole Flex Configuration, as it is written there.
fn ui_attributes(document: &RawValue) -> serde_json::Result<Box<RawValue>> {
    #[derive(serde::Deserialize)]
    struct Whole {
        ui_attributes: Option<Box<RawValue>>,
    }
    let whole: Whole = serde_json::from_str(document.get())?;
    Ok(whole
        .ui_attributes
        .unwrap_or_else(|| RawValue::NULL.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_taken_as_it_is_written() {
        let list = r#"[ {"name":"A", "edge":"tokyo", "note":1.0} ]"#;
        for document in [
            format!("\n{list}\n"),
            format!("\u{feff}{list}"),
            format!("{{ \"locations\": {list} }}"),
            format!(r#"{{"account_sid":"AC","ui_attributes":{{"a":1,"locations":{list}}}}}"#),
        ] {
            let read = Document::read(document.as_bytes()).unwrap();
            assert_eq!(read.list.get(), list);
            assert_eq!(read.parsed.locations[0].name, "A");
        }
        assert_eq!(Document::read(b"[]").unwrap().list.get(), "[]");
    }

    #[test]
    fn what_would_take_everything_away_is_no_list() {
        for (document, refused) in [
            ("null", "no list"),
            ("{}", "no list"),
            (r#"{"location":[]}"#, "no list"),
            (r#"{"locations":null}"#, "no list"),
            (r#"{"ui_attributes":null}"#, "no list"),
            (r#"{"ui_attributes":{}}"#, "no list"),
            (r#"{"ui_attributes":{"locations":null}}"#, "no list"),
            ("", "not JSON"),
            ("[", "not JSON"),
            ("[] []", "not JSON"),
            ("\"A\"", "not an array"),
            (r#"{"locations":{}}"#, "not an array"),
            (r#"{"ui_attributes":[]}"#, "not an object"),
            (r#"{"locations":[],"locations":[]}"#, "more than once"),
        ] {
            let error = Document::read(document.as_bytes()).unwrap_err().to_string();
            assert!(error.contains(refused), "{document}: {error}");
        }
        let large = vec![b' '; LARGEST_DOCUMENT + 1];
        assert_eq!(Document::read(&large).unwrap_err(), NoListIn::TooLarge);
    }
}
