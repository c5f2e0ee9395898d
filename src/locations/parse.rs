//! From a JSON document to the locations that it defines.
//!
//! Flex itself checks nothing, so a list out there may hold anything. A usable
//! name stays usable whatever else is odd about its entry: dropping it would
//! take the voice path from agents whom Flex itself would serve.

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::oddity::{Oddity, OddityKind};
use crate::identity::{Location, fold_name};

/// The most entries of a list.
const MOST_ENTRIES: usize = 100_000;

/// The most characters of a name.
const LONGEST_NAME: usize = 500;

/// The most characters of a name as shown in an oddity.
const LONGEST_SHOWN: usize = 80;

/// The most edges of a location, and the most bytes of each.
const MOST_EDGES: usize = 32;
const LONGEST_EDGE: usize = 255;

/// The most oddities that are kept; the rest is only counted.
const MOST_ODDITIES: usize = 1_000;

/// What a document defines.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Parsed {
    /// The usable locations in their order, each name once.
    pub locations: Vec<Location>,
    /// What is odd, the first thousand.
    pub oddities: Vec<Oddity>,
    /// How many oddities there are beyond these.
    pub more_oddities: usize,
}

/// The document can't be read as a list at all; Flex could not use it either.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotAList {
    /// Something else stands where the list should.
    #[error("{place} is {found}, not {wanted}")]
    Shape {
        /// Where.
        place: &'static str,
        /// What stands there.
        found: &'static str,
        /// What should.
        wanted: &'static str,
    },
    /// More entries than are read.
    #[error("the list has {0} entries; at most {MOST_ENTRIES} are read")]
    TooMany(usize),
}

/// Reads an array of locations, an object with `locations`, or a whole Flex Configuration.
///
/// A missing, null or empty list defines nothing and is no error: Flex then
/// ignores `flex_location`.
///
/// # Errors
/// [`NotAList`] when something else stands where the list should, or it is too long.
pub fn parse(document: &Value) -> Result<Parsed, NotAList> {
    match document {
        Value::Array(entries) => read(entries),
        Value::Object(object) if object.contains_key("locations") => in_object(object),
        Value::Object(object) => object
            .get("ui_attributes")
            .map_or_else(|| Ok(nothing()), in_ui_attributes),
        other => Err(shape("the document", other, "an array or an object")),
    }
}

/// Reads `ui_attributes` of a Flex Configuration.
pub(super) fn in_ui_attributes(attributes: &Value) -> Result<Parsed, NotAList> {
    match attributes {
        Value::Null => Ok(Parsed::default()),
        Value::Object(object) => in_object(object),
        other => Err(shape("`ui_attributes`", other, "an object")),
    }
}

fn in_object(object: &Map<String, Value>) -> Result<Parsed, NotAList> {
    match object.get("locations") {
        None | Some(Value::Null) => Ok(Parsed::default()),
        Some(Value::Array(entries)) => read(entries),
        Some(other) => Err(shape("`locations`", other, "an array")),
    }
}

fn nothing() -> Parsed {
    let mut reading = Reading::default();
    reading.note(None, OddityKind::NoList, None);
    reading.parsed
}

const fn shape(place: &'static str, found: &Value, wanted: &'static str) -> NotAList {
    let found = match found {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    };
    NotAList::Shape {
        place,
        found,
        wanted,
    }
}

fn read(entries: &[Value]) -> Result<Parsed, NotAList> {
    if entries.len() > MOST_ENTRIES {
        return Err(NotAList::TooMany(entries.len()));
    }
    let mut reading = Reading::default();
    for (index, entry) in entries.iter().enumerate() {
        reading.entry(index, entry);
    }
    Ok(reading.parsed)
}

#[derive(Default)]
struct Reading<'a> {
    parsed: Parsed,
    names: HashSet<&'a str>,
    folded: HashSet<String>,
}

impl<'a> Reading<'a> {
    fn note(&mut self, index: Option<usize>, kind: OddityKind, name: Option<&str>) {
        if self.parsed.oddities.len() == MOST_ODDITIES {
            self.parsed.more_oddities += 1;
            return;
        }
        let name = name.map(|name| {
            let start: String = name.chars().take(LONGEST_SHOWN).collect();
            start.escape_debug().to_string()
        });
        self.parsed.oddities.push(Oddity { index, kind, name });
    }

    fn entry(&mut self, index: usize, entry: &'a Value) {
        let Value::Object(object) = entry else {
            return self.note(Some(index), OddityKind::NotAnObject, None);
        };
        let name = match object.get("name") {
            None | Some(Value::Null) => {
                return self.note(Some(index), OddityKind::NameMissing, None);
            }
            Some(Value::String(name)) => name,
            Some(_) => return self.note(Some(index), OddityKind::NameNotText, None),
        };
        if let Some(kind) = unusable(name) {
            return self.note(Some(index), kind, Some(name));
        }
        if !self.names.insert(name) {
            return self.note(Some(index), OddityKind::NameDuplicate, Some(name));
        }
        if !self.folded.insert(fold_name(name)) {
            self.note(Some(index), OddityKind::NameAlike, Some(name));
        }
        if name.trim() != name {
            self.note(Some(index), OddityKind::NamePadded, Some(name));
        }
        if name.chars().any(char::is_control) {
            self.note(Some(index), OddityKind::NameControl, Some(name));
        }
        let edges = self.edges(index, name, object.get("edge"));
        self.parsed.locations.push(Location {
            name: name.clone(),
            edges,
        });
    }

    fn edges(&mut self, index: usize, name: &str, edge: Option<&Value>) -> Vec<String> {
        let members = match edge {
            None | Some(Value::Null) => {
                self.note(Some(index), OddityKind::EdgeMissing, Some(name));
                return Vec::new();
            }
            Some(Value::Array(members)) => members.as_slice(),
            Some(single) => std::slice::from_ref(single),
        };
        let mut edges = Vec::new();
        let (mut not_text, mut empty) = (false, members.is_empty());
        for member in members.iter().take(MOST_EDGES) {
            match member.as_str() {
                Some(text) if text.trim().is_empty() => empty = true,
                Some(text) if text.len() <= LONGEST_EDGE => edges.push(text.to_owned()),
                _ => not_text = true,
            }
        }
        for (is_so, kind) in [
            (not_text, OddityKind::EdgeNotText),
            (empty, OddityKind::EdgeEmpty),
            (members.len() > MOST_EDGES, OddityKind::EdgeTooMany),
        ] {
            if is_so {
                self.note(Some(index), kind, Some(name));
            }
        }
        edges
    }
}

/// Why a name can't be used at all, if so.
fn unusable(name: &str) -> Option<OddityKind> {
    if name.trim().is_empty() {
        Some(OddityKind::NameBlank)
    } else if name.chars().nth(LONGEST_NAME).is_some() {
        Some(OddityKind::NameTooLong)
    } else if name.chars().any(|letter| !is_xml(letter)) {
        Some(OddityKind::NameUnsendable)
    } else {
        None
    }
}

/// Whether XML 1.0 can carry the character (section 2.2, production 2).
const fn is_xml(letter: char) -> bool {
    matches!(letter, '\t' | '\n' | '\r' | ' '..='\u{fffd}' | '\u{10000}'..)
}

#[cfg(test)]
mod tests;
