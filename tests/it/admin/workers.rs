//! Workers from the page and by the API, against the demo Twilio API: audited, and set in two
//! steps, in the background, stopped and gone on with.

use std::time::Duration;

use http::Method;
use serde_json::{Value, json};

use super::{
    desk::{Desk, TOKEN},
    locations::desk,
};
use crate::support::{
    bridge::{Plan, Site, write_secret},
    forging::ForgingIdp,
    serve::Serve,
    twilio::{ACCOUNT, Running, start},
};

pub const SINGAPORE: &str = "Singapore Office";

pub fn hire(demo: &Running, count: usize, attributes: &Value) -> Value {
    let rows = (0..count).map(|number| {
        let name = format!("agent{number}");
        let Value::Object(attributes) = attributes else {
            panic!("{attributes}");
        };
        demo.twilio.create_worker(&name, attributes).unwrap();
        json!({ "worker": name, "flex_location": SINGAPORE })
    });
    rows.collect()
}

pub fn location(demo: &Running, name: &str) -> (Value, u64) {
    let worker = demo.twilio.worker_named(name).unwrap();
    let location = worker.attributes().get("flex_location").cloned();
    (location.unwrap_or(json!("absent")), worker.version)
}

fn at(what: &str) -> String {
    format!("/api/v1/workers/production{what}")
}

/// The job once it is no longer being done.
async fn ended(desk: &Desk, job: &Value) -> Value {
    let path = at(&format!("/jobs/{}", job["job"].as_str().unwrap()));
    for _ in 0..1_200 {
        let status = desk.json(&path).await;
        if status["state"] != "running" {
            return status;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("it does not end");
}

#[tokio::test(flavor = "multi_thread")]
async fn workers_are_set_in_two_calls_and_only_as_shown() {
    let (desk, demo) = desk(true).await;
    let rows = hire(
        &demo,
        12,
        &json!({ "flex_location": "Old Office", "roles": ["agent"] }),
    );
    let body = json!({ "rows": rows });
    let (status, plan) = desk.post(&at("/plan"), &body).await;
    assert_eq!(status, 200, "{plan}");
    assert_eq!(
        (&plan["to_set"], &plan["so_already"]),
        (&json!(12), &json!(0))
    );
    assert_eq!(location(&demo, "agent0"), (json!("Old Office"), 0));

    let shown = plan["fingerprint"].as_str().unwrap();
    let as_shown = |rows: &Value, shown: &str| json!({ "rows": rows, "fingerprint": shown });
    let mut fewer = rows.clone();
    fewer.as_array_mut().unwrap().pop();
    for body in [as_shown(&rows, &"0".repeat(64)), as_shown(&fewer, shown)] {
        let (status, problem) = desk.post(&at("/set"), &body).await;
        let code = problem["code"].as_str();
        assert_eq!(
            (status.as_u16(), code),
            (409, Some("workers.changed")),
            "{problem}"
        );
    }
    // What an agent's login writes meanwhile is no other plan.
    let (status, job) = desk.post(&at("/set"), &as_shown(&rows, shown)).await;
    assert_eq!(status, 200, "{job}");
    assert_eq!(
        (&job["state"], &job["workers"]),
        (&json!("running"), &json!(12))
    );
    let (status, problem) = desk.post(&at("/set"), &as_shown(&rows, shown)).await;
    assert_eq!(
        (status.as_u16(), &problem["code"]),
        (409, &json!("workers.busy"))
    );

    let end = ended(&desk, &job).await;
    assert_eq!(end["state"], "finished", "{end}");
    assert_eq!(
        (&end["done"], &end["totals"]["changed"]),
        (&json!(12), &json!(12))
    );
    assert_eq!(location(&demo, "agent11"), (json!(SINGAPORE), 1));
    let name = job["job"].as_str().unwrap();
    let report = desk.json(&at(&format!("/jobs/{name}/report"))).await;
    assert_eq!(report["rows"][3]["before"], "Old Office");
    assert_eq!(desk.json(&at("/jobs")).await[0], end);
    let (status, problem) = desk
        .post(&at(&format!("/jobs/{name}/go-on")), &json!({}))
        .await;
    assert_eq!(
        (status.as_u16(), &problem["code"]),
        (409, &json!("workers.nothing_to_do"))
    );
    let (_, plan) = desk.post(&at("/plan"), &body).await;
    let again = as_shown(&rows, plan["fingerprint"].as_str().unwrap());
    assert_eq!(
        desk.post(&at("/set"), &again).await.1["code"],
        "workers.nothing_to_do"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_rows_are_all_told_and_left_out_only_where_that_is_said() {
    let (desk, demo) = desk(true).await;
    let mut rows = hire(&demo, 2, &json!({}));
    rows[1]["flex_location"] = json!("Singapore office");
    let more = json!({ "worker": "nobody", "flex_location": "" });
    rows.as_array_mut().unwrap().push(more);
    let (status, plan) = desk.post(&at("/plan"), &json!({ "rows": rows })).await;
    assert_eq!(status, 200, "{plan}");
    let lines = plan["bad"].as_array().unwrap().iter();
    assert_eq!(lines.map(|bad| &bad["line"]).collect::<Vec<_>>(), [2, 3]);
    let body = json!({ "rows": rows, "fingerprint": plan["fingerprint"] });
    let (status, problem) = desk.post(&at("/set"), &body).await;
    assert_eq!(
        (status.as_u16(), &problem["code"]),
        (409, &json!("workers.bad_rows"))
    );
    assert_eq!(location(&demo, "agent0").1, 0);

    let wanted = json!({ "rows": rows, "leave_out_bad_rows": true });
    let (_, plan) = desk.post(&at("/plan"), &wanted).await;
    let body =
        json!({ "rows": rows, "leave_out_bad_rows": true, "fingerprint": plan["fingerprint"] });
    let (status, job) = desk.post(&at("/set"), &body).await;
    assert_eq!(
        (status.as_u16(), &job["left_out"]),
        (200, &json!(2)),
        "{job}"
    );
    assert_eq!(ended(&desk, &job).await["state"], "finished");
    assert_eq!(location(&demo, "agent0"), (json!(SINGAPORE), 1));
    assert_eq!(location(&demo, "agent1").1, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_is_stopped_and_gone_on_with_and_nothing_is_written_twice() {
    let (desk, demo) = desk(true).await;
    let rows = hire(&demo, 40, &json!({ "flex_location": "Old Office" }));
    let (_, plan) = desk.post(&at("/plan"), &json!({ "rows": rows })).await;
    let body = json!({ "rows": rows, "fingerprint": plan["fingerprint"] });
    let (status, job) = desk.post(&at("/set"), &body).await;
    assert_eq!(status, 200, "{job}");
    let path = at(&format!("/jobs/{}", job["job"].as_str().unwrap()));
    wait_until(|| written(&demo) >= 5).await;
    let (status, _) = desk.post(&format!("{path}/stop"), &json!({})).await;
    assert_eq!(status, 200);
    let end = ended(&desk, &job).await;
    assert_eq!(end["state"], "stopped", "{end}");
    assert!(end["why"].as_str().unwrap().contains("stopped"), "{end}");
    assert!(end["totals"]["not_reached"].as_u64().unwrap() > 10, "{end}");
    assert_eq!(end["done"], json!(written(&demo)), "{end}");

    let (status, going) = desk.post(&format!("{path}/go-on"), &json!({})).await;
    assert_eq!(
        (status.as_u16(), &going["state"]),
        (200, &json!("running")),
        "{going}"
    );
    assert_eq!(going["done"], end["done"], "{going}");
    let end = ended(&desk, &job).await;
    assert_eq!(
        (&end["state"], &end["done"]),
        (&json!("finished"), &json!(40)),
        "{end}"
    );
    each_once(&demo);
}

/// A process that is killed in the middle of a job, and one that goes on with it.
#[tokio::test(flavor = "multi_thread")]
async fn a_job_survives_the_process() {
    let demo = start().await;
    let rows = hire(&demo, 40, &json!({ "flex_location": "Old Office" }));
    let site = Site::new();
    write_secret(&site.file("admin.token"), TOKEN);
    let plan = Plan {
        metadata: ForgingIdp::new("hq").metadata_file(&site.file("hq.xml")),
        listen: format!(
            "admin_token = {{ file = \"{}\" }}",
            site.file("admin.token").display()
        ),
        flex: format!("twilio = {}", demo.toml()),
        account_sid: ACCOUNT.to_owned(),
        defined: r#"{ from = "twilio" }"#.to_owned(),
        ..Plan::default()
    };
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let ask = async |serve: &Serve, method: Method, path: String, body: Value| -> Value {
        let request = client
            .request(method, serve.admin_at(&path))
            .bearer_auth(TOKEN);
        let answer = request.json(&body).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{path}");
        answer.json().await.unwrap()
    };
    let serve = tokio::task::block_in_place(|| Serve::start(site, &plan));
    let shown = ask(&serve, Method::POST, at("/plan"), json!({ "rows": rows })).await;
    let body = json!({ "rows": rows, "fingerprint": shown["fingerprint"] });
    let job = ask(&serve, Method::POST, at("/set"), body).await;
    let path = at(&format!("/jobs/{}", job["job"].as_str().unwrap()));
    wait_until(|| written(&demo) >= 8).await;
    serve.signal("KILL");
    let (_, site) = tokio::task::block_in_place(|| serve.wait());

    let serve = tokio::task::block_in_place(|| Serve::start(site, &plan));
    let status = ask(&serve, Method::GET, path.clone(), json!({})).await;
    assert_eq!(status["state"], "interrupted", "{status}");
    assert!(
        (1..40).contains(&status["done"].as_u64().unwrap()),
        "{status}"
    );
    ask(&serve, Method::POST, format!("{path}/go-on"), json!({})).await;
    let mut status = json!({ "state": "running" });
    while status["state"] == "running" {
        tokio::time::sleep(Duration::from_millis(50)).await;
        status = ask(&serve, Method::GET, path.clone(), json!({})).await;
    }
    assert_eq!(
        (&status["state"], &status["done"]),
        (&json!("finished"), &json!(40)),
        "{status}"
    );
    each_once(&demo);
}

fn written(demo: &Running) -> usize {
    let workers = demo.twilio.workers();
    workers.iter().filter(|one| one.version > 0).count()
}

async fn wait_until(done: impl Fn() -> bool) {
    for _ in 0..2_000 {
        if done() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("it does not come so far");
}

fn each_once(demo: &Running) {
    for worker in demo.twilio.workers() {
        let wanted = u64::from(worker.friendly_name.starts_with("agent"));
        assert_eq!(worker.version, wanted, "{}", worker.friendly_name);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_sets_or_stops_anything_without_the_token_itself() {
    let (desk, demo) = desk(true).await;
    let rows = hire(&demo, 1, &json!({}));
    let (_, plan) = desk.post(&at("/plan"), &json!({ "rows": rows })).await;
    let body = json!({ "rows": rows, "fingerprint": plan["fingerprint"] });
    let name = "0".repeat(32);
    let sent = desk.ask(Method::POST, "/sign-in");
    let sent = sent.header("sec-fetch-site", "same-origin");
    let sent = sent.form(&[("token", TOKEN)]).send().await.unwrap();
    let cookie = sent.headers()["set-cookie"].to_str().unwrap();
    let cookie = cookie.split(';').next().unwrap();
    for (path, body) in [
        (at("/set"), &body),
        (at(&format!("/jobs/{name}/stop")), &json!({})),
        (at(&format!("/jobs/{name}/go-on")), &json!({})),
    ] {
        let by_session = desk.ask(Method::POST, &path).header("cookie", cookie);
        let by_session = by_session.json(body).send().await.unwrap();
        assert_eq!(by_session.status(), 403, "{path}");
        let by_nobody = desk.ask(Method::POST, &path).json(body).send();
        assert_eq!(by_nobody.await.unwrap().status(), 401, "{path}");
    }
    for path in ["/workers/set", &format!("/workers/jobs/production/{name}")] {
        // Of another site, and of ours without the session's own form token.
        for site in ["cross-site", "same-origin"] {
            let forged = desk.ask(Method::POST, path).header("cookie", cookie);
            let forged = forged.header("sec-fetch-site", site);
            let forged = forged.form(&[("token", TOKEN)]).send().await.unwrap();
            assert_eq!(forged.status(), 403, "{path} {site}");
        }
    }
    for elsewhere in ["../../x", "..%2F..%2Fx", &"A".repeat(32)] {
        let path = format!("/workers/jobs/production/{elsewhere}");
        assert_eq!(desk.get(&path).await.status(), 404, "{path}");
    }
    assert_eq!(location(&demo, "agent0").1, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_audit_says_what_rules_and_last_logins_would_have() {
    let (desk, demo) = desk(true).await;
    // Ann signs in; Flex would call her worker by her NameID.
    desk.logins().await;
    for (name, attributes) in [
        (
            "ann@company.example",
            json!({ "office": "SG-01", "flex_location": "Old Office" }),
        ),
        (
            "ann_40company_2Eexample",
            json!({ "office": "SG-01", "flex_location": SINGAPORE }),
        ),
        ("bob", json!({ "flex_location": SINGAPORE })),
    ] {
        let Value::Object(attributes) = attributes else {
            panic!()
        };
        demo.twilio.create_worker(name, &attributes).unwrap();
    }
    let body = json!({ "rules": { "worker_attributes": { "office": "office" } } });
    let (status, told) = desk.post(&at("/audit"), &body).await;
    assert_eq!(status, 200, "{told}");
    let of = |name: &str| {
        let mut all = told["workers"].as_array().unwrap().iter();
        all.find(|one| one["friendly_name"] == name)
            .unwrap()
            .clone()
    };
    assert_eq!(of("ann@company.example")["rules"]["agrees"], false);
    assert_eq!(of("ann_40company_2Eexample")["rules"]["agrees"], true);
    assert_eq!(of("bob")["rules"]["kind"], "unknown");
    for name in ["ann@company.example", "ann_40company_2Eexample"] {
        assert!(of(name)["last_login"]["at"].is_string(), "{}", of(name));
    }
    assert_eq!(of("bob")["last_login"], Value::Null);
    let people = json!({ "rules": { "directory": { "BOB": { "office": ["SG-01"] } } } });
    let (_, told) = desk.post(&at("/audit"), &people).await;
    assert_eq!(told["findings"]["agree"], 1, "{told}");
}
