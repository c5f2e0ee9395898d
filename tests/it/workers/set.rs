//! Setting, when all goes well or the rows are wrong.

use std::os::unix::fs::PermissionsExt;

use serde_json::{Value, json};

use super::{Company, exists};

#[tokio::test(flavor = "multi_thread")]
async fn one_worker_is_set_by_sid_name_or_email_and_cleared() {
    let company = Company::new().await;
    let name = "ann_40example_2Ecom";
    let kept = json!({ "email": "Ann@Example.com", "skills": [1, 2.50], "roles": ["agent"] });
    let sid = company.hire(name, kept.clone());
    let mut writes = 0;
    for (worker, location) in [
        (sid.as_str(), "Singapore Office"),
        ("ANN_40EXAMPLE_2ECOM", "San Francisco Office"),
        ("ann@example.com", "Singapore Office"),
    ] {
        let ran = company.run_fast(&["set", worker, location, "--yes"]).await;
        assert_eq!(ran.code, 0, "{worker}: {}", ran.err);
        assert!(
            ran.out.starts_with("1 changed, 0 so already"),
            "{}",
            ran.out
        );
        writes += 1;
        assert_eq!(company.location(name), (json!(location), writes));
    }
    // Nothing to do is nothing written.
    let again = ["set", "ann@example.com", "Singapore Office", "--yes"];
    let ran = company.run_fast(&again).await;
    assert!(
        ran.out.starts_with("0 changed, 1 so already"),
        "{}",
        ran.out
    );
    let ran = company.run_fast(&["set", &sid, "--clear", "--yes"]).await;
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_eq!(company.location(name), (json!(""), writes + 1));
    let mut attributes = company.worker(name).attributes();
    attributes.shift_remove("flex_location");
    assert_eq!(Value::Object(attributes), kept);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_defined_or_nobodys_is_never_written_and_nobody_is_created() {
    let company = Company::new().await;
    company.hire("ann", json!({ "email": "team@example.com" }));
    company.hire("bob", json!({ "email": "team@example.com" }));
    for (worker, location, said) in [
        ("ann", "singapore office", "write `Singapore Office`"),
        ("ann", "Singapore Office ", "write `Singapore Office`"),
        ("ann", "Singapur Office", "did you mean `Singapore Office`?"),
        ("ann", "Atlantis", "locations list"),
        ("cid", "Singapore Office", "there is no such worker"),
        ("team@example.com", "Singapore Office", "several workers"),
        ("WK../..", "Singapore Office", "there is no such worker"),
        ("", "Singapore Office", "it names no worker"),
    ] {
        let ran = company.run_fast(&["set", worker, location, "--yes"]).await;
        assert_eq!(ran.code, 2, "{worker} {location}: {}", ran.err);
        assert!(ran.out.contains(said), "{worker} {location}: {}", ran.out);
        assert!(ran.err.contains("nothing was written"), "{}", ran.err);
    }
    // Nobody at a terminal, and no --yes.
    let ran = company.run_fast(&["set", "ann", "Singapore Office"]).await;
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("--dry-run"), "{}", ran.err);
    for words in [
        &["set"][..],
        &["set", "ann"],
        &["set", "ann", "x", "--clear"],
        &["set", "ann", "--csv", "x.csv"],
        &["set", "--csv", "-"],
        &["set", "--csv", "nowhere.csv"],
    ] {
        assert_eq!(company.run(words).await.code, 2, "{words:?}");
    }
    let workers = company.demo.twilio.workers();
    assert_eq!(workers.len(), 2);
    assert!(workers.iter().all(|worker| worker.version == 0));
}

/// Rows of every kind; the worker of each stands behind its line.
const ROWS: &str = "worker,note,flex_location\n\
    ann,\"a, note\",Singapore Office\n\
    bob,,\n\
    cid,,San Francisco Office\n";

async fn three() -> Company {
    let company = Company::new().await;
    company.hire("ann", json!({ "a": 1 }));
    company.hire("bob", json!({ "flex_location": "Old", "b": 2 }));
    company.hire("cid", json!({ "flex_location": "San Francisco Office" }));
    company
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_is_carried_out_and_reported() {
    let company = three().await;
    let folder = company.site.folder.path();
    company.file("agents.csv", ROWS);
    let dry = ["set", "--csv", "agents.csv", "--dry-run"];
    let ran = company.run_fast(&dry).await;
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(
        ran.out.starts_with("3 workers: 2 to set, 1 so already"),
        "{}",
        ran.out
    );
    assert!(ran.out.contains("bob  Old → (empty)"), "{}", ran.out);
    assert!(
        company
            .demo
            .twilio
            .workers()
            .iter()
            .all(|one| one.version == 0)
    );
    assert!(!exists(folder, "agents.report.csv") && !exists(folder, "agents.report.csv.state"));

    let ran = company
        .run_fast(&["set", "--csv", "agents.csv", "--yes", "--format", "json"])
        .await;
    assert_eq!(ran.code, 0, "{}", ran.err);
    let told = ran.json();
    assert_eq!(
        told["totals"],
        json!({ "changed": 2, "unchanged": 1, "failed": 0, "unclear": 0, "not_reached": 0 })
    );
    assert_eq!(told["rows"][1]["before"], "Old");
    assert_eq!(company.location("ann"), (json!("Singapore Office"), 1));
    assert_eq!(company.location("bob"), (json!(""), 1));
    assert_eq!(company.location("cid"), (json!("San Francisco Office"), 0));
    assert_eq!(company.worker("bob").attributes()["b"], 2);
    assert!(
        !exists(folder, "agents.report.csv.state"),
        "nothing is left to do"
    );

    let report = folder.join("agents.report.csv");
    let mode = std::fs::metadata(&report).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let text = std::fs::read_to_string(&report).unwrap();
    let mut lines = text.lines();
    assert_eq!(
        lines.next().unwrap(),
        "line,worker,friendly_name,before,flex_location,outcome,detail"
    );
    let ann = company.worker("ann").sid;
    assert_eq!(
        lines.next().unwrap(),
        format!("2,{ann},ann,,Singapore Office,changed,")
    );
    assert_eq!(lines.count(), 2);

    // The report is a table too: the same again changes nothing.
    let again = [
        "set",
        "--csv",
        "agents.report.csv",
        "--yes",
        "--report",
        "again.json",
    ];
    let ran = company.run_fast(&again).await;
    assert_eq!(ran.code, 0, "{}", ran.err);
    let report: Value =
        serde_json::from_slice(&std::fs::read(folder.join("again.json")).unwrap()).unwrap();
    assert_eq!(report["rows"].as_array().unwrap().len(), 3);
    assert_eq!(company.location("ann").1, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn all_wrong_rows_are_told_at_once_and_nothing_is_written_unless_asked() {
    let company = three().await;
    let rows = format!("{ROWS}ann,,\ndee,,Nowhere\n,,Singapore Office\n");
    company.file("agents.csv", &rows);
    let words = ["set", "--csv", "agents.csv", "--yes"];
    for (more, code) in [
        ("--dry-run", 2),
        ("--format=text", 2),
        ("--skip-bad-rows", 0),
    ] {
        let ran = company.run_fast(&[&words[..], &[more]].concat()).await;
        assert_eq!(ran.code, code, "{more}: {}{}", ran.out, ran.err);
        if code == 2 {
            for said in [
                "line 5, ann: this is the worker of line 2",
                "line 6, dee: there is no such worker",
                "line 6, dee: the Flex account defines no location `Nowhere`",
                "line 7, : it names no worker",
            ] {
                assert!(ran.out.contains(said), "{more}: {}", ran.out);
            }
            assert!(
                company
                    .demo
                    .twilio
                    .workers()
                    .iter()
                    .all(|one| one.version == 0)
            );
        }
    }
    assert_eq!(company.location("ann"), (json!("Singapore Office"), 1));
    assert_eq!(company.demo.twilio.workers().len(), 3);

    for (text, said) in [
        ("name,flex_location\n", "there is no column `worker`"),
        ("worker,flex_location\nann,Austin, TX\n", "line 2"),
    ] {
        company.file("agents.csv", text);
        let ran = company.run(&words).await;
        assert_eq!(ran.code, 2);
        assert!(ran.err.contains(said), "{}", ran.err);
    }
}
