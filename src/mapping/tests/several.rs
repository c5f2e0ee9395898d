use NoMatchCause::{Ambiguous, NoRule, Undefined};

use super::*;

const RULES: &str = r#"
    attribute = ["office"]
    rule = [
      { when = { one_of = ["sg", "sin"] }, assign = "Singapore" },
      { when = { one_of = ["to"] }, assign = "Tokyo" },
      { when = { one_of = ["typo"] }, assign = "Tokio" },
      { when = { group = "Remote" }, assign = "Home" },
      { when = { one_of = ["late"] }, assign = "Tokyo" },
    ]
"#;

#[test]
fn values_that_agree_or_mean_nothing_do_no_harm() {
    let list = defined(&["Singapore", "Tokyo", "Home", "Office", "OFFICE"]);
    let rules = mapping(RULES);
    for (values, groups, name, rule, cause) in [
        // One leads somewhere, wherever it stands.
        (&["sg", "desk 4"][..], "", "Singapore", Some(1), None),
        (&["desk 4", "sg"], "", "Singapore", Some(1), None),
        (&["desk 4", "", "tokyo"], "", "Tokyo", None, None),
        // They agree.
        (
            &["sg", "sin", "SINGAPORE", "Singapore"],
            "",
            "Singapore",
            Some(1),
            None,
        ),
        (&["late", "to"], "", "Tokyo", Some(2), None),
        // They do not.
        (&["sg", "to"], "", "(clear)", None, Some(Ambiguous)),
        (&["sg", "tokyo"], "", "(clear)", None, Some(Ambiguous)),
        (
            &["singapore", "tokyo"],
            "",
            "(clear)",
            None,
            Some(Ambiguous),
        ),
        (&["office"], "", "(clear)", None, Some(Ambiguous)),
        (&["office", "sg"], "", "(clear)", None, Some(Ambiguous)),
        // None leads anywhere.
        (&["desk 4", "desk 5"], "", "(clear)", None, Some(NoRule)),
        // A mistake in a rule is not covered up by another value.
        (&["typo", "sg"], "", "(clear)", Some(3), Some(Undefined)),
        // A rule about the person decides when no rule before it held for any value …
        (&["desk 4", "desk 5"], "Remote", "Home", Some(4), None),
        (&["singapore", "tokyo"], "Remote", "Home", Some(4), None),
        (&["late"], "Remote", "Home", Some(4), None),
        (&[], "Remote", "Home", Some(4), None),
        // … and has no say when one did.
        (&["desk 4", "sg"], "Remote", "Singapore", Some(1), None),
        (
            &["sg", "tokyo", "late"],
            "Remote",
            "Singapore",
            Some(1),
            None,
        ),
        (&["sg", "to"], "Remote", "(clear)", None, Some(Ambiguous)),
    ] {
        let mut who = identity(&[("groups", groups)]);
        let values = values.iter().map(|value| (*value).to_owned());
        who.attributes.add("office", None, values.clone());
        let decision = decided(&rules, &who, home(), &list);
        assert_eq!(outcome(&decision), name, "{who:?}");
        assert_eq!(decision.rule, rule, "{who:?}");
        assert_eq!(decision.no_match, cause, "{who:?}");

        let mut turned = identity(&[("groups", groups)]);
        turned.attributes.add("office", None, values.rev());
        let again = decided(&rules, &turned, home(), &list);
        assert_eq!(again.outcome, decision.outcome);
        assert_eq!(again.rule, decision.rule);
    }
}

#[test]
fn another_attribute_with_several_values() {
    let list = defined(&["SG Office", "TO Office"]);
    let rules = mapping(
        r#"
        attribute = ["office"]
        [[rule]]
        when   = { attribute = "memberOf", matches = '^CN=Flex-(?<site>\w+),' }
        assign = "${site} Office"
    "#,
    );
    for (groups, name) in [
        (&["CN=All,DC=x", "CN=Flex-SG,DC=x"][..], "SG Office"),
        (&["CN=Flex-SG,DC=x", "CN=Flex-SG,DC=y"], "SG Office"),
        (&["CN=Flex-SG,DC=x", "CN=Flex-TO,DC=x"], "(clear)"),
        (&["CN=All,DC=x"], "(clear)"),
    ] {
        let mut who = identity(&[]);
        let values = groups.iter().map(|group| (*group).to_owned());
        who.attributes.add("memberOf", None, values);
        assert_eq!(outcome(&decided(&rules, &who, home(), &list)), name);
    }
}

#[test]
fn more_values_than_are_tried_are_said_to_be_left_out() {
    let list = defined(&["Singapore"]);
    let rules = mapping(RULES);
    let mut who = identity(&[]);
    let values = (0..MOST_VALUES + 5).map(|number| format!("desk {number}"));
    who.attributes.add("office", None, values);
    who.attributes.add("office", None, ["sg".to_owned()]);
    let decision = decided(&rules, &who, home(), &list);
    assert_eq!(decision.no_match, Some(NoMatchCause::NoRule));
    assert!(decision.steps.contains(&Step::ValuesLeftOut { count: 6 }));
    let tried = |step: &&Step| matches!(step, Step::RuleTried { .. });
    assert_eq!(
        decision.steps.iter().filter(tried).count(),
        record::MOST_TRIES
    );
    let left = |step: &Step| matches!(step, Step::TriesLeftOut { .. });
    assert!(decision.steps.iter().any(left));
}

#[test]
fn a_thousand_rules_are_not_a_thousand_times_the_work() {
    // What grows with the rules is kept out of a decision by the index: of the
    // rules with `one_of`, only those that list the value are looked at.
    let mut toml = vec!["attribute = ['office']".to_owned()];
    for number in 0..1_000 {
        let values: Vec<String> = (0..10).map(|n| format!("'v{number}-{n}'")).collect();
        let values = values.join(", ");
        toml.push(format!(
            "[[rule]]\nwhen = {{ one_of = [{values}] }}\nassign = 'L{number}'"
        ));
    }
    let rules = mapping(&toml.join("\n"));
    assert_eq!(rules.index.listed.len(), 10_000);
    assert!(rules.index.open.is_empty());
    assert!(rules.index.listed.values().all(|places| places.len() == 1));
    let names: Vec<String> = (0..10_000).map(|number| format!("L{number}")).collect();
    let list = defined(&names.iter().map(String::as_str).collect::<Vec<_>>());
    let decision = decided(&rules, &identity(&[("office", "V999-3")]), home(), &list);
    assert_eq!(outcome(&decision), "L999");
    assert_eq!(decision.rule, Some(1_000));
    let decision = rules.decide(&identity(&[("office", "V999-3")]), home(), Some(&list));
    assert_eq!(decision.steps.len(), 3, "{:#?}", decision.steps);
}
