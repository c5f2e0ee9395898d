//! Whole logins over real sockets, through each example as it is.

use super::{
    company::{Company, answer},
    examples,
    signed::signed,
};
use crate::support::{
    browser::Browser,
    flex::{ENHANCED, Received},
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

#[tokio::test]
async fn a_person_of_each_identity_provider_arrives_where_they_work() {
    for person in &PEOPLE {
        let company = Company::start(person.name).await;
        let mut browser = Browser::new();
        let asked = company.begin(&mut browser).await;
        let xml = signed(&company.says(&asked), &company.idp, person.line_end);
        let page = browser.submit_once(&answer(&asked, &xml)).await;
        assert_eq!(page.status, 200, "{}: {}\n{xml}", person.name, page.body);
        let form = page.form_with("SAMLResponse");
        company.stop().await;

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
