//! TaskRouter's workers against the demo Twilio API, behaving and misbehaving.

use std::time::Duration;

use flexbridge::{
    demo::twilio::Misbehaviour,
    twilio::{
        ErrorCode,
        taskrouter::{CurrentLocation, Workspace},
    },
};
use serde_json::{Map, Value, json};

use crate::support::twilio::{KEY, Running, SECRET, quick, start};

/// As many workers, each with its number; more memory for answers than other tests have.
async fn company(count: usize) -> (Running, Workspace) {
    let demo = start().await;
    for number in 0..count {
        let attributes = json!({ "number": number });
        demo.twilio
            .create_worker(&format!("agent{number}"), attributes.as_object().unwrap())
            .unwrap();
    }
    let limits = flexbridge::twilio::Limits {
        body: 1024 * 1024,
        ..quick()
    };
    let workspace = demo.client(limits).flex_workspace().await.unwrap();
    (demo, workspace)
}

/// A worker whose attributes are exactly this text.
async fn hire(demo: &Running, friendly_name: &str, attributes: &str) -> String {
    let workspace = demo.twilio.workspace_sid();
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let answer = http
        .post(format!("{}/v1/Workspaces/{workspace}/Workers", demo.url))
        .basic_auth(KEY, Some(SECRET))
        .form(&[("FriendlyName", friendly_name), ("Attributes", attributes)])
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 201);
    let worker: Value = answer.json().await.unwrap();
    worker["sid"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn every_worker_is_listed_once_page_by_page() {
    let (demo, workspace) = company(601).await;
    let before = demo.twilio.requests();
    let mut pages = workspace.workers();
    let mut listed = Vec::new();
    let mut sizes = Vec::new();
    while let Some(page) = pages.next().await.unwrap() {
        sizes.push(page.len());
        listed.extend(page);
    }
    assert_eq!(sizes, [250, 250, 101]);
    assert_eq!(demo.twilio.requests() - before, 3);
    let known = demo.twilio.workers();
    for (one, other) in listed.iter().zip(&known) {
        assert_eq!(one.sid, other.sid);
        assert_eq!(one.friendly_name, other.friendly_name);
        let attributes = one.attributes.as_ref().unwrap();
        assert_eq!(attributes.as_str(), other.attributes_json);
    }
    assert_eq!(listed.len(), known.len());

    let named = workspace.workers_named("AGENT77").all().await.unwrap();
    assert_eq!(named, &listed[77..78]);
    assert!(workspace.workers_named("x").all().await.unwrap().is_empty());

    demo.twilio.leave_attributes_out_of_lists();
    let bare = workspace.workers().all().await.unwrap();
    assert!(bare.iter().all(|worker| worker.attributes.is_none()));
    let fetched = workspace.worker(&bare[600].sid).await.unwrap();
    assert_eq!(fetched.attributes.value("number"), Some(json!(600)));
}

#[tokio::test]
async fn a_page_that_fails_is_asked_for_again_and_the_next_one_never_elsewhere() {
    let (demo, workspace) = company(300).await;
    let url = workspace.workers().next().await.unwrap();
    assert_eq!(url.unwrap().len(), 250);
    for failure in [
        Misbehaviour::RateLimited(Some("0".to_owned())),
        Misbehaviour::Refused(500, 20500),
        Misbehaviour::Truncated,
    ] {
        demo.twilio.misbehave(2, &failure);
        assert_eq!(workspace.workers().all().await.unwrap().len(), 300);
    }

    let list = format!(
        "{}/v1/Workspaces/{}/Workers",
        demo.url,
        demo.twilio.workspace_sid()
    );
    let elsewhere = demo.url.replace("127.0.0.1", "localhost");
    for next in [
        "https://taskrouter.example.com/v1/Workers".to_owned(),
        list.replace(&demo.url, &elsewhere),
        list.replace("Workers", "Tasks"),
        list.replace("http://", "http://user@"),
        "/v1/Workers?Page=1".to_owned(),
        // The first page again, for ever.
        format!("{list}?PageSize=250"),
    ] {
        let meta = json!({ "next_page_url": next });
        demo.twilio
            .misbehave(1, &Misbehaviour::Property("meta", meta));
        let mut pages = workspace.workers();
        let before = demo.twilio.requests();
        let error = pages.next().await.unwrap_err();
        assert_eq!(error.code, ErrorCode::Malformed, "{next}: {error}");
        assert_eq!(demo.twilio.requests() - before, 1, "{next}");
    }
    for (property, value, code) in [
        ("workers", json!([{}]), ErrorCode::Malformed),
        ("workers", json!({}), ErrorCode::Malformed),
        ("meta", Value::Null, ErrorCode::Malformed),
        (
            "workers",
            json!([{ "sid": "WK0123456789abcdef0123456789abcdef", "account_sid": "AC1" }]),
            ErrorCode::OtherAccount,
        ),
    ] {
        demo.twilio
            .misbehave(1, &Misbehaviour::Property(property, value));
        let error = workspace.workers().next().await.unwrap_err();
        assert_eq!(error.code, code, "{property}");
    }
}

#[tokio::test]
async fn attributes_change_only_from_the_version_that_was_read_and_nothing_else_with_them() {
    let (demo, workspace) = company(0).await;
    let text = r#"{ "id": 12345678901234567890123.50, "a": 1, "a": 2, "flex_location": "Old" }"#;
    let sid = hire(&demo, "ann", text).await;
    let worker = workspace.worker(&sid).await.unwrap();
    assert_eq!(
        worker.attributes.location(),
        CurrentLocation::Named("Old".to_owned())
    );
    let wanted = worker.attributes.with_location("New").unwrap();
    let after = workspace.set_attributes(&worker, &wanted).await.unwrap();
    assert_eq!(after.attributes, wanted);
    assert_ne!(after.version, worker.version);
    let kept = demo.twilio.worker_named("ann").unwrap();
    assert_eq!(kept.attributes_json, text.replace("Old", "New"));
    assert_eq!(kept.version, 1);

    // Somebody else was faster.
    let stale = workspace.set_attributes(&worker, &wanted).await;
    let error = stale.unwrap_err();
    assert_eq!(error.code, ErrorCode::Changed);
    assert!(error.did_nothing);

    // Too many characters are never sent.
    let before = demo.twilio.requests();
    let long = after.attributes.with_location(&"é".repeat(4096)).unwrap();
    let error = workspace.set_attributes(&after, &long).await.unwrap_err();
    assert!(
        error.did_nothing && error.code == ErrorCode::Rejected,
        "{error}"
    );
    assert_eq!(demo.twilio.requests(), before);
    assert_eq!(demo.twilio.worker_named("ann").unwrap().version, 1);
}

#[tokio::test]
async fn a_write_is_made_again_only_when_nothing_was_done() {
    let (demo, workspace) = company(0).await;
    let sid = hire(&demo, "ann", "{}").await;
    let mut writes = 0;
    for (failure, requests, carried_out) in [
        (Misbehaviour::RateLimited(Some("0".to_owned())), 2, None),
        (
            Misbehaviour::Refused(500, 20500),
            1,
            Some(ErrorCode::Server),
        ),
        (Misbehaviour::Truncated, 1, Some(ErrorCode::Unreachable)),
        (Misbehaviour::Half, 1, Some(ErrorCode::Malformed)),
        (
            Misbehaviour::Slow(Duration::from_secs(3)),
            1,
            Some(ErrorCode::Timeout),
        ),
        (
            Misbehaviour::Property("attributes", Value::Null),
            1,
            Some(ErrorCode::Malformed),
        ),
    ] {
        let worker = workspace.worker(&sid).await.unwrap();
        let wanted = worker.attributes.with_location(&format!("{failure:?}"));
        demo.twilio.misbehave(1, &failure);
        let before = demo.twilio.requests();
        let set = workspace.set_attributes(&worker, &wanted.unwrap()).await;
        assert_eq!(demo.twilio.requests() - before, requests, "{failure:?}");
        match carried_out {
            None => drop(set.unwrap()),
            Some(code) => {
                let error = set.unwrap_err();
                assert_eq!(error.code, code, "{failure:?}");
                assert!(!error.did_nothing, "{failure:?}");
            }
        }
        let now = demo.twilio.worker_named("ann").unwrap();
        assert!(now.version <= writes + 1, "{failure:?}");
        writes = now.version;
    }
    assert_eq!(writes, 4, "the refused and the slow one did nothing");
}

#[tokio::test]
async fn what_twilio_may_answer_about_one_worker() {
    let (demo, workspace) = company(0).await;
    let sid = hire(&demo, "ann", "{}").await;
    for (property, value, code) in [
        ("attributes", Value::Null, ErrorCode::Malformed),
        ("attributes", json!(""), ErrorCode::Malformed),
        ("attributes", json!("[]"), ErrorCode::Malformed),
        (
            "sid",
            json!("WK0123456789abcdef0123456789abcdef"),
            ErrorCode::Malformed,
        ),
        ("sid", json!("../../x"), ErrorCode::Malformed),
        ("account_sid", json!("AC1"), ErrorCode::OtherAccount),
        // The answer is right, but for the version, which this leaves out.
        ("friendly_name", json!("ann"), ErrorCode::Malformed),
    ] {
        demo.twilio
            .misbehave(1, &Misbehaviour::Property(property, value.clone()));
        let error = workspace.worker(&sid).await.unwrap_err();
        assert_eq!(error.code, code, "{property} {value}");
    }
    let none = "WK00000000000000000000000000000000";
    let error = workspace.worker(none).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::NotFound);
    let before = demo.twilio.requests();
    for sid in ["", "..", "WK/../x", "WKxyz"] {
        let error = workspace.worker(sid).await.unwrap_err();
        assert_eq!(error.code, ErrorCode::Malformed, "{sid}");
    }
    assert_eq!(demo.twilio.requests(), before, "no such address is asked");
    demo.twilio.misbehave(
        1,
        &Misbehaviour::Property("taskrouter_workspace_sid", Value::Null),
    );
    let client = demo.client(quick());
    let error = client.flex_workspace().await.unwrap_err();
    assert_eq!(error.code, ErrorCode::Malformed);
    assert!(client.workspace("WS/../../x").is_err());
    assert_eq!(Map::new(), demo.twilio.workers()[0].attributes());
}
