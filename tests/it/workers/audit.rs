//! Seeing: `list` and `audit`.

use serde_json::{Value, json};

use super::Company;

/// One of each kind.
async fn company() -> Company {
    let company = Company::new().await;
    for (name, attributes) in [
        (
            "ann",
            json!({ "email": "ann@example.com", "flex_location": "Singapore Office", "department": "SG-01" }),
        ),
        (
            "bob",
            json!({ "flex_location": "singapore office", "department": "US-CA" }),
        ),
        ("cid", json!({ "flex_location": "", "office": "SG-01" })),
        ("dee", json!({ "department": ["x", "SG-01"] })),
        (
            "eve\u{1b}[2J",
            json!({ "flex_location": ["Singapore Office"] }),
        ),
        (
            "fay",
            json!({ "flex_location": "Singapore Ofice", "department": 7 }),
        ),
    ] {
        company.hire(name, attributes);
    }
    company
}

fn of<'a>(list: &'a Value, name: &str) -> &'a Value {
    let workers = list["workers"].as_array().unwrap().iter();
    let mut workers = workers.filter(|one| one["friendly_name"] == name);
    workers.next().unwrap_or_else(|| panic!("{name}: {list}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn every_worker_is_listed_with_what_flex_makes_of_it() {
    let company = company().await;
    company.demo.twilio.leave_attributes_out_of_lists();
    let ran = company.run_fast(&["list", "--format", "json"]).await;
    assert_eq!(ran.code, 0, "{}", ran.err);
    let list = ran.json();
    for (name, location, standing) in [
        (
            "ann",
            json!("Singapore Office"),
            json!({ "kind": "defined" }),
        ),
        (
            "bob",
            json!("singapore office"),
            json!({ "kind": "undefined", "meant": "Singapore Office" }),
        ),
        ("cid", json!(""), json!({ "kind": "none" })),
        ("dee", Value::Null, json!({ "kind": "none" })),
        (
            "eve\u{1b}[2J",
            json!("[\"Singapore Office\"]"),
            json!({ "kind": "no_text" }),
        ),
        (
            "fay",
            json!("Singapore Ofice"),
            json!({ "kind": "undefined", "meant": "Singapore Office" }),
        ),
    ] {
        let worker = of(&list, name);
        assert_eq!(worker["flex_location"], location, "{name}");
        assert_eq!(worker["standing"], standing, "{name}");
        assert!(worker.get("rules").is_none());
    }
    assert_eq!(of(&list, "ann")["email"], "ann@example.com");
    assert_eq!(
        list["findings"]["by_location"][0],
        json!(["Singapore Office", 1])
    );

    let text = company.run_fast(&["list"]).await;
    assert_eq!(text.code, 0);
    assert!(text.out.contains("eve\\u{1b}[2J"), "{}", text.out);
    assert!(!text.out.contains('\u{1b}'));
    assert!(text.out.ends_with("6 workers\n"), "{}", text.out);

    company.demo.twilio.set_locations(Value::Null);
    let none = company.run_fast(&["list", "--format", "json"]).await.json();
    assert_eq!(of(&none, "ann")["standing"]["kind"], "ignored");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_audit_names_those_whose_voice_breaks() {
    let company = company().await;
    let ran = company.run_fast(&["audit"]).await;
    assert_eq!(ran.code, 1, "{}", ran.err);
    let said = &ran.out;
    let first = "6 workers: 1 with a defined location, 2 without one, 3 with one that breaks voice";
    assert!(said.starts_with(first), "{said}");
    assert!(said.contains("  1  Singapore Office\n"), "{said}");
    assert!(said.contains("  0  San Francisco Office\n"), "{said}");
    assert!(said.contains("meant is probably `Singapore Office`"));
    assert!(!said.contains("ann"), "who is fine is not named: {said}");
    assert!(!said.contains("the rules"), "{said}");
    assert_eq!(
        company
            .demo
            .twilio
            .workers()
            .iter()
            .map(|w| w.version)
            .sum::<u64>(),
        0
    );

    let calm = Company::new().await;
    calm.hire("ann", json!({ "flex_location": "Singapore Office" }));
    let ran = calm.run_fast(&["audit"]).await;
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_audit_against_the_rules_says_what_a_login_would_give_and_what_it_cannot_know() {
    let company = company().await;
    let words = ["audit", "--all", "--format", "json"];
    let from_workers = [
        &words[..],
        &[
            "--from-attributes",
            "department",
            "--from-attributes",
            "department=office",
        ],
    ];
    let ran = company.run_fast(&from_workers.concat()).await;
    assert_eq!(ran.code, 1);
    assert!(
        ran.err.contains("the network decides in 1 of the rules"),
        "{}",
        ran.err
    );
    let list = ran.json();
    let gives = |name: &str| of(&list, name)["rules"].clone();
    let assign = |agrees: bool| {
        json!({ "kind": "known", "agrees": agrees, "rule": 1, "no_match": null,
            "outcome": { "kind": "assign", "name": "Singapore Office" } })
    };
    assert_eq!(gives("ann"), assign(true));
    assert_eq!(gives("cid"), assign(false), "by the other attribute");
    assert_eq!(gives("dee"), assign(false), "one of several values");
    let clear = json!({ "kind": "known", "agrees": false, "rule": null, "no_match": "no_rule",
        "outcome": { "kind": "clear" } });
    assert_eq!(gives("bob"), clear, "not in the network");
    assert_eq!(gives("fay"), clear);
    assert_eq!(gives("eve\u{1b}[2J"), json!({ "kind": "unknown" }));
    let findings = &list["findings"];
    assert_eq!(
        (
            &findings["agree"],
            &findings["disagree"],
            &findings["unknown"]
        ),
        (&json!(1), &json!(4), &json!(1))
    );

    let office = [&from_workers.concat()[..], &["--address", "203.0.113.7"]].concat();
    let list = company.run_fast(&office).await.json();
    assert_eq!(
        of(&list, "bob")["rules"]["outcome"]["name"],
        "San Francisco Office"
    );

    let table = "worker,department\nANN@example.com,other\nbob,\n";
    let path = company.file("directory.csv", table);
    let by_table = [&words[..], &["--attributes", path.to_str().unwrap()]].concat();
    let list = company.run_fast(&by_table).await.json();
    assert_eq!(of(&list, "ann")["rules"]["outcome"]["kind"], "clear");
    assert_eq!(of(&list, "bob")["rules"]["no_match"], "no_attribute");
    assert_eq!(of(&list, "dee")["rules"]["kind"], "unknown");

    let text = company.run_fast(&from_workers.concat()[..2]).await;
    assert!(!text.out.contains("the rules"));
    let text = company
        .run_fast(&["audit", "--from-attributes", "department"])
        .await;
    let line = text.out.lines().find(|line| line.contains("dee")).unwrap();
    assert!(
        line.ends_with("the rules would give `Singapore Office` (rule 1)"),
        "{line}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn without_credentials_or_an_answer_the_command_says_what_to_do() {
    let company = company().await;
    let twilio = &company.demo.twilio;
    twilio.misbehave(
        9,
        &flexbridge::demo::twilio::Misbehaviour::Refused(401, 20003),
    );
    let ran = company.run_fast(&["list"]).await;
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains("twilio.unauthorized"), "{}", ran.err);
    assert!(ran.err.contains("api_secret"), "{}", ran.err);
    twilio.behave();

    let config = std::fs::read_to_string(company.site.config()).unwrap();
    let lines = config.lines().filter(|line| !line.starts_with("twilio ="));
    let lines: Vec<_> = lines.collect();
    let without = lines.join("\n").replace(
        r#"{ from = "twilio", refresh = "5m" }"#,
        r#"{ from = "file", path = "locations.json" }"#,
    );
    std::fs::write(company.site.config(), without).unwrap();
    let ran = company.run(&["list"]).await;
    assert_eq!(ran.code, 2, "{}", ran.err);
    assert!(ran.err.contains("no credentials"), "{}", ran.err);
}
