//! Spans, as a collector of OTLP over HTTP receives them.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::TcpListener,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{Router, body::Bytes, extract::State, http::HeaderMap, routing::post};
use flexbridge::{
    clock::{Clock as _, Stopwatch, SystemClock},
    telemetry::{Step, fields},
};
use opentelemetry_proto::tonic::{
    collector::trace::v1::ExportTraceServiceRequest, common::v1::any_value::Value, trace::v1::Span,
};
use prost::Message as _;

use super::DOCUMENT;
use crate::support::{
    bridge::{Plan, Site},
    browser::Browser,
    child::free_port,
    flex::{enhanced_request, redirect},
    forging::{ForgingIdp, asked},
    serve::Serve,
};

#[derive(Clone, Default)]
struct Collector {
    spans: Arc<Mutex<Vec<Span>>>,
    tokens: Arc<Mutex<BTreeSet<String>>>,
}

async fn collect(State(collector): State<Collector>, headers: HeaderMap, body: Bytes) {
    assert_eq!(headers["content-type"], "application/x-protobuf");
    let token = headers["authorization"].to_str().unwrap().to_owned();
    collector.tokens.lock().unwrap().insert(token);
    let request = ExportTraceServiceRequest::decode(body).unwrap();
    for resource in request.resource_spans {
        let about = resource.resource.unwrap().attributes;
        assert!(about.iter().any(|one| one.key == "service.name"));
        let scopes = resource.scope_spans.into_iter();
        let spans = scopes.flat_map(|scope| scope.spans);
        collector.spans.lock().unwrap().extend(spans);
    }
}

impl Collector {
    async fn listen(&self) -> u16 {
        let router = Router::new().route("/v1/traces", post(collect));
        let router = router.with_state(self.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move { axum::serve(listener, router).await });
        port
    }

    /// Waits for a span of this name, and gives all there are.
    async fn spans_with(&self, name: &str) -> Vec<Span> {
        for _ in 0..200 {
            let spans = self.spans.lock().unwrap().clone();
            if spans.iter().any(|span| span.name == name) {
                return spans;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("no {name} in {:#?}", self.spans.lock().unwrap());
    }
}

fn attributes(span: &Span) -> BTreeMap<&str, String> {
    let text = |value: &Value| match value {
        Value::StringValue(text) => text.clone(),
        Value::IntValue(number) => number.to_string(),
        other => panic!("{other:?}"),
    };
    let all = span.attributes.iter();
    all.map(|one| {
        let value = one.value.as_ref().and_then(|value| value.value.as_ref());
        (one.key.as_str(), text(value.unwrap()))
    })
    .collect()
}

/// A bridge that tells spans to this port, and who signs in there.
fn bridge(port: u16) -> (ForgingIdp, Serve) {
    let (site, idp) = (Site::new(), ForgingIdp::new("hq"));
    let token = site.file("token");
    crate::support::bridge::write_secret(&token, "Bearer of the collector\n");
    let plan = Plan {
        metadata: idp.metadata_file(&site.file("hq.xml")),
        more: format!(
            "[telemetry]\notlp = {{ endpoint = \"http://127.0.0.1:{port}\", headers = {{ authorization = {{ file = \"{}\" }} }} }}",
            token.display()
        ),
        ..Plan::default()
    };
    (idp, Serve::start(site, &plan))
}

/// A whole login; how long our two answers took.
async fn login(idp: &ForgingIdp, serve: &Serve) -> Duration {
    let mut browser = Browser::new();
    let xml = enhanced_request("_flex-request", &serve.sso_url());
    let watch = Stopwatch::start();
    let page = browser
        .open_once(&redirect(&serve.sso_url(), &xml, "state"))
        .await;
    let asked = asked(&page);
    let form = idp.form(&asked, &ForgingIdp::says(&asked, SystemClock.now()));
    let page = browser.submit_once(&form).await;
    assert_eq!(page.status, 200, "{}", page.body);
    watch.elapsed()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collector_receives_the_steps_of_a_login_and_nothing_personal() {
    let collector = Collector::default();
    let (idp, serve) = bridge(collector.listen().await);
    login(&idp, &serve).await;
    let spans = collector.spans_with("login.finish").await;
    let find = |name: &str| {
        let found = spans.iter().find(|span| span.name == name);
        found.unwrap_or_else(|| panic!("no {name} in {spans:#?}"))
    };
    let (begin, finish) = (find("login.begin"), find("login.finish"));
    assert_eq!(find("login.read").parent_span_id, begin.span_id);
    for step in ["login.verify", "login.consume", "login.answer"] {
        let step = find(step);
        assert_eq!(step.parent_span_id, finish.span_id, "{step:?}");
        assert_eq!(step.trace_id, finish.trace_id);
        assert!(step.start_time_unix_nano >= finish.start_time_unix_nano);
        assert!(step.end_time_unix_nano <= finish.end_time_unix_nano);
    }
    let told = attributes(finish);
    assert_eq!(
        (told["outcome"].as_str(), told["idp"].as_str()),
        ("accepted", "hq")
    );
    assert_eq!(told["flex"], "production");
    assert_eq!(told["reference"], attributes(begin)["reference"]);
    // Fields are those of the log, and their values are names, codes and the reference.
    for span in &spans {
        for (name, value) in attributes(span) {
            assert!(
                fields::ALL.iter().any(|(field, _)| *field == name),
                "{name}={value}"
            );
            assert!(
                !value.contains('@') && !value.contains(' '),
                "{name}={value}"
            );
        }
        assert!(span.events.is_empty(), "{span:?}");
    }
    let tokens = collector.tokens.lock().unwrap().clone();
    assert_eq!(tokens, ["Bearer of the collector".to_owned()].into());
    // Each refusal is told too, with its code.
    Browser::new()
        .open_once(&serve.at("/saml/idp/other/sso"))
        .await;
    for _ in 0..100 {
        let spans = collector.spans.lock().unwrap().clone();
        let codes = spans
            .iter()
            .filter_map(|span| attributes(span).remove("code"));
        if codes.into_iter().any(|code| code == "not_found") {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("no refusal in {:#?}", collector.spans.lock().unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collector_that_is_away_or_silent_costs_no_time() {
    // Takes connections and never answers.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    for port in [free_port(), silent.local_addr().unwrap().port()] {
        let (idp, serve) = bridge(port);
        // The first warms up; then each while the last one's spans can't be sent.
        login(&idp, &serve).await;
        for _ in 0..5 {
            let took = login(&idp, &serve).await;
            assert!(took < Duration::from_secs(4), "{took:?}");
        }
        let watch = Stopwatch::start();
        serve.signal("TERM");
        let (status, _site) = serve.wait();
        assert!(status.success());
        assert!(
            watch.elapsed() < Duration::from_secs(15),
            "{:?}",
            watch.elapsed()
        );
    }
}

#[test]
fn the_document_lists_each_span() {
    let rows: Vec<_> = DOCUMENT
        .lines()
        .filter_map(|line| line.strip_prefix("| `login."))
        .collect();
    assert_eq!(rows.len(), Step::ALL.len());
    for (name, meaning) in Step::ALL {
        let row = format!("| `{name}` | {meaning} |");
        assert!(DOCUMENT.contains(&row), "{row}");
    }
}
