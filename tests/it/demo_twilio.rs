//! The demo Twilio API, held to the real one: by Twilio's `OpenAPI` documents and
//! by Twilio's own Python SDK.

use std::{
    ffi::OsStr,
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use flexbridge::demo::twilio::{DemoTwilio, Exchange};
use serde_json::{Map, Value, json};

use crate::support::{
    peers,
    twilio::{ACCOUNT, KEY, Running, SECRET, TOKEN, quick, start},
};

fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/peers/twilio")
        .join(name)
}

/// Runs a Python peer to its end: whether it was content, and what it printed.
fn run<A: AsRef<OsStr>>(python: &Path, name: &str, arguments: &[A], input: &str) -> (bool, String) {
    let mut child = Command::new(python)
        .arg(script(name))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let written = child.stdin.take().unwrap().write_all(input.as_bytes());
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let complained = String::from_utf8_lossy(&output.stderr);
    assert!(
        written.is_ok() && complained.is_empty(),
        "{name}: {complained}"
    );
    (output.status.success(), said)
}

/// Twilio's SDK at work; `None` where it is not installed.
async fn sdk(demo: &Running) -> Option<Value> {
    let python = peers::python_if_there()?;
    let (url, input) = (demo.url.clone(), format!("{KEY}\n{SECRET}\n"));
    let arguments = [url, ACCOUNT.to_owned()];
    let said = tokio::task::spawn_blocking(move || run(&python, "sdk.py", &arguments, &input));
    let (content, said) = said.await.unwrap();
    assert!(content, "{said}");
    Some(serde_json::from_str(&said).unwrap())
}

/// Holds what was recorded against Twilio's documents: whether all fitted, and
/// what was said of it; `None` where documents or peer are missing.
fn measure(exchanges: &[Exchange]) -> Option<(bool, String)> {
    let (documents, python) = (peers::twilio_openapi()?, peers::python_if_there()?);
    let recording = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(recording.path(), serde_json::to_vec(exchanges).unwrap()).unwrap();
    let arguments = [documents.as_path(), recording.path()];
    Some(run(&python, "against_openapi.py", &arguments, ""))
}

/// How often each operation fitted Twilio's documents; all must.
fn against_openapi(exchanges: &[Exchange]) -> Option<Map<String, Value>> {
    let (content, said) = measure(exchanges)?;
    assert!(content, "{said}");
    Some(serde_json::from_str(&said).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn twilios_own_sdk_reads_and_writes_it_as_twilios_description_says() {
    let demo = start().await;
    let began = demo.twilio.configuration()["date_updated"].clone();
    demo.twilio.start_recording();
    let Some(seen) = sdk(&demo).await else { return };

    let configuration = &seen["configuration"];
    assert_eq!(
        configuration["workspace_sid"],
        json!(demo.twilio.workspace_sid())
    );
    assert_eq!(configuration["status"], "ok");
    let updated = configuration["updated"].as_str().unwrap();
    assert_eq!(updated.replace("+00:00", "Z"), began.as_str().unwrap());
    assert_eq!(configuration["same_when_pinned"], true);
    let both = json!(["Singapore Office", "San Francisco Office"]);
    assert_eq!(configuration["names_before"], both);
    let three = json!(["Singapore Office", "San Francisco Office", "東京 Office"]);
    assert_eq!(configuration["names_after"], three);
    assert_eq!(
        demo.twilio.locations()[2],
        json!({ "name": "東京 Office", "edge": "tokyo" })
    );
    let others = json!(["warmTransfers", "notifications", "language"]);
    assert_eq!(configuration["other_keys"], others);
    check_workers(&demo.twilio, &seen["workers"]);

    for (place, status, code) in [
        ("/configuration/read_only", 400, 45004),
        ("/configuration/no_account", 400, 45004),
        ("/workers/stale", 412, 20412),
        ("/workers/taken", 400, 20001),
        ("/workers/too_long", 400, 20001),
        ("/workers/not_json", 400, 20001),
        ("/workers/no_worker", 404, 20404),
        ("/workers/no_workspace", 404, 20404),
        ("/stranger", 401, 20003),
    ] {
        let refused = seen.pointer(place).unwrap();
        assert_eq!(
            (&refused["status"], &refused["code"]),
            (&json!(status), &json!(code)),
            "{refused}"
        );
    }

    let exchanges = demo.twilio.recorded();
    let kept = serde_json::to_string(&exchanges).unwrap();
    assert!(!kept.contains(SECRET), "no credential is kept");
    let Some(fitted) = against_openapi(&exchanges) else {
        return;
    };
    for operation in [
        "GET /v1/Configuration 200",
        "POST /v1/Configuration 200",
        "POST /v1/Configuration 400",
        "GET /v1/Configuration 401",
        "GET /v1/Workspaces/{Sid} 200",
        "GET /v1/Workspaces/{WorkspaceSid}/Workers 200",
        "POST /v1/Workspaces/{WorkspaceSid}/Workers 201",
        "GET /v1/Workspaces/{WorkspaceSid}/Workers/{Sid} 200",
        "POST /v1/Workspaces/{WorkspaceSid}/Workers/{Sid} 200",
        "POST /v1/Workspaces/{WorkspaceSid}/Workers/{Sid} 412",
    ] {
        assert!(
            fitted.contains_key(operation),
            "{operation} was never checked: {fitted:?}"
        );
    }
}

fn check_workers(twilio: &DemoTwilio, seen: &Value) {
    let workers = twilio.workers();
    let sids: Vec<_> = workers.iter().map(|worker| worker.sid.as_str()).collect();
    assert_eq!(sids.len(), 5);
    assert_eq!(seen["sids"], json!(sids));
    assert_eq!(seen["listed"], json!(sids), "each page once, in order");
    assert_eq!(
        seen["found"],
        json!([sids[3]]),
        "names are compared without case"
    );
    assert_eq!(seen["back"], json!([sids[2], sids[3]]));
    let cleared = json!({ "flex_location": "" });
    assert_eq!((&seen["changed"], &seen["fetched"]), (&cleared, &cleared));
    assert_eq!(Value::Object(workers[0].attributes()), cleared);
    assert_eq!(workers[0].version, 1);
    assert_eq!(workers[1].attributes()["number"], 1);
    assert_eq!(
        (&seen["activity"], &seen["available"]),
        (&json!("Offline"), &json!(false))
    );
    assert_eq!(seen["friendly_name"], "Flex Task Assignment");
}

#[tokio::test(flavor = "multi_thread")]
async fn our_own_requests_are_those_of_twilios_description() {
    let demo = start().await;
    demo.twilio.start_recording();
    let client = demo.client(quick());
    let read = client.fetch_configuration().await.unwrap();
    let attributes = read.ui_attributes.text();
    client.replace_ui_attributes(attributes).await.unwrap();
    let exchanges = demo.twilio.recorded();
    assert_eq!(exchanges.len(), 2);
    if let Some(fitted) = against_openapi(&exchanges) {
        let both = json!({ "GET /v1/Configuration 200": 1, "POST /v1/Configuration 200": 1 });
        assert_eq!(Value::Object(fitted), both);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_we_ask_of_taskrouter_is_in_twilios_description() {
    let demo = start().await;
    for name in ["ann", "bob"] {
        demo.twilio.create_worker(name, &Map::new()).unwrap();
    }
    demo.twilio.start_recording();
    let workspace = demo.client(quick()).flex_workspace().await.unwrap();
    demo.twilio.leave_attributes_out_of_lists();
    let listed = workspace.workers().all().await.unwrap();
    workspace.workers_named("bob").all().await.unwrap();
    let worker = workspace.worker(&listed[0].sid).await.unwrap();
    let wanted = worker.attributes.with_location("東京 Office").unwrap();
    workspace.set_attributes(&worker, &wanted).await.unwrap();
    workspace
        .set_attributes(&worker, &wanted)
        .await
        .unwrap_err();
    if let Some(fitted) = against_openapi(&demo.twilio.recorded()) {
        assert_eq!(
            Value::Object(fitted),
            json!({
                "GET /v1/Configuration 200": 1,
                "GET /v1/Workspaces/{WorkspaceSid}/Workers 200": 2,
                "GET /v1/Workspaces/{WorkspaceSid}/Workers/{Sid} 200": 1,
                "POST /v1/Workspaces/{WorkspaceSid}/Workers/{Sid} 200": 1,
                "POST /v1/Workspaces/{WorkspaceSid}/Workers/{Sid} 412": 1,
            })
        );
    }
}

/// An exchange with one thing wrong about it.
fn spoilt(exchange: &Exchange, spoil: impl FnOnce(&mut Exchange)) -> Exchange {
    let mut spoilt = exchange.clone();
    spoil(&mut spoilt);
    spoilt
}

/// The answer with a property set, or taken away.
fn answering(exchange: &Exchange, property: &str, value: Option<Value>) -> Exchange {
    spoilt(exchange, |one| {
        let mut answer: Map<String, Value> = serde_json::from_str(&one.answer).unwrap();
        match value {
            Some(value) => answer.insert(property.to_owned(), value),
            None => answer.shift_remove(property),
        };
        one.answer = Value::Object(answer).to_string();
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn the_yardstick_finds_what_is_wrong() {
    let demo = start().await;
    demo.twilio.start_recording();
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let workspace = demo.twilio.workspace_sid();
    let workers = format!("{}/v1/Workspaces/{workspace}/Workers", demo.url);
    let create = http.post(&workers).form(&[("FriendlyName", "ann")]);
    let fetch = http.get(format!("{}/v1/Configuration", demo.url));
    for request in [fetch, create] {
        let answer = request.basic_auth(KEY, Some(SECRET)).send().await.unwrap();
        assert!(answer.status().is_success());
    }
    let recorded = demo.twilio.recorded();
    let [fetch, create] = &recorded[..] else {
        panic!("{recorded:?}")
    };
    let wrong = [
        spoilt(fetch, |one| "/v1/configuration".clone_into(&mut one.path)),
        spoilt(fetch, |one| "PUT".clone_into(&mut one.method)),
        spoilt(fetch, |one| "Version=1".clone_into(&mut one.query)),
        spoilt(fetch, |one| "x=1".clone_into(&mut one.body)),
        spoilt(fetch, |one| one.authorization = Some("Bearer".to_owned())),
        spoilt(fetch, |one| one.if_match = Some("1".to_owned())),
        spoilt(fetch, |one| one.status = 201),
        spoilt(fetch, |one| one.status = 404),
        spoilt(fetch, |one| one.answer_type = Some("text/html".to_owned())),
        answering(fetch, "account_sid", Some(json!("AC123"))),
        answering(fetch, "date_updated", Some(json!("yesterday"))),
        answering(fetch, "status", Some(json!("fine"))),
        answering(fetch, "ui_attributes", None),
        answering(fetch, "locations", Some(json!([]))),
        spoilt(create, |one| {
            one.content_type = Some("application/json".to_owned());
        }),
        spoilt(create, |one| "Attributes=%7B%7D".clone_into(&mut one.body)),
        spoilt(create, |one| one.body.push_str("&Location=x")),
        spoilt(create, |one| one.body.push_str("&ActivitySid=WAx")),
        spoilt(create, |one| one.path.push('x')),
        answering(create, "available", Some(json!("no"))),
    ];
    let Some((content, said)) = measure(&wrong) else {
        return;
    };
    assert!(!content);
    for (number, exchange) in wrong.iter().enumerate() {
        let found = said
            .lines()
            .any(|line| line.starts_with(&format!("{number}: ")));
        assert!(found, "nothing was found wrong with {exchange:?}\n{said}");
    }
    assert!(against_openapi(&recorded).is_some());
}

#[tokio::test]
async fn what_is_not_twilios_is_refused_as_twilio_does() {
    let demo = start().await;
    let workspace = demo.twilio.workspace_sid();
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let workers = format!("/v1/Workspaces/{workspace}/Workers");
    for (method, path, status, code) in [
        ("GET", "/v1/configuration".to_owned(), 404, 20404),
        ("GET", "/v2/Configuration".to_owned(), 404, 20404),
        ("DELETE", "/v1/Configuration".to_owned(), 405, 20004),
        ("POST", "/v1/Configuration".to_owned(), 400, 45004),
        ("POST", workers.clone(), 400, 20001),
        ("GET", format!("{workers}?PageSize=0"), 400, 20001),
        ("GET", format!("{workers}?PageSize=1001"), 400, 20001),
        ("GET", format!("{workers}?PageToken=PAWKnone"), 400, 20001),
        (
            "GET",
            format!("{workers}?TargetWorkersExpression=1==1"),
            400,
            20001,
        ),
    ] {
        let request = http.request(method.parse().unwrap(), format!("{}{path}", demo.url));
        let answer = request
            .basic_auth(ACCOUNT, Some(TOKEN))
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), status, "{method} {path}");
        let body: Value = answer.json().await.unwrap();
        assert_eq!(
            (&body["code"], &body["status"]),
            (&json!(code), &json!(status)),
            "{path}"
        );
    }
    for (username, password) in [(ACCOUNT, SECRET), (KEY, TOKEN), ("", "")] {
        let request = http.get(format!("{}/v1/Configuration", demo.url));
        let answer = request
            .basic_auth(username, Some(password))
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 401);
        assert!(answer.headers().contains_key("www-authenticate"));
    }
}

#[test]
fn flex_creates_and_edits_workers_by_the_handle() {
    let credentials = Vec::new();
    let (clock, random) = (
        std::sync::Arc::new(flexbridge::clock::SystemClock),
        std::sync::Arc::new(flexbridge::clock::SystemRandom),
    );
    let twilio = DemoTwilio::new(ACCOUNT, credentials, clock, random).unwrap();
    let attributes = json!({ "roles": ["agent"], "flex_location": "Singapore Office" });
    let worker = twilio
        .create_worker("ann_40example_2Ecom", attributes.as_object().unwrap())
        .unwrap();
    assert_eq!(
        twilio.worker_named("ANN_40example_2ecom"),
        Some(worker.clone())
    );
    assert_eq!(
        twilio
            .create_worker("Ann_40example_2Ecom", &Map::new())
            .unwrap_err()
            .code,
        20001
    );

    let edited = twilio
        .edit_worker(&worker.sid, |attributes| {
            attributes.insert("flex_location".to_owned(), json!(""));
        })
        .unwrap();
    assert_eq!(
        Value::Object(edited.attributes()),
        json!({ "roles": ["agent"], "flex_location": "" })
    );
    let too_long = twilio.edit_worker(&worker.sid, |attributes| {
        attributes.insert("x".to_owned(), json!("y".repeat(4096)));
    });
    assert_eq!(too_long.unwrap_err().status, 400);
    assert_eq!(
        twilio.workers()[0],
        edited,
        "a refused edit changes nothing"
    );
    assert_eq!(
        twilio.edit_worker("WKnone", |_| {}).unwrap_err().code,
        20404
    );
}
