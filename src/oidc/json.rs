//! Strict JSON objects: no member twice, bounded in bytes and depth.

use std::fmt;

use serde::{
    Deserialize,
    de::{self, MapAccess, SeqAccess, Visitor},
};
use serde_json::{Map, Number, Value};

/// Deeper than any claim of a real provider.
const DEEPEST: usize = 16;

/// Why a text is no JSON object that can be believed. Never repeats a value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NotStrict(String);

/// The object's members.
///
/// # Errors
/// [`NotStrict`]: no JSON, no object, a member given twice at any depth, or too deep.
pub fn object(bytes: &[u8]) -> Result<Map<String, Value>, NotStrict> {
    let Strict(value) = serde_json::from_slice(bytes).map_err(|error| {
        // The library's own words may hold a part of the text; its category and place don't.
        let twice = error.to_string();
        let why = if twice.starts_with(TWICE) {
            TWICE
        } else {
            "it is not JSON"
        };
        NotStrict(format!(
            "{why}, at line {} column {}",
            error.line(),
            error.column()
        ))
    })?;
    if depth(&value) > DEEPEST {
        return Err(NotStrict(format!(
            "it is nested more than {DEEPEST} levels deep"
        )));
    }
    match value {
        Value::Object(members) => Ok(members),
        _ => Err(NotStrict("it is not a JSON object".to_owned())),
    }
}

const TWICE: &str = "a member is given twice";

fn depth(value: &Value) -> usize {
    let inner = match value {
        Value::Object(members) => members.values().map(depth).max(),
        Value::Array(items) => items.iter().map(depth).max(),
        _ => return 0,
    };
    1 + inner.unwrap_or(0)
}

struct Strict(Value);

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: de::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader).map(Self)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON")
    }
    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }
    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }
    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }
    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Value, E> {
        let number = Number::from_f64(value).ok_or_else(|| E::custom("no number"))?;
        Ok(Value::Number(number))
    }
    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }
    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(Strict(item)) = sequence.next_element()? {
            items.push(item);
        }
        Ok(Value::Array(items))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut members = Map::new();
        while let Some(name) = map.next_key::<String>()? {
            let Strict(value) = map.next_value()?;
            if members.insert(name, value).is_some() {
                return Err(de::Error::custom(TWICE));
            }
        }
        Ok(Value::Object(members))
    }
}

/// A text member; `None` when it is absent, null or of another type.
pub fn text<'a>(members: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    members.get(name).and_then(Value::as_str)
}

/// A list of texts; `None` when it is absent, or anything else than texts is in it.
pub fn texts<'a>(members: &'a Map<String, Value>, name: &str) -> Option<Vec<&'a str>> {
    members
        .get(name)?
        .as_array()?
        .iter()
        .map(Value::as_str)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_objects_pass() {
        let deep = format!("{}1{}", "{\"a\":".repeat(17), "}".repeat(17));
        let deepest = format!("{}1{}", "{\"a\":".repeat(16), "}".repeat(16));
        for (text, fine) in [
            (r#"{"a":[1,-2,1.5,true,null,"x",{}]}"#, true),
            (&deepest, true),
            (&deep, false),
            (r#"{"sub":"a","sub":"b"}"#, false),
            (r#"{"sub":"a","\u0073ub":"b"}"#, false),
            (r#"{"x":{"y":1,"y":1}}"#, false),
            (r#"{"x":[{"y":1,"y":1}]}"#, false),
            ("[]", false),
            ("{} {}", false),
            ("", false),
            ("\"a\"", false),
            (&"[".repeat(100_000), false),
        ] {
            assert_eq!(object(text.as_bytes()).is_ok(), fine, "{text:.80}");
        }
        assert!(object(b"{\"a\":\"\xff\"}").is_err());
    }

    #[test]
    fn what_is_wrong_is_said_without_the_values() {
        let error = object(br#"{"secret":"s3cret","secret":"s3cret"}"#).unwrap_err();
        assert!(error.to_string().starts_with(TWICE), "{error}");
        assert!(!error.to_string().contains("s3cret"));
        let error = object(b"{\"s3cret\":").unwrap_err().to_string();
        assert!(error.starts_with("it is not JSON"), "{error}");
    }
}
