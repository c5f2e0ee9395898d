//! The JSON Schema of the file, for editors, and for [`super::shape`], which checks by it.

use schemars::generate::SchemaSettings;
use serde_json::{Map, Value};

use super::File;

/// The JSON Schema (draft 2020-12) of the configuration.
#[must_use]
pub fn schema() -> Value {
    let generator = SchemaSettings::draft2020_12().into_generator();
    let mut schema = generator.into_root_schema_for::<File>().to_value();
    without_null(&mut schema);
    schema["title"] = "Flexbridge configuration".into();
    schema
}

/// The schema as it is printed and kept in the repository.
#[must_use]
pub fn schema_text() -> String {
    format!("{:#}\n", schema())
}

/// TOML has no null: what may be left out is left out, so `null` only confuses editors.
fn without_null(schema: &mut Value) {
    match schema {
        Value::Array(items) => items.iter_mut().for_each(without_null),
        Value::Object(object) => {
            single_type(object);
            single_branch(object);
            object.values_mut().for_each(without_null);
        }
        _ => {}
    }
}

/// `"type": ["string", "null"]` is `"type": "string"`.
fn single_type(object: &mut Map<String, Value>) {
    if let Some(Value::Array(types)) = object.get_mut("type") {
        types.retain(|name| name != "null");
        if let [only] = types.as_slice() {
            let only = only.clone();
            object.insert("type".to_owned(), only);
        }
    }
}

/// `"anyOf": [X, null]` is `X`.
fn single_branch(object: &mut Map<String, Value>) {
    let Some(Value::Array(branches)) = object.get_mut("anyOf") else {
        return;
    };
    branches.retain(|branch| branch.get("type").is_none_or(|name| name != "null"));
    let [Value::Object(only)] = branches.as_slice() else {
        return;
    };
    let only = only.clone();
    object.remove("anyOf");
    for (key, value) in only {
        object.entry(key).or_insert(value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `cargo run -- config schema > config/flexbridge.schema.json` brings it up to date.
    #[test]
    fn the_schema_in_the_repository_is_current() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/config/flexbridge.schema.json");
        let kept = std::fs::read_to_string(path).unwrap_or_default();
        assert!(
            kept == schema_text(),
            "out of date: cargo run -- config schema > config/flexbridge.schema.json"
        );
    }

    #[test]
    fn nothing_is_null() {
        assert!(!schema_text().contains("\"null\""));
    }

    #[test]
    fn every_key_is_documented() {
        fn keys(schema: &Value, found: &mut Vec<String>) {
            if let Some(properties) = schema.get("properties").and_then(Value::as_object) {
                found.extend(properties.keys().cloned());
            }
            match schema {
                Value::Object(object) => object.values().for_each(|inner| keys(inner, found)),
                Value::Array(items) => items.iter().for_each(|inner| keys(inner, found)),
                _ => {}
            }
        }
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/configuration.md");
        let page = std::fs::read_to_string(path).unwrap();
        let mut found = Vec::new();
        keys(&schema(), &mut found);
        assert!(found.len() > 60, "{}", found.len());
        for key in found {
            let shown = [
                format!("`{key}`"),
                format!(".{key}`"),
                format!(" {key} ="),
                format!("[{key}"),
                format!(".{key}]"),
            ];
            assert!(
                shown.iter().any(|text| page.contains(text)),
                "{key} is not in docs/configuration.md"
            );
        }
    }
}
