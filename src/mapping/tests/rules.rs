use super::*;

const SEED: &[&str] = &[
    "Singapore Office",
    "San Francisco Office",
    "São Paulo",
    "東京オフィス",
    "Café 🌏",
    "R&D <West>",
];

#[test]
fn what_people_write_becomes_the_defined_name() {
    let list = defined(SEED);
    let plain = mapping("attribute = ['office']");
    for (written, name) in [
        ("Singapore Office", "Singapore Office"),
        ("Singapore Office  ", "Singapore Office"),
        ("\tsingapore   OFFICE\n", "Singapore Office"),
        ("Ｓｉｎｇａｐｏｒｅ　Ｏｆｆｉｃｅ", "Singapore Office"),
        ("San Francisco\u{a0}Office", "San Francisco Office"),
        ("São Paulo", "São Paulo"),
        ("Sa\u{303}o Paulo", "São Paulo"),
        ("SÃO PAULO", "São Paulo"),
        ("東京オフィス", "東京オフィス"),
        ("東京ｵﾌｨｽ", "東京オフィス"),
        ("café 🌏", "Café 🌏"),
        ("r&d <WEST>", "R&D <West>"),
    ] {
        let decision = decided(&plain, &identity(&[("office", written)]), home(), &list);
        assert_eq!(outcome(&decision), name, "{written:?}");
        assert_eq!(decision.rule, None);
        assert_eq!(decision.no_match, None);
    }
}

#[test]
fn what_names_nothing_gets_each_of_the_four_answers() {
    let list = defined(SEED);
    for (no_match, answer) in [
        ("'clear'", "(clear)"),
        ("'omit'", "(omit)"),
        ("'refuse'", "(refuse)"),
        ("{ assign = 'singapore office' }", "Singapore Office"),
        ("{ assign = 'Nowhere' }", "(clear)"),
    ] {
        let plain = mapping(&format!("attribute = ['office']\nno_match = {no_match}"));
        for written in [
            "Singapore",
            "Singapore Offices",
            "Sao Paulo",
            "R&amp;D <West>",
            "🌏",
        ] {
            let decision = decided(&plain, &identity(&[("office", written)]), home(), &list);
            assert_eq!(outcome(&decision), answer, "{no_match} {written}");
            assert_eq!(decision.no_match, Some(NoMatchCause::NoRule));
        }
        for attributes in [
            &[("office", " \t ")][..],
            &[("Office", "Singapore Office")],
            &[],
        ] {
            let decision = decided(&plain, &identity(attributes), home(), &list);
            assert_eq!(outcome(&decision), answer, "{no_match} {attributes:?}");
            assert_eq!(decision.no_match, Some(NoMatchCause::NoAttribute));
            assert_eq!(decision.attribute, None);
        }
    }
}

#[test]
fn while_the_list_is_unknown_unavailable_decides() {
    for (word, answer) in [
        ("omit", "(omit)"),
        ("clear", "(clear)"),
        ("refuse", "(refuse)"),
    ] {
        let plain = mapping(&format!(
            "attribute = ['office']\nno_match = 'refuse'\nunavailable = '{word}'"
        ));
        let decision = plain.decide(&identity(&[("office", "x")]), home(), None);
        assert_eq!(outcome(&decision), answer);
        assert_eq!(decision.no_match, Some(NoMatchCause::ListUnavailable));
        assert_eq!(decision.attribute.as_deref(), Some("office"));
    }
    let rules =
        mapping("attribute = ['office']\nrule = [{ when = { one_of = ['a'] }, assign = 'A' }]");
    let explained = rules.explain(&identity(&[("office", "a")]), home(), None);
    assert_eq!(outcome(&explained), "(omit)");
    // Which rule would hold is told all the same.
    let held = |step: &Step| {
        matches!(
            step,
            Step::RuleTried {
                rule: 1,
                held: true,
                ..
            }
        )
    };
    assert!(explained.steps.iter().any(held));
}

#[test]
fn an_empty_list_is_a_list() {
    let list = defined(&[]);
    let rules = mapping(
        "attribute = ['office']\nno_match = 'omit'\nrule = [{ when = { one_of = ['a'] }, assign = 'A' }]",
    );
    let by_rule = decided(&rules, &identity(&[("office", "a")]), home(), &list);
    assert_eq!(outcome(&by_rule), "(omit)");
    assert_eq!(by_rule.no_match, Some(NoMatchCause::Undefined));
    let by_value = decided(&rules, &identity(&[("office", "b")]), home(), &list);
    assert_eq!(by_value.no_match, Some(NoMatchCause::NoRule));
}

#[test]
fn the_first_attribute_with_a_value_counts() {
    let list = defined(SEED);
    let plain = mapping("attribute = ['physicalDeliveryOfficeName', 'department']");
    let both = identity(&[
        ("department", "San Francisco Office"),
        ("physicalDeliveryOfficeName", "Singapore Office"),
    ]);
    assert_eq!(
        outcome(&decided(&plain, &both, home(), &list)),
        "Singapore Office"
    );
    let blank = identity(&[
        ("physicalDeliveryOfficeName", "\u{3000}"),
        ("department", "San Francisco Office"),
    ]);
    let decision = decided(&plain, &blank, home(), &list);
    assert_eq!(outcome(&decision), "San Francisco Office");
    assert_eq!(decision.attribute.as_deref(), Some("department"));
    // The first with a value counts even when it names nothing.
    let nothing = identity(&[
        ("physicalDeliveryOfficeName", "Desk 7"),
        ("department", "San Francisco Office"),
    ]);
    assert_eq!(
        outcome(&decided(&plain, &nothing, home(), &list)),
        "(clear)"
    );
}

#[test]
fn a_missing_attribute_comes_with_what_was_probably_meant() {
    let plain = mapping("attribute = ['department']");
    let who = identity(&[(
        "http://schemas.example/claims/Department",
        "Singapore Office",
    )]);
    let decision = decided(&plain, &who, home(), &defined(SEED));
    assert_eq!(
        decision.steps[0],
        Step::AttributeAbsent {
            attribute: "department".to_owned(),
            similar: Some("http://schemas.example/claims/Department".to_owned()),
        }
    );
}

/// The example of the contract.
const CONTRACT: &str = r#"
    attribute = ["physicalDeliveryOfficeName", "department"]
    no_match = "clear"
    unavailable = "omit"
    [[rule]]
    when   = { one_of = ["SG-01", "Singapore HQ"] }
    assign = "Singapore Office"
    [[rule]]
    when   = { matches = '^US-(?<city>[A-Z]+)-\d+$', group = "Field Sales", idp = "hq" }
    assign = "${city} Office"
"#;

#[test]
fn the_rules_of_the_contract() {
    let list = defined(&["Singapore Office", "SFO Office", "San Francisco Office"]);
    let rules = mapping(CONTRACT);
    let sales = ("groups", "Field Sales");
    for (office, group, idp, name, rule) in [
        ("SG-01", None, "hq", "Singapore Office", Some(1)),
        ("singapore  hq ", None, "hq", "Singapore Office", Some(1)),
        ("US-SFO-12", Some(sales), "hq", "SFO Office", Some(2)),
        (" US-SFO-12 ", Some(sales), "hq", "SFO Office", Some(2)),
        ("US-SFO-12", None, "hq", "(clear)", None),
        ("US-SFO-12", Some(sales), "partner", "(clear)", None),
        (
            "US-SFO-12",
            Some(("groups", "field sales")),
            "hq",
            "(clear)",
            None,
        ),
        (
            "US-SFO-12",
            Some(("memberOf", "Field Sales")),
            "hq",
            "SFO Office",
            Some(2),
        ),
        ("us-sfo-12", Some(sales), "hq", "(clear)", None),
        ("US-NYC-1", Some(sales), "hq", "(clear)", Some(2)),
        (
            "San Francisco Office",
            None,
            "hq",
            "San Francisco Office",
            None,
        ),
    ] {
        let mut who = identity(&[("physicalDeliveryOfficeName", office)]);
        who.idp = idp.parse::<IdpName>().unwrap();
        if let Some((attribute, value)) = group {
            who.attributes.add(attribute, None, [value.to_owned()]);
        }
        let decision = decided(&rules, &who, home(), &list);
        assert_eq!(outcome(&decision), name, "{office} {group:?} {idp}");
        assert_eq!(decision.rule, rule, "{office} {group:?} {idp}");
    }
}

#[test]
fn an_undefined_name_ends_the_search() {
    let list = defined(&["Singapore Office", "Remote Asia"]);
    let rules = mapping(
        r#"
        attribute = ["office"]
        [[rule]]
        when   = { starts_with = "SG" }
        assign = "Singapore Ofice"
        [[rule]]
        when   = { network = ["0.0.0.0/0"] }
        assign = "Remote Asia"
    "#,
    );
    let decision = decided(&rules, &identity(&[("office", "SG-01")]), home(), &list);
    assert_eq!(outcome(&decision), "(clear)");
    assert_eq!(decision.no_match, Some(NoMatchCause::Undefined));
    assert_eq!(decision.rule, Some(1));
    let suggested = |step: &Step| matches!(step, Step::NameChecked { how, .. } if how.contains("the nearest is `Singapore Office`"));
    assert!(
        decision.steps.iter().any(suggested),
        "{:#?}",
        decision.steps
    );
}

#[test]
fn each_condition_holds_and_does_not() {
    let list = defined(&["X"]);
    for (when, value, holds) in [
        ("one_of = ['Straße 1']", "STRASSE 1", true),
        ("one_of = ['a', 'b']", "c", false),
        ("starts_with = 'sg '", "SG Office", true),
        ("starts_with = 'SG '", "SGX Office", false),
        ("starts_with = 'SG '", "SG", false),
        ("ends_with = ' office'", "SG  Office ", true),
        ("ends_with = ' office'", "Backoffice", false),
        ("contains = 'WEST'", "R&D <West>", true),
        ("contains = ' and '", "Sales and Support", true),
        ("contains = ' and '", "Sandals", false),
        ("matches = '^.$'", "é", true),
        ("matches = 'B'", "abc", false),
        ("matches = '(?i)B'", "abc", true),
        ("matches = '^a$'", "  a  ", true),
        ("starts_with = 'a', ends_with = 'c'", "abc", true),
        ("starts_with = 'a', ends_with = 'b'", "abc", false),
    ] {
        let rules = mapping(&format!(
            "attribute = ['office']\nrule = [{{ when = {{ {when} }}, assign = 'X' }}]"
        ));
        let decision = decided(&rules, &identity(&[("office", value)]), home(), &list);
        assert_eq!(decision.rule.is_some(), holds, "{when} {value}");
    }
}

#[test]
fn an_explanation_reads_in_the_order_of_the_rules() {
    let list = defined(&["A", "B"]);
    let rules = mapping(
        r#"
        attribute = ["office"]
        rule = [
          { when = { group = "G" }, assign = "A" },
          { when = { one_of = ["x"] }, assign = "A" },
          { when = { starts_with = "y" }, assign = "B" },
          { when = { network = ["0.0.0.0/0"] }, assign = "A" },
        ]
    "#,
    );
    let decision = decided(&rules, &identity(&[("office", "Y1")]), home(), &list);
    let tries: Vec<(usize, bool, &str)> = (decision.steps.iter())
        .filter_map(|step| match step {
            Step::RuleTried {
                rule,
                held,
                because,
                ..
            } => Some((*rule, *held, because.as_str())),
            _ => None,
        })
        .collect();
    assert_eq!(
        tries,
        [
            (1, false, "is not in the group `G`"),
            (2, false, "is not in `one_of`"),
            (3, true, "starts_with"),
        ]
    );
    assert_eq!(outcome(&decision), "B");
}

#[test]
fn a_suggested_rule_would_have_caught_the_value() {
    let list = defined(&["Singapore Office", "Remote Asia", "Cash $1 Office"]);
    for (value, name) in [
        ("Singapore", Some("Singapore Office")),
        (" singapor ofice ", Some("Singapore Office")),
        ("Cash 1 Office", Some("Cash $1 Office")),
        ("Antarctica", None),
        (" ", None),
    ] {
        let suggested = suggest_rule(value, &list);
        assert_eq!(suggested.is_some(), name.is_some(), "{value}");
        let Some(rule) = suggested else { continue };
        let mut section = settings("attribute = ['office']");
        section.rule.push(rule);
        let mapping = Mapping::new(section).unwrap();
        let decision = decided(&mapping, &identity(&[("office", value)]), home(), &list);
        assert_eq!(outcome(&decision), name.unwrap());
    }
}
