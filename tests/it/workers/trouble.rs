//! Setting, when Twilio or somebody else gets in between.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Router,
    extract::Request,
    http::{Method, StatusCode},
    middleware::{self, Next},
    response::{IntoResponse, Response},
};
use flexbridge::{
    clock::Stopwatch,
    demo::twilio::{DemoTwilio, Misbehaviour},
};
use serde_json::json;

use super::{Company, exists};

fn hire(company: &Company, count: usize) -> String {
    let mut rows = "worker,flex_location\n".to_owned();
    for number in 0..count {
        let name = format!("agent{number}");
        company.hire(&name, json!({ "number": number }));
        rows.push_str(&name);
        rows.push_str(",Singapore Office\n");
    }
    company.file("agents.csv", &rows);
    rows
}

const SET: [&str; 4] = ["set", "--csv", "agents.csv", "--yes"];

/// Each worker has its location, by one write, and all else it had.
fn assert_each_once(company: &Company) {
    for (number, worker) in company.demo.twilio.workers().iter().enumerate() {
        assert_eq!(
            worker.attributes_json,
            format!(r#"{{"number":{number},"flex_location":"Singapore Office"}}"#)
        );
        assert_eq!(worker.version, 1, "{}", worker.friendly_name);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_goes_wrong_on_the_way_each_worker_is_written_once() {
    let company = Company::new().await;
    hire(&company, 12);
    // The configuration, three times, and the list come first, unharmed.
    for how in [
        Misbehaviour::Slow(Duration::ZERO),
        Misbehaviour::Slow(Duration::ZERO),
        Misbehaviour::Slow(Duration::ZERO),
        Misbehaviour::Slow(Duration::ZERO),
        Misbehaviour::RateLimited(Some("0".to_owned())),
        Misbehaviour::Refused(500, 20500),
        Misbehaviour::Truncated,
        Misbehaviour::Refused(412, 20412),
        Misbehaviour::Half,
        Misbehaviour::Refused(503, 20503),
        Misbehaviour::Truncated,
        Misbehaviour::RateLimited(None),
        Misbehaviour::Truncated,
        Misbehaviour::Truncated,
        Misbehaviour::Refused(500, 20500),
        Misbehaviour::Refused(412, 20412),
        Misbehaviour::Truncated,
        Misbehaviour::Slow(Duration::from_millis(300)),
        Misbehaviour::Truncated,
    ] {
        company.demo.twilio.misbehave(1, &how);
    }
    let ran = company.run(&[&SET[..], &["--rate", "1000"]].concat()).await;
    // What was not understood may be left for the next run, which finds out.
    let again = company.run(&SET).await;
    assert_eq!(
        again.code, 0,
        "{}{}\n{}{}",
        ran.out, ran.err, again.out, again.err
    );
    assert_each_once(&company);
}

#[tokio::test(flavor = "multi_thread")]
async fn twilios_retry_after_is_waited_for() {
    let company = Company::new().await;
    hire(&company, 1);
    let twilio = &company.demo.twilio;
    twilio.misbehave(3, &Misbehaviour::Slow(Duration::ZERO));
    twilio.misbehave(1, &Misbehaviour::RateLimited(Some("2".to_owned())));
    let watch = Stopwatch::start();
    let ran = company.run_fast(&SET).await;
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(watch.elapsed() >= Duration::from_secs(2));
    assert_each_once(&company);
}

/// Lets `meddle` do something at the first write of each worker, which then is answered as it says.
fn meddling(
    meddle: impl Fn(&DemoTwilio, &str, Meddle) -> Meddle + Clone + Send + Sync + 'static,
) -> impl FnOnce(&DemoTwilio, Router) -> Router {
    move |twilio, router| {
        let (twilio, seen) = (twilio.clone(), Arc::new(Mutex::new(HashSet::new())));
        let between = move |request: Request, next: Next| {
            let (twilio, seen, meddle) = (twilio.clone(), Arc::clone(&seen), meddle.clone());
            async move {
                let sid = request.uri().path().rsplit('/').next().unwrap().to_owned();
                let first =
                    request.method() == Method::POST && seen.lock().unwrap().insert(sid.clone());
                if !first {
                    return next.run(request).await;
                }
                let _ = meddle(&twilio, &sid, Meddle::Before);
                let answer = next.run(request).await;
                match meddle(&twilio, &sid, Meddle::After) {
                    Meddle::Lost => lost(),
                    _ => answer,
                }
            }
        };
        router.layer(middleware::from_fn(between))
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Meddle {
    Before,
    After,
    /// The answer is lost.
    Lost,
}

fn lost() -> Response {
    StatusCode::BAD_GATEWAY.into_response()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_somebody_else_wrote_meanwhile_is_kept() {
    let company = Company::behind(meddling(|twilio, sid, when| {
        if when == Meddle::Before {
            let edit = twilio.edit_worker(sid, |attributes| {
                attributes.insert("skill".to_owned(), json!("new"));
            });
            edit.unwrap();
        }
        when
    }))
    .await;
    hire(&company, 5);
    let ran = company.run_fast(&SET).await;
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    for worker in company.demo.twilio.workers() {
        assert_eq!(worker.attributes()["skill"], "new");
        assert_eq!(worker.attributes()["flex_location"], "Singapore Office");
        assert_eq!(worker.version, 2, "one write of theirs, one of ours");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_whose_answer_is_lost_is_found_out_not_repeated() {
    let company = Company::behind(meddling(|_, _, when| match when {
        Meddle::After => Meddle::Lost,
        other => other,
    }))
    .await;
    hire(&company, 5);
    let ran = company.run_fast(&SET).await;
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    assert!(
        ran.out.starts_with("5 changed, 0 so already"),
        "{}",
        ran.out
    );
    assert_each_once(&company);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_that_was_lost_and_overwritten_is_left_to_people() {
    // An agent signs in between our write and our looking.
    let company = Company::behind(meddling(|twilio, sid, when| match when {
        Meddle::After => {
            let edit = twilio.edit_worker(sid, |attributes| {
                attributes.insert("flex_location".to_owned(), json!("San Francisco Office"));
            });
            edit.unwrap();
            Meddle::Lost
        }
        other => other,
    }))
    .await;
    hire(&company, 2);
    for run in 0..2 {
        let ran = company.run_fast(&SET).await;
        assert_eq!(ran.code, 1, "{run}: {}{}", ran.out, ran.err);
        assert!(ran.out.contains("2 to be looked at"), "{run}: {}", ran.out);
        assert!(ran.err.contains("agents.report.csv.state"), "{}", ran.err);
        for worker in company.demo.twilio.workers() {
            assert_eq!(worker.attributes()["flex_location"], "San Francisco Office");
            assert_eq!(worker.version, 2, "one write of ours, one of the login");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn hopeless_work_stops_and_goes_on_later() {
    let company = Company::new().await;
    hire(&company, 40);
    let twilio = &company.demo.twilio;
    twilio.misbehave(5, &Misbehaviour::Slow(Duration::ZERO));
    twilio.misbehave(5000, &Misbehaviour::Refused(401, 20003));
    let ran = company.run_fast(&SET).await;
    assert_eq!(ran.code, 1, "{}", ran.err);
    assert!(
        ran.err.contains("stopped: twilio.unauthorized"),
        "{}",
        ran.err
    );
    assert!(ran.out.contains("not reached"), "{}", ran.out);
    let folder = company.site.folder.path();
    assert!(exists(folder, "agents.report.csv.state"));

    // Other rows are another job.
    twilio.behave();
    let rows = std::fs::read_to_string(folder.join("agents.csv")).unwrap();
    company.file(
        "agents.csv",
        &rows.replace("agent7,Singapore Office", "agent7,"),
    );
    let ran = company.run_fast(&SET).await;
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains("another job"), "{}", ran.err);

    company.file("agents.csv", &rows);
    let ran = company.run_fast(&SET).await;
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(!exists(folder, "agents.report.csv.state"));
    assert_each_once(&company);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_with_no_room_left_is_told_and_left_as_it_is() {
    let company = Company::new().await;
    company.hire("full", json!({ "x": "y".repeat(4080) }));
    let ran = company
        .run_fast(&["set", "full", "Singapore Office", "--yes"])
        .await;
    assert_eq!(ran.code, 1);
    assert!(
        ran.out
            .contains("would have 4123 characters; Twilio takes 4096"),
        "{}",
        ran.out
    );
    assert_eq!(company.worker("full").version, 0);
}
