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

/// Counts how often a rule is tried.
struct Counting<'a>(&'a std::cell::Cell<usize>);

impl record::Recorder for Counting<'_> {
    const THOROUGH: bool = false;
    type Notes = ();

    fn tried(
        &mut self,
        _: usize,
        _: &str,
        _: Result<(), rule::Unmet<'_>>,
        _: impl FnOnce() -> String,
    ) {
        self.0.set(self.0.get() + 1);
    }

    fn finish(self, _: usize) -> (Vec<Step>, ()) {
        (Vec::new(), ())
    }
}

/// So many rules with ten values each, and as many locations ten times over.
fn large(rules: usize) -> (Mapping, DefinedLocations) {
    let mut settings = settings("attribute = ['office']");
    settings.rule = (0..rules)
        .map(|number| RuleSettings {
            when: When {
                one_of: Some((0..10).map(|value| format!("v{number}-{value}")).collect()),
                ..When::default()
            },
            assign: format!("L{number}"),
        })
        .collect();
    let names: Vec<String> = (0..rules * 10).map(|number| format!("L{number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    (Mapping::new(settings).unwrap(), defined(&names))
}

#[test]
fn a_thousand_rules_are_no_more_work_than_ten() {
    for rules in [10, 1_000] {
        let (mapping, list) = large(rules);
        let office = format!("V{}-3", rules - 1);
        let mut who = identity(&[]);
        who.attributes
            .add("office", None, [office, "nothing".to_owned()]);
        let count = std::cell::Cell::new(0);
        let decision = decide::run(&mapping, &who, home(), Some(&list), Counting(&count));
        assert_eq!(decision.rule, Some(rules));
        // The one rule that lists the value; none for the value that none lists.
        assert_eq!(count.get(), 1);
        // What was read, what was assigned, and two look-ups.
        assert_eq!(decision.steps.len(), 4, "{:#?}", decision.steps);
        assert_eq!(
            decided(&mapping, &who, home(), &list).outcome,
            decision.outcome
        );
    }
}
