//! What is found about lists, rules and accounts that are configured.

use std::collections::BTreeSet;

use flexbridge::{
    admin::locations::{
        CountWorkers, Failed, Report, WorkersThere, against_twilio, diff, lint, lint_document,
    },
    clock::{Clock, SystemClock},
    demo::twilio::Misbehaviour,
};
use futures_util::future::BoxFuture;
use serde_json::{Value, json};

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

/// Somebody who can't be asked.
struct Away;

impl CountWorkers for Away {
    fn count<'a>(
        &'a self,
        _: &'a [String],
    ) -> BoxFuture<'a, Result<std::collections::BTreeMap<String, u64>, Failed>> {
        let failed = Failed::new("twilio.forbidden", "not this key", "Use another.");
        Box::pin(std::future::ready(Err(failed)))
    }
}

#[tokio::test]
async fn who_depends_on_what_goes_is_said_before() {
    let desk = Desk::with(|plan| RULES.clone_into(&mut plan.location)).await;
    let shown = |document: Value| {
        let bytes = document.to_string().into_bytes();
        diff(desk.account(), bytes, Some(&Away), SystemClock.now())
    };
    let renamed = shown(json!([
        { "name": "Singapore Offices", "edge": ["singapore-ix", "singapore", "roaming"] }
    ]))
    .await
    .unwrap();
    let told: Vec<_> = renamed
        .dependents
        .iter()
        .map(|one| {
            let rules = one
                .rules
                .iter()
                .map(|rule| (rule.setting.as_str(), rule.always));
            (
                one.name.as_str(),
                one.renamed_to.as_deref(),
                rules.collect::<Vec<_>>(),
            )
        })
        .collect();
    let at = "flex.production.location";
    let setting = |inner: &str| format!("{at}.{inner}");
    let (first, second, last) = (
        setting("rule[0].assign"),
        setting("rule[1].assign"),
        setting("no_match.assign"),
    );
    assert_eq!(
        told,
        [
            (
                "Singapore Office",
                Some("Singapore Offices"),
                vec![(last.as_str(), true), (&first, true), (&second, false)]
            ),
            ("San Francisco Office", None, vec![(second.as_str(), false)]),
        ]
    );
    let workers = &renamed.dependents[0].workers;
    assert!(matches!(workers, WorkersThere::Unknown(why) if why.contains("not this key")));
    let added = shown(json!([
        { "name": "Singapore Office", "edge": "roaming" },
        { "name": "San Francisco Office", "edge": "roaming" },
        { "name": "Lisbon", "edge": "roaming" }
    ]));
    assert_eq!(added.await.unwrap().dependents, []);
}
