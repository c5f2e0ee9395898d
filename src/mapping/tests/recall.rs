//! What can be decided anew of what the journal kept, and what can't.

use super::*;
use crate::identity::{Answer, Question, ReadAttribute, Reading};

fn kept(attributes: &[(&str, &[&str])]) -> Reading {
    let attribute = |(name, values): &(&str, &[&str])| ReadAttribute {
        name: (*name).to_owned(),
        count: values.len(),
        values: values.iter().map(|&value| value.to_owned()).collect(),
        ..ReadAttribute::default()
    };
    Reading {
        attributes: attributes.iter().map(attribute).collect(),
        answers: Vec::new(),
    }
}

const RULES: &str = r#"
    attribute = ["office", "department"]
    [[rule]]
    when = { one_of = ["SG-01"] }
    assign = "Singapore"
    [[rule]]
    when = { group = "Field" }
    assign = "Field Office"
    [[rule]]
    when = { network = ["203.0.113.0/24"], one_of = ["here"] }
    assign = "Rome"
    [[rule]]
    when = { attribute = "title", one_of = ["boss"], idp = "partner" }
    assign = "Rome"
    [[rule]]
    when = { idp = "partner" }
    assign = "Rome"
"#;

fn recalled(reading: &Reading, idp: &str) -> Result<String, Vec<(Option<usize>, String)>> {
    let defined = defined(&["Singapore", "Rome", "Field Office"]);
    let idp = idp.parse().unwrap();
    match mapping(RULES).recall(&idp, reading, Some(&defined)) {
        Recalled::Decided(decision) => Ok(match decision.outcome {
            LocationOutcome::Assign(location) => location.as_str().to_owned(),
            other => format!("{other:?}"),
        }),
        Recalled::Unknown(needs) => Err(needs
            .into_iter()
            .map(|need| (need.rule, need.what))
            .collect()),
    }
}

fn unknown(needs: &[(usize, &str)]) -> Result<String, Vec<(Option<usize>, String)>> {
    let needs = needs.iter();
    Err(needs
        .map(|(rule, what)| (Some(*rule), (*what).to_owned()))
        .collect())
}

#[test]
fn what_rests_on_something_that_was_not_kept_is_unknown() {
    let found = |name: &str| Ok(name.to_owned());
    let cases = [
        // The first rule decides before any other is asked.
        (kept(&[("office", &["SG-01"])]), "hq", found("Singapore")),
        (
            kept(&[("office", &["Rome"])]),
            "hq",
            unknown(&[(2, "group")]),
        ),
        (
            kept(&[("office", &["SG-01", "Rome"])]),
            "hq",
            unknown(&[(2, "group")]),
        ),
        (
            kept(&[("office", &["here"])]),
            "hq",
            unknown(&[(2, "group"), (3, "network")]),
        ),
        // What two values ask for is missing once.
        (
            kept(&[("office", &["here", "HERE"])]),
            "hq",
            unknown(&[(2, "group"), (3, "network")]),
        ),
        // The idp rules rule 4 out, and decides rule 5.
        (
            kept(&[("office", &["x"])]),
            "partner",
            unknown(&[(2, "group"), (4, "title")]),
        ),
        (
            kept(&[("office", &[]), ("department", &["SG-01"])]),
            "hq",
            found("Singapore"),
        ),
        (
            kept(&[("office", &[])]),
            "hq",
            Err(vec![(None, "department".to_owned())]),
        ),
        (kept(&[]), "hq", Err(vec![(None, "office".to_owned())])),
    ];
    for (reading, idp, expected) in cases {
        assert_eq!(recalled(&reading, idp), expected, "{reading:?}");
    }
    let mut cut = kept(&[("office", &["SG-01"])]);
    cut.attributes[0].count = 2;
    assert!(recalled(&cut, "hq").is_err(), "not all values are known");
}

/// Whoever has the attributes needs no answer; one of them alone does not tell.
#[test]
fn a_group_is_known_by_all_the_attributes_that_may_carry_it() {
    let rules = mapping(
        "attribute = ['office']\ngroup_attribute = ['groups', 'teams']\nrule = [{ when = { group = 'Field' }, assign = 'Rome' }]",
    );
    let list = defined(&["Rome"]);
    let idp = "hq".parse().unwrap();
    for (attributes, known) in [
        (
            &[
                ("office", &["x"][..]),
                ("groups", &["Field"]),
                ("teams", &[]),
            ][..],
            true,
        ),
        (&[("office", &["x"]), ("groups", &["Field"])], false),
    ] {
        let recalled = rules.recall(&idp, &kept(attributes), Some(&list));
        assert_eq!(
            matches!(recalled, Recalled::Decided(_)),
            known,
            "{attributes:?}"
        );
    }
}

#[test]
fn answers_that_were_kept_and_attributes_that_were_kept_too_are_known() {
    let answer = |asked, held| Answer { asked, held };
    let field = |held| answer(Question::Group("Field".to_owned()), held);
    let network = |held| answer(Question::Network("203.0.113.0/24".to_owned()), held);
    let with = |attributes: &[(&str, &[&str])], answers: &[Answer]| Reading {
        answers: answers.to_vec(),
        ..kept(attributes)
    };
    for (reading, idp, expected) in [
        (
            with(&[("office", &["Rome"])], &[field(false)]),
            "hq",
            "Rome",
        ),
        (
            with(&[("office", &["Rome"])], &[field(true)]),
            "hq",
            "Field Office",
        ),
        (
            with(&[("office", &["here"])], &[field(false), network(true)]),
            "hq",
            "Rome",
        ),
        (
            with(&[("office", &["here"])], &[field(false), network(false)]),
            "hq",
            "Clear",
        ),
        (
            with(&[("office", &["x"]), ("title", &["boss"])], &[field(false)]),
            "partner",
            "Rome",
        ),
    ] {
        assert_eq!(
            recalled(&reading, idp).as_deref(),
            Ok(expected),
            "{reading:?}"
        );
    }
}

#[test]
fn of_whom_all_is_kept_the_decision_is_the_logins_own() {
    let mapping = mapping(RULES);
    let list = defined(&["Singapore", "Rome", "Field Office"]);
    let here: IpAddr = "203.0.113.9".parse().unwrap();
    for address in [here, home()] {
        for office in ["SG-01", "here", "rome ", "Atlantis"] {
            for group in ["Field", "Other"] {
                let who = identity(&[("office", office), ("groups", group), ("title", "boss")]);
                let decided = mapping.decide(&who, address, Some(&list));
                let reading = Reading {
                    answers: mapping.answers(&who, address, 9),
                    ..kept(&[("office", &[office.trim()]), ("title", &["boss"])])
                };
                let Recalled::Decided(again) = mapping.recall(&who.idp, &reading, Some(&list))
                else {
                    panic!("{reading:?}");
                };
                assert_eq!(
                    (&again.outcome, again.rule),
                    (&decided.outcome, decided.rule)
                );
            }
        }
    }
}
