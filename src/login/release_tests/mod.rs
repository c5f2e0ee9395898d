//! What Flex receives, and what it must never.
//!
//! Must never: build a `Release` otherwise than by `Claims::release`.

mod properties;
mod whole_way;

use super::{ClaimSettings, Claims};
use crate::{
    clock::Timestamp,
    identity::{
        Attributes, Authentication, Decision, DefinedLocations, Identity, Location,
        LocationOutcome, NameId, NoMatchCause, Refusal, RefusalCode, Release,
    },
};

const BASE: &str = "email = ['mail']\nfull_name = ['name']\nroles = ['roles']\n";

fn settings(more: &str) -> ClaimSettings {
    toml::from_str(&format!("{BASE}{more}")).unwrap()
}

fn claims(more: &str) -> Claims {
    Claims::new(&settings(more)).unwrap_or_else(|problems| panic!("{problems:#?}"))
}

fn person(more: &[(&str, &str)]) -> Identity {
    let base = [
        ("mail", "ann@a.example"),
        ("name", "Ann"),
        ("roles", "agent"),
    ];
    Identity {
        idp: "hq".parse().unwrap(),
        name_id: NameId {
            value: "Ann@A.example ".to_owned(),
            format: Some("urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress".to_owned()),
        },
        attributes: base.iter().chain(more).copied().collect(),
        authentication: Authentication {
            instant: Timestamp::UNIX_EPOCH,
            context_class: None,
        },
    }
}

fn without(name: &str, more: &[(&str, &str)]) -> Identity {
    let mut who = person(more);
    let kept = who
        .attributes
        .iter()
        .filter(|attribute| attribute.name != name);
    let mut attributes = Attributes::new();
    for attribute in kept {
        attributes.add(&attribute.name, None, attribute.values.iter().cloned());
    }
    who.attributes = attributes;
    who
}

fn decision(outcome: LocationOutcome) -> Decision {
    Decision {
        outcome,
        attribute: Some("office".to_owned()),
        rule: None,
        no_match: None,
        steps: vec![],
    }
}

fn assigned(name: &str) -> Decision {
    let list = DefinedLocations::new([Location {
        name: name.to_owned(),
        edges: vec![],
    }]);
    decision(LocationOutcome::Assign(list.permit(name).unwrap()))
}

fn singapore() -> Decision {
    assigned("Singapore Office")
}

fn sent(release: &Release, name: &str) -> Option<Vec<String>> {
    let attribute = release
        .attributes()
        .iter()
        .find(|attribute| attribute.name == name)?;
    Some(attribute.values.clone())
}

#[track_caller]
fn refused(claims: &Claims, who: &Identity, code: RefusalCode, words: &[&str]) -> Refusal {
    let refusal = claims.release(who, &singapore()).unwrap_err();
    assert_eq!(refusal.code, code, "{refusal}");
    for word in words {
        assert!(refusal.detail.contains(word), "{word}: {refusal}");
    }
    refusal
}

#[test]
fn only_listed_claims_pass_and_the_location_once() {
    let who = person(&[
        ("flex_location", "Evil"),
        ("Flex_Location.string", "Evil"),
        ("department", "Sales"),
        ("preferredLanguage", " de "),
    ]);
    let release = claims("language = ['lang', 'preferredLanguage']\nteam = ['none']")
        .release(&who, &singapore())
        .unwrap();
    let names: Vec<&str> = release
        .attributes()
        .iter()
        .map(|a| a.name.as_str())
        .collect();
    assert_eq!(
        names,
        ["email", "full_name", "language", "roles", "flex_location"]
    );
    assert_eq!(release.location(), Some("Singapore Office"));
    assert_eq!(sent(&release, "language").unwrap(), [" de "]);
    assert_eq!(release.name_id(), &who.name_id);
    assert!(release.remarks().is_empty());
}

#[test]
fn the_four_answers() {
    let claims = claims("");
    let cleared = claims
        .release(&person(&[]), &decision(LocationOutcome::Clear))
        .unwrap();
    assert_eq!(cleared.location(), Some(""));
    let omitted = claims
        .release(&person(&[]), &decision(LocationOutcome::Omit))
        .unwrap();
    assert_eq!(omitted.location(), None);
    for (cause, code) in [
        (NoMatchCause::NoRule, RefusalCode::LocationNoMatch),
        (NoMatchCause::Ambiguous, RefusalCode::LocationNoMatch),
        (
            NoMatchCause::ListUnavailable,
            RefusalCode::LocationUnavailable,
        ),
    ] {
        let mut refuse = decision(LocationOutcome::Refuse);
        refuse.no_match = Some(cause);
        let refusal = claims.release(&person(&[]), &refuse).unwrap_err();
        assert_eq!(refusal.code, code);
        assert!(refusal.detail.contains("`office`"));
    }
}

#[test]
fn what_flex_requires_is_asked_for_first() {
    let claims = claims("");
    for (attribute, claim) in [("mail", "email"), ("name", "full_name"), ("roles", "roles")] {
        let who = without(attribute, &[]);
        let words = [format!("`{claim}`"), format!("`{attribute}`")];
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        refused(&claims, &who, RefusalCode::ReleaseMissing, &words);
        let mut blank = who.clone();
        blank.attributes.add(attribute, None, [" \n".to_owned()]);
        refused(&claims, &blank, RefusalCode::ReleaseMissing, &words);
    }
    let similar = without("roles", &[("http://schemas.example/Roles", "secret")]);
    let words = ["`http://schemas.example/Roles` did arrive"];
    let refusal = refused(&claims, &similar, RefusalCode::ReleaseMissing, &words);
    assert!(!refusal.detail.contains("secret"));
    // What is looked for anyway looks like nothing else.
    let two = "email = ['mail']\nfull_name = ['name']\nroles = ['Roles', 'roles']";
    let two = Claims::new(&toml::from_str(two).unwrap()).unwrap();
    let mut blank = without("roles", &[]);
    blank.attributes.add("roles", None, [" ".to_owned()]);
    let refusal = refused(&two, &blank, RefusalCode::ReleaseMissing, &["`roles`"]);
    assert!(!refusal.detail.contains("did arrive"), "{refusal}");
}

#[test]
fn several_values() {
    let mut who = without(
        "roles",
        &[
            ("mail", "second@a.example"),
            ("skills", "1"),
            ("skills", "2"),
        ],
    );
    let roles = [" agent ", "", "supervisor,admin\n"].map(str::to_owned);
    who.attributes.add("roles", None, roles);
    who.attributes
        .add("lang", None, ["de, ch", "en"].map(str::to_owned));
    let release = claims("'skills.intarray' = ['skills']\nlanguage = ['lang']")
        .release(&who, &singapore())
        .unwrap();
    assert_eq!(sent(&release, "email").unwrap(), ["ann@a.example"]);
    assert_eq!(
        sent(&release, "roles").unwrap(),
        ["agent", "supervisor,admin"]
    );
    assert_eq!(sent(&release, "skills.intarray").unwrap(), ["1,2"]);
    assert_eq!(sent(&release, "language").unwrap(), ["de, ch"]);
    assert_eq!(release.remarks().len(), 2, "{:?}", release.remarks());
    let said = release.remarks().join("\n");
    assert!(said.contains("`mail` came with 2 values") && !said.contains("ann"));

    let comma = claims("'languages.stringarray' = ['lang']");
    refused(
        &comma,
        &who,
        RefusalCode::ReleaseValue,
        &["languages.stringarray", "comma"],
    );
    let one = claims("'skills.int' = ['skills']");
    refused(&one, &who, RefusalCode::ReleaseValue, &["several values"]);
}

#[test]
fn types_are_kept() {
    for (suffix, value, fits) in [
        ("int", "5", true),
        ("int", "-5", true),
        ("int", "+5", false),
        ("int", "5.0", false),
        ("int", " 5", false),
        ("int", "99999999999999999999", false),
        ("boolean", "true", true),
        ("boolean", "True", false),
        ("boolean", "1", false),
        ("intarray", "1, 2,3", true),
        ("intarray", "1,,3", false),
        ("booleanarray", "true,false", true),
        ("booleanarray", "true,no", false),
        ("stringarray", "a,,b", true),
        ("string", "Austin, TX", true),
    ] {
        let claims = claims(&format!("'x.{suffix}' = ['x']"));
        let who = person(&[("x", value)]);
        if fits {
            let release = claims.release(&who, &singapore()).unwrap();
            assert_eq!(sent(&release, &format!("x.{suffix}")).unwrap(), [value]);
        } else {
            let refusal = refused(&claims, &who, RefusalCode::ReleaseValue, &["`x`"]);
            assert!(
                refusal.detail.contains("400 invalid attribute format"),
                "{refusal}"
            );
        }
    }
}

#[test]
fn an_empty_value_clears_and_an_absent_one_does_not() {
    let claims =
        claims("language = ['lang']\n'skill.int' = ['skill']\n'teams.stringarray' = ['t']");
    let empty = person(&[("lang", ""), ("skill", ""), ("t", " ")]);
    let release = claims.release(&empty, &singapore()).unwrap();
    assert_eq!(sent(&release, "language").unwrap(), [""]);
    assert_eq!(sent(&release, "teams.stringarray").unwrap(), [""]);
    assert_eq!(sent(&release, "skill.int"), None);
    let release = claims.release(&person(&[]), &singapore()).unwrap();
    assert_eq!(sent(&release, "language"), None);
}

#[test]
fn what_can_not_be_carried_is_refused() {
    let claims = claims("note = ['note']");
    for value in ["a\u{0}b", "\u{b}a", "\u{1f}", "x\u{fffe}", "\u{ffff}"] {
        let who = person(&[("note", value)]);
        refused(&claims, &who, RefusalCode::ReleaseValue, &["`note`", "U+"]);
    }
    for value in [
        "<&>\"'",
        "a\tb\nc\rd",
        "日本語 🌏",
        "\u{7f}\u{85}\u{2028}",
        "]]>",
        "\u{10ffff}",
    ] {
        let release = claims
            .release(&person(&[("note", value)]), &singapore())
            .unwrap();
        assert_eq!(sent(&release, "note").unwrap(), [value]);
    }
    for name in ["Office\u{1}", &"x".repeat(4_096)] {
        let refusal = claims.release(&person(&[]), &assigned(name)).unwrap_err();
        assert_eq!(refusal.code, RefusalCode::ReleaseValue);
        assert!(refusal.detail.contains("`flex_location`"), "{refusal}");
    }
    let who = person(&[("note", &"é".repeat(5_000))]);
    refused(
        &claims,
        &who,
        RefusalCode::ReleaseValue,
        &["4096", "`note`"],
    );
    assert!(
        claims
            .release(&person(&[("note", &"é".repeat(3_900))]), &singapore())
            .is_ok()
    );
}

#[test]
fn the_name_id_is_the_agent() {
    let mut who = person(&[("uid", "ann")]);
    let chosen = claims("name_id = ['employee', 'uid']");
    let release = chosen.release(&who, &singapore()).unwrap();
    assert_eq!(release.name_id().value, "ann");
    let format = release.name_id().format.as_deref().unwrap();
    assert_eq!(
        format,
        "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified"
    );
    assert_eq!(sent(&release, "name_id"), None);

    let same = person(&[("uid", "ann"), ("uid", "ann")]);
    assert!(chosen.release(&same, &singapore()).is_ok());
    refused(
        &chosen,
        &person(&[]),
        RefusalCode::ReleaseMissing,
        &["`name_id`", "`uid`"],
    );
    let several = person(&[("uid", "ann"), ("uid", "anna")]);
    refused(
        &chosen,
        &several,
        RefusalCode::ReleaseValue,
        &["several values"],
    );
    refused(
        &chosen,
        &person(&[("uid", "ann ")]),
        RefusalCode::ReleaseValue,
        &["white space"],
    );

    who.name_id.format = Some("urn:oasis:names:tc:SAML:2.0:nameid-format:transient".to_owned());
    refused(
        &claims(""),
        &who,
        RefusalCode::ReleaseValue,
        &["transient", "`name_id`"],
    );
    assert!(chosen.release(&who, &singapore()).is_ok());
    who.name_id.format = None;
    assert_eq!(
        claims("").release(&who, &singapore()).unwrap().name_id(),
        &who.name_id
    );
    who.name_id.value = " ".to_owned();
    refused(&claims(""), &who, RefusalCode::ReleaseMissing, &["NameID"]);
    who.name_id.value = "a\u{1}".to_owned();
    refused(&claims(""), &who, RefusalCode::ReleaseValue, &["U+0001"]);
}
