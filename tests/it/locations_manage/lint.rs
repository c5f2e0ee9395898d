//! What is found about lists, rules and accounts that are configured.

use std::collections::BTreeSet;

use flexbridge::{
    admin::locations::{Dependent, Report, WorkersThere, against_twilio, lint, lint_document},
    demo::twilio::Misbehaviour,
};
use serde_json::json;

use super::desk::Desk;

const RULES: &str = r#"attribute = ["office"]
no_match = { assign = "singapore office" }
[[flex.production.location.rule]]
when = { one_of = ["SG"] }
assign = "Singapore Office"
[[flex.production.location.rule]]
when = { matches = '^US-(?<city>[A-Z]+)$' }
assign = "${city} Office"
[[flex.production.location.rule]]
when = { one_of = ["LX"] }
assign = "Lisbon"
"#;

async fn report(desk: &Desk) -> Report {
    desk.parts.locations.refresh_all().await;
    lint(desk.parts.bridge.flex.values())
}

fn codes(report: &Report) -> BTreeSet<&'static str> {
    let accounts = report.accounts.iter().map(|one| &one.found);
    accounts
        .chain([&report.between])
        .flat_map(|found| found.findings.iter().map(|finding| finding.code))
        .collect()
}

#[tokio::test]
async fn the_articles_own_list_has_an_edge_that_is_none() {
    let desk = Desk::new().await;
    let report = report(&desk).await;
    assert_eq!(report.counts(), (0, 1));
    let finding = &report.accounts[0].found.findings[0];
    assert_eq!(finding.name.as_deref(), Some("San Francisco Office"));
    assert!(finding.mend.contains("`san-jose-ix`"), "{}", finding.mend);
}

#[tokio::test]
async fn a_list_that_was_never_obtained_is_an_error() {
    let desk = Desk::new().await;
    let report = lint(desk.parts.bridge.flex.values());
    assert_eq!(codes(&report), BTreeSet::from(["list.unavailable"]));
    assert_eq!(report.counts(), (1, 0));
}

#[tokio::test]
async fn rules_that_assign_what_is_not_defined_are_errors() {
    let desk = Desk::with(|plan| RULES.clone_into(&mut plan.location)).await;
    let report = report(&desk).await;
    let found = &report.accounts[0].found;
    let rules: Vec<_> = found
        .findings
        .iter()
        .filter(|finding| finding.code == "rule.assigns")
        .map(|finding| finding.message.as_str())
        .collect();
    assert_eq!(rules.len(), 2, "{rules:?}");
    assert!(
        rules[0].starts_with("flex.production.location.rule[2].assign:"),
        "{rules:?}"
    );
    assert!(
        rules[1].starts_with("flex.production.location.no_match.assign:"),
        "{rules:?}"
    );
    assert_eq!(found.errors, 1);

    // The same rules against a document that defines what they assign.
    let document = json!([{ "name": "Singapore Office", "edge": "roaming" }, { "name": "Lisbon", "edge": "roaming" }]);
    let linted = lint_document(desk.account(), document.to_string().into_bytes())
        .await
        .unwrap();
    assert_eq!((linted.found.errors, linted.found.warnings), (0, 1));
}

#[tokio::test]
async fn accounts_that_disagree_are_told_apart() {
    let other = json!([
        { "name": "Singapore Office", "edge": ["singapore"] },
        { "name": "San francisco Office", "edge": ["sanjose-ix", "ashburn-ix", "ashburn"] },
        { "name": "Lisbon", "edge": "roaming" }
    ]);
    for (account, found) in [
        (
            "ACffffffffffffffffffffffffffffffff",
            vec!["account.edges_differ", "account.name_differs"],
        ),
        (
            crate::support::twilio::ACCOUNT,
            vec![
                "account.edges_differ",
                "account.missing",
                "account.name_differs",
            ],
        ),
    ] {
        let desk = Desk::with(|plan| {
            plan.locations = other.to_string();
            plan.more = format!(
                r#"[flex.second]
idp = "hq"
account_sid = "{account}"
sso = {{ profile = "enhanced", connection = "JQ9876543210" }}
[flex.second.claims]
email = ["email"]
full_name = ["displayName"]
roles = ["roles"]
[flex.second.location]
attribute = ["office"]
defined = {{ from = "file", path = "{{locations.json}}" }}
"#
            );
        })
        .await;
        let report = report(&desk).await;
        let between: BTreeSet<_> = report.between.findings.iter().map(|one| one.code).collect();
        assert_eq!(between, found.into_iter().collect(), "{report:?}");
        assert_eq!(report.between.errors, 0);
    }
}

#[tokio::test]
async fn a_file_is_held_against_what_twilio_has() {
    assert!(against_twilio(Desk::new().await.account()).await.is_none());
    let desk = Desk::with(|plan| plan.defined.clear()).await;
    report(&desk).await;
    let against = || against_twilio(desk.account());
    assert_eq!(against().await.unwrap().findings, []);
    let twilio = &desk.demo.twilio;
    twilio.set_locations(json!([
        { "name": "Singapore Office", "edge": "roaming" },
        { "name": "Lisbon", "edge": "dublin" }
    ]));
    let found = against().await.unwrap().findings.remove(0);
    assert_eq!(found.code, "account.file_differs");
    let told = "1 only in the file, 1 only in Twilio, 1 with other edges.";
    assert!(found.message.ends_with(told), "{}", found.message);
    twilio.misbehave(9, &Misbehaviour::Refused(403, 70051));
    let found = against().await.unwrap().findings.remove(0);
    assert_eq!(found.code, "account.twilio_silent");
}

fn shown(one: &Dependent) -> (&str, Option<&str>, Vec<(&str, bool)>) {
    let rules = one.rules.iter();
    let rules = rules.map(|rule| (rule.setting.as_str(), rule.always));
    (&one.name, one.renamed_to.as_deref(), rules.collect())
}

#[tokio::test]
async fn who_depends_on_what_goes_is_said_before() {
    let desk = Desk::with(|plan| RULES.clone_into(&mut plan.location)).await;
    let twilio = &desk.demo.twilio;
    for (number, location) in [
        json!("Singapore Office"),
        json!("Singapore Office"),
        json!("singapore office"),
        json!(["Singapore Office"]),
        json!(""),
        json!("San Francisco Office"),
    ]
    .into_iter()
    .enumerate()
    {
        let attributes = json!({ "roles": ["agent"], "flex_location": location });
        let name = format!("agent {number}");
        let attributes = attributes.as_object().unwrap();
        twilio.create_worker(&name, attributes).unwrap();
    }
    let edges = ["singapore-ix", "singapore", "roaming"];
    let renaming = json!([{ "name": "Singapore Offices", "edge": edges }]);
    let plan = desk.diff(&renaming).await.unwrap();
    let setting = |inner: &str| format!("flex.production.location.{inner}");
    let (first, second, last) = (
        setting("rule[0].assign"),
        setting("rule[1].assign"),
        setting("no_match.assign"),
    );
    let told: Vec<_> = plan.dependents.iter().map(shown).collect();
    let rules = vec![(last.as_str(), true), (&first, true), (&second, false)];
    let singapore = ("Singapore Office", Some("Singapore Offices"), rules);
    let san_francisco = ("San Francisco Office", None, vec![(second.as_str(), false)]);
    assert_eq!(told, [singapore, san_francisco]);
    let counts: Vec<_> = plan.dependents.iter().map(|one| &one.workers).collect();
    assert_eq!(
        counts,
        [&WorkersThere::Counted(2), &WorkersThere::Counted(1)]
    );

    // The configuration is read, the workspace is asked for, and then nobody may see workers.
    twilio.misbehave(2, &Misbehaviour::Rightly);
    twilio.misbehave(1, &Misbehaviour::Refused(403, 70051));
    let plan = desk.diff(&renaming).await.unwrap();
    let workers = &plan.dependents[0].workers;
    assert!(
        matches!(workers, WorkersThere::Unknown(why) if why.contains("403")),
        "{workers:?}"
    );

    let added = json!([
        { "name": "Singapore Office", "edge": "roaming" },
        { "name": "San Francisco Office", "edge": "roaming" },
        { "name": "Lisbon", "edge": "roaming" }
    ]);
    assert_eq!(desk.diff(&added).await.unwrap().dependents, []);
}
