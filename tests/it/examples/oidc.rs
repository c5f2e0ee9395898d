//! The examples by OpenID Connect: claims as each provider puts them into an ID token.

use std::process::Command;

use super::{adapted, at, names};
use crate::support::{bridge::Site, forging::ForgingIdp};

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
