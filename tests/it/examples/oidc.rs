//! The examples by OpenID Connect: claims as each provider puts them into an ID token.

use std::{process::Command, sync::Arc};

use flexbridge::{
    app,
    clock::{SystemClock, SystemRandom},
};
use serde_json::Value;

use super::{adapted, at, names, read};
use crate::support::{
    bridge::Site,
    browser::Browser,
    flex::{ENHANCED, Received, enhanced_request, redirect},
    forging::ForgingIdp,
    forging_provider::{AskedProvider, ForgingProvider},
};

/// Every example of an OpenID Connect provider that has a guide of its own.
pub fn examples() -> Vec<String> {
    let names: Vec<String> = names("config/examples", "-oidc.toml")
        .iter()
        .map(|name| format!("{name}-oidc"))
        .collect();
    assert!(names.len() >= 3, "{names:?}");
    names
}

/// Name, NameID and location.
const PEOPLE: [(&str, &str, &str); 3] = [
    (
        "entra-id-oidc",
        "mei.tan@company.example",
        "Singapore Office",
    ),
    ("keycloak-oidc", "sofia", "Singapore Office"),
    (
        "okta-oidc",
        "ben.okafor@company.example",
        "San Francisco Office",
    ),
];

#[test]
fn a_person_of_each_provider_is_understood() {
    let tested: Vec<&str> = PEOPLE.iter().map(|(name, ..)| *name).collect();
    assert_eq!(tested, examples());
    for (name, name_id, location) in PEOPLE {
        let site = Site::new();
        adapted::write(name, &site, &ForgingIdp::new(name));
        let run = Command::new(env!("CARGO_BIN_EXE_flexbridge"))
            .arg("--config")
            .arg(site.config())
            .arg("explain")
            .arg(at(&format!("tests/it/fixtures/idp/claims/{name}.json")))
            .output()
            .unwrap();
        let said = String::from_utf8(run.stdout).unwrap();
        let errors = String::from_utf8_lossy(&run.stderr);
        assert!(run.status.success(), "{name}: {said}{errors}");
        for part in [
            format!("NameID \"{name_id}\""),
            format!("  flex_location = \"{location}\"\n"),
        ] {
            assert!(said.contains(&part), "{name}: no {part} in {said}");
        }
    }
}

/// The claims of a fixture in an ID token of now.
fn token(name: &str, provider: &ForgingProvider, asked: &AskedProvider) -> Value {
    let mut claims: Value =
        serde_json::from_str(&read(&format!("tests/it/fixtures/idp/claims/{name}.json"))).unwrap();
    let login = provider.claims(asked);
    for name in ["iss", "nonce", "iat", "exp"] {
        claims[name] = login[name].clone();
    }
    claims
}

#[tokio::test]
async fn a_person_of_each_provider_arrives_where_they_work() {
    for (name, name_id, location) in PEOPLE {
        let site = Site::new();
        let fixture: Value =
            serde_json::from_str(&read(&format!("tests/it/fixtures/idp/claims/{name}.json")))
                .unwrap();
        let provider = ForgingProvider::start_for(fixture["aud"].as_str().unwrap()).await;
        adapted::write_oidc(name, &site, &provider.issuer);
        let (clock, random) = (Arc::new(SystemClock), Arc::new(SystemRandom));
        let running = app::start(&site.config(), clock, random)
            .await
            .unwrap_or_else(|error| panic!("{name}: {error}: {error:?}"));
        let sso = site.sso_url();
        let flex_asks = redirect(&sso, &enhanced_request("_flex-request", &sso), "state");
        let mut browser = Browser::new();
        let asked = AskedProvider::of(&browser.open_once(&flex_asks).await);
        let back = provider.answer(&asked, token(name, &provider, &asked));
        let page = browser.open_once(&back).await;
        assert_eq!(page.status, 200, "{name}: {}", page.body);
        running.stop().await.unwrap();
        let form = page.form_with("SAMLResponse");
        assert_eq!(form.action.as_str(), ENHANCED.1, "{name}");
        let got = Received::read(form.field("SAMLResponse").unwrap());
        assert_eq!((&*got.name_id, got.location()), (name_id, Some(location)));
        assert_eq!(
            got.values("email").unwrap(),
            [fixture["email"].as_str().unwrap()]
        );
        let mut names = got.names();
        names.sort_unstable();
        let only = ["email", "flex_location", "full_name", "roles"];
        assert_eq!(names, only, "{name}: nothing else is passed on");
    }
}
