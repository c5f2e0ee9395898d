//! What an explanation tells, step by step: neither less than happened nor more.

use super::*;

/// The tries of rules: which rule, and why it held or not.
fn tries(decision: &Decision) -> Vec<(usize, &str)> {
    let tries = decision.steps.iter().filter_map(|step| match step {
        Step::RuleTried { rule, because, .. } => Some((*rule, because.as_str())),
        _ => None,
    });
    tries.collect()
}

/// How each name was looked up.
fn looked_up(decision: &Decision) -> Vec<(&str, &str)> {
    let names = decision.steps.iter().filter_map(|step| match step {
        Step::NameChecked { name, how, .. } => Some((name.as_str(), how.as_str())),
        _ => None,
    });
    names.collect()
}

/// Why nothing matched.
fn no_match(decision: &Decision) -> &str {
    let detail = decision.steps.iter().find_map(|step| match step {
        Step::NoMatch { detail, .. } => Some(detail.as_str()),
        _ => None,
    });
    detail.unwrap_or_default()
}

#[test]
fn values_beyond_the_bound_are_counted_and_none_else() {
    let rules = mapping("attribute = ['office']");
    for more in [0, 1, 7] {
        let values: Vec<String> = (0..MOST_VALUES + more).map(|n| format!("v{n}")).collect();
        let pairs: Vec<(&str, &str)> = values.iter().map(|value| ("office", &**value)).collect();
        let decision = decided(&rules, &identity(&pairs), home(), &defined(&["A"]));
        let left_out = decision.steps.iter().find_map(|step| match step {
            Step::ValuesLeftOut { count } => Some(*count),
            _ => None,
        });
        assert_eq!(left_out, (more > 0).then_some(more));
    }
}

#[test]
fn each_try_is_told_once() {
    let rules = mapping(
        r#"
        attribute = ["office"]
        rule = [
          { when = { attribute = "title", one_of = ["boss", "aide"] }, assign = "A" },
          { when = { idp = "other" }, assign = "A" },
        ]
    "#,
    );
    let list = defined(&["A"]);
    let of = |pairs: &[(&str, &str)]| decided(&rules, &identity(pairs), home(), &list);
    let absent = of(&[]);
    let seen = tries(&absent);
    assert_eq!(seen.len(), 2, "{seen:?}");
    assert!(seen[0].0 == 1 && seen[0].1.contains("`title`"), "{seen:?}");
    let (other, both) = (
        of(&[("title", "x")]),
        of(&[("title", "boss"), ("title", "aide")]),
    );
    assert_eq!(tries(&other).len(), 2, "{:?}", tries(&other));
    // The first value decides what is assigned; the second could not change it.
    assert_eq!(tries(&both).len(), 1, "{:?}", tries(&both));
}

#[test]
fn only_what_a_rule_assigns_gets_a_suggestion_and_only_where_somebody_looks() {
    let rules = mapping(
        r#"
        attribute = ["office"]
        rule = [{ when = { one_of = ["1"] }, assign = "Singapor" }]
    "#,
    );
    let list = defined(&["Singapore"]);
    for (value, suggested) in [("1", true), ("Singapor", false)] {
        let who = identity(&[("office", value)]);
        let explained = decided(&rules, &who, home(), &list);
        let names = looked_up(&explained);
        assert_eq!(names.len(), 1, "{names:?}");
        assert_eq!(names[0].1.contains("nearest"), suggested, "{names:?}");
        let plain = rules.decide(&who, home(), Some(&list));
        assert!(
            looked_up(&plain)
                .iter()
                .all(|(_, how)| !how.contains("nearest"))
        );
    }
}

#[test]
fn what_is_not_defined_anywhere_is_said() {
    let rules = mapping("attribute = ['office']");
    for (names, said) in [(&[][..], true), (&["A"], false)] {
        let decision = decided(&rules, &identity(&[]), home(), &defined(names));
        let detail = no_match(&decision);
        assert_eq!(detail.contains("defines no locations"), said, "{detail}");
    }
}

#[test]
fn a_long_list_is_cut_and_says_so() {
    let rules = mapping("attribute = ['office']");
    for (count, cut) in [(2, ""), (5, ""), (7, " and 2 more")] {
        let names: Vec<String> = (0..count).map(|n| format!("L{n}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let pairs: Vec<(&str, &str)> = names.iter().map(|name| ("office", *name)).collect();
        let decision = decided(&rules, &identity(&pairs), home(), &defined(&names));
        assert_eq!(decision.no_match, Some(NoMatchCause::Ambiguous));
        let detail = no_match(&decision);
        assert_eq!(detail.contains("more"), !cut.is_empty(), "{detail}");
        assert!(detail.ends_with(cut), "{detail}");
    }
}

/// A thousand that did not hold are told; one that held always is, and is not counted with them.
#[test]
fn what_held_is_told_however_many_did_not() {
    for (misses, left_out) in [(1_000, None), (1_001, Some(1))] {
        let rule = |n: usize| format!("{{ when = {{ one_of = ['v{n}'] }}, assign = 'A' }}");
        let rules: Vec<String> = (0..=misses).map(rule).collect();
        let rules = mapping(&format!(
            "attribute = ['office']\nrule = [{}]",
            rules.join(",\n")
        ));
        let who = identity(&[("office", &format!("v{misses}"))]);
        let decision = decided(&rules, &who, home(), &defined(&["A"]));
        assert_eq!(decision.rule, Some(misses + 1));
        assert_eq!(tries(&decision).len(), 1_001);
        let counted = decision.steps.iter().find_map(|step| match step {
            Step::TriesLeftOut { count } => Some(*count),
            _ => None,
        });
        assert_eq!(counted, left_out);
    }
}
