//! Which claims may be configured, and what is told of them.

use std::collections::BTreeMap;

use super::*;

fn settings(more: &str) -> ClaimSettings {
    let base = "email = ['mail']\nfull_name = ['name']\nroles = ['roles']";
    toml::from_str(&format!("{base}\n{more}")).unwrap()
}

#[test]
fn problems_have_their_place_and_a_mend() {
    for (more, path, words) in [
        (
            "flex_location = ['office']",
            "flex_location",
            "only the location rules",
        ),
        (
            "'Flex_Location.string' = ['office']",
            "Flex_Location.string",
            "only the location",
        ),
        (
            "'fl\\u0435x_location' = ['office']",
            "fl\u{435}x_location",
            "only the location",
        ),
        ("office = ['FLEX_LOCATION']", "office[0]", "never released"),
        (
            "office = ['http://x.example/flex_location']",
            "office[0]",
            "never released",
        ),
        ("office = ['flex:location']", "office[0]", "never released"),
        ("Name_Id = ['a']", "Name_Id", "is not `name_id`"),
        ("office = []", "office", "no source"),
        ("office = ['a', ' ']", "office[1]", "blank"),
        ("name_id = []", "name_id", "no source"),
        ("'a b' = ['a']", "a b", "white space"),
        ("'a\u{ffff}' = ['a']", "a\u{ffff}", "can't be the name"),
        ("'skill.Int' = ['a']", "skill.Int", "lower case"),
        (
            "skill = ['a']\n'Skill.int' = ['a']",
            "skill",
            "one worker attribute",
        ),
        (
            "'roles.stringarray' = ['a']",
            "roles.stringarray",
            "one worker attribute",
        ),
    ] {
        let more = more.replace("'fl\\u0435x_location'", "\"fl\\u0435x_location\"");
        let problems = Claims::new(&settings(&more)).unwrap_err();
        assert_eq!(problems.len(), 1, "{more}: {problems:#?}");
        assert_eq!(problems[0].path.to_string(), path, "{more}");
        let text = problems[0].to_string();
        assert!(text.contains(words), "{text}");
        assert_eq!(problems[0].severity, Severity::Error);
    }
    let only = ClaimSettings(BTreeMap::from([(
        "Email".to_owned(),
        vec!["mail".to_owned()],
    )]));
    let problems = Claims::new(&only).unwrap_err();
    let paths: Vec<String> = problems
        .iter()
        .map(|problem| problem.path.to_string())
        .collect();
    assert_eq!(paths, ["email", "full_name", "roles"]);
    assert!(problems[0].mend.contains("`Email` as `email`"));
    assert!(problems[1].mend.starts_with("name the attributes"));
}

#[test]
fn a_name_is_one_that_flex_can_have() {
    for (name, fits) in [
        ("office", true),
        ("office.Main", true),
        ("office.int", true),
        ("", false),
        ("a\\u007fb", false),
        ("a\\u0085b", false),
    ] {
        let made = Claims::new(&settings(&format!("\"{name}\" = ['a']")));
        assert_eq!(made.is_ok(), fits, "{name}");
    }
}

#[test]
fn personal_is_what_names_the_person() {
    let claims = Claims::new(&settings("name_id = ['uid']\noffice = ['o']")).unwrap();
    for (attribute, personal) in [
        ("mail", true),
        ("name", true),
        ("uid", true),
        ("roles", false),
        ("o", false),
    ] {
        assert_eq!(claims.is_personal(attribute), personal, "{attribute}");
    }
}

#[test]
fn names_with_a_namespace_are_told() {
    for (name, told) in [
        ("https://flex.example/office", true),
        ("urn:oid:2.5", true),
        ("office", false),
    ] {
        let claims = Claims::new(&settings(&format!("'{name}' = ['a']"))).unwrap();
        assert_eq!(!claims.warnings().is_empty(), told, "{name}");
    }
}

#[test]
fn side_effects_are_told() {
    let told = Claims::new(&settings("department = ['d']\nlanguage = ['l']\n'channel.voice.capacity' = ['c']\ncontact_uri = ['u']\n'team_member.string' = ['t']")).unwrap();
    let paths: Vec<String> = told
        .warnings()
        .iter()
        .map(|problem| problem.path.to_string())
        .collect();
    assert_eq!(
        paths,
        [
            "channel.voice.capacity",
            "contact_uri",
            "department",
            "team_member.string"
        ]
    );
}
