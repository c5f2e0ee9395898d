//! Twilio's article's two locations, and departments and offices as people
//! really write them: each lands on a defined name, to the byte, or on what
//! `no_match` says. Through SimpleSAMLphp, judged by real service providers.

use flexbridge::identity::{NoMatchCause, RefusalCode};
use serde_json::Value;

use super::walk::{FLEX_REQUEST, Real, received};
use crate::support::{
    bridge::Bridge,
    browser::Page,
    downstream::{self, Question},
    flex::ENHANCED,
    peers,
    simplesaml::{PASSWORD, Person},
};

const SINGAPORE: &str = "Singapore Office";
const SAN_FRANCISCO: &str = "San Francisco Office";

/// Written so, it is the location; `None`: it is none.
const WRITTEN: [(&str, Option<&str>); 20] = [
    ("Singapore Office", Some(SINGAPORE)),
    ("Singapore Office  ", Some(SINGAPORE)),
    ("\tSingapore Office\n", Some(SINGAPORE)),
    ("singapore office", Some(SINGAPORE)),
    ("SINGAPORE OFFICE", Some(SINGAPORE)),
    ("Singapore  Office", Some(SINGAPORE)),
    ("Singapore\u{a0}Office", Some(SINGAPORE)),
    ("Ｓｉｎｇａｐｏｒｅ　Ｏｆｆｉｃｅ", Some(SINGAPORE)),
    (" san francisco OFFICE ", Some(SAN_FRANCISCO)),
    ("Ｓａｎ Francisco Ｏｆｆｉｃｅ", Some(SAN_FRANCISCO)),
    ("Singapore", None),
    ("Singapore Office 2", None),
    ("Sin gapore Office", None),
    ("Singapore Öffice", None),
    ("Sіngapore Office", None), // a Cyrillic і
    ("São Paulo", None),
    ("東京オフィス", None),
    ("Office 🏝️", None),
    ("R&D <West>", None),
    ("\" onload=\"alert(1)", None),
];

/// One person for each way to write, and one of whom nothing is said.
fn people(written: &[&'static str]) -> Vec<Person> {
    const USERS: [&str; 24] = [
        "u0", "u1", "u2", "u3", "u4", "u5", "u6", "u7", "u8", "u9", "u10", "u11", "u12", "u13",
        "u14", "u15", "u16", "u17", "u18", "u19", "u20", "u21", "u22", "u23",
    ];
    let mut people: Vec<Person> = written
        .iter()
        .zip(USERS)
        .map(|(office, user)| person(user, &[("department", office)]))
        .collect();
    people.push(person("nobody", &[]));
    people.push(person(
        "blank",
        &[
            ("physicalDeliveryOfficeName", "  "),
            ("department", SINGAPORE),
        ],
    ));
    people.push(person(
        "both",
        &[
            ("physicalDeliveryOfficeName", SAN_FRANCISCO),
            ("department", SINGAPORE),
        ],
    ));
    people
}

fn person(user: &'static str, more: &[(&'static str, &'static str)]) -> Person {
    let mut attributes = vec![
        ("uid", vec![user]),
        ("mail", vec!["ann@company.example"]),
        ("email", vec!["ann@company.example"]),
        ("displayName", vec!["Ann Tan"]),
        ("roles", vec!["agent"]),
    ];
    attributes.extend(more.iter().map(|(name, value)| (*name, vec![*value])));
    Person {
        user,
        password: PASSWORD,
        attributes,
    }
}

/// What python3-saml and passport-wsfed-saml2 read as `flex_location`, once both
/// and xmlsec1 accept the response: `None` when it is not there.
fn judged(bridge: &Bridge, page: &Page) -> Option<String> {
    let form = page.form_with("SAMLResponse");
    let question = Question {
        response: form.field("SAMLResponse").unwrap().to_owned(),
        sp_entity_id: ENHANCED.0.to_owned(),
        acs_url: ENHANCED.1.to_owned(),
        idp_entity_id: bridge.idp_entity_id(),
        idp_certificate: bridge.certificate.clone(),
        request_id: Some(FLEX_REQUEST.to_owned()),
        now: None,
    };
    downstream::xmlsec1(&question.response, &question.idp_certificate).unwrap();
    let python = downstream::python3_saml(&question);
    assert!(python.ok, "{:?}", python.errors);
    let passport = downstream::passport_wsfed(&question);
    assert!(passport.ok, "{:?}", passport.errors);
    let of_python = python.attributes.get("flex_location").map(|values| {
        let values = values.as_array().unwrap();
        assert!(values.len() <= 1);
        // python3-saml leaves an empty value out of the list.
        let value = values.first().and_then(Value::as_str);
        value.unwrap_or_default().to_owned()
    });
    let of_passport = passport.profile.get("flex_location").map(|value| {
        assert!(value.is_string() || value.is_null(), "{value}");
        value.as_str().unwrap_or_default().to_owned()
    });
    let text = |value: &Value| value.as_str().map(str::to_owned);
    assert_eq!(
        text(&passport.profile["email"]).unwrap(),
        "ann@company.example"
    );
    assert_eq!(of_python, of_passport);
    of_python
}

fn all_peers() -> bool {
    ["simplesamlphp", "python", "node", "xmlsec1"]
        .into_iter()
        .all(peers::require)
}

#[tokio::test]
async fn offices_as_people_write_them_land_on_a_defined_name_or_on_nothing() {
    if !all_peers() {
        return;
    }
    let people = people(&WRITTEN.map(|(written, _)| written));
    let company = Real::start_with(&people, |_| {}).await;
    let wanted = WRITTEN.iter().map(|(_, wanted)| *wanted);
    let wanted = wanted.chain([None, Some(SINGAPORE), Some(SAN_FRANCISCO)]);
    for (at, (person, wanted)) in people.iter().zip(wanted).enumerate() {
        let page = company.login(person.user).await;
        let got = received(&page);
        assert_eq!(got.location(), Some(wanted.unwrap_or("")), "{person:?}");
        if at % 4 == 0 {
            assert_eq!(judged(&company.bridge, &page).as_deref(), got.location());
        }
    }
}

#[tokio::test]
async fn the_administrator_chooses_what_no_match_means() {
    if !all_peers() {
        return;
    }
    let people = people(&["R&D <West>", "Singapore Office "]);
    let company = Real::start_with(&people, |_| {}).await;
    for (no_match, wanted) in [
        ("\"clear\"", Some("")),
        ("\"omit\"", None),
        (
            r#"{ assign = "San Francisco Office" }"#,
            Some(SAN_FRANCISCO),
        ),
    ] {
        let mut plan = company.plan.clone();
        plan.location += &["no_match = ", no_match, "\n"].concat();
        company.bridge.reload(&plan).await;
        let page = company.login("u0").await;
        assert_eq!(received(&page).location(), wanted, "{no_match}");
        assert_eq!(judged(&company.bridge, &page).as_deref(), wanted);
        let page = company.login("u1").await;
        assert_eq!(received(&page).location(), Some(SINGAPORE));
    }
    let log = crate::support::log::Log::listen();
    let mut plan = company.plan.clone();
    plan.location.push_str("no_match = \"refuse\"\n");
    company.bridge.reload(&plan).await;
    let page = company.login("u0").await;
    let code = RefusalCode::LocationNoMatch;
    let record = super::witness::is_refused(&company.bridge, &log, &page, code).await;
    assert_eq!(record.no_match, Some(NoMatchCause::NoRule));
    assert!(!log.text().contains("West"), "values are not logged");
    let page = company.login("u1").await;
    assert_eq!(received(&page).location(), Some(SINGAPORE));
}

/// Whatever a location may be called.
const NAMES: [&str; 5] = [
    "São Paulo",
    "東京オフィス",
    "Office 🏝️",
    "R&D <West>",
    "Blanks  and \"quotes\" ' here",
];

#[tokio::test]
async fn names_with_every_character_arrive_as_they_are_defined() {
    if !all_peers() {
        return;
    }
    let people = people(&[
        "SA\u{303}O PAULO",
        "東京ｵﾌｨｽ",
        "office 🏝️ ",
        "r&d <west>",
        "blanks and \"QUOTES\" ' here",
    ]);
    let company = Real::start_with(&people, |plan| {
        let list: Vec<Value> = NAMES
            .iter()
            .map(|name| serde_json::json!({ "name": name, "edge": ["roaming"] }))
            .collect();
        plan.locations = Value::from(list).to_string();
    })
    .await;
    for (person, name) in people.iter().zip(NAMES) {
        let page = company.login(person.user).await;
        assert_eq!(received(&page).location(), Some(name), "{person:?}");
        assert_eq!(judged(&company.bridge, &page).as_deref(), Some(name));
    }
}
