//! `flexbridge doctor`: a healthy bridge is well, and each thing that breaks has its line.
//!
//! Must never: judge by words alone; each finding is looked for by its name and its health.

mod broken;

use std::{process::Command, sync::Arc};

use flexbridge::{
    admin::{Diagnosis, Finding, Health},
    app,
    clock::{Clock, SystemClock, SystemRandom},
};
use serde_json::Value;

use crate::support::{
    bridge::{Bridge, Plan, Site},
    forging::ForgingIdp,
    twilio,
};

/// A bridge that has everything it needs, of which a test breaks one thing.
struct Clinic {
    bridge: Bridge,
    plan: Plan,
    twilio: twilio::Running,
}

impl Clinic {
    async fn open() -> Self {
        let (site, twilio) = (Site::new(), twilio::start().await);
        let plan = Plan {
            metadata: ForgingIdp::new("hq").metadata_file(&site.file("hq.xml")),
            account_sid: twilio::ACCOUNT.to_owned(),
            flex: format!("twilio = {}", twilio.toml()),
            ..Plan::default()
        };
        let bridge = Bridge::start_at(site, plan.clone()).await;
        Self {
            bridge,
            plan,
            twilio,
        }
    }

    /// Examines with another configuration on disk than the running one.
    async fn examine(&self, change: impl FnOnce(&mut Plan)) -> Diagnosis {
        let mut plan = self.plan.clone();
        change(&mut plan);
        self.bridge.write(&plan);
        examine(&self.bridge, plan.clock).await
    }
}

async fn examine(site: &Site, clock: Arc<dyn Clock>) -> Diagnosis {
    app::examine(&site.config(), clock, Arc::new(SystemRandom)).await
}

/// The worst finding of that name.
fn worst<'d>(diagnosis: &'d Diagnosis, name: &str) -> &'d Finding {
    let all = diagnosis.findings.iter();
    all.filter(|finding| finding.name == name)
        .max_by_key(|finding| finding.health)
        .unwrap_or_else(|| panic!("no {name} in {diagnosis:#?}"))
}

fn is(diagnosis: &Diagnosis, name: &str, health: Health, seen: &str) {
    let found = worst(diagnosis, name);
    assert_eq!(found.health, health, "{found:?}");
    assert!(found.seen.contains(seen), "{found:?}");
    assert_eq!(found.mend.is_some(), health != Health::Ok, "{found:?}");
}

#[tokio::test]
async fn a_bridge_that_has_what_it_needs_is_well() {
    let clinic = Clinic::open().await;
    let diagnosis = clinic.examine(|_| {}).await;
    for (name, seen) in [
        ("configuration", "can be used"),
        ("keys.assertion[0].certificate", "CN=flexbridge test"),
        ("keys.assertion[0].private_key", "others can't read"),
        ("keys.cookie[0]", "others can't read"),
        ("listen.admin", "this machine only"),
        ("clock", "agrees with 127.0.0.1"),
        ("public_url", "leads to this bridge"),
        ("public_url.closed", "nothing for administrators"),
        ("proxy", "none needed"),
        ("store", "used an identifier once, and not again"),
        ("store.disk", "MiB free"),
        ("idp.hq.metadata", "from file"),
        ("idp.hq.certificate", "days left"),
        ("flex.production.twilio.configuration", twilio::ACCOUNT),
        (
            "flex.production.twilio.taskrouter",
            "read the workers of WS",
        ),
        ("flex.production.locations", "2 defined"),
        ("flex.production.location.rule", "is defined"),
    ] {
        is(&diagnosis, name, Health::Ok, seen);
    }
    // The tests' public URL is http.
    is(&diagnosis, "cookies", Health::Warning, "is http");
    assert_eq!(diagnosis.health, Health::Warning, "{diagnosis:#?}");
    let secrets = serde_json::to_string(&diagnosis).unwrap();
    assert!(!secrets.contains(twilio::SECRET));
}

/// The command, with its exit code.
fn command(site: &Site, words: &[&str]) -> (i32, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_flexbridge"))
        .arg("--config")
        .arg(site.config())
        .arg("doctor")
        .args(words)
        .env_clear()
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    (output.status.code().unwrap(), text)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_ends_with_one_when_something_fails() {
    let clinic = Clinic::open().await;
    let run = async |words: &'static [&'static str]| {
        let site = &clinic.bridge.site;
        tokio::task::block_in_place(|| command(site, words))
    };
    let (code, text) = run(&[]).await;
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("ok       public_url: ") && text.contains(" 0 failing"));

    std::fs::remove_file(clinic.bridge.file("hq.xml")).unwrap();
    std::fs::remove_dir_all(clinic.bridge.file("store")).unwrap();
    let (code, text) = run(&["--format", "json"]).await;
    assert_eq!(code, 1, "{text}");
    let told: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(told["health"], "fails");
    let findings = told["findings"].as_array().unwrap();
    let metadata = findings.iter().find(|one| one["name"] == "idp.hq.metadata");
    assert_eq!(metadata.unwrap()["health"], "fails", "{text}");
    // Looking writes nothing.
    assert!(!clinic.bridge.file("store").exists());
    drop(clinic.twilio);
}

#[tokio::test]
async fn a_configuration_that_can_not_be_used_is_told_as_findings() {
    let clinic = Clinic::open().await;
    let diagnosis = clinic.examine(|plan| plan.sso = "1".to_owned()).await;
    assert_eq!(diagnosis.health, Health::Fails);
    is(&diagnosis, "flex.production.sso", Health::Fails, "number");
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    std::fs::remove_file(clinic.bridge.config()).unwrap();
    let diagnosis = examine(&clinic.bridge, clock).await;
    is(&diagnosis, "configuration", Health::Fails, "can't be read");
}
