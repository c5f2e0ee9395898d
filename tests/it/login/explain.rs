//! `flexbridge explain` walks the way of a login: of what was captured in one
//! it says the same as the login did.

use std::process::Command;

use flexbridge::identity::RefusalCode;
use serde_json::Value;

use super::{
    walk::{Forged, now, received, set},
    witness::is_refused,
};
use crate::support::{
    bridge::{Bridge, Site},
    browser::Browser,
    forging::{ForgingIdp, Says},
    log::Log,
    mirror,
};

/// The built binary at the bridge's own configuration: exit code, output, complaints.
pub fn flexbridge(site: &Site, words: &[&str]) -> (i32, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_flexbridge"))
        .arg("--config")
        .arg(site.config())
        .args(words)
        .env_clear()
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (
        output.status.code().unwrap(),
        text(output.stdout),
        text(output.stderr),
    )
}

fn explained(bridge: &Bridge, response: &str, more: &[&str]) -> (i32, Value) {
    let file = bridge.file("captured.txt");
    std::fs::write(&file, response).unwrap();
    let file = file.display().to_string();
    let mut words = vec!["explain", "--format", "json", &file];
    words.extend(more);
    let (code, out, err) = flexbridge(bridge, &words);
    let told = serde_json::from_str(&out).unwrap_or_else(|error| panic!("{error}: {out}{err}"));
    (code, told)
}

fn released(told: &Value, name: &str) -> Option<Vec<String>> {
    let list = told["released"].as_array().unwrap();
    let found = list.iter().find(|attribute| attribute["name"] == name)?;
    Some(serde_json::from_value(found["values"].clone()).unwrap())
}

const RULES: &str = r#"attribute = ["office"]
no_match = "refuse"
[[flex.production.location.rule]]
when = { network = ["127.0.0.0/8"], one_of = ["here"] }
assign = "San Francisco Office"
[[flex.production.location.rule]]
when = { one_of = ["SG-01"] }
assign = "Singapore Office"
"#;

type Case = (&'static str, fn(&mut Says));

#[tokio::test]
async fn it_says_what_the_login_said() {
    let log = Log::listen();
    let company = Forged::start(|plan| plan.location = RULES.to_owned()).await;
    let cases: [Case; 12] = [
        ("by name", |says| {
            set(says, "office", &[" singapore OFFICE"]);
        }),
        ("by rule", |says| set(says, "office", &["sg-01"])),
        ("by network", |says| set(says, "office", &["here"])),
        ("no match", |says| set(says, "office", &["Atlantis"])),
        ("ambiguous", |says| set(says, "office", &["here", "SG-01"])),
        ("no attribute", |_| {}),
        ("no roles", |says| {
            set(says, "office", &["here"]);
            says.attributes.retain(|(name, _)| name != "roles");
        }),
        ("transient", |says| {
            "urn:oasis:names:tc:SAML:2.0:nameid-format:transient".clone_into(&mut says.format);
        }),
        ("audience", |says| {
            says.audience = "https://o.example".to_owned();
        }),
        ("over", |says| says.holds = -chrono::TimeDelta::minutes(2)),
        ("recipient", |says| {
            says.acs = "https://o.example".to_owned();
        }),
        ("nobody", |says| says.name_id.clear()),
    ];
    for (case, change) in cases {
        let mut browser = Browser::new();
        let asked = company.begin(&mut browser).await;
        let mut says = ForgingIdp::says(&asked, now());
        change(&mut says);
        let form = company.idp.form(&asked, &says);
        let page = browser.submit_once(&form).await;
        let response = form.field("SAMLResponse").unwrap();
        let (code, told) = explained(&company.bridge, response, &[]);
        if page.status == 200 {
            let got = received(&page);
            assert_eq!(
                (code, &told["refusal"]),
                (0, &Value::Null),
                "{case}: {told}"
            );
            assert_eq!(told["name_id"]["value"], got.name_id.as_str());
            for (name, values) in &got.attributes {
                assert_eq!(
                    released(&told, name).as_ref(),
                    Some(values),
                    "{case}: {told}"
                );
            }
            assert_eq!(
                told["released"].as_array().unwrap().len(),
                got.attributes.len()
            );
            assert_eq!(told["flex_would"]["location"], got.location().unwrap());
            if case == "by rule" {
                // The one before it is told, too: tried, and why it did not hold.
                let tried = told["decision"]["steps"].as_array().unwrap();
                assert!(tried.iter().any(|step| step["held"] == false), "{told}");
            }
        } else {
            let wanted = told["refusal"]["code"].as_str().unwrap().to_owned();
            let known = RefusalCode::ALL
                .iter()
                .find(|known| known.as_str() == wanted);
            is_refused(&company.bridge, &log, &page, *known.unwrap()).await;
            assert_eq!(code, 1, "{case}");
        }
    }
    // The mirror in the browser has compared each of them as well.
    assert!(mirror::compared() >= 12, "{}", mirror::compared());
    let xml = {
        let mut browser = Browser::new();
        let asked = company.begin(&mut browser).await;
        let mut says = ForgingIdp::says(&asked, now());
        set(&mut says, "office", &["here"]);
        company.idp.sign(&says)
    };
    // Tampered with after it was captured; from elsewhere; long ago.
    let (code, told) = explained(&company.bridge, &xml.replace("here", "there"), &[]);
    assert_eq!(
        (code, told["refusal"]["code"].as_str()),
        (1, Some("signature.invalid"))
    );
    let (code, told) = explained(&company.bridge, &xml, &["--address", "203.0.113.9"]);
    assert_eq!(
        (code, told["refusal"]["code"].as_str()),
        (1, Some("location.no_match"))
    );
    let later = (now() + chrono::TimeDelta::days(3)).to_rfc3339();
    let (code, told) = explained(&company.bridge, &xml, &["--as-of", &later]);
    assert_eq!(code, 1, "{told}");
    assert_eq!(explained(&company.bridge, &xml, &["--as-of", "own"]).0, 0);
    assert_eq!(
        explained(&company.bridge, &xml, &[]).0,
        0,
        "nothing is used up"
    );
}

#[tokio::test]
async fn attributes_can_be_tried_as_typed() {
    let company = Forged::start(|plan| plan.location = RULES.to_owned()).await;
    let person = ["email=a@b.example", "displayName=A B", "roles=agent"];
    for (office, more, wanted) in [
        ("Ｓingapore office ", None, Some("Singapore Office")),
        ("SG-01", None, Some("Singapore Office")),
        ("here", None, Some("San Francisco Office")),
        ("here", Some(["--address", "203.0.113.9"]), None),
        ("Atlantis", None, None),
    ] {
        let office = format!("office={office}");
        let mut words = vec!["explain", "--format", "json", "--attribute", &office];
        words.extend(
            person
                .iter()
                .flat_map(|attribute| ["--attribute", attribute]),
        );
        words.extend(more.into_iter().flatten());
        let (code, out, err) = flexbridge(&company.bridge, &words);
        let told: Value = serde_json::from_str(&out).unwrap_or_else(|_| panic!("{out}{err}"));
        assert_eq!(told["flex_would"]["location"].as_str(), wanted, "{told}");
        assert_eq!(code, i32::from(wanted.is_none()));
        if let Some(wanted) = wanted {
            assert_eq!(
                released(&told, "flex_location"),
                Some(vec![wanted.to_owned()])
            );
        }
    }
}
