use super::*;
use proptest::prelude::*;
use serde_json::json;

fn text(written: &str) -> Box<RawValue> {
    RawValue::from_string(written.to_owned()).unwrap()
}

fn merged(existing: &str, list: Option<&str>) -> String {
    let list = list.map(text);
    let merged = merge(&text(existing), list.as_deref()).unwrap();
    merged.get().to_owned()
}

#[test]
fn only_the_list_is_touched() {
    for (existing, list, after) in [
        ("null", Some("[1]"), r#"{"locations":[1]}"#),
        ("null", None, "null"),
        ("{}", Some("[]"), r#"{"locations":[]}"#),
        ("{ \n}", Some("[]"), "{\"locations\":[] \n}"),
        (r#"{"a":1.0}"#, Some("[]"), r#"{"a":1.0,"locations":[]}"#),
        (
            "{ \"a\" : 1e3 ,\t\"locations\" : null , \"b\": 2 }",
            Some("[ ]"),
            "{ \"a\" : 1e3 ,\t\"locations\" : [ ] , \"b\": 2 }",
        ),
        (
            r#"{"a":{"locations":[7]},"loc\u0061tions":[1],"z":123456789012345678901234567890}"#,
            Some("[2]"),
            r#"{"a":{"locations":[7]},"loc\u0061tions":[2],"z":123456789012345678901234567890}"#,
        ),
        (r#"{"locations":[1]}"#, None, "{}"),
        (
            r#"{"locations":[1], "a":"\u00e9"}"#,
            None,
            r#"{"a":"\u00e9"}"#,
        ),
        (r#"{"a":0, "locations":[1]}"#, None, r#"{"a":0}"#),
        (r#"{"a":0,"locations":[1],"b":0}"#, None, r#"{"a":0,"b":0}"#),
        (r#"{"a":0}"#, None, r#"{"a":0}"#),
    ] {
        assert_eq!(merged(existing, list), after, "{existing} with {list:?}");
    }
}

#[test]
fn what_would_take_guessing_is_refused() {
    let list = text("[]");
    for (existing, error) in [
        ("[]", MergeError::NotAnObject),
        ("\"{}\"", MergeError::NotAnObject),
        ("7", MergeError::NotAnObject),
        (r#"{"locations":[],"locations":[]}"#, MergeError::Twice),
        (r#"{"locations":[],"locati\u006fns":1}"#, MergeError::Twice),
    ] {
        assert_eq!(merge(&text(existing), Some(&list)).unwrap_err(), error);
        assert_eq!(list_in(&text(existing)).unwrap_err(), error, "{existing}");
    }
}

#[test]
fn the_list_is_found_as_it_is_written() {
    for (attributes, list) in [
        ("null", None),
        ("{}", None),
        (
            r#"{"locations": [ {"name":"A"} ] }"#,
            Some(r#"[ {"name":"A"} ]"#),
        ),
    ] {
        let found = list_in(&text(attributes)).unwrap();
        assert_eq!(found.as_deref().map(RawValue::get), list);
    }
}

#[test]
fn the_same_may_be_written_otherwise() {
    let one: Value = serde_json::from_str(r#"{"a":1,"b":[1.5,"é"],"c":{"d":null}}"#).unwrap();
    for (other, is_same) in [
        (r#"{ "b":[15e-1,"\u00e9"], "c":{"d":null}, "a":1.0 }"#, true),
        (r#"{"a":1,"b":["é",1.5],"c":{"d":null}}"#, false),
        (r#"{"a":"1","b":[1.5,"é"],"c":{"d":null}}"#, false),
        (r#"{"a":1,"b":[1.5,"é"],"c":{}}"#, false),
        (r#"{"a":1,"b":[1.5,"é"],"c":{"d":null},"e":0}"#, false),
    ] {
        let other: Value = serde_json::from_str(other).unwrap();
        assert_eq!(same(&one, &other), is_same, "{other}");
    }
    let (large, larger) = (
        json!(9_007_199_254_740_992_u64),
        json!(9_007_199_254_740_993_u64),
    );
    assert!(!same(&large, &larger));
    // Whoever chooses keys and values can't make two documents look alike.
    assert!(!same(
        &json!({ "a\":1,\"b": 1 }),
        &json!({ "a": 1, "b": 1 })
    ));
}

#[test]
fn other_keys_are_named() {
    let before = json!({ "a": 1, "b": 2, "c": 3, "locations": [] });
    let after = json!({ "c": 3.0, "b": 4, "d": 5, "locations": [1] });
    assert_eq!(other_keys(&before, &after), ["a", "b", "d"]);
    assert_eq!(other_keys(&Value::Null, &after), ["c", "b", "d"]);
    assert_eq!(other_keys(&before, &before), [""; 0]);
}

fn key() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => "[a-c]",
        1 => Just("location".to_owned()),
        2 => "\\PC{0,4}",
        1 => any::<String>(),
    ]
}

/// Any JSON text, numbers and strings in every way of writing them.
fn json_text() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("null".to_owned()),
        Just("true".to_owned()),
        "-?(0|[1-9][0-9]{0,30})(\\.[0-9]{1,20})?([eE][+-]?[0-9]{1,2})?",
        any::<String>().prop_map(|text| Value::from(text).to_string()),
        "\"(\\\\u[0-9a-f]{2}[0-9a-f]{2}|[a-z]){0,3}\"".prop_filter("a lone surrogate", |text| {
            serde_json::from_str::<String>(text).is_ok()
        }),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            (prop::collection::vec(inner.clone(), 0..4), blank())
                .prop_map(|(list, blank)| format!("[{blank}{}{blank}]", list.join(","))),
            (prop::collection::vec((key(), inner), 0..4), blank())
                .prop_map(|(list, blank)| object(&list, &blank)),
        ]
    })
}

fn blank() -> impl Strategy<Value = String> {
    "[ \t\r\n]{0,2}"
}

fn object(members: &[(String, String)], blank: &str) -> String {
    let members = members.iter().map(|(key, value)| {
        let key = Value::from(key.as_str());
        format!("{blank}{key}{blank}:{blank}{value}{blank}")
    });
    format!("{{{blank}{}}}", members.collect::<Vec<_>>().join(","))
}

/// Each member beside the list, as it is written.
fn others(written: &str) -> Vec<(String, String)> {
    let members = members(written).unwrap().into_iter();
    members
        .filter(|member| member.key != LOCATIONS)
        .map(|member| (written[member.key_at].to_owned(), member.value.to_owned()))
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn nothing_of_others_is_lost_or_written_anew(
        mut written in prop::collection::vec((key(), json_text()), 0..6),
        place in prop::option::of(0_usize..6),
        blank in blank(),
        list in json_text(),
    ) {
        written.retain(|(key, _)| key != LOCATIONS);
        if let Some(place) = place {
            let entry = (LOCATIONS.to_owned(), "[0]".to_owned());
            written.insert(place.min(written.len()), entry);
        }
        let existing = object(&written, &blank);
        let after = merged(&existing, Some(&list));
        prop_assert_eq!(others(&existing), others(&after));
        let found = list_in(&text(&after)).unwrap().unwrap();
        prop_assert_eq!(found.get(), list);
        let without = merged(&after, None);
        prop_assert_eq!(others(&existing), others(&without));
        prop_assert!(list_in(&text(&without)).unwrap().is_none());
        if place.is_some() {
            prop_assert_eq!(merged(&after, Some("[0]")), existing, "back again");
        }
    }
}
