use std::collections::BTreeMap;

use super::*;
use crate::{
    clock::SystemRandom,
    identity::{LoginOutcome, LoginReference},
    telemetry::fields,
};

const DOCUMENT: &str = include_str!("../../docs/metrics-and-logs.md");

fn known() -> KnownNames {
    KnownNames {
        flex: ["production".parse().unwrap()].into(),
        idp: ["hq".parse().unwrap()].into(),
    }
}

fn record(flex: &str, code: Option<RefusalCode>) -> LoginRecord {
    LoginRecord {
        at: Timestamp::UNIX_EPOCH,
        reference: LoginReference::fresh(&SystemRandom).unwrap(),
        idp: Some("hq".parse().unwrap()),
        flex: Some(flex.parse().unwrap()),
        agent: None,
        reading: None,
        outcome: code.map_or(LoginOutcome::Accepted, |_| LoginOutcome::Refused),
        code,
        location: None,
        no_match: Some(NoMatchCause::NoRule),
        rule: None,
        duration_us: 2_000,
    }
}

fn with_everything() -> Metrics {
    let metrics = Metrics::new(known());
    metrics.login_ended(&record("production", None));
    metrics.login_ended(&record("production", Some(RefusalCode::SignatureInvalid)));
    metrics.set_locations(
        &"production".parse().unwrap(),
        Duration::from_millis(1_500),
        7,
    );
    metrics.set_certificate_expiry("keys.assertion[0]", Timestamp::UNIX_EPOCH);
    metrics.set_metadata_age(&"hq".parse().unwrap(), Duration::from_secs(9));
    metrics
}

#[test]
fn what_happened_is_what_is_shown() {
    let text = with_everything().encode();
    for line in [
        r#"flexbridge_logins_total{flex="production",idp="hq",outcome="accepted",code="none"} 1"#,
        r#"flexbridge_logins_total{flex="production",idp="hq",outcome="refused",code="signature.invalid"} 1"#,
        "flexbridge_login_duration_seconds_count 2",
        r#"flexbridge_location_no_match_total{flex="production",cause="no_rule"} 2"#,
        r#"flexbridge_locations_age_seconds{flex="production"} 1.5"#,
        r#"flexbridge_locations_defined{flex="production"} 7"#,
        r#"flexbridge_certificate_expiry_timestamp_seconds{name="keys.assertion[0]"} 0"#,
        r#"flexbridge_metadata_age_seconds{idp="hq"} 9"#,
        "flexbridge_build_info{version=",
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
}

#[test]
fn nobody_outside_makes_a_label() {
    let metrics = Metrics::new(known());
    for number in 0..50 {
        metrics.login_ended(&record(&format!("made-up-{number}"), None));
    }
    let text = metrics.encode();
    assert!(!text.contains("made-up"));
    assert!(text.contains(r#"flexbridge_logins_total{flex="unknown","#));
}

#[test]
fn names_that_are_gone_leave_no_gauge() {
    let metrics = with_everything();
    metrics.set_known(KnownNames::default());
    assert!(!metrics.encode().contains("keys.assertion"));
}

/// The metrics that are really there, each with its labels.
fn real_metrics() -> BTreeMap<String, String> {
    let text = with_everything().encode();
    text.lines()
        .filter(|line| {
            !line.starts_with('#') && !line.contains("_bucket") && !line.contains("_sum")
        })
        .map(|line| {
            let name = line.split(['{', ' ']).next().unwrap();
            let labels = line.split_once('{').map_or("", |(_, rest)| rest);
            let labels: Vec<_> = labels
                .split(',')
                .filter_map(|pair| pair.split_once('=').map(|(label, _)| format!("`{label}`")))
                .collect();
            let name = name.trim_end_matches("_count").to_owned();
            (
                name,
                if labels.is_empty() {
                    "none".to_owned()
                } else {
                    labels.join(", ")
                },
            )
        })
        .collect()
}

#[test]
fn the_document_lists_each_metric_and_field_and_no_other() {
    let rows: BTreeMap<_, _> = DOCUMENT
        .lines()
        .filter_map(|line| line.strip_prefix("| `flexbridge_"))
        .map(|row| {
            let mut cells = row.split(" | ");
            let name = cells.next().unwrap().trim_end_matches('`');
            (
                format!("flexbridge_{name}"),
                cells.next().unwrap().trim().to_owned(),
            )
        })
        .collect();
    assert_eq!(rows, real_metrics());
    for (field, meaning) in fields::ALL {
        assert!(
            DOCUMENT.contains(&format!("| `{field}` | {meaning} |")),
            "{field}"
        );
    }
    let documented = DOCUMENT
        .split("## Log lines")
        .nth(1)
        .unwrap()
        .matches("\n| `")
        .count();
    assert_eq!(documented, fields::ALL.len());
}
