use std::collections::HashSet;

use proptest::prelude::*;

use super::*;
use crate::identity::{claim_key, resembles_location};

fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        prop::sample::select(vec![
            "flex_location",
            "FLEX_LOCATION",
            "flex_location.string",
            "flex\u{200b}_location",
            "mail",
            "name",
            "roles",
            "a",
            "A",
            "a.int",
            "a.stringarray",
            "b",
            "department",
            "email",
            "full_name",
            "name_id",
        ])
        .prop_map(str::to_owned),
        "[a-c.]{1,4}",
        any::<String>(),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn nothing_unlisted_is_released_and_nothing_twice(
        more in prop::collection::btree_map(name(), prop::collection::vec(name(), 1..3), 0..4),
        arrived in prop::collection::vec((name(), any::<String>()), 0..8),
        answer in 0_usize..3,
    ) {
        let mut listed = settings("");
        for (name, sources) in more {
            listed.0.entry(name).or_insert(sources);
        }
        let Ok(claims) = Claims::new(&listed) else { return Ok(()) };
        let mut who = person(&[]);
        for (name, value) in arrived {
            who.attributes.add(&name, None, [value]);
        }
        let decision = match answer {
            0 => singapore(),
            1 => decision(LocationOutcome::Clear),
            _ => decision(LocationOutcome::Omit),
        };
        let Ok(release) = claims.release(&who, &decision) else { return Ok(()) };
        let mut keys = HashSet::new();
        let mut locations = 0;
        for attribute in release.attributes() {
            prop_assert!(keys.insert(claim_key(&attribute.name)));
            if resembles_location(&attribute.name) {
                locations += 1;
                prop_assert_eq!(&attribute.name, "flex_location");
                continue;
            }
            let sources = &listed.0[&attribute.name];
            prop_assert!(!attribute.values.is_empty());
            for value in &attribute.values {
                // A value is one that came, unchanged but for what is documented.
                let came = sources.iter().flat_map(|source| who.attributes.values(source));
                let came: Vec<&str> = came.map(String::as_str).collect();
                let kept = came.iter().any(|it| it == value || it.trim() == value)
                    || *value == came.iter().filter(|it| !it.trim().is_empty()).copied().collect::<Vec<_>>().join(",");
                prop_assert!(kept || value.is_empty(), "{:?}", value);
            }
        }
        prop_assert_eq!(locations, usize::from(answer < 2));
        prop_assert_eq!(release.location(), [Some("Singapore Office"), Some(""), None][answer]);
    }
}
