//! What a section says of itself as a whole: whom it asks what, where it assigns what, and how
//! many suggestions it makes.

use super::*;

#[test]
fn a_condition_is_answered_once_and_only_where_all_can_be_kept() {
    let rules = mapping(
        r#"
        attribute = ["office"]
        rule = [
          { when = { group = "Field" }, assign = "A" },
          { when = { group = "Field", one_of = ["1"] }, assign = "B" },
          { when = { network = ["198.51.100.0/24", "10.0.0.0/8"] }, assign = "C" },
        ]
    "#,
    );
    let who = identity(&[("groups", "Field")]);
    let held = |most: usize| -> Vec<bool> {
        let answers = rules.answers(&who, home(), most);
        answers.iter().map(|answer| answer.held).collect()
    };
    for (most, expected) in [
        (2, &[][..]),
        (3, &[true, true, false]),
        (4, &[true, true, false]),
    ] {
        assert_eq!(held(most), expected, "{most}");
    }
}

#[test]
fn each_rule_reads_its_own_attribute() {
    let rules = mapping(
        r#"
        attribute = ["office"]
        rule = [
          { when = { attribute = "title", one_of = ["boss"] }, assign = "A" },
          { when = { attribute = "team", one_of = ["red"] }, assign = "B" },
          { when = { attribute = "title", one_of = ["aide"] }, assign = "C" },
        ]
    "#,
    );
    let list = defined(&["A", "B", "C"]);
    for (pairs, expected) in [
        (&[("title", "boss")][..], "A"),
        (&[("team", "red")], "B"),
        (&[("title", "aide")], "C"),
        (&[("title", "red"), ("team", "boss")], "(clear)"),
    ] {
        let decision = decided(&rules, &identity(pairs), home(), &list);
        assert_eq!(outcome(&decision), expected, "{pairs:?}");
    }
}

#[test]
fn the_nearest_name_is_the_most_alike_and_of_equals_the_first() {
    for (name, names, expected) in [
        (
            "Singapor",
            &["Singapark", "Singapore", "Singapura"][..],
            Some("Singapore"),
        ),
        ("Office X", &["Office A", "Office B"], Some("Office A")),
        ("Rome", &["Oslo"], None),
    ] {
        assert_eq!(nearest(name, &defined(names)), expected, "{name}");
    }
}

#[test]
fn suggestions_have_a_bound() {
    let names: Vec<String> = (0..51).map(|n| format!("Singapore Ofice {n:02}")).collect();
    let rule =
        |name: &String| format!("[[rule]]\nwhen = {{ one_of = ['{name}'] }}\nassign = '{name}'\n");
    // The first name comes a second time, behind the one that is one too many.
    let written: String = names.iter().map(rule).collect();
    let again = "[[rule]]\nwhen = { one_of = ['again'] }\nassign = 'Singapore Ofice 00'\n";
    let rules = mapping(&format!("attribute = ['a']\n{written}{again}"));
    let problems = rules.check_against(&defined(&["Singapore Office"]));
    let suggested: Vec<bool> = problems
        .iter()
        .map(|problem| problem.mend.contains("did you mean"))
        .collect();
    let expected: Vec<bool> = (0..52).map(|place| place != 50).collect();
    assert_eq!(suggested, expected);
}

#[test]
fn a_section_that_assigns_nothing_needs_no_locations() {
    let rules = mapping("attribute = ['office']");
    assert!(rules.check_against(&defined(&[])).is_empty());
}

#[test]
fn who_assigns_a_name_is_found_however_it_is_spelt() {
    let rules = mapping(
        r#"
        attribute = ["a"]
        no_match = { assign = "Rome" }
        rule = [
          { when = { one_of = ["1"] }, assign = "rome " },
          { when = { one_of = ["2"] }, assign = "Oslo" },
          { when = { matches = "(?<x>.+)" }, assign = "${x}" },
          { when = { matches = "Office (?<x>.+)" }, assign = "Office ${x}" },
        ]
    "#,
    );
    let found = |name: &str| -> Vec<(String, bool)> {
        let found = rules.assigners(name).into_iter();
        found
            .map(|(path, always)| (path.to_string(), always))
            .collect()
    };
    let at = |path: &str, always| (path.to_owned(), always);
    assert_eq!(
        found("Rome"),
        [
            at("no_match.assign", true),
            at("rule[0].assign", true),
            at("rule[2].assign", false)
        ]
    );
    assert_eq!(
        found("Oslo"),
        [at("rule[1].assign", true), at("rule[2].assign", false)]
    );
    assert_eq!(
        found("Office 7"),
        [at("rule[2].assign", false), at("rule[3].assign", false)]
    );
}
