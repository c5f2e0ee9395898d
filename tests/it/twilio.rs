//! The Twilio client against the demo Twilio API, behaving and misbehaving.

use std::time::Duration;

use flexbridge::{
    clock::Stopwatch,
    demo::twilio::Misbehaviour,
    twilio::{Error, ErrorCode, Limits},
};
use serde_json::{Value, json};

use crate::support::twilio::{ACCOUNT, SECRET, client, quick, start};

#[tokio::test]
async fn reads_the_configuration() {
    let demo = start().await;
    let read = demo.client(quick()).fetch_configuration().await.unwrap();
    assert_eq!(read.account_sid, ACCOUNT);
    assert_eq!(
        read.taskrouter_workspace_sid,
        Some(demo.twilio.workspace_sid())
    );
    assert!(read.date_updated.is_some());
    let keys: Vec<_> = read
        .ui_attributes
        .value()
        .as_object()
        .unwrap()
        .keys()
        .collect();
    assert_eq!(
        keys,
        ["warmTransfers", "notifications", "locations", "language"]
    );
    assert_eq!(
        read.ui_attributes.value()["locations"],
        demo.twilio.locations()
    );
}

#[tokio::test]
async fn null_ui_attributes_are_no_error() {
    let demo = start().await;
    demo.twilio
        .misbehave(1, &Misbehaviour::Property("ui_attributes", Value::Null));
    let read = demo.client(quick()).fetch_configuration().await.unwrap();
    assert_eq!(read.ui_attributes.value(), &Value::Null);
}

/// What a misbehaviour must come to: the code, and how many requests it took.
#[tokio::test]
async fn each_failure_has_its_code_and_its_number_of_tries() {
    use ErrorCode::{
        Changed, Forbidden, Malformed, NotFound, OtherAccount, RateLimited, Rejected, Server,
        Timeout, TooLarge, Unauthorized, Unreachable,
    };
    let other = json!("ACffffffffffffffffffffffffffffffff");
    let cases = [
        (Misbehaviour::Refused(401, 20003), Unauthorized, 1),
        (Misbehaviour::Refused(403, 70051), Forbidden, 1),
        (Misbehaviour::Refused(404, 20404), NotFound, 1),
        (Misbehaviour::Refused(400, 45004), Rejected, 1),
        (Misbehaviour::Refused(412, 20001), Changed, 1),
        (Misbehaviour::RateLimited(None), RateLimited, 3),
        (Misbehaviour::Refused(500, 20500), Server, 3),
        (Misbehaviour::Refused(503, 20503), Server, 3),
        (Misbehaviour::Truncated, Unreachable, 3),
        (Misbehaviour::Slow(Duration::from_secs(3)), Timeout, 3),
        (Misbehaviour::Half, Malformed, 1),
        (Misbehaviour::WebPage, Malformed, 1),
        (Misbehaviour::Huge(70_000), TooLarge, 1),
        (Misbehaviour::HugeAnnounced(1 << 39), TooLarge, 1),
        (
            Misbehaviour::Property("account_sid", other),
            OtherAccount,
            1,
        ),
        (
            Misbehaviour::Property("account_sid", Value::Null),
            Malformed,
            1,
        ),
        (
            Misbehaviour::Property("account_sid", json!(7)),
            Malformed,
            1,
        ),
    ];
    let limits = Limits {
        attempt: Duration::from_millis(300),
        ..quick()
    };
    for (how, code, tries) in cases {
        let demo = start().await;
        demo.twilio.misbehave(10, &how);
        let error = demo.client(limits).fetch_configuration().await.unwrap_err();
        assert_eq!(error.code, code, "{how:?}: {error}");
        assert_eq!(demo.twilio.requests(), tries, "{how:?}: {error}");
        assert!(!error.mend().is_empty() && !error.detail.is_empty());
        if how == Misbehaviour::WebPage {
            assert!(error.detail.contains("text/html"), "not even read: {error}");
        }
        assert!(!format!("{error} {error:?}").contains(SECRET), "{how:?}");
        if let Misbehaviour::Refused(status, twilio) = how {
            assert_eq!(error.status, Some(status));
            assert_eq!(error.twilio.unwrap().code, i64::from(twilio));
        }
    }
}

#[tokio::test]
async fn a_passing_failure_passes() {
    for how in [
        Misbehaviour::RateLimited(Some("0".to_owned())),
        Misbehaviour::Refused(502, 20502),
        Misbehaviour::Truncated,
    ] {
        let demo = start().await;
        demo.twilio.misbehave(2, &how);
        demo.client(quick()).fetch_configuration().await.unwrap();
        assert_eq!(demo.twilio.requests(), 3, "{how:?}");
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let (demo, elsewhere) = (start().await, start().await);
    let to = format!("{}/v1/Configuration", elsewhere.url);
    demo.twilio.misbehave(1, &Misbehaviour::Redirect(to));
    let error = demo
        .client(quick())
        .fetch_configuration()
        .await
        .unwrap_err();
    assert_eq!(
        (error.code, error.status),
        (ErrorCode::Unexpected, Some(307))
    );
    assert_eq!(elsewhere.twilio.requests(), 0);
}

#[tokio::test]
async fn retry_after_is_waited_for_if_there_is_time() {
    let demo = start().await;
    let wish = Misbehaviour::RateLimited(Some("1".to_owned()));
    demo.twilio.misbehave(1, &wish);
    let watch = Stopwatch::start();
    demo.client(quick()).fetch_configuration().await.unwrap();
    assert!(watch.elapsed() >= Duration::from_secs(1));

    let date = "Fri, 01 Jan 2100 00:00:00 GMT".to_owned();
    demo.twilio
        .misbehave(1, &Misbehaviour::RateLimited(Some(date)));
    let watch = Stopwatch::start();
    let error = demo
        .client(quick())
        .fetch_configuration()
        .await
        .unwrap_err();
    assert_eq!(error.code, ErrorCode::RateLimited);
    assert_eq!(error.retry_after, Some(Duration::from_hours(1)));
    assert!(watch.elapsed() < Duration::from_secs(1), "gave up at once");
}

#[tokio::test]
async fn all_tries_together_have_an_end() {
    let demo = start().await;
    demo.twilio
        .misbehave(100, &Misbehaviour::Slow(Duration::from_secs(20)));
    let limits = Limits {
        attempt: Duration::from_secs(20),
        total: Duration::from_millis(400),
        tries: 100,
        ..quick()
    };
    let watch = Stopwatch::start();
    let error = demo.client(limits).fetch_configuration().await.unwrap_err();
    assert_eq!(error.code, ErrorCode::Timeout);
    assert!(
        watch.elapsed() < Duration::from_secs(2),
        "{:?}",
        watch.elapsed()
    );
}

#[tokio::test]
async fn a_body_of_exactly_the_limit_is_read() {
    let demo = start().await;
    let document = reqwest::Client::new()
        .get(format!("{}/v1/Configuration", demo.url))
        .basic_auth(crate::support::twilio::KEY, Some(SECRET))
        .send()
        .await
        .unwrap()
        .bytes()
        .await
        .unwrap();
    for (body, fits) in [(document.len(), true), (document.len() - 1, false)] {
        let limits = Limits { body, ..quick() };
        let read = demo.client(limits).fetch_configuration().await;
        assert_eq!(read.is_ok(), fits, "{body}");
    }
}

#[tokio::test]
async fn wrong_credentials_and_nobody_there() {
    let demo = start().await;
    let mut settings = demo.settings();
    settings.api_key = Some("SKffffffffffffffffffffffffffffffff".to_owned());
    let wrong = client(&settings, ACCOUNT, quick()).unwrap();
    let error = wrong.fetch_configuration().await.unwrap_err();
    assert_eq!(error.code, ErrorCode::Unauthorized);
    assert_eq!(error.twilio.unwrap().code, 20003);

    // A port that was free a moment ago.
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    settings.flex_api_url = format!("http://{address}").parse().unwrap();
    let nobody = client(&settings, ACCOUNT, quick()).unwrap();
    let error: Error = nobody.fetch_configuration().await.unwrap_err();
    assert_eq!(error.code, ErrorCode::Unreachable);
}
