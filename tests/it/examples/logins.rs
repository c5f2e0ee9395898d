//! Whole logins over real sockets, through each example as it is.

use std::sync::Arc;

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use chrono::TimeDelta;
use flexbridge::{
    app,
    clock::{Clock as _, SystemClock, SystemRandom},
};

use super::{adapted, examples, read, signed::signed};
use crate::support::{
    bridge::Site,
    browser::Browser,
    flex::{ENHANCED, Received, enhanced_request, redirect},
    forging::{Asked, ForgingIdp, asked},
    forms::Form,
};

const EMAIL: &str = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress";
const PERSISTENT: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent";
const UNSPECIFIED: &str = "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified";

/// What Flex shall receive of the person in a fixture.
struct Person {
    name: &'static str,
    /// How the product ends lines of base64.
    line_end: &'static str,
    name_id: (&'static str, Option<&'static str>),
    email: &'static str,
    full_name: &'static str,
    roles: &'static [&'static str],
    location: &'static str,
}

const PEOPLE: [Person; 10] = [
    Person {
        name: "adfs",
        line_end: "",
        name_id: ("jonas.weber@company.example", None),
        email: "jonas.weber@company.example",
        full_name: "Jonas Weber",
        roles: &["agent"],
        location: "San Francisco Office",
    },
    Person {
        name: "auth0",
        line_end: "",
        name_id: ("lena@company.example", Some(UNSPECIFIED)),
        email: "lena@company.example",
        full_name: "Lena Novák",
        roles: &["agent", "supervisor"],
        location: "Singapore Office",
    },
    Person {
        name: "entra-id",
        line_end: "",
        name_id: ("mei.tan@company.example", Some(EMAIL)),
        email: "Mei.Tan@company.example",
        full_name: "Mei Tan",
        roles: &["agent", "supervisor"],
        location: "Singapore Office",
    },
    Person {
        name: "google-workspace",
        line_end: "\n",
        name_id: ("aiko@company.example", Some(EMAIL)),
        email: "aiko@company.example",
        full_name: "佐藤 愛子",
        roles: &["agent"],
        location: "San Francisco Office",
    },
    Person {
        name: "keycloak",
        line_end: "",
        name_id: ("sofia", Some(UNSPECIFIED)),
        email: "sofia@company.example",
        full_name: "Sofía Nuñez",
        roles: &["agent", "supervisor"],
        location: "Singapore Office",
    },
    Person {
        name: "okta",
        line_end: "\n",
        name_id: ("ben.okafor@company.example", Some(UNSPECIFIED)),
        email: "ben.okafor@company.example",
        full_name: "Ben Okafor",
        roles: &["agent"],
        location: "Singapore Office",
    },
    Person {
        name: "onelogin",
        line_end: "",
        name_id: ("dana@company.example", Some(EMAIL)),
        email: "dana@company.example",
        full_name: "Dana Cohen",
        roles: &["agent", "wfo.quality_manager"],
        location: "San Francisco Office",
    },
    Person {
        name: "pingfederate",
        line_end: "\n",
        name_id: ("rsilva", Some(UNSPECIFIED)),
        email: "rita.silva@company.example",
        full_name: "Rita Silva",
        roles: &["admin"],
        location: "San Francisco Office",
    },
    Person {
        name: "salesforce",
        line_end: "\n",
        name_id: ("kofi@company.example.sso", Some(UNSPECIFIED)),
        email: "kofi@company.example",
        full_name: "Kofi Mensah",
        roles: &["agent, supervisor"],
        location: "Singapore Office",
    },
    Person {
        // XML security libraries on newer Java end lines so.
        name: "shibboleth",
        line_end: "&#13;\n",
        name_id: ("VUJH5QGYNCLZBOTFSQ7HBPGE2XEWDTNF", Some(PERSISTENT)),
        email: "yusuf@example.edu",
        full_name: "Yusuf Demir",
        roles: &["agent"],
        location: "Singapore Office",
    },
];

/// The issuer that the fixture writes.
fn issuer(template: &str) -> String {
    let document = roxmltree::Document::parse(template).unwrap();
    let mut nodes = document.descendants();
    let issuer = nodes.find(|node| node.tag_name().name() == "Issuer");
    issuer.unwrap().text().unwrap().to_owned()
}

/// What differs from login to login.
fn filled(template: &str, asked: &Asked) -> String {
    let after = |minutes| {
        let time = SystemClock.now() + TimeDelta::minutes(minutes);
        time.format("%Y-%m-%dT%H:%M:%S").to_string()
    };
    let mut xml = template.trim_end().to_owned();
    for (place, value) in [
        ("@ACS@", asked.acs.clone()),
        ("@SP@", asked.issuer.clone()),
        ("@REQUEST@", asked.id.clone()),
        ("@BEFORE@", after(-5)),
        ("@NOW@", after(0)),
        ("@SOON@", after(5)),
        ("@HOUR@", after(60)),
        ("@DAY@", after(24 * 60)),
    ] {
        xml = xml.replace(place, &value);
    }
    xml
}

fn flex_asks(site: &Site) -> url::Url {
    let xml = enhanced_request("_flex-request", &site.sso_url());
    redirect(&site.sso_url(), &xml, "state")
}

/// A whole login of the person in the fixture: the form that the browser would bring to Flex.
async fn login(name: &str, line_end: &str) -> Form {
    let template = read(&format!("tests/it/fixtures/idp/{name}.xml"));
    let mut idp = ForgingIdp::new(name);
    idp.entity_id = issuer(&template);
    let site = Site::new();
    adapted::write(name, &site, &idp);
    let running = app::start(
        &site.config(),
        Arc::new(SystemClock),
        Arc::new(SystemRandom),
    )
    .await
    .unwrap_or_else(|error| panic!("{name}: {error}: {error:?}"));

    let mut browser = Browser::new();
    let asked = asked(&browser.open_once(&flex_asks(&site)).await);
    let xml = signed(&filled(&template, &asked), &idp, line_end);
    let answer = Form {
        action: asked.acs.parse().unwrap(),
        post: true,
        fields: vec![
            ("SAMLResponse".to_owned(), BASE64.encode(&xml)),
            ("RelayState".to_owned(), asked.relay_state.clone()),
        ],
    };
    let page = browser.submit_once(&answer).await;
    assert_eq!(page.status, 200, "{name}: {}\n{xml}", page.body);
    running.stop().await.unwrap();
    page.form_with("SAMLResponse")
}

#[tokio::test]
async fn a_person_of_each_identity_provider_arrives_where_they_work() {
    for person in &PEOPLE {
        let form = login(person.name, person.line_end).await;
        assert_eq!(form.action.as_str(), ENHANCED.1, "{}", person.name);
        let got = Received::read(form.field("SAMLResponse").unwrap());
        let name = person.name;
        assert_eq!(got.location(), Some(person.location), "{name}");
        let (name_id, format) = person.name_id;
        assert_eq!(
            (&*got.name_id, got.format.as_deref()),
            (name_id, format),
            "{name}"
        );
        assert_eq!(got.values("email").unwrap(), [person.email], "{name}");
        assert_eq!(got.values("full_name").unwrap(), [person.full_name]);
        assert_eq!(got.values("roles").unwrap(), person.roles, "{name}");
        let mut names = got.names();
        names.sort_unstable();
        let only = ["email", "flex_location", "full_name", "roles"];
        assert_eq!(names, only, "{name}: nothing else is passed on");
    }
}

#[test]
fn everybody_is_there() {
    let tested: Vec<&str> = PEOPLE.iter().map(|person| person.name).collect();
    assert_eq!(tested, examples());
}
