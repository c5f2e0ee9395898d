use super::*;

/// The problems of a section: path, and message with mend.
fn problems(toml: &str) -> Vec<(String, String)> {
    let found = match Mapping::new(settings(toml)) {
        Ok(mapping) => mapping.warnings,
        Err(problems) => problems,
    };
    let text = |problem: &Problem| format!("{} ({})", problem.message, problem.mend);
    found
        .iter()
        .map(|problem| (problem.path.to_string(), text(problem)))
        .collect()
}

#[test]
fn every_problem_has_its_place_and_a_mend() {
    for (toml, path, words) in [
        ("attribute = []", "attribute", "no attribute is named"),
        ("attribute = ['a', ' ']", "attribute[1]", "blank"),
        (
            "attribute = ['a']\ngroup_attribute = ['']",
            "group_attribute[0]",
            "blank",
        ),
        (
            "attribute = ['a']\ngroup_attribute = []\nrule = [{ when = { group = 'G' }, assign = 'X' }]",
            "rule[0].when.group",
            "nobody is in any group",
        ),
        (
            "attribute = ['a']\nno_match = { assign = ' ' }",
            "no_match.assign",
            "blank",
        ),
    ] {
        let found = problems(toml);
        assert_eq!(found.len(), 1, "{toml}: {found:#?}");
        assert_eq!(found[0].0, path);
        assert!(found[0].1.contains(words), "{found:#?}");
    }
    for (when, assign, path, words) in [
        ("", "X", "when", "no condition"),
        ("attribute = 'b'", "X", "when.attribute", "nothing is asked"),
        (
            "attribute = ' ', one_of = ['a']",
            "X",
            "when.attribute",
            "blank",
        ),
        ("one_of = []", "X", "when.one_of", "empty"),
        ("one_of = ['a', '']", "X", "when.one_of[1]", "blank"),
        ("starts_with = ' '", "X", "when.starts_with", "blank"),
        ("matches = ''", "X", "when.matches", "blank"),
        ("matches = 'aé(b'", "X", "when.matches", "at character 3"),
        ("matches = 'aé(b'", "X", "when.matches", "correct it there"),
        ("matches = 'a(?=b)'", "X", "when.matches", "linear time"),
        (r"matches = '(a)\1'", "X", "when.matches", "linear time"),
        ("matches = 'a(?=b)'", "X", "when.matches", "look-around"),
        (r"matches = '(a)\1'", "X", "when.matches", "back-references"),
        (
            r"matches = '(\w{1000}){1000}'",
            "X",
            "when.matches",
            "1 MiB",
        ),
        (
            "matches = '(?<c>a)'",
            "${d}",
            "assign",
            "no group named `d`",
        ),
        ("matches = '(?<c>a)'", "${c", "assign", "not closed"),
        ("matches = '(a)'", "$1", "assign", "name the group"),
        ("one_of = ['a']", "${c}", "assign", "no `matches`"),
        ("one_of = ['a']", " ", "assign", "blank"),
        ("group = ''", "X", "when.group", "blank"),
        ("network = []", "X", "when.network", "empty"),
        (
            "email_domain = '@Example.com'",
            "X",
            "when.email_domain",
            "write \"example.com\"",
        ),
        (
            "email_domain = '*.example.com'",
            "X",
            "when.email_domain",
            "write \"example.com\"",
        ),
        ("email_domain = ' '", "X", "when.email_domain", "such as"),
    ] {
        let toml = format!(
            "attribute = ['a']\n[[rule]]\nwhen = {{ one_of = ['0'] }}\nassign = 'X'\n[[rule]]\nwhen = {{ {when} }}\nassign = '{assign}'"
        );
        let found = problems(&toml);
        assert_eq!(found.len(), 1, "{toml}: {found:#?}");
        assert_eq!(found[0].0, format!("rule[1].{path}"), "{toml}");
        assert!(found[0].1.contains(words), "{found:#?}");
    }
}

#[test]
fn groups_need_no_attribute_where_no_rule_asks_for_them() {
    let rule = "rule = [{ when = { one_of = ['1'] }, assign = 'X' }]";
    let found = problems(&format!("attribute = ['a']\ngroup_attribute = []\n{rule}"));
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn one_error_is_enough_and_a_warning_is_none() {
    let twice = "attribute = ['a']\nrule = [{ when = { idp = 'x' }, assign = 'A' }, { when = { idp = 'x' }, assign = 'B' }]";
    for (toml, usable) in [("attribute = []", false), (twice, true)] {
        let made = Mapping::new(settings(toml));
        assert_eq!(made.is_ok(), usable, "{toml}");
        assert!(!problems(toml).is_empty(), "{toml}");
    }
}

#[test]
fn all_problems_come_at_once() {
    let found = problems(
        "attribute = []\nrule = [{ when = {}, assign = '' }, { when = { matches = '(' }, assign = '${x}' }]",
    );
    let paths: Vec<&str> = found.iter().map(|(path, _)| path.as_str()).collect();
    assert_eq!(
        paths,
        [
            "attribute",
            "rule[0].when",
            "rule[0].assign",
            "rule[1].when.matches"
        ]
    );
}

#[test]
fn a_rule_that_an_earlier_one_covers_is_a_warning() {
    let toml = r#"
        attribute = ["a"]
        rule = [
          { when = { one_of = ["SG", "TO"], group = "G" }, assign = "A" },
          { when = { one_of = ["SG", "TO"] }, assign = "A" },
          { when = { one_of = ["sg ", "ny"], idp = "hq" }, assign = "B" },
          { when = { one_of = ["to", "sg"] }, assign = "B" },
          { when = { attribute = "b", one_of = ["sg"] }, assign = "B" },
          { when = { network = ["10.0.0.0/8"] }, assign = "B" },
          { when = { network = ["10.1.0.0/8"] }, assign = "C" },
        ]
    "#;
    let rules = mapping(toml);
    let found: Vec<String> = rules.warnings().iter().map(ToString::to_string).collect();
    assert_eq!(found.len(), 3, "{found:#?}");
    assert!(found[0].contains("rule[2].when.one_of") && found[0].contains("`sg ` (rule 2)"));
    assert!(found[1].contains("rule[3].when:") && found[1].contains("rule 2"));
    assert!(found[2].contains("rule[6].when:") && found[2].contains("rule 6"));
}

#[test]
fn values_that_are_taken_are_listed_up_to_three() {
    for (count, more) in [(1, ""), (3, ""), (5, " and 2 more")] {
        let values: Vec<String> = (0..count).map(|n| format!("'v{n}'")).collect();
        let values = values.join(", ");
        let rules = mapping(&format!(
            "attribute = ['a']\nrule = [{{ when = {{ one_of = [{values}] }}, assign = 'A' }}, {{ when = {{ one_of = [{values}, 'own'] }}, assign = 'B' }}]"
        ));
        let message = &rules.warnings()[0].message;
        let listed = message.matches("(rule 1)").count();
        assert_eq!(listed, count.min(3), "{message}");
        assert!(message.ends_with(&format!("(rule 1){more}")), "{message}");
    }
}

#[test]
fn names_are_checked_against_the_list() {
    let rules = mapping(
        r#"
        attribute = ["a"]
        no_match = { assign = "Hed Office" }
        rule = [
          { when = { one_of = ["1"] }, assign = "Head Office" },
          { when = { one_of = ["2"] }, assign = "head  office" },
          { when = { one_of = ["3"] }, assign = "Singapor Office" },
          { when = { one_of = ["4"] }, assign = "Atlantis" },
          { when = { matches = "(?<x>.)" }, assign = "${x}" },
          { when = { one_of = ["5"] }, assign = "twin" },
        ]
    "#,
    );
    let list = defined(&["Head Office", "Singapore Office", "Twin", "TWIN"]);
    let found = rules.check_against(&list);
    let seen: Vec<(String, Severity, bool)> = found
        .iter()
        .map(|problem| {
            let names = ["\"Head Office\"", "\"Singapore Office\""];
            let mend = names.iter().any(|name| problem.mend.contains(name));
            (problem.path.to_string(), problem.severity, mend)
        })
        .collect();
    let path = |path: &str| path.to_owned();
    assert_eq!(
        seen,
        [
            (path("rule[1].assign"), Severity::Warning, true),
            (path("rule[2].assign"), Severity::Error, true),
            (path("rule[3].assign"), Severity::Error, false),
            (path("rule[5].assign"), Severity::Error, false),
            (path("no_match.assign"), Severity::Error, true),
        ]
    );
    let empty = rules.check_against(&defined(&[]));
    assert_eq!(empty.len(), 1);
    assert_eq!(empty[0].severity, Severity::Warning);
}
