//! New locations in an existing `ui_attributes`, and nothing else touched.
//!
//! Must never: write anew what belongs to others. The text is cut and joined, not taken apart
//! and printed: numbers, escapes, white space and the order of keys stay as Twilio wrote them.

use std::ops::Range;

use serde::de::{Deserializer as _, MapAccess, Visitor};
use serde_json::{Value, value::RawValue};

/// The key of the list in `ui_attributes`.
pub(super) const LOCATIONS: &str = "locations";

/// The locations can't be put into this text without guessing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MergeError {
    /// It is neither an object nor null.
    #[error("`ui_attributes` is not an object")]
    NotAnObject,
    /// It names `locations` more than once.
    #[error("`ui_attributes` has `locations` more than once")]
    Twice,
}

/// One member of an object, and where its key and value stand in the text.
struct Member<'a> {
    key: String,
    key_at: Range<usize>,
    value: &'a str,
    value_at: Range<usize>,
}

/// `existing` with `locations` set to `list`, or without them.
///
/// # Errors
/// [`MergeError`] when that would take guessing.
pub fn merge(existing: &RawValue, list: Option<&RawValue>) -> Result<Box<RawValue>, MergeError> {
    let text = existing.get();
    if text == "null" {
        let fresh = match list {
            None => return Ok(existing.to_owned()),
            Some(list) => format!("{{\"{LOCATIONS}\":{list}}}"),
        };
        return raw(fresh);
    }
    let members = members(text)?;
    let place = only(&members)?;
    let (cut, put) = match (place, list) {
        (None, None) => return Ok(existing.to_owned()),
        (Some(place), Some(list)) => (members[place].value_at.clone(), list.to_string()),
        (None, Some(list)) => {
            let comma = if members.is_empty() { "" } else { "," };
            // Behind the last value, before whatever white space leads to the bracket.
            let at = members.last().map_or(1, |last| last.value_at.end);
            (at..at, format!("{comma}\"{LOCATIONS}\":{list}"))
        }
        (Some(place), None) => (without(&members, place), String::new()),
    };
    raw(format!("{}{put}{}", &text[..cut.start], &text[cut.end..]))
}

/// The list in `attributes` as it is written; `None` when there is none.
///
/// # Errors
/// [`MergeError`] as for [`merge`].
pub fn list_in(attributes: &RawValue) -> Result<Option<Box<RawValue>>, MergeError> {
    if attributes.get() == "null" {
        return Ok(None);
    }
    let members = members(attributes.get())?;
    let place = only(&members)?;
    place
        .map(|place| raw(members[place].value.to_owned()))
        .transpose()
}

/// The keys beside `locations` whose values differ between two `ui_attributes`, or that only
/// one of them has.
#[must_use]
pub fn other_keys(before: &Value, after: &Value) -> Vec<String> {
    let empty = serde_json::Map::new();
    let (before, after) = (
        before.as_object().unwrap_or(&empty),
        after.as_object().unwrap_or(&empty),
    );
    let gone = before.keys().filter(|key| !after.contains_key(*key));
    let new = after.iter().filter_map(|(key, value)| {
        let same = before.get(key).is_some_and(|old| same(old, value));
        (!same).then_some(key)
    });
    let all = gone.chain(new).filter(|key| *key != LOCATIONS);
    all.cloned().collect()
}

/// Whether two documents say the same: white space, escapes, the order of keys and the way
/// numbers are written don't count, for who stores JSON may write it anew.
#[must_use]
pub fn same(one: &Value, other: &Value) -> bool {
    canonical(one) == canonical(other)
}

/// A text that is equal for documents that say the same.
#[must_use]
pub fn canonical(value: &Value) -> String {
    let mut text = String::new();
    write(value, &mut text);
    text
}

fn write(value: &Value, text: &mut String) {
    match value {
        Value::Array(members) => {
            text.push('[');
            for member in members {
                write(member, text);
                text.push(',');
            }
            text.push(']');
        }
        Value::Object(members) => {
            let mut sorted: Vec<_> = members.iter().collect();
            sorted.sort_unstable_by_key(|(key, _)| *key);
            text.push('{');
            for (key, member) in sorted {
                text.push_str(&Value::from(key.as_str()).to_string());
                text.push(':');
                write(member, text);
                text.push(',');
            }
            text.push('}');
        }
        Value::Number(number) if number.is_f64() => {
            // `1.0` and `1` are one number, as they are to Flex.
            let number = number.as_f64().unwrap_or_default();
            text.push_str(&number.to_string());
        }
        plain => text.push_str(&plain.to_string()),
    }
}

/// Cuts a member together with the comma that is then one too many.
fn without(members: &[Member<'_>], place: usize) -> Range<usize> {
    let member = &members[place];
    if let Some(next) = members.get(place + 1) {
        member.key_at.start..next.key_at.start
    } else if let Some(before) = place.checked_sub(1).and_then(|at| members.get(at)) {
        before.value_at.end..member.value_at.end
    } else {
        member.key_at.start..member.value_at.end
    }
}

fn only(members: &[Member<'_>]) -> Result<Option<usize>, MergeError> {
    let mut places = (0..members.len()).filter(|&place| members[place].key == LOCATIONS);
    let place = places.next();
    if places.next().is_some() {
        return Err(MergeError::Twice);
    }
    Ok(place)
}

fn members(text: &str) -> Result<Vec<Member<'_>>, MergeError> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let pairs = deserializer
        .deserialize_map(Pairs)
        .map_err(|_| MergeError::NotAnObject)?;
    let member = |(key, value): (&'_ RawValue, &'_ RawValue)| {
        Some(Member {
            key: serde_json::from_str(key.get()).ok()?,
            key_at: place_in(text, key.get()),
            value_at: place_in(text, value.get()),
            value: &text[place_in(text, value.get())],
        })
    };
    pairs
        .into_iter()
        .map(|pair| member(pair).ok_or(MergeError::NotAnObject))
        .collect()
}

/// Where a piece that was borrowed from `text` stands in it.
fn place_in(text: &str, piece: &str) -> Range<usize> {
    let start = piece.as_ptr().addr() - text.as_ptr().addr();
    start..start + piece.len()
}

struct Pairs;

impl<'de> Visitor<'de> for Pairs {
    type Value = Vec<(&'de RawValue, &'de RawValue)>;

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut pairs = Vec::new();
        while let Some(pair) = map.next_entry()? {
            pairs.push(pair);
        }
        Ok(pairs)
    }
}

fn raw(text: String) -> Result<Box<RawValue>, MergeError> {
    RawValue::from_string(text).map_err(|_| MergeError::NotAnObject)
}

#[cfg(test)]
mod tests;
