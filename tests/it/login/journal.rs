//! What the agent reads out leads the administrator to the login, and all logins together show
//! what the rules miss.

use super::{
    explain::flexbridge,
    walk::{Forged, received, set},
};
use crate::support::bridge::{Plan, Site};
use flexbridge::clock::{Clock as _, SystemClock};
use serde_json::Value;

fn json(site: &Site, words: &[&str]) -> Value {
    let words = [words, &["--format", "json"]].concat();
    let (code, out, err) = flexbridge(site, &words);
    assert_eq!(code, 0, "{words:?}: {err}");
    serde_json::from_str(&out).unwrap_or_else(|error| panic!("{error}: {out}"))
}

#[tokio::test]
async fn a_reference_leads_to_its_login() {
    let company = Forged::start(|_| {}).await;
    let accepted = |says: &mut crate::support::forging::Says| {
        set(says, "physicalDeliveryOfficeName", &["Singapore Office"]);
    };
    company.login(accepted).await;
    let refused = company.login(|says| set(says, "email", &[])).await;
    assert_eq!(refused.status, 403, "{}", refused.body);
    let site = company.bridge.stop().await;

    let page = json(&site, &["logins", "list"]);
    let logins = page["records"].as_array().unwrap();
    assert_eq!((logins.len(), &page["next"]), (2, &Value::Null), "{page}");
    assert_eq!(logins[0]["code"], "release.missing");
    assert_eq!(logins[1]["location"], "Singapore Office");
    assert_eq!(
        logins[1]["reading"]["attributes"][0]["values"][0],
        "Singapore Office"
    );

    let reference = logins[0]["reference"].as_str().unwrap();
    assert!(refused.body.contains(reference), "{}", refused.body);
    // However it was written down.
    let (code, out, _) = flexbridge(&site, &["logins", "show", &reference.to_lowercase()]);
    assert_eq!(code, 0);
    assert!(
        out.contains("release.missing") && out.contains("Release the named attribute"),
        "{out}"
    );

    let list = |words: &[&str]| {
        let words = [&["logins", "list"], words].concat();
        flexbridge(&site, &words).1
    };
    assert!(list(&["--refused"]).ends_with("1 login\n"));
    assert!(list(&["--accepted"]).ends_with("1 login\n"));
    assert!(list(&["--code", "login.replayed"]).ends_with("0 logins\n"));
    assert!(list(&["--since", "1h", "--flex", "production"]).ends_with("2 logins\n"));
    assert_eq!(flexbridge(&site, &["logins", "show", "00000-00000"]).0, 1);
    assert_eq!(
        flexbridge(&site, &["logins", "list", "--code", "nonsense"]).0,
        2
    );
}

#[tokio::test]
async fn an_agent_is_found_by_the_name_id_and_never_named() {
    let company = Forged::start(|_| {}).await;
    for (who, office) in [("ann", "SG-1"), ("bob", "=SG 2"), ("ann", "sg-1")] {
        company
            .login(|says| {
                says.name_id = format!("{who}@company.example");
                set(says, "email", &[&says.name_id.clone()]);
                set(says, "physicalDeliveryOfficeName", &[office]);
            })
            .await;
    }
    let site = company.bridge.stop().await;
    let list = |words: &[&str]| json(&site, &[&["logins", "list"], words].concat());
    let found = list(&["--agent", "ann@company.example"]);
    let found = found["records"].as_array().unwrap().clone();
    assert_eq!(found.len(), 2, "{found:?}");
    let pseudonym = found[0]["agent"].as_str().unwrap();
    assert_eq!(
        list(&["--agent", pseudonym, "--value", " SG-1 "])["records"],
        Value::Array(found.clone())
    );
    assert_eq!(
        list(&["--agent", "nobody"])["records"],
        Value::Array(vec![])
    );
    assert_eq!(
        list(&["--location", ""])["records"]
            .as_array()
            .unwrap()
            .len(),
        3
    );

    let first = list(&["--limit", "2"]);
    let next = first["next"].as_str().unwrap();
    let second = list(&["--limit", "2", "--after", next]);
    assert_eq!(second["records"].as_array().unwrap().len(), 1);
    assert_eq!(second["next"], Value::Null);

    let (code, csv, _) = flexbridge(&site, &["logins", "list", "--format", "csv"]);
    assert_eq!((code, csv.lines().count()), (0, 4), "{csv}");
    assert!(csv.starts_with("at,reference,flex,idp,agent,"), "{csv}");
    assert!(csv.contains(",'=SG 2,"), "no formula: {csv}");
    for file in ["journal.db", "journal.db-wal"] {
        let bytes = std::fs::read(site.file("store").join(file)).unwrap_or_default();
        let text = String::from_utf8_lossy(&bytes);
        for person in ["ann@", "bob@", "Ann Tan"] {
            assert!(!text.contains(person), "{person} is in {file}");
        }
    }
}

#[tokio::test]
async fn the_journal_shows_as_much_as_is_configured() {
    for (show, kept) in [("hashes", "hashes"), ("none", "count")] {
        let company = Forged::start(|plan| {
            plan.more = format!("[journal]\nshow = \"{show}\"\n");
        })
        .await;
        company
            .login(|says| set(says, "physicalDeliveryOfficeName", &["Atlantis"]))
            .await;
        let site = company.bridge.stop().await;
        let page = json(&site, &["logins", "list"]);
        let read = &page["records"][0]["reading"]["attributes"][0];
        assert!(!read[kept].is_null(), "{page}");
        assert!(!page.to_string().contains("Atlantis"), "{page}");
        let found = json(&site, &["logins", "list", "--value", "atlantis"]);
        let found = found["records"].as_array().unwrap().len();
        assert_eq!(found, usize::from(show == "hashes"));
    }
}

const RULES: &str = r#"attribute = ["office"]
[[flex.production.location.rule]]
when = { one_of = ["SG-01"] }
assign = "Singapore Office"
[[flex.production.location.rule]]
when = { one_of = ["never"] }
assign = "Singapore Office"
"#;

/// Logins of three people, whose offices these are.
async fn some_logins() -> (Site, Plan) {
    let company = Forged::start(|plan| RULES.clone_into(&mut plan.location)).await;
    for (who, office) in [
        ("ann", "SG-01"),
        ("bob", "San Fransisco Office"),
        ("bob", "San Fransisco Office"),
        ("cat", "Atlantis"),
    ] {
        company
            .login(|says| {
                says.name_id = format!("{who}@company.example");
                set(says, "office", &[office]);
            })
            .await;
    }
    let plan = company.plan.clone();
    (company.bridge.stop().await, plan)
}

#[tokio::test]
async fn coverage_shows_what_the_rules_miss_and_the_rule_it_gives_catches_it() {
    let (site, plan) = some_logins().await;
    let coverage = json(&site, &["logins", "coverage"]);
    assert_eq!(
        (&coverage["logins"], &coverage["no_match"]),
        (&4.into(), &3.into())
    );
    let missed = &coverage["unmatched"][0];
    assert_eq!(missed["value"], "San Fransisco Office");
    assert_eq!(missed["count"], 2);
    assert_eq!(missed["nearest"], "San Francisco Office");
    assert_eq!(coverage["unmatched"][1]["nearest"], Value::Null);
    let unused = |list: &str, key: &str| {
        let all = coverage[list].as_array().unwrap().iter();
        let unused = all.filter(|one| one["count"] == 0);
        unused.map(|one| one[key].clone()).collect::<Vec<_>>()
    };
    assert_eq!(unused("locations", "name"), ["San Francisco Office"]);
    assert_eq!(unused("rules", "rule"), [2]);
    let (_, text, _) = flexbridge(&site, &["logins", "coverage"]);
    for words in ["Fransisco", "rule 2, which assigns", "nobody got it"] {
        assert!(text.contains(words), "{words}: {text}");
    }

    let rule = coverage["rules_to_add"].as_str().unwrap();
    let mended = Plan {
        location: format!("{RULES}{rule}"),
        ..plan
    };
    site.write(&mended);
    let coverage = json(&site, &["logins", "coverage"]);
    assert_eq!(
        coverage["unmatched"][0]["now"], "San Francisco Office",
        "{coverage}"
    );
    assert_eq!(coverage["unmatched"][1]["now"], Value::Null);
    assert_eq!(coverage["rules_to_add"], "");
}

#[tokio::test]
async fn history_counts_what_was_accepted_and_refused_and_when() {
    let (site, _) = some_logins().await;
    for (span, count, step) in [("24h", 24, 3_600), ("7d", 28, 21_600), ("30d", 30, 86_400)] {
        let told = json(&site, &["logins", "history", "--since", span]);
        let counts = ["accepted", "refused", "no_match"].map(|key| told[key].as_u64().unwrap());
        assert_eq!(counts, [4, 0, 3], "{told}");
        let stretches = told["stretches"].as_array().unwrap();
        assert_eq!(
            (stretches.len(), &told["step_seconds"]),
            (count, &step.into())
        );
        // Of this last stretch; of the two last ones where the clock has just struck.
        let last = stretches.iter().rev().take(2);
        let last: u64 = last.map(|one| one["accepted"].as_u64().unwrap()).sum();
        assert_eq!(last, 4, "{told}");
        let from = stretches.last().unwrap()["from"].as_str().unwrap();
        let from: chrono::DateTime<chrono::Utc> = from.parse().unwrap();
        let age = SystemClock.now() - from;
        assert!(age < chrono::TimeDelta::seconds(step + 60), "{from}");
        assert_eq!(from.timestamp() % step, 0, "{from}");
    }
    // Without a word it is the last day.
    let (code, text, _) = flexbridge(&site, &["logins", "history"]);
    assert_eq!(code, 0, "{text}");
    let first = text.lines().next().unwrap();
    assert_eq!(first, "24h: 4 accepted, 0 refused, 3 without a location");
    let bars: Vec<&str> = text
        .lines()
        .filter(|line| line.contains("█ ") || line.ends_with('█'))
        .collect();
    assert!(
        bars.iter().any(|line| line.contains(&"█".repeat(20))),
        "{text}"
    );
    let (code, _, err) = flexbridge(&site, &["logins", "history", "--since", "2h"]);
    assert_eq!(code, 2);
    assert!(err.contains("write 24h, 7d or 30d"), "{err}");
}

#[tokio::test]
async fn another_configuration_tells_who_would_move() {
    let (site, plan) = some_logins().await;
    let other = site.file("other.toml");
    let against = |location: &str| {
        let plan = Plan {
            location: location.to_owned(),
            ..plan.clone()
        };
        let present = std::fs::read(site.config()).unwrap();
        site.write(&plan);
        std::fs::rename(site.config(), &other).unwrap();
        std::fs::write(site.config(), present).unwrap();
        let other = other.display().to_string();
        json(&site, &["explain", "--against", &other, "--since", "1h"])
    };
    let told = against(RULES);
    let counts = |told: &Value| ["same", "moved", "unknown"].map(|key| told[key].as_u64().unwrap());
    assert_eq!(counts(&told), [4, 0, 0], "{told}");

    let told = against(
        r#"attribute = ["office"]
no_match = "refuse"
[[flex.production.location.rule]]
when = { contains = "Fransisco" }
assign = "San Francisco Office"
[[flex.production.location.rule]]
when = { one_of = ["SG-01"] }
assign = "Singapore Office"
"#,
    );
    assert_eq!(counts(&told), [1, 3, 0], "{told}");
    let moved = &told["moves"][0];
    assert_eq!(moved["from"]["kind"], "cleared");
    assert_eq!(moved["to"]["name"], "San Francisco Office");
    assert_eq!(
        (&moved["to_rule"], &moved["logins"], &moved["agents"]),
        (&1.into(), &2.into(), &1.into())
    );
    let bob = moved["who"][0][0].as_str().unwrap();
    let his = json(&site, &["logins", "list", "--agent", "bob@company.example"]);
    assert_eq!(his["records"][0]["agent"], bob);
    assert_eq!(told["moves"][1]["to"]["name"], "location.no_match");

    // A group was not kept: whoever is not decided before is not guessed.
    let told = against(
        r#"attribute = ["office"]
[[flex.production.location.rule]]
when = { one_of = ["SG-01"] }
assign = "Singapore Office"
[[flex.production.location.rule]]
when = { group = "Field" }
assign = "San Francisco Office"
"#,
    );
    assert_eq!(counts(&told), [1, 0, 3], "{told}");
    assert_eq!(told["not_known"][0]["rule"], 2);
    assert_eq!(told["not_known"][0]["what"], "group");
    assert_eq!(told["not_known"][0]["logins"], 3);
}

/// What people are called is not kept, whatever is configured: neither where a claim of Flex's names the person, nor
/// where a rule reads the e-mail address.
#[tokio::test]
async fn an_attribute_that_names_the_person_is_counted_and_not_kept() {
    for (attribute, more, kept) in [
        ("displayName", "", false),
        ("mailbox", "email_attribute = [\"mailbox\"]\n", false),
        ("mailbox", "", true),
    ] {
        let company = Forged::start(|plan| {
            plan.location = format!("attribute = [\"{attribute}\"]\n{more}");
        })
        .await;
        let page = company
            .login(|says| set(says, attribute, &["Zora Quill"]))
            .await;
        received(&page);
        let site = company.bridge.stop().await;
        let logins = json(&site, &["logins", "list"]);
        let read = &logins["records"][0]["reading"]["attributes"][0];
        assert_eq!(
            (&read["name"], &read["count"]),
            (&attribute.into(), &1.into())
        );
        assert_eq!(
            read["values"][0] == "Zora Quill",
            kept,
            "{attribute} {more} {read}"
        );
    }
}
