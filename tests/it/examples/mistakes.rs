//! The mistakes that the guides warn of are refused with the very code that they name.

use serde_json::Value;

use super::{
    company::{Company, answer},
    quoted, read,
    signed::signed,
};
use crate::support::{browser::Browser, forging::ForgingIdp, log::Log};

/// What was done wrong at the identity provider.
enum Mistake {
    /// It writes this instead of that, and signs it.
    Writes(&'static str, &'static str),
    /// What arrives has this instead of that.
    Carries(&'static str, &'static str),
    /// It doesn't sign.
    Unsigned,
    /// It signs with a key that its metadata doesn't know.
    AnotherKey,
    /// It begins by itself.
    Unasked,
}

use Mistake::{AnotherKey, Carries, Unasked, Unsigned, Writes};

const RSA_SHA256: &str = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256";
const RSA_SHA1: &str = "http://www.w3.org/2000/09/xmldsig#rsa-sha1";
const EMAIL: &str = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress";
const PERSISTENT: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent";
const TRANSIENT: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient";
const UNSPECIFIED: &str = "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified";

const CASES: [(&str, Mistake, &str); 22] = [
    (
        "adfs",
        Writes("<NameID>jonas.weber@company.example</NameID>", ""),
        "assertion.subject",
    ),
    (
        "adfs",
        Writes("NotBefore=\"@NOW@", "NotBefore=\"@SOON@"),
        "assertion.not_yet_valid",
    ),
    ("adfs", Carries(RSA_SHA256, RSA_SHA1), "signature.algorithm"),
    (
        "auth0",
        Carries(RSA_SHA256, RSA_SHA1),
        "signature.algorithm",
    ),
    (
        "auth0",
        Writes("Name=\"roles\"", "Name=\"flex\""),
        "release.missing",
    ),
    (
        "auth0",
        Writes(">@SP@<", ">urn:another<"),
        "assertion.audience",
    ),
    (
        "entra-id",
        Writes("claims/role\"", "claims/roles\""),
        "release.missing",
    ),
    ("entra-id", AnotherKey, "signature.invalid"),
    ("entra-id", Unasked, "response.unsolicited"),
    (
        "google-workspace",
        Writes("idpid=C01abcd23", "idpid=C09zyxw87"),
        "response.issuer",
    ),
    (
        "google-workspace",
        Writes("Name=\"full_name\"", "Name=\"Full_Name\""),
        "release.missing",
    ),
    ("keycloak", Writes(UNSPECIFIED, TRANSIENT), "release.value"),
    ("keycloak", AnotherKey, "signature.invalid"),
    (
        "okta",
        Writes(">@SP@<", ">https://another.example<"),
        "assertion.audience",
    ),
    (
        "okta",
        Writes(
            "Destination=\"@ACS@\"",
            "Destination=\"https://sso.example/\"",
        ),
        "response.destination",
    ),
    (
        "onelogin",
        Writes("Recipient=\"@ACS@\"", "Recipient=\"\""),
        "assertion.confirmation",
    ),
    ("onelogin", Unasked, "response.unsolicited"),
    ("pingfederate", Unsigned, "signature.missing"),
    (
        "pingfederate",
        Writes(UNSPECIFIED, TRANSIENT),
        "release.value",
    ),
    (
        "salesforce",
        Writes("Name=\"roles\"", "Name=\"Roles\""),
        "release.missing",
    ),
    ("shibboleth", Writes(PERSISTENT, TRANSIENT), "release.value"),
    // And with none, nothing is refused.
    ("onelogin", Writes(EMAIL, EMAIL), ""),
];

fn replaced(xml: &str, from: &str, to: &str) -> String {
    assert!(xml.contains(from), "`{from}` is not in {xml}");
    xml.replace(from, to)
}

/// Without any signature.
fn unsigned(xml: &str) -> String {
    let begin = xml.find("<ds:Signature ").unwrap();
    let end = "</ds:Signature>";
    let end = xml.find(end).unwrap() + end.len();
    let mut xml = xml.to_owned();
    xml.replace_range(begin..end, "");
    xml
}

/// The code that the newest line of a login has; empty if it was accepted.
fn code(log: &Log) -> String {
    let text = log.text();
    let line = text.lines().rfind(|line| line.contains("\"outcome\""));
    let line: Value = serde_json::from_str(line.unwrap()).unwrap();
    line["code"].as_str().unwrap_or_default().to_owned()
}

async fn refused_with(name: &str, mistake: &Mistake) -> String {
    let log = Log::listen();
    let mut company = Company::start(name).await;
    match mistake {
        Writes(from, to) => company.template = replaced(&company.template, from, to),
        Unasked => {
            company.template = replaced(&company.template, " InResponseTo=\"@REQUEST@\"", "");
        }
        _ => {}
    }
    let mut browser = Browser::new();
    let asked = company.begin(&mut browser).await;
    let says = company.says(&asked);
    let mut xml = match mistake {
        AnotherKey => signed(&says, &ForgingIdp::new("another"), ""),
        _ => signed(&says, &company.idp, ""),
    };
    match mistake {
        Carries(from, to) => xml = replaced(&xml, from, to),
        Unsigned => xml = unsigned(&xml),
        _ => {}
    }
    let mut form = answer(&asked, &xml);
    if let Unasked = mistake {
        form.fields.retain(|(name, _)| name != "RelayState");
    }
    browser.submit_once(&form).await;
    company.stop().await;
    code(&log)
}

#[tokio::test]
async fn each_mistake_has_the_code_that_its_guide_names() {
    for (name, mistake, wanted) in &CASES {
        assert_eq!(refused_with(name, mistake).await, *wanted, "{name}");
        let guide = read(&format!("docs/idp/{name}.md"));
        let named = wanted.is_empty() || quoted(&guide).contains(wanted);
        assert!(named, "docs/idp/{name}.md says nothing of {wanted}");
    }
}
