//! A worker's attributes: a JSON object, kept as the text it came as.
//!
//! They belong to routing, to Flex and to whoever else writes there. So one value is cut
//! out and another put in its place, and every other byte stays: numbers of any size, the
//! order, repeated keys, white space, escapes. Reading them into a tree and writing that
//! would keep only what the tree can hold (`serde_json`: numbers of 64 bits, each key once;
//! its `arbitrary_precision` would keep the numbers, and change them for the whole crate).

use std::{borrow::Cow, fmt};

use serde::{
    Deserializer as _,
    de::{MapAccess, Visitor},
};
use serde_json::{Value, value::RawValue};

/// The most characters of a worker's attributes that Twilio takes, white space included.
pub const LONGEST_ATTRIBUTES: usize = 4096;

/// The attribute that Flex reads an agent's location from.
const FLEX_LOCATION: &str = "flex_location";

/// The text is not one JSON object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the attributes are no JSON object")]
pub struct AttributesNotAnObject;

/// A worker's attributes: the text of one JSON object.
#[derive(Clone, PartialEq, Eq)]
pub struct WorkerAttributes(String);

impl fmt::Debug for WorkerAttributes {
    /// Without the values, which are personal.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "WorkerAttributes({} bytes)", self.0.len())
    }
}

/// The `flex_location` that a worker has now, as Flex takes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CurrentLocation {
    /// There is none.
    Absent,
    /// A value that Flex takes for none: empty, `null`, `false` or `0`.
    Empty,
    /// A name; whether it is defined is not said.
    Named(String),
    /// Something that is no text and never equals a name, as JSON: Flex's voice fails with it.
    NoText(String),
}

/// What stands under one key, in order.
struct Entry<'a> {
    key: Cow<'a, str>,
    value: &'a RawValue,
}

impl WorkerAttributes {
    /// Takes the text of one JSON object.
    ///
    /// # Errors
    /// [`AttributesNotAnObject`].
    pub fn read(text: String) -> Result<Self, AttributesNotAnObject> {
        entries(&text)?;
        Ok(Self(text))
    }

    /// The text, as it came or as it was made.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// How many characters the text has, as Twilio counts them.
    #[must_use]
    pub fn characters(&self) -> usize {
        self.0.chars().count()
    }

    /// The `flex_location` that is there. Of a repeated key the last counts, as in JavaScript.
    #[must_use]
    pub fn location(&self) -> CurrentLocation {
        let Some(value) = self.value(FLEX_LOCATION) else {
            return CurrentLocation::Absent;
        };
        match value {
            Value::Null | Value::Bool(false) => CurrentLocation::Empty,
            Value::String(text) if text.is_empty() => CurrentLocation::Empty,
            Value::String(text) => CurrentLocation::Named(text),
            Value::Number(number) if number.as_f64() == Some(0.0) => CurrentLocation::Empty,
            other => CurrentLocation::NoText(other.to_string()),
        }
    }

    /// The value under `key` of the object itself; of a repeated key the last. `None` too
    /// for a value that this program can't hold, such as a number beyond 64 bits.
    #[must_use]
    pub fn value(&self, key: &str) -> Option<Value> {
        let entries = entries(&self.0).ok()?;
        let last = entries.iter().rfind(|entry| entry.key == key)?;
        serde_json::from_str(last.value.get()).ok()
    }

    /// The text under `key`, if it is text.
    #[must_use]
    pub fn text(&self, key: &str) -> Option<String> {
        match self.value(key)? {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    /// The same with this `flex_location`, every other byte as it was.
    ///
    /// # Errors
    /// [`AttributesNotAnObject`], which what was read never is.
    pub fn with_location(&self, location: &str) -> Result<Self, AttributesNotAnObject> {
        let value = Value::from(location).to_string();
        let entries = entries(&self.0)?;
        let mut made = String::with_capacity(self.0.len() + value.len() + FLEX_LOCATION.len() + 4);
        let mut kept = 0;
        for entry in entries.iter().filter(|entry| entry.key == FLEX_LOCATION) {
            let (from, to) = self.place(entry.value);
            made.push_str(&self.0[kept..from]);
            made.push_str(&value);
            kept = to;
        }
        if kept > 0 {
            made.push_str(&self.0[kept..]);
            return Ok(Self(made));
        }
        // Behind the last value, or behind the brace that opens an empty object.
        let behind = match entries.last() {
            Some(last) => self.place(last.value).1,
            None => self.0.find('{').ok_or(AttributesNotAnObject)? + 1,
        };
        made.push_str(&self.0[..behind]);
        if !entries.is_empty() {
            made.push(',');
        }
        made.push_str(&Value::from(FLEX_LOCATION).to_string());
        made.push(':');
        made.push_str(&value);
        made.push_str(&self.0[behind..]);
        Ok(Self(made))
    }

    /// Where a value that was read of this text begins and ends in it.
    fn place(&self, value: &RawValue) -> (usize, usize) {
        let from = value.get().as_ptr() as usize - self.0.as_ptr() as usize;
        (from, from + value.get().len())
    }
}

fn entries(text: &str) -> Result<Vec<Entry<'_>>, AttributesNotAnObject> {
    struct Object;

    impl<'de> Visitor<'de> for Object {
        type Value = Vec<Entry<'de>>;

        fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            formatter.write_str("a JSON object")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut entries = Vec::new();
            while let Some(Key(key)) = map.next_key()? {
                let value = map.next_value()?;
                entries.push(Entry { key, value });
            }
            Ok(entries)
        }
    }

    let mut deserializer = serde_json::Deserializer::from_str(text);
    let entries = deserializer.deserialize_map(Object);
    let entries = entries.map_err(|_| AttributesNotAnObject)?;
    deserializer.end().map_err(|_| AttributesNotAnObject)?;
    Ok(entries)
}

/// A key, borrowed where it has no escape.
#[derive(serde::Deserialize)]
struct Key<'a>(#[serde(borrow)] Cow<'a, str>);

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> WorkerAttributes {
        WorkerAttributes::read(text.to_owned()).unwrap()
    }

    #[test]
    fn one_value_changes_and_every_other_byte_stays() {
        for (before, after) in [
            (r"{}", r#"{"flex_location":"B"}"#),
            (" { } ", r#" {"flex_location":"B" } "#),
            (r#"{"a":1}"#, r#"{"a":1,"flex_location":"B"}"#),
            (
                "{\n  \"a\": [1, 2]\n}\n",
                "{\n  \"a\": [1, 2],\"flex_location\":\"B\"\n}\n",
            ),
            (
                r#"{"z":1,"flex_location":"A","a":2}"#,
                r#"{"z":1,"flex_location":"B","a":2}"#,
            ),
            (
                r#"{"flex_location" : ["A", 1] , "n": 1e400}"#,
                r#"{"flex_location" : "B" , "n": 1e400}"#,
            ),
            (
                r#"{"id":123456789012345678901234567890.000,"pi":3.14159265358979323846,"e":1E+2}"#,
                r#"{"id":123456789012345678901234567890.000,"pi":3.14159265358979323846,"e":1E+2,"flex_location":"B"}"#,
            ),
            (
                r#"{"a":1,"a":2,"s":"\u00e9\/\ud800"}"#,
                r#"{"a":1,"a":2,"s":"\u00e9\/\ud800","flex_location":"B"}"#,
            ),
            (
                r#"{"flex_location":"A","flex_location":null}"#,
                r#"{"flex_location":"B","flex_location":"B"}"#,
            ),
            (
                r#"{"\u0066lex_location":"A"}"#,
                r#"{"\u0066lex_location":"B"}"#,
            ),
            (
                r#"{"in":{"flex_location":"A"}}"#,
                r#"{"in":{"flex_location":"A"},"flex_location":"B"}"#,
            ),
        ] {
            let made = read(before).with_location("B").unwrap();
            assert_eq!(made.as_str(), after, "{before}");
            assert_eq!(
                made.location(),
                CurrentLocation::Named("B".to_owned()),
                "{before}"
            );
        }
    }

    #[test]
    fn a_name_is_written_as_json_wants_it() {
        let name = "R&D \"West\" \\ 東京\u{1}";
        let made = read("{}").with_location(name).unwrap();
        assert_eq!(made.location(), CurrentLocation::Named(name.to_owned()));
        assert_eq!(made.value("flex_location"), Some(Value::from(name)));
    }

    #[test]
    fn the_location_is_what_flex_makes_of_it() {
        use CurrentLocation::{Absent, Empty, Named, NoText};
        for (text, location) in [
            ("{}", Absent),
            (r#"{"flex_location":""}"#, Empty),
            (r#"{"flex_location":null}"#, Empty),
            (r#"{"flex_location":false}"#, Empty),
            (r#"{"flex_location":0}"#, Empty),
            (r#"{"flex_location":-0.0}"#, Empty),
            (r#"{"flex_location":" "}"#, Named(" ".to_owned())),
            (r#"{"flex_location":"A"}"#, Named("A".to_owned())),
            (
                r#"{"flex_location":"A","flex_location":"B"}"#,
                Named("B".to_owned()),
            ),
            (r#"{"flex_location":["A"]}"#, NoText(r#"["A"]"#.to_owned())),
            (r#"{"flex_location":1}"#, NoText("1".to_owned())),
        ] {
            assert_eq!(read(text).location(), location, "{text}");
        }
    }

    #[test]
    fn only_one_json_object_is_taken() {
        for text in [
            "",
            " ",
            "null",
            "[]",
            "{",
            "{}{}",
            "{} x",
            r#"{"a":}"#,
            r#"{"a":1,}"#,
            r"{a:1}",
            r#""{}""#,
        ] {
            let taken = WorkerAttributes::read(text.to_owned());
            assert_eq!(taken, Err(AttributesNotAnObject), "{text}");
        }
    }

    #[test]
    fn characters_are_counted_not_bytes() {
        assert_eq!(read(r#"{"é":"東京"}"#).characters(), 10);
        let shown = format!("{:?}", read(r#"{"email":"a@b.example"}"#));
        assert!(!shown.contains("example"), "{shown}");
    }

    proptest::proptest! {
        #[test]
        fn nothing_else_is_lost(
            pairs in proptest::collection::vec((".{0,12}", ".{0,12}", proptest::num::f64::NORMAL), 0..8),
            name in ".{0,20}",
            space in "[ \n\t]{0,3}",
        ) {
            let written: Vec<String> = pairs
                .iter()
                .filter(|(key, ..)| key != FLEX_LOCATION)
                .map(|(key, text, number)| {
                    let (key, text) = (Value::from(key.as_str()), Value::from(text.as_str()));
                    format!("{space}{key}{space}:[{text},{number:e}]")
                })
                .collect();
            let before = format!("{{{}{space}}}", written.join(","));
            let made = read(&before).with_location(&name).unwrap();
            proptest::prop_assert_eq!(made.text(FLEX_LOCATION), Some(name));
            let (old, new) = (entries(&before).unwrap(), entries(made.as_str()).unwrap());
            proptest::prop_assert_eq!(new.len(), old.len() + 1);
            for (one, other) in old.iter().zip(&new) {
                proptest::prop_assert_eq!(&one.key, &other.key);
                proptest::prop_assert_eq!(one.value.get(), other.value.get());
            }
        }
    }
}
