//! What partners make of our metadata, and what `config check --online` makes of theirs.

use std::process::Command;

use serde_json::Value;

use super::{
    explain::flexbridge,
    walk::{FLEX_REQUEST, Forged, Real, flex_asks, received},
};
use crate::support::{
    bridge::{Plan, Site},
    browser::Browser,
    child::free_port,
    downstream::{self, Question},
    flex::ENHANCED,
    forging::ForgingIdp,
    peers, twilio,
};

#[tokio::test]
async fn simplesamlphp_takes_our_metadata_as_it_is() {
    if !peers::require("simplesamlphp") {
        return;
    }
    let company = Real::start(|plan| plan.claims.push_str("name_id = [\"uid\"]\n")).await;
    company.idp.trust(&[]);
    let start = flex_asks(&company.bridge);
    let stranger = Browser::new().open(&start).await;
    let known = stranger
        .forms()
        .iter()
        .any(|form| form.field("password").is_some());
    assert!(!known, "it does not know us yet");

    let (code, xml, err) = flexbridge(&company.bridge, &["metadata", "sp", "hq"]);
    assert_eq!((code, err.as_str()), (0, ""));
    let served = Browser::new()
        .open(&company.bridge.at("/saml/sp/hq/metadata"))
        .await;
    assert_eq!(served.body.trim(), xml.trim());
    company.idp.trust_document(&xml);
    assert_eq!(received(&company.login("ann").await).name_id, "ann");
}

/// Reads identity provider metadata as `OneLogin`'s toolkit does.
const READ: &str = "
import json, sys
from onelogin.saml2.idp_metadata_parser import OneLogin_Saml2_IdPMetadataParser as Parser
print(json.dumps(Parser.parse(sys.stdin.read())['idp']))
";

#[tokio::test]
async fn python3_saml_takes_our_metadata_as_it_is() {
    if !peers::require("python") {
        return;
    }
    let company = Forged::start(|_| {}).await;
    let (code, xml, err) = flexbridge(&company.bridge, &["metadata", "idp", "production"]);
    assert_eq!((code, err.as_str()), (0, ""));
    let path = "/saml/idp/production/metadata";
    let served = Browser::new().open(&company.bridge.at(path)).await;
    assert_eq!(served.body.trim(), xml.trim());
    let file = company.bridge.file("ours.xml");
    std::fs::write(&file, &xml).unwrap();
    let output = Command::new(peers::python())
        .args(["-c", READ])
        .stdin(std::fs::File::open(file).unwrap())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let idp: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(idp["entityId"], company.bridge.idp_entity_id());
    assert_eq!(idp["singleSignOnService"]["url"], company.bridge.sso_url());
    // With nothing but what it read there, it accepts a login.
    let page = company.login(|_| {}).await;
    let certificate = idp["x509cert"].as_str().unwrap();
    let question = Question {
        response: page
            .form_with("SAMLResponse")
            .field("SAMLResponse")
            .unwrap()
            .to_owned(),
        sp_entity_id: ENHANCED.0.to_owned(),
        acs_url: ENHANCED.1.to_owned(),
        idp_entity_id: idp["entityId"].as_str().unwrap().to_owned(),
        idp_certificate: certificate.to_owned(),
        request_id: Some(FLEX_REQUEST.to_owned()),
        now: None,
    };
    let verdict = downstream::python3_saml(&question);
    assert!(verdict.ok, "{:?}", verdict.errors);
    let (code, _, err) = flexbridge(&company.bridge, &["metadata", "idp", "other"]);
    assert!(code == 2 && err.contains("other"), "{code} {err}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_check_online_asks_the_partners() {
    let demo = twilio::start().await;
    let site = Site::new();
    let idp = ForgingIdp::new("hq");
    let right = Plan {
        metadata: idp.metadata_file(&site.file("hq.xml")),
        account_sid: twilio::ACCOUNT.to_owned(),
        flex: format!("twilio = {}", demo.toml()),
        defined: r#"{ from = "twilio" }"#.to_owned(),
        ..Plan::default()
    };
    let nobody = format!("http://127.0.0.1:{}", free_port());
    let rule = |name: &str| {
        format!(
            "{}[[flex.production.location.rule]]\nwhen = {{ one_of = [\"SG-01\"] }}\nassign = \"{name}\"\n",
            right.location
        )
    };
    let with = |change: &dyn Fn(&mut Plan)| {
        let mut plan = right.clone();
        change(&mut plan);
        plan
    };
    let cases = [
        ("fine", with(&|_| {}), 0, ""),
        (
            "defined",
            with(&|plan| plan.location = rule("Singapore Office")),
            0,
            "",
        ),
        (
            "undefined",
            with(&|plan| plan.location = rule("Singapore Ofice")),
            2,
            "flex.production.location.rule[0].assign",
        ),
        (
            "no metadata",
            with(&|plan| plan.metadata = format!("{{ url = \"{nobody}/metadata\" }}")),
            2,
            "idp.hq.metadata",
        ),
        (
            "not metadata",
            with(&|plan| plan.metadata = format!("{{ url = \"{}\" }}", demo.url)),
            2,
            "idp.hq.metadata",
        ),
        (
            "wrong account",
            with(&|plan| "AC00000000000000000000000000000000".clone_into(&mut plan.account_sid)),
            2,
            "flex.production.location.defined",
        ),
        (
            "wrong secret",
            with(&|plan| {
                plan.flex = plan
                    .flex
                    .replace(twilio::KEY, "SK00000000000000000000000000000000");
            }),
            2,
            "flex.production.location.defined",
        ),
    ];
    for (case, plan, code, place) in cases {
        site.write(&plan);
        let (offline, ..) = flexbridge(&site, &["config", "check"]);
        assert_eq!(offline, 0, "{case}: nothing is wrong with the file itself");
        let words = ["config", "check", "--online", "--format", "json"];
        let (online, out, err) = flexbridge(&site, &words);
        let told: Value = serde_json::from_str(&out).unwrap_or_else(|_| panic!("{out}{err}"));
        assert_eq!(online, code, "{case}: {told}");
        assert_eq!(told["fine"], code == 0, "{case}");
        let problems = told["problems"].as_array().unwrap();
        let errors: Vec<_> = problems
            .iter()
            .filter(|one| one["severity"] == "error")
            .collect();
        let places: Vec<_> = errors.iter().map(|one| path(&one["path"])).collect();
        let wanted: Vec<_> = Some(place)
            .into_iter()
            .filter(|place| !place.is_empty())
            .collect();
        assert_eq!(places, wanted, "{case}: {told}");
        assert!(
            errors
                .iter()
                .all(|one| one["mend"].as_str().is_some_and(|mend| !mend.is_empty()))
        );
        assert!(!out.contains(twilio::SECRET), "{out}");
    }
}

/// A setting's path as people read it.
fn path(parts: &Value) -> String {
    let parts = parts.as_array().unwrap().iter();
    let parts = parts.enumerate().map(|(at, part)| match part.as_str() {
        Some(name) if at == 0 => name.to_owned(),
        Some(name) => format!(".{name}"),
        None => format!("[{part}]"),
    });
    parts.collect::<Vec<_>>().concat()
}
