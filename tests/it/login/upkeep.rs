//! What a running bridge knows is kept: through a reload, through commands that only look,
//! and honestly told by `/readyz`.

use std::{
    fs,
    io::{Read as _, Write as _},
    net::TcpListener,
    path::Path,
    process::{Command, Output},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use chrono::{SecondsFormat, TimeDelta};
use flexbridge::{
    app,
    clock::{Clock as _, Stopwatch, SystemClock, SystemRandom},
    identity::RefusalCode,
};
use serde_json::Value;

use super::{
    walk::{Forged, received},
    witness::is_refused,
};
use crate::support::{
    bridge::{Bridge, Plan, Site},
    browser::Browser,
    clock::TestClock,
    forging::ForgingIdp,
    log::Log,
    peers,
    redis::Redis,
    serve::Serve,
};

/// A web server of metadata that can go away. Ends with the test's process.
struct Web {
    port: u16,
    away: Arc<AtomicBool>,
}

impl Web {
    fn start(body: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let away = Arc::new(AtomicBool::new(false));
        let gone = away.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                if gone.load(Ordering::Acquire) {
                    continue;
                }
                let _ = stream.read(&mut [0; 4096]);
                let _ = write!(
                    stream,
                    "HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
                    body.len()
                );
            }
        });
        Self { port, away }
    }

    fn metadata(&self) -> String {
        format!(r#"{{ url = "http://127.0.0.1:{}/" }}"#, self.port)
    }
}

/// The status of `/readyz`, and one of its checks.
async fn ready(bridge: &Bridge, name: &str) -> (u16, Value) {
    let page = Browser::new().open(&bridge.admin_at("/readyz")).await;
    let told: Value = serde_json::from_str(&page.body).unwrap();
    let checks = told["checks"].as_array().unwrap();
    let found = checks.iter().find(|check| check["name"] == name);
    (page.status.as_u16(), found.unwrap().clone())
}

#[tokio::test]
async fn a_reload_forgets_nothing_that_is_good() {
    let site = Site::new();
    let idp = ForgingIdp::new("hq");
    let web = Web::start(idp.metadata());
    let plan = Plan {
        metadata: web.metadata(),
        ..Plan::default()
    };
    let bridge = Bridge::start_at(site, plan.clone()).await;
    let mut company = Forged { idp, bridge, plan };
    let office = Some("Singapore Office");
    assert_eq!(received(&company.login(|_| {}).await).location(), office);

    // Nothing but the memory of the process is left.
    web.away.store(true, Ordering::Release);
    "nothing like a list".clone_into(&mut company.plan.locations);
    for copy in ["metadata/hq.json", "locations/production.json"] {
        let copy = company.bridge.file("store").join(copy);
        assert!(copy.is_file(), "{}", copy.display());
        fs::write(copy, "spoilt").unwrap();
    }
    for _ in 0..2 {
        company.bridge.reload(&company.plan).await;
        assert_eq!(received(&company.login(|_| {}).await).location(), office);
    }
    // Another source is another matter: what the first one said does not count there.
    let log = Log::listen();
    let mut plan = company.plan.clone();
    plan.metadata = plan.metadata.replace("/\"", "/other\"");
    company.bridge.reload(&plan).await;
    let page = Browser::new()
        .open_once(&super::walk::flex_asks(&company.bridge))
        .await;
    is_refused(
        &company.bridge,
        &log,
        &page,
        RefusalCode::MetadataUnavailable,
    )
    .await;
}

#[tokio::test]
async fn with_its_metadata_over_a_bridge_is_not_ready() {
    let clock = TestClock::now_set();
    let until = SystemClock.now() + TimeDelta::minutes(5);
    let until = until.to_rfc3339_opts(SecondsFormat::Secs, true);
    let company = Forged::start(|plan| {
        plan.clock = Arc::new(clock.clone());
    })
    .await;
    let metadata = company.idp.metadata().replacen(
        " entityID=",
        &format!(" validUntil=\"{until}\" entityID="),
        1,
    );
    fs::write(company.bridge.file("hq.xml"), metadata).unwrap();
    company.bridge.reload(&company.plan).await;
    for _ in 0..100 {
        let (status, _) = ready(&company.bridge, "idp.hq.metadata").await;
        assert_eq!(status, 200);
        let copy = company.bridge.file("store").join("metadata/hq.xml");
        if fs::read_to_string(copy).unwrap().contains("validUntil") {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    clock.advance(TimeDelta::minutes(6));
    let (status, check) = ready(&company.bridge, "idp.hq.metadata").await;
    assert_eq!(
        (status, &check["ok"]),
        (503, &Value::Bool(false)),
        "{check}"
    );
    let detail = check["detail"].as_str().unwrap();
    assert!(detail.contains("over since"), "{detail}");
}

#[tokio::test]
async fn a_redis_that_forgets_is_not_begun_with_and_is_not_ready() {
    if !peers::require("redis") {
        return;
    }
    let redis = Redis::start();
    let set = async |name: &str, value: &str| {
        let url = format!("redis://127.0.0.1:{}", redis.port);
        let client = redis::Client::open(url).unwrap();
        let mut connection = client.get_multiplexed_async_connection().await.unwrap();
        let mut set = redis::cmd("CONFIG");
        set.arg("SET").arg(name).arg(value);
        set.exec_async(&mut connection).await.unwrap();
    };
    set("maxmemory-policy", "allkeys-lru").await;
    let site = Site::new();
    let store = redis.store(&site.file("redis.url"));
    // Without a bound nothing is evicted.
    let company = Forged::start_at(site, |plan| plan.store = store).await;
    assert_eq!(ready(&company.bridge, "store").await.0, 200);

    set("maxmemory", "100mb").await;
    let (status, check) = ready(&company.bridge, "store").await;
    assert_eq!(
        (status, &check["ok"]),
        (503, &Value::Bool(false)),
        "{check}"
    );
    assert!(check["detail"].as_str().unwrap().contains("noeviction"));
    let site = company.bridge.stop().await;
    let refused = app::start(
        &site.config(),
        Arc::new(SystemClock),
        Arc::new(SystemRandom),
    )
    .await;
    let refused = refused.err().expect("it did start").to_string();
    assert!(
        refused.contains("allkeys-lru") && refused.contains("noeviction"),
        "{refused}"
    );

    set("maxmemory-policy", "noeviction").await;
    let bridge = Bridge::start_at(site, company.plan).await;
    assert_eq!(ready(&bridge, "store").await.0, 200);
}

#[tokio::test]
async fn told_to_stop_it_does_not_wait_for_a_reload() {
    let site = Site::new();
    let idp = ForgingIdp::new("hq");
    let mut plan = Plan {
        metadata: idp.metadata_file(&site.file("hq.xml")),
        ..Plan::default()
    };
    let serve = Serve::start(site, &plan);
    // Whoever is asked takes the question and says nothing.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port();
    plan.metadata = format!(r#"{{ url = "http://127.0.0.1:{port}/" }}"#);
    serve.write(&plan);
    serve.signal("HUP");
    let asked = tokio::task::spawn_blocking(move || silent.accept().unwrap());
    let _asked = asked.await.unwrap();
    let since = Stopwatch::start();
    serve.signal("TERM");
    let (status, _site) = serve.wait();
    assert_eq!(status.code(), Some(0));
    assert!(
        since.elapsed() < Duration::from_secs(5),
        "{:?}",
        since.elapsed()
    );
}

fn flexbridge(site: &Site, words: &[&str]) -> (Option<i32>, String, String) {
    let Output {
        status,
        stdout,
        stderr,
    } = Command::new(env!("CARGO_BIN_EXE_flexbridge"))
        .arg("--config")
        .arg(site.config())
        .args(words)
        .env_clear()
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (status.code(), text(stdout), text(stderr))
}

fn contents(folder: &Path) -> Vec<(std::path::PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(contents(&path));
        } else {
            found.push((path.clone(), fs::read(&path).unwrap()));
        }
    }
    found.sort();
    found
}

const LOOKING: &[&[&str]] = &[
    &["config", "check", "--online"],
    &[
        "explain",
        "--attribute",
        "email=ann@company.example",
        "--attribute",
        "roles=agent",
        "--attribute",
        "displayName=Ann",
    ],
    &["setup"],
    &["metadata", "sp", "hq"],
    &["metadata", "idp", "production"],
];

#[tokio::test]
async fn commands_that_look_change_nothing() {
    let site = Site::new();
    let idp = ForgingIdp::new("hq");
    let plan = Plan {
        metadata: idp.metadata_file(&site.file("hq.xml")),
        ..Plan::default()
    };
    site.write(&plan);
    for words in LOOKING {
        let (code, _, err) = flexbridge(&site, words);
        assert_eq!(code, Some(0), "{words:?}: {err}");
        assert!(!site.file("store").exists(), "{words:?}");
    }
    let bridge = Bridge::start_at(site, plan).await;
    let copies = [
        bridge.file("store/metadata"),
        bridge.file("store/locations"),
    ];
    let present = || {
        copies
            .iter()
            .filter(|copy| copy.is_dir())
            .map(|copy| contents(copy))
            .collect::<Vec<_>>()
    };
    let site = bridge.stop().await;
    // What was being written when it was stopped is written soon.
    let mut before = present();
    for _ in 0..50 {
        tokio::time::sleep(Duration::from_millis(100)).await;
        let last = std::mem::replace(&mut before, present());
        if last == before && before.concat().len() == 3 {
            break;
        }
    }
    assert_eq!(before.concat().len(), 3);
    // What comes now is another identity provider's, and another list.
    let other = ForgingIdp::new("other");
    other.metadata_file(&site.file("hq.xml"));
    fs::write(site.file("locations.json"), "[]").unwrap();
    for words in LOOKING {
        let (code, _, err) = flexbridge(&site, words);
        assert_eq!(code, Some(0), "{words:?}: {err}");
        assert_eq!(present(), before, "{words:?}");
        if words.contains(&"--online") {
            let told = err.contains("warning") && err.contains("metadata.other_entity");
            assert!(
                told && err.contains("https://other.company.example"),
                "{err}"
            );
        }
    }
}

#[test]
fn what_to_enter_is_said_before_the_partners_have_given_anything() {
    let site = Site::new();
    site.write(&Plan {
        metadata: format!(r#"{{ file = "{}" }}"#, site.file("hq.xml").display()),
        flex: r#"twilio = { api_key = "SK00000000000000000000000000000000", api_secret = { env = "NOT_SET_YET" } }"#.to_owned(),
        defined: r#"{ from = "twilio" }"#.to_owned(),
        store: "kind = \"redis\"\nurl = { env = \"NO_REDIS_YET\" }".to_owned(),
        ..Plan::default()
    });
    let acs = site.acs_url();
    for words in [&["setup"][..], &["metadata", "sp", "hq"]] {
        let (code, out, err) = flexbridge(&site, words);
        assert_eq!(code, Some(0), "{words:?}: {err}");
        assert!(out.contains(&acs), "{out}");
        for missing in ["hq.xml", "NOT_SET_YET", "NO_REDIS_YET"] {
            assert!(err.contains(missing) && err.contains("warning"), "{err}");
        }
        assert!(!err.contains("error:"), "{err}");
    }
    for words in [
        &["config", "check"][..],
        &["serve"],
        &["explain", "--attribute", "a=b"],
    ] {
        assert_eq!(flexbridge(&site, words).0, Some(2), "{words:?}");
    }
}
