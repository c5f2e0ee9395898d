//! What an assertion says becomes worker attributes, the way Flex does it:
//! types by the name's suffix, and each login merged into what the worker has.

use serde_json::{Map, Value};

use super::{Refused, Rule};

/// What Flex lets nobody in without (Twilio error 45050).
const REQUIRED: [&str; 3] = ["email", "full_name", "roles"];

/// An attribute of the assertion: its name and its values, byte for byte.
pub type Claim = (String, Vec<String>);

/// The type that a name's suffix asks for. Types are case-sensitive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    String,
    Int,
    Boolean,
    StringArray,
    IntArray,
    BooleanArray,
}

impl Kind {
    fn of(suffix: &str) -> Option<Self> {
        Some(match suffix {
            "string" => Self::String,
            "int" => Self::Int,
            "boolean" => Self::Boolean,
            "stringarray" => Self::StringArray,
            "intarray" => Self::IntArray,
            "booleanarray" => Self::BooleanArray,
            _ => return None,
        })
    }
}

/// The worker attribute that a name means, and its type: a string unless the
/// name says otherwise, except `roles`, which are several.
fn meaning(name: &str) -> (&str, Kind) {
    let typed = name
        .rsplit_once('.')
        .and_then(|(key, suffix)| Some((key, Kind::of(suffix)?)))
        .filter(|(key, _)| !key.is_empty());
    match typed {
        Some(typed) => typed,
        None if name == "roles" => (name, Kind::StringArray),
        None => (name, Kind::String),
    }
}

/// The worker attributes of an assertion, in its order.
///
/// # Errors
/// A name that stands there twice, with or without a type; a value that is not
/// of its type; `email`, `full_name` or `roles` missing or empty.
pub fn convert(claims: &[Claim]) -> Result<Map<String, Value>, Refused> {
    let mut attributes = Map::new();
    for (name, values) in claims {
        let (key, kind) = meaning(name);
        let value = typed(kind, values).ok_or_else(|| {
            let detail = format!("Error invalid attribute format: {name}");
            Refused::new(Rule::AttributeFormat, detail)
        })?;
        if attributes.insert(key.to_owned(), value).is_some() {
            let detail = format!("Found an Attribute element with duplicated Name: {key}");
            return Err(Refused::new(Rule::DuplicateAttribute, detail));
        }
    }
    let missing: Vec<&str> = REQUIRED
        .into_iter()
        .filter(|name| !attributes.get(*name).is_some_and(is_there))
        .collect();
    if missing.is_empty() {
        return Ok(attributes);
    }
    let detail = format!(
        "Missing or invalid required attributes: {}",
        missing.join(", ")
    );
    Err(Refused::new(Rule::RequiredAttributes, detail))
}

fn is_there(value: &Value) -> bool {
    match value {
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Null => false,
        _ => true,
    }
}

/// The values as one JSON value; `None` when they are not of that type.
fn typed(kind: Kind, values: &[String]) -> Option<Value> {
    match kind {
        // Several values of a plain attribute arrive as a list, which no location ever equals.
        Kind::String if values.len() > 1 => Some(strings(values.iter().cloned())),
        Kind::String => Some(Value::String(values.concat())),
        Kind::Int => single(values, int),
        Kind::Boolean => single(values, boolean),
        Kind::StringArray => Some(strings(items(values))),
        Kind::IntArray => items(values).map(|item| int(&item)).collect(),
        Kind::BooleanArray => items(values).map(|item| boolean(&item)).collect(),
    }
}

fn strings(items: impl Iterator<Item = String>) -> Value {
    items.map(Value::String).collect()
}

/// Each item of a list, which is written with commas, as several values, or both.
fn items(values: &[String]) -> impl Iterator<Item = String> {
    values
        .iter()
        .flat_map(|value| value.split(','))
        .map(|item| item.trim().to_owned())
        .filter(|item| !item.is_empty())
}

/// An empty number or truth value clears: it is null.
fn single(values: &[String], read: fn(&str) -> Option<Value>) -> Option<Value> {
    match values {
        [] => Some(Value::Null),
        [value] if value.is_empty() => Some(Value::Null),
        [value] => read(value),
        _ => None,
    }
}

fn int(text: &str) -> Option<Value> {
    text.parse::<i64>().ok().map(Value::from)
}

fn boolean(text: &str) -> Option<Value> {
    text.parse::<bool>().ok().map(Value::from)
}

/// Merges a login into a worker: what is present overwrites, what is absent
/// stays, what is empty is cleared.
pub fn merge(worker: &mut Map<String, Value>, login: &Map<String, Value>) {
    for (name, value) in login {
        worker.insert(name.clone(), value.clone());
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn claims(list: &[(&str, &[&str])]) -> Vec<Claim> {
        let required: [(&str, &[&str]); 3] = [
            ("email", &["a@example.com"]),
            ("full_name", &["Ann Ang"]),
            ("roles", &["agent"]),
        ];
        let own = |(name, values): &(&str, &[&str])| {
            let values = values.iter().map(|value| (*value).to_owned()).collect();
            ((*name).to_owned(), values)
        };
        let absent = |name: &str| !list.iter().any(|(given, _)| meaning(given).0 == name);
        let defaults = required.iter().filter(|(name, _)| absent(name));
        defaults.chain(list).map(own).collect()
    }

    #[test]
    fn a_suffix_is_a_type() {
        let cases: [(&str, &[&str], &str, Value); 14] = [
            ("skill", &["1"], "skill", json!("1")),
            ("skill.string", &["1"], "skill", json!("1")),
            ("skill.int", &["-1"], "skill", json!(-1)),
            ("sales.boolean", &["true"], "sales", json!(true)),
            (
                "x.stringarray",
                &["en, de,fr"],
                "x",
                json!(["en", "de", "fr"]),
            ),
            ("x.intarray", &["1,2"], "x", json!([1, 2])),
            ("x.booleanarray", &["true,false"], "x", json!([true, false])),
            (
                "roles",
                &["agent,admin"],
                "roles",
                json!(["agent", "admin"]),
            ),
            (
                "roles",
                &["agent", "admin"],
                "roles",
                json!(["agent", "admin"]),
            ),
            ("x.STRING", &["1"], "x.STRING", json!("1")),
            ("x.other", &["1"], "x.other", json!("1")),
            (
                "flex_location",
                &["Austin, TX"],
                "flex_location",
                json!("Austin, TX"),
            ),
            (
                "flex_location",
                &["A", "B"],
                "flex_location",
                json!(["A", "B"]),
            ),
            (" kept ", &[" as it is "], " kept ", json!(" as it is ")),
        ];
        for (name, values, key, value) in cases {
            let converted = convert(&claims(&[(name, values)])).unwrap();
            assert_eq!(converted[key], value, "{name} {values:?}");
        }
    }

    #[test]
    fn a_value_of_another_type_is_refused() {
        for (name, value) in [
            ("x.int", "1.5"),
            ("x.int", "one"),
            ("x.boolean", "True"),
            ("x.boolean", "1"),
            ("x.intarray", "1,b"),
            ("x.booleanarray", "yes"),
        ] {
            let refused = convert(&claims(&[(name, &[value])])).unwrap_err();
            assert_eq!(refused.rule, Rule::AttributeFormat, "{name} {value}");
        }
    }

    #[test]
    fn nothing_twice() {
        for list in [
            &[("x", &["1"][..]), ("x", &["1"])][..],
            &[("flex_location", &["A"]), ("flex_location.string", &["B"])],
        ] {
            let refused = convert(&claims(list)).unwrap_err();
            assert_eq!(refused.rule, Rule::DuplicateAttribute);
        }
    }

    #[test]
    fn nobody_without_email_name_and_role() {
        for name in REQUIRED {
            let refused = convert(&claims(&[(name, &[])])).unwrap_err();
            assert_eq!(refused.rule, Rule::RequiredAttributes);
            assert!(refused.detail.ends_with(name));
            let refused = convert(&claims(&[(name, &[""])])).unwrap_err();
            assert_eq!(refused.rule, Rule::RequiredAttributes);
        }
        let refused = convert(&[]).unwrap_err();
        assert!(refused.detail.contains("email, full_name, roles"));
    }

    #[test]
    fn present_overwrites_absent_stays_empty_clears() {
        let object = |value: Value| value.as_object().cloned().unwrap_or_default();
        let mut worker = object(json!({ "flex_location": "Old", "skill": 3, "by_hand": "kept" }));
        let login = convert(&claims(&[("flex_location", &[""]), ("skill.int", &["4"])])).unwrap();
        merge(&mut worker, &login);
        assert_eq!(worker["flex_location"], "");
        assert_eq!(worker["skill"], 4);
        assert_eq!(worker["by_hand"], "kept");
        assert_eq!(worker["roles"], json!(["agent"]));
        merge(&mut worker, &convert(&claims(&[])).unwrap());
        assert_eq!(worker["skill"], 4);
    }
}
