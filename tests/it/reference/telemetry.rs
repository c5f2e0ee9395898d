//! Every metric and every field of a log line, from the registry and the list that the program itself uses.

use std::{fmt::Write as _, time::Duration};

use flexbridge::{
    clock::{SystemRandom, Timestamp},
    identity::{LoginOutcome, LoginRecord, LoginReference, NoMatchCause},
    telemetry::{KnownNames, Metrics, fields},
};

use super::{cell, current};

const HEAD: &str = "\
# Every metric and log field

This page is written from the program itself (`make reference`). What deserves an alert, and how Prometheus gets
there: [Metrics and log lines](../metrics-and-logs.md).

## Metrics

| metric | kind | labels | what it tells |
| --- | --- | --- | --- |
";

const LOG_HEAD: &str = "
## Fields of a login's log line

| field | what it is |
| --- | --- |
";

/// Every metric has been used once, so that each shows its labels.
fn used() -> String {
    let flex = || "production".parse().unwrap();
    let idp = || "hq".parse().unwrap();
    let metrics = Metrics::new(KnownNames {
        flex: [flex()].into(),
        idp: [idp()].into(),
    });
    metrics.login_ended(&LoginRecord {
        agent: None,
        reading: None,
        at: Timestamp::UNIX_EPOCH,
        reference: LoginReference::fresh(&SystemRandom).unwrap(),
        idp: Some(idp()),
        flex: Some(flex()),
        outcome: LoginOutcome::Accepted,
        code: None,
        location: None,
        no_match: Some(NoMatchCause::NoRule),
        rule: None,
        duration_us: 2_000,
    });
    metrics.set_locations(&flex(), Duration::from_secs(1), 1);
    metrics.set_certificate_expiry("keys.assertion[0]", Timestamp::UNIX_EPOCH);
    metrics.set_metadata_age(&idp(), Duration::from_secs(1));
    metrics.encode()
}

/// The labels of the first sample of this metric, `le` of histograms aside.
fn labels(text: &str, name: &str) -> String {
    let samples = text.lines().filter(|line| !line.starts_with('#'));
    let sample = samples
        .filter_map(|line| line.strip_prefix(name))
        .find(|rest| {
            let rest = ["_total", "_info", "_bucket", "_sum", "_count"]
                .iter()
                .find_map(|end| rest.strip_prefix(end))
                .unwrap_or(rest);
            rest.starts_with(['{', ' '])
        });
    let inside = sample.and_then(|line| Some(line.split_once('{')?.1.split_once('}')?.0));
    let names: Vec<_> = inside
        .unwrap_or_default()
        .split("\",")
        .filter_map(|label| label.split_once('='))
        .map(|(name, _)| name)
        .filter(|name| *name != "le")
        .map(|name| format!("`{name}`"))
        .collect();
    names.join(", ")
}

fn rows(text: &str) -> String {
    let about = |what: &str, name: &str| {
        let start = format!("# {what} {name} ");
        let mut lines = text.lines();
        lines
            .find_map(|line| line.strip_prefix(&start))
            .unwrap()
            .to_owned()
    };
    let mut out = String::new();
    for line in text.lines() {
        let Some((name, kind)) = line
            .strip_prefix("# TYPE ")
            .and_then(|rest| rest.split_once(' '))
        else {
            continue;
        };
        let end = match kind {
            "counter" => "_total",
            "info" => "_info",
            _ => "",
        };
        let _ = writeln!(
            out,
            "| `{name}{end}` | {kind} | {} | {} |",
            labels(text, name),
            cell(&about("HELP", name))
        );
    }
    out
}

#[test]
fn the_page_of_metrics_and_log_fields_is_current() {
    let mut page = HEAD.to_owned();
    let rows = rows(&used());
    assert!(rows.lines().count() >= 8, "{rows}");
    page.push_str(&rows);
    page.push_str(LOG_HEAD);
    for (name, meaning) in fields::ALL {
        let _ = writeln!(page, "| `{name}` | {} |", cell(meaning));
    }
    current("docs/reference/metrics.md", &page);
}
