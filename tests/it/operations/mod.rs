//! What operators run beside the bridge: metrics as Prometheus wants them, alert rules and the
//! dashboard in `config/`. promtool is the judge.
//!
//! Must never: start a Prometheus; each test asks the judge, and shows that it can say no.

mod traces;

use std::{
    collections::BTreeSet,
    fs,
    io::Write as _,
    process::{Command, Stdio},
};

use flexbridge::identity::RefusalCode;
use regex::Regex;
use serde_json::Value;

use crate::support::{
    bridge::{Bridge, Plan, Site},
    browser::Browser,
    forging::ForgingIdp,
    peers,
};

const ALERTS: &str = include_str!("../../../config/prometheus/alerts.yml");
const DASHBOARD: &str = include_str!("../../../config/grafana/flexbridge.json");
const HISTORY: &str = include_str!("alerts.yml");
const DOCUMENT: &str = include_str!("../../../docs/metrics-and-logs.md");

/// Runs promtool; what it says when it is not content.
fn promtool(words: &[&str], input: &str) -> Result<(), String> {
    let mut child = Command::new(peers::program("promtool"))
        .args(words)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(input.as_bytes()).unwrap();
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8(said).unwrap();
    output.status.success().then_some(()).ok_or(said)
}

/// The metrics of a bridge that runs.
async fn metrics() -> String {
    let site = Site::new();
    let plan = Plan {
        metadata: ForgingIdp::new("hq").metadata_file(&site.file("hq.xml")),
        ..Plan::default()
    };
    let bridge = Bridge::start_at(site, plan).await;
    let mut browser = Browser::new();
    // A refusal, so that there is a login to count.
    browser.open(&bridge.at("/saml/idp/production/sso")).await;
    browser.open(&bridge.admin_at("/metrics")).await.body
}

/// In the older text format, which `promtool check metrics` reads: a counter's family bears its
/// samples' name, information is a gauge, and comments mean nothing.
fn older(open_metrics: &str) -> String {
    let family = Regex::new("(?m)^# (HELP|TYPE) (\\S+) (.*)$").unwrap();
    let kind = |name: &str| {
        let of = |kind| open_metrics.contains(&format!("# TYPE {name} {kind}\n"));
        (of("counter"), of("info"))
    };
    let text = family.replace_all(open_metrics, |found: &regex::Captures<'_>| {
        let (what, name, rest) = (&found[1], &found[2], &found[3]);
        match kind(name) {
            (true, _) => format!("# {what} {name}_total {rest}"),
            (_, true) => format!("# {what} {name}_info {}", rest.replace("info", "gauge")),
            _ => found[0].to_owned(),
        }
    });
    text.replace("# EOF\n", "")
}

#[tokio::test]
async fn metrics_are_named_as_prometheus_wants() {
    if !peers::require("promtool") {
        return;
    }
    let text = metrics().await;
    assert!(text.ends_with("# EOF\n"), "{text}");
    let text = older(&text);
    assert!(
        text.contains("# TYPE flexbridge_logins_total counter"),
        "{text}"
    );
    promtool(&["check", "metrics"], &text).unwrap_or_else(|said| panic!("{said}\n{text}"));
    // The judge would see a bad name.
    let bad = text.replace("flexbridge_logins_total", "flexbridge_logins");
    let said = promtool(&["check", "metrics"], &bad).unwrap_err();
    assert!(said.contains("flexbridge_logins"), "{said}");
}

#[test]
fn alert_rules_hold_for_a_made_up_history() {
    if !peers::require("promtool") {
        return;
    }
    let rules = peers::in_checkout("config/prometheus/alerts.yml");
    let rules = rules.to_str().unwrap();
    promtool(&["check", "rules", rules], "").unwrap_or_else(|said| panic!("{said}"));
    let history = HISTORY.replace("RULES", rules);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("history.yml");
    let told = |text: &str| {
        fs::write(&path, text).unwrap();
        promtool(&["test", "rules", path.to_str().unwrap()], "")
    };
    told(&history).unwrap_or_else(|said| panic!("{said}"));
    // The judge would see an alert that stays silent.
    assert!(told(&history.replace("'1 1 0x10'", "'1x12'")).is_err());
    // Each alert has its history.
    for line in ALERTS.lines() {
        if let Some((_, name)) = line.split_once("- alert: ") {
            let tested = history.contains(&format!("alertname: {name}\n        exp_alerts:\n"));
            assert!(
                tested,
                "{name} never fires in tests/it/operations/alerts.yml"
            );
        }
    }
}

/// Every expression of the dashboard, its variables' included.
fn expressions(of: &Value) -> Vec<String> {
    match of {
        Value::Object(object) => object
            .iter()
            .flat_map(|(key, value)| match (key.as_str(), value) {
                ("expr" | "definition", Value::String(text)) => vec![text.clone()],
                _ => expressions(value),
            })
            .collect(),
        Value::Array(items) => items.iter().flat_map(expressions).collect(),
        _ => Vec::new(),
    }
}

#[tokio::test]
async fn dashboard_alerts_and_document_name_metrics_that_there_are() {
    let text = older(&metrics().await);
    let families: BTreeSet<&str> = text
        .lines()
        .filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next())
        .collect();
    let dashboard: Value = serde_json::from_str(DASHBOARD).unwrap();
    let shown = expressions(&dashboard);
    assert!(shown.len() > 12, "{shown:?}");
    let name = Regex::new("flexbridge_[a-z_]+").unwrap();
    for (place, expression) in shown
        .iter()
        .map(|expression| ("dashboard", expression.as_str()))
        .chain([("alerts", ALERTS), ("document", DOCUMENT)])
    {
        for found in name.find_iter(expression) {
            let family = found.as_str().trim_end_matches("_bucket");
            assert!(
                families.contains(family),
                "{place} names {family}: {families:?}"
            );
        }
    }
    for family in &families {
        assert!(
            shown.iter().any(|one| one.contains(family)),
            "{family} is not shown"
        );
    }
}

#[test]
fn alerts_name_codes_that_there_are() {
    let code = Regex::new("code=\"([a-z._]+)\"|code(?:=|!)~\"([^\"]+)\"").unwrap();
    let known: Vec<_> = RefusalCode::ALL.iter().map(|code| code.as_str()).collect();
    let mut seen = 0;
    for text in [ALERTS, DASHBOARD, DOCUMENT] {
        for found in code.captures_iter(&text.replace("\\\"", "\"")) {
            seen += 1;
            if let Some(exact) = found.get(1) {
                let exact = exact.as_str();
                assert!(exact == "none" || known.contains(&exact), "{exact}");
            }
            // Each alternative of an expression means at least one code.
            for part in found.get(2).iter().flat_map(|all| all.as_str().split('|')) {
                let part = Regex::new(&format!("^{part}$")).unwrap();
                assert!(known.iter().any(|code| part.is_match(code)), "{part}");
            }
        }
    }
    assert!(seen > 5);
}
