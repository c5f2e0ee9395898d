use proptest::prelude::*;

use super::*;
use crate::identity::fold_name;

/// Words that meet each other often, beside anything at all.
fn word() -> impl Strategy<Value = String> {
    prop_oneof![
        prop::sample::select(vec![
            "a",
            "A",
            "b",
            "ab",
            "Ａ",
            "a b",
            "a  B",
            "é",
            "e\u{301}",
            "ß",
            "ss",
            " ",
            "",
            "$",
            "${a}",
            "\u{0}",
            "a\u{200b}",
        ])
        .prop_map(str::to_owned),
        any::<String>(),
        "[a-c]{1,3}",
    ]
}

prop_compose! {
    fn when()(
        kind in 0_usize..9,
        attribute in prop::option::weighted(0.2, Just("other".to_owned())),
        word in word(),
        group in prop::option::weighted(0.1, Just("g".to_owned())),
    ) -> When {
        let one = Some(word.clone());
        let mut when = When { group, ..When::default() };
        match kind {
            0 | 1 => when.one_of = Some(vec![word, "b".to_owned()]),
            2 => when.starts_with = one,
            3 => when.ends_with = one,
            4 => when.contains = one,
            5 => when.matches = Some("^(?<a>[a-b])(?<b>.*)$".to_owned()),
            6 => when.network = Some(vec!["198.51.100.0/24".parse().unwrap()]),
            7 => when.email_domain = Some("a.example".to_owned()),
            _ => when.group = Some("g".to_owned()),
        }
        if kind < 6 {
            when.attribute = attribute;
        }
        when
    }
}

prop_compose! {
    fn section()(
        rule in prop::collection::vec((when(), word()), 0..8),
        no_match in prop_oneof![
            Just(NoMatch::Clear), Just(NoMatch::Omit), Just(NoMatch::Refuse),
            word().prop_map(NoMatch::Assign),
        ],
    ) -> Settings {
        let mut settings = settings("attribute = ['office', 'second']");
        settings.no_match = no_match;
        settings.rule = rule
            .into_iter()
            .map(|(when, assign)| RuleSettings { when, assign })
            .collect();
        settings
    }
}

prop_compose! {
    fn person()(
        office in prop::collection::vec(word(), 0..4),
        other in prop::collection::vec(word(), 0..3),
        in_group in any::<bool>(),
        mail in word(),
    ) -> Identity {
        let mut who = identity(&[("mail", &format!("x@{mail}.example"))]);
        let mut attributes = Attributes::new();
        attributes.add("office", None, office);
        attributes.add("other", None, other);
        if in_group {
            attributes.add("groups", None, ["g".to_owned()]);
        }
        for arrived in attributes.iter() {
            who.attributes.add(&arrived.name, None, arrived.values.iter().cloned());
        }
        who
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn only_defined_names_are_assigned_and_explaining_changes_nothing(
        mut settings in section(),
        who in person(),
        names in prop::collection::vec(word(), 0..6),
        home_network in any::<bool>(),
    ) {
        // Rules with problems are found before any login; keep those without.
        settings.rule.retain(|rule| {
            let mut alone = super::settings("attribute = ['office']");
            alone.rule = vec![rule.clone()];
            Mapping::new(alone).is_ok()
        });
        if let NoMatch::Assign(name) = &settings.no_match && name.trim().is_empty() {
            settings.no_match = NoMatch::Clear;
        }
        let mapping = Mapping::new(settings).unwrap();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let list = defined(&names);
        let from = if home_network { home() } else { "10.1.2.3".parse().unwrap() };
        let decision = decided(&mapping, &who, from, &list);
        if let LocationOutcome::Assign(location) = &decision.outcome {
            prop_assert!(names.contains(&location.as_str()));
            prop_assert!(!location.as_str().trim().is_empty());
        } else {
            prop_assert!(decision.no_match.is_some());
        }
        prop_assert_eq!(&decision, &mapping.explain(&who, from, Some(&list)));
        prop_assert!(mapping.check_against(&list).len() <= mapping.rules.len() + 1);

        let unknown = mapping.decide(&who, from, None);
        prop_assert!(!matches!(unknown.outcome, LocationOutcome::Assign(_)));
    }

    #[test]
    fn any_section_compiles_or_says_why(settings in section()) {
        if let Err(problems) = Mapping::new(settings) {
            prop_assert!(problems.iter().all(|problem| !problem.mend.is_empty()));
        }
    }

    #[test]
    fn folding_is_idempotent(text in any::<String>()) {
        let once = fold_name(&text);
        prop_assert_eq!(fold_name(&once), once);
    }
}
