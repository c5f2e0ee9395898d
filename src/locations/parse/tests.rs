use super::*;
use crate::identity::DefinedLocations;
use proptest::prelude::*;
use serde_json::json;

/// The codes of a document's oddities with their indices.
fn odd(parsed: &Parsed) -> Vec<(Option<usize>, &'static str)> {
    let oddities = parsed.oddities.iter();
    oddities.map(|odd| (odd.index, odd.kind.as_str())).collect()
}

fn names(parsed: &Parsed) -> Vec<&str> {
    let locations = parsed.locations.iter();
    locations.map(|location| location.name.as_str()).collect()
}

#[test]
fn reads_the_list_wherever_it_stands() {
    let list = json!([
        { "name": "Singapore Office", "edge": ["singapore-ix", "singapore", "roaming"] },
        { "name": "Remote Asia", "edge": "roaming" }
    ]);
    for document in [
        list.clone(),
        json!({ "locations": list }),
        json!({ "account_sid": "AC…", "ui_attributes": { "language": "en", "locations": list } }),
    ] {
        let parsed = parse(&document).unwrap();
        assert_eq!(names(&parsed), ["Singapore Office", "Remote Asia"]);
        let edges: Vec<_> = parsed
            .locations
            .iter()
            .map(|one| one.edges.join(" "))
            .collect();
        assert_eq!(edges, ["singapore-ix singapore roaming", "roaming"]);
        assert_eq!(odd(&parsed), []);
    }
}

#[test]
fn no_list_is_an_empty_list() {
    for document in [
        json!([]),
        json!({ "locations": null }),
        json!({ "locations": [] }),
        json!({ "ui_attributes": null }),
        json!({ "ui_attributes": {} }),
        json!({ "ui_attributes": { "locations": null } }),
        json!({ "ui_attributes": { "locations": [] } }),
    ] {
        assert_eq!(parse(&document), Ok(Parsed::default()), "{document}");
    }
    let parsed = parse(&json!({ "location": [{ "name": "A" }] })).unwrap();
    assert_eq!(odd(&parsed), [(None, "list.missing")]);
}

#[test]
fn what_is_no_list_is_refused() {
    for document in [
        json!(null),
        json!("Singapore Office"),
        json!(7),
        json!({ "locations": "Singapore Office" }),
        json!({ "locations": { "name": "Singapore Office" } }),
        json!({ "ui_attributes": [] }),
        json!({ "ui_attributes": "{}" }),
        json!({ "ui_attributes": { "locations": true } }),
        Value::Array(vec![Value::Null; MOST_ENTRIES + 1]),
    ] {
        let error = parse(&document).unwrap_err().to_string();
        assert!(!error.is_empty(), "{error}");
    }
}

#[test]
fn an_odd_entry_is_named_and_a_usable_name_stays_usable() {
    let long = "x".repeat(LONGEST_NAME + 1);
    let fits = "東".repeat(LONGEST_NAME);
    let many = vec!["roaming"; MOST_EDGES + 1];
    for (entry, kept, codes) in [
        (json!("A"), false, vec!["entry.not_an_object"]),
        (json!({ "edge": "roaming" }), false, vec!["name.missing"]),
        (json!({ "name": null }), false, vec!["name.missing"]),
        (json!({ "name": ["A"] }), false, vec!["name.not_text"]),
        (json!({ "name": 7 }), false, vec!["name.not_text"]),
        (json!({ "name": "" }), false, vec!["name.blank"]),
        (json!({ "name": " \u{3000}" }), false, vec!["name.blank"]),
        (json!({ "name": long }), false, vec!["name.too_long"]),
        (json!({ "name": "A\u{0}" }), false, vec!["name.unsendable"]),
        (
            json!({ "name": "A\u{ffff}" }),
            false,
            vec!["name.unsendable"],
        ),
        (json!({ "name": fits, "edge": "e" }), true, vec![]),
        (
            json!({ "name": " A", "edge": "e" }),
            true,
            vec!["name.padded"],
        ),
        (
            json!({ "name": "A\nB", "edge": "e" }),
            true,
            vec!["name.control"],
        ),
        (json!({ "name": "A" }), true, vec!["edge.missing"]),
        (
            json!({ "name": "A", "edge": null }),
            true,
            vec!["edge.missing"],
        ),
        (json!({ "name": "A", "edge": [] }), true, vec!["edge.empty"]),
        (json!({ "name": "A", "edge": "" }), true, vec!["edge.empty"]),
        (
            json!({ "name": "A", "edge": 7 }),
            true,
            vec!["edge.not_text"],
        ),
        (
            json!({ "name": "A", "edge": ["e", 7, ""] }),
            true,
            vec!["edge.not_text", "edge.empty"],
        ),
        (
            json!({ "name": "A", "edge": "e".repeat(256) }),
            true,
            vec!["edge.not_text"],
        ),
        (
            json!({ "name": "A", "edge": many }),
            true,
            vec!["edge.too_many"],
        ),
        (
            json!({ "name": "R&D <West>, 🌏", "edge": "e" }),
            true,
            vec![],
        ),
    ] {
        // An entry before and one behind show that neither suffers.
        let whole = json!([{ "name": "1", "edge": "e" }, entry, { "name": "2", "edge": "e" }]);
        let parsed = parse(&whole).unwrap();
        let seen: Vec<_> = parsed
            .oddities
            .iter()
            .map(|odd| odd.kind.as_str())
            .collect();
        assert_eq!(seen, codes, "{entry}");
        assert!(
            parsed.oddities.iter().all(|odd| odd.index == Some(1)),
            "{entry}"
        );
        assert_eq!(parsed.locations.len(), if kept { 3 } else { 2 }, "{entry}");
        if kept {
            assert_eq!(entry["name"], parsed.locations[1].name);
        }
    }
}

#[test]
fn the_first_of_duplicates_counts_and_look_alikes_are_told() {
    let parsed = parse(&json!([
        { "name": "Office", "edge": "one" },
        { "name": "Office", "edge": "two" },
        { "name": "OFFICE ", "edge": "three" },
    ]))
    .unwrap();
    assert_eq!(names(&parsed), ["Office", "OFFICE "]);
    assert_eq!(parsed.locations[0].edges, ["one"]);
    let expected = [
        (Some(1), "name.duplicate"),
        (Some(2), "name.alike"),
        (Some(2), "name.padded"),
    ];
    assert_eq!(odd(&parsed), expected);
}

#[test]
fn oddities_are_bounded_and_shown_plainly() {
    let parsed = parse(&Value::Array(vec![json!(1); MOST_ODDITIES + 5])).unwrap();
    assert_eq!(
        (parsed.oddities.len(), parsed.more_oddities),
        (MOST_ODDITIES, 5)
    );
    let parsed = parse(&json!([{ "name": "A\nB", "edge": "e" }])).unwrap();
    let shown = parsed.oddities[0].to_string();
    assert!(shown.starts_with("locations[0] \"A\\nB\": "), "{shown}");
}

#[test]
fn codes_are_unique() {
    let codes: HashSet<_> = OddityKind::ALL.iter().map(|kind| kind.as_str()).collect();
    assert_eq!(codes.len(), OddityKind::ALL.len());
}

/// Any JSON, with the words that matter more often than chance would bring them.
fn any_json() -> impl Strategy<Value = Value> {
    let text = prop_oneof![
        Just("name".to_owned()),
        Just("Office".to_owned()),
        Just("OFFICE".to_owned()),
        any::<String>(),
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        text.clone().prop_map(Value::from),
    ];
    let key = prop_oneof![
        3 => Just("name".to_owned()),
        3 => Just("edge".to_owned()),
        1 => Just("locations".to_owned()),
        1 => Just("ui_attributes".to_owned()),
        1 => any::<String>(),
    ];
    leaf.prop_recursive(5, 64, 8, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..8).prop_map(Value::Array),
            proptest::collection::vec((key.clone(), inner), 0..5)
                .prop_map(|pairs| Value::Object(pairs.into_iter().collect())),
        ]
    })
}

/// Each string that stands under a key `name`.
fn written_names<'a>(value: &'a Value, found: &mut HashSet<&'a str>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| written_names(item, found)),
        Value::Object(object) => {
            found.extend(object.get("name").and_then(Value::as_str));
            object.values().for_each(|item| written_names(item, found));
        }
        _ => {}
    }
}

proptest! {
    #[test]
    fn only_names_that_are_written_are_defined(list in proptest::collection::vec(any_json(), 0..12),
                                               document in any_json()) {
        for document in [Value::Array(list), document] {
            let mut written = HashSet::new();
            written_names(&document, &mut written);
            if let Ok(parsed) = parse(&document) {
                let defined = DefinedLocations::new(parsed.locations.clone());
                prop_assert_eq!(defined.len(), parsed.locations.len());
                for location in defined.iter() {
                    prop_assert!(written.contains(location.name.as_str()));
                }
            }
        }
    }
}
