//! Metadata over real sockets and real files.

use std::{
    fs,
    io::{Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    path::Path,
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

use super::*;
use crate::{
    clock::{Clock, SystemRandom, Timestamp},
    saml::testing::{FOREIGN, Pair, RSA, idp_metadata, now},
};

/// A clock that a test sets forward.
pub(super) struct Hands(Mutex<Timestamp>);

impl Hands {
    pub(super) fn forward(&self, by: Duration) {
        *self.0.lock().unwrap() += by;
    }
}

impl Clock for Hands {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}

/// What the server does with a connection once it has read the request.
pub(super) type Answer = Arc<dyn Fn(&str, &mut TcpStream) + Send + Sync>;

/// A server of metadata on loopback; ends with the test's process.
pub(super) struct Server {
    pub(super) address: SocketAddr,
    answer: Arc<Mutex<Answer>>,
    pub(super) asked: Arc<Mutex<Vec<String>>>,
}

impl Server {
    pub(super) fn start(body: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = Self {
            address: listener.local_addr().unwrap(),
            answer: Arc::new(Mutex::new(gives(body))),
            asked: Arc::default(),
        };
        let (answer, asked) = (server.answer.clone(), server.asked.clone());
        thread::spawn(move || {
            for connection in listener.incoming() {
                let (mut connection, answer) = (connection.unwrap(), answer.clone());
                let asked = asked.clone();
                thread::spawn(move || {
                    let request = read_request(&mut connection);
                    asked.lock().unwrap().push(request.clone());
                    let answer = answer.lock().unwrap().clone();
                    answer(&request, &mut connection);
                });
            }
        });
        server
    }

    pub(super) fn answers(&self, answer: Answer) {
        *self.answer.lock().unwrap() = answer;
    }

    fn gives(&self, body: &str) {
        self.answers(gives(body));
    }

    pub(super) fn asked(&self) -> usize {
        self.asked.lock().unwrap().len()
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}/metadata?token=hush", self.address)
    }
}

fn read_request(connection: &mut TcpStream) -> String {
    let mut request = Vec::new();
    let mut byte = [0];
    while !request.ends_with(b"\r\n\r\n") && connection.read(&mut byte).is_ok_and(|n| n == 1) {
        request.push(byte[0]);
    }
    String::from_utf8(request).unwrap()
}

pub(super) fn raw(text: impl Into<Vec<u8>>) -> Answer {
    let bytes = text.into();
    // Who is asked may hang up early; that is the other side's business.
    Arc::new(move |_, connection| drop(connection.write_all(&bytes)))
}

fn gives(body: &str) -> Answer {
    let length = body.len();
    raw(format!(
        "HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    ))
}

/// A bridge's place for one identity provider's metadata.
pub(super) struct Bench {
    pub(super) store: tempfile::TempDir,
    pub(super) clock: Arc<Hands>,
}

impl Bench {
    pub(super) fn new() -> Self {
        Self {
            store: tempfile::tempdir().unwrap(),
            clock: Arc::new(Hands(Mutex::new(now()))),
        }
    }

    pub(super) fn open(&self, settings: serde_json::Value) -> Watch {
        let settings = serde_json::from_value(settings).unwrap();
        let limits = Limits {
            time: Duration::from_millis(700),
            ..Limits::default()
        };
        let plan = Plan {
            idp: "hq".parse().unwrap(),
            store: self.store.path().to_owned(),
        };
        let source = Source::new(&settings, limits).unwrap();
        Watch::open(plan, source, self.clock.clone(), Arc::new(SystemRandom))
    }

    pub(super) fn by_url(&self, server: &Server) -> Watch {
        self.open(serde_json::json!({ "url": server.url() }))
    }

    fn by_file(&self, path: &Path) -> Watch {
        self.open(serde_json::json!({ "file": path }))
    }

    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    fn copy(&self, extension: &str) -> std::path::PathBuf {
        self.store.path().join(format!("metadata/hq.{extension}"))
    }
}

pub(super) fn good(pairs: &[&Pair]) -> String {
    idp_metadata("urn:hq", pairs, "")
}

fn fingerprints(status: &Status) -> Vec<String> {
    let certificates = status.certificates.iter();
    certificates.map(|one| one.fingerprint.clone()).collect()
}

fn fingerprint(pair: &Pair) -> String {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &pair.certificate);
    hex::encode(digest)
}

#[tokio::test]
async fn metadata_is_read_kept_and_described() {
    let (bench, server) = (Bench::new(), Server::start(&good(&[&RSA])));
    let watch = bench.by_url(&server);
    assert!(watch.current(bench.now()).is_none());
    let before = watch.status(bench.now());
    assert!(before.stale && before.fetched_at.is_none() && !before.expired);

    watch.refresh_now().await.unwrap();
    bench.clock.forward(Duration::from_secs(90));
    let current = watch.current(bench.now()).unwrap();
    assert_eq!(current.entity_id, "urn:hq");
    let status = watch.status(bench.now());
    assert_eq!(status.age_seconds, Some(90));
    assert_eq!(status.entity_id.as_deref(), Some("urn:hq"));
    assert_eq!(fingerprints(&status), [fingerprint(&RSA)]);
    assert!(!status.stale && status.failure.is_none() && status.disk_problem.is_none());
    let shown = serde_json::to_string(&status).unwrap();
    assert!(!shown.contains("hush"), "{shown}");
    assert_eq!(
        fs::read_to_string(bench.copy("xml")).unwrap(),
        good(&[&RSA])
    );

    let request = server.asked.lock().unwrap()[0].to_ascii_lowercase();
    let agent = concat!("user-agent: flexbridge/", env!("CARGO_PKG_VERSION"), "\r\n");
    assert!(request.starts_with("get /metadata?token=hush http/1.1\r\n"));
    assert!(request.contains(agent), "{request}");

    bench.clock.forward(Duration::from_hours(37));
    assert!(
        watch.status(bench.now()).stale,
        "three refreshes were missed"
    );
    assert!(watch.current(bench.now()).is_some(), "stale is not over");
}

/// What a server may do wrong, and the code that the administrator sees.
fn misbehaviour() -> Vec<(&'static str, Answer, ErrorCode)> {
    use ErrorCode::{Expired, Invalid, OtherEntity, Status, Timeout, TooLarge, Unreachable};
    let good = good(&[&RSA]);
    let expired = idp_metadata("urn:hq", &[&RSA], "validUntil=\"2026-03-01T09:59:59Z\"");
    let several = format!(
        "<md:EntitiesDescriptor xmlns:md=\"urn:oasis:names:tc:SAML:2.0:metadata\">{good}{}</md:EntitiesDescriptor>",
        idp_metadata("urn:other", &[&RSA], "")
    );
    let unencrypted = good.replace("https://idp", "http://idp");
    let status = |line: &str| raw(format!("HTTP/1.1 {line}\r\nContent-Length: 0\r\n\r\n"));
    let redirect = status("302 Found\r\nLocation: /metadata");
    let huge = format!("{good}{}", " ".repeat(5 * 1024 * 1024));
    let endless: Answer = Arc::new(|_, connection| {
        let _ = connection.write_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
        while connection.write_all(&[b' '; 8_192]).is_ok() {}
    });
    let slow: Answer = Arc::new(|_, connection| {
        let _ = connection.write_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
        while connection.write_all(b" ").is_ok() {
            thread::sleep(Duration::from_millis(100));
        }
    });
    let silent: Answer = Arc::new(|_, _| thread::sleep(Duration::from_secs(3)));
    let half = raw(format!(
        "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{good}",
        good.len() + 1
    ));
    let latin = raw(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n<a>\xfc<".to_vec());
    vec![
        ("404", status("404 Not Found"), Status),
        ("500", status("500 Oops"), Status),
        ("no content", status("204 No Content"), Status),
        ("a redirect", redirect, Status),
        ("announced huge", gives(&huge), TooLarge),
        ("endless", endless, TooLarge),
        ("a drop now and then", slow, Timeout),
        ("no answer", silent, Timeout),
        ("half of it", half, Unreachable),
        ("no HTTP", raw("good morning\r\n\r\n"), Unreachable),
        ("hung up", raw(""), Unreachable),
        (
            "a page",
            gives("<html><body>Sign in</body></html>"),
            Invalid,
        ),
        ("nothing", gives(""), Invalid),
        ("JSON", gives("{\"issuer\": \"x\"}"), Invalid),
        ("a DTD", gives(&format!("<!DOCTYPE x>{good}")), Invalid),
        ("not UTF-8", latin, Invalid),
        (
            "no certificate",
            gives(&idp_metadata("urn:hq", &[], "")),
            Invalid,
        ),
        ("several", gives(&several), Invalid),
        ("not https", gives(&unencrypted), Invalid),
        ("over", gives(&expired), Expired),
        (
            "another",
            gives(&idp_metadata("urn:x", &[&RSA], "")),
            OtherEntity,
        ),
    ]
}

#[tokio::test]
async fn whatever_the_server_does_the_last_good_metadata_stays() {
    let (bench, server) = (Bench::new(), Server::start(&good(&[&RSA])));
    let watch = bench.by_url(&server);
    watch.refresh_now().await.unwrap();
    let (obtained, before) = (bench.now(), server.asked());
    let mut times = 0;
    for (what, answer, code) in misbehaviour() {
        bench.clock.forward(Duration::from_secs(1));
        server.answers(answer);
        let error = watch.refresh_now().await.unwrap_err();
        assert_eq!(error.code, code, "{what}: {error}");
        assert!(!error.detail.contains("hush"), "{what}: {error}");
        times += 1;
        let status = watch.status(bench.now());
        let failure = status.failure.as_ref().unwrap();
        assert_eq!((failure.code, failure.times), (code, times), "{what}");
        assert_eq!(failure.last, bench.now());
        assert_eq!(failure.since, obtained + Duration::from_secs(1));
        assert_eq!(status.fetched_at, Some(obtained), "{what}");
        assert_eq!(fingerprints(&status), [fingerprint(&RSA)], "{what}");
        assert!(watch.current(bench.now()).is_some(), "{what}");
        assert_eq!(
            fs::read_to_string(bench.copy("xml")).unwrap(),
            good(&[&RSA])
        );
    }
    let asked = server.asked() - before;
    assert_eq!(
        asked,
        misbehaviour().len(),
        "no redirect is followed, nothing tried twice"
    );
    server.gives(&good(&[&RSA]));
    watch.refresh_now().await.unwrap();
    assert_eq!(watch.status(bench.now()).failure, None);
}

#[tokio::test]
async fn without_a_last_good_one_nothing_is_trusted() {
    for (what, answer, code) in misbehaviour() {
        if matches!(code, ErrorCode::OtherEntity | ErrorCode::Timeout) {
            continue;
        }
        let (bench, server) = (Bench::new(), Server::start(""));
        server.answers(answer);
        let watch = bench.by_url(&server);
        assert_eq!(watch.refresh_now().await.unwrap_err().code, code, "{what}");
        assert!(watch.current(bench.now()).is_none(), "{what}");
        assert!(!bench.copy("json").exists(), "{what}");
    }
}

#[tokio::test]
async fn certificates_roll_from_one_over_both_to_the_other() {
    let (bench, server) = (Bench::new(), Server::start(""));
    let watch = bench.by_url(&server);
    let (old, new) = (fingerprint(&RSA), fingerprint(&FOREIGN));
    let steps: [(&[&Pair], Vec<String>); 3] = [
        (&[&RSA], vec![old.clone()]),
        (&[&RSA, &FOREIGN], vec![old, new.clone()]),
        (&[&FOREIGN], vec![new]),
    ];
    for (pairs, trusted) in steps {
        server.gives(&good(pairs));
        watch.refresh_now().await.unwrap();
        assert_eq!(fingerprints(&watch.status(bench.now())), trusted);
        let again = bench.by_url(&server);
        assert_eq!(fingerprints(&again.status(bench.now())), trusted, "on disk");
    }
}

#[tokio::test]
async fn a_restart_without_the_server_knows_whom_to_trust() {
    let (bench, server) = (Bench::new(), Server::start(&good(&[&RSA])));
    bench.by_url(&server).refresh_now().await.unwrap();
    server.answers(raw(""));
    bench.clock.forward(Duration::from_hours(1));
    let watch = bench.by_url(&server);
    assert_eq!(watch.current(bench.now()).unwrap().entity_id, "urn:hq");
    assert!(watch.refresh_now().await.is_err());
    let status = watch.status(bench.now());
    assert_eq!(status.age_seconds, Some(3600));
    assert_eq!(status.failure.unwrap().times, 1);

    server.gives(&idp_metadata("urn:other", &[&FOREIGN], ""));
    let error = watch.refresh_now().await.unwrap_err();
    assert_eq!(
        error.code,
        ErrorCode::OtherEntity,
        "pinned across the restart"
    );
    assert!(error.detail.contains("urn:hq") && error.detail.contains("urn:other"));
}

#[tokio::test]
async fn another_source_may_be_another_provider() {
    let (bench, server) = (Bench::new(), Server::start(&good(&[&RSA])));
    bench.by_url(&server).refresh_now().await.unwrap();
    let other = Server::start(&idp_metadata("urn:other", &[&FOREIGN], ""));
    let watch = bench.by_url(&other);
    assert!(watch.current(bench.now()).is_none());
    assert!(watch.status(bench.now()).disk_problem.is_some());
    watch.refresh_now().await.unwrap();
    assert_eq!(watch.status(bench.now()).disk_problem, None);
    let again = bench.by_url(&other).current(bench.now()).unwrap();
    assert_eq!(again.entity_id, "urn:other");
}

#[tokio::test]
async fn a_damaged_copy_is_told_and_replaced() {
    let (bench, server) = (Bench::new(), Server::start(&good(&[&RSA])));
    bench.by_url(&server).refresh_now().await.unwrap();
    fs::write(bench.copy("xml"), "<md:Entity").unwrap();
    let watch = bench.by_url(&server);
    assert!(watch.current(bench.now()).is_none());
    let problem = watch.status(bench.now()).disk_problem.unwrap();
    assert!(problem.contains("hq.xml"), "{problem}");
    watch.refresh_now().await.unwrap();
    assert!(bench.by_url(&server).current(bench.now()).is_some());
}

#[tokio::test]
async fn a_full_disk_stops_nobody() {
    let (bench, server) = (Bench::new(), Server::start(&good(&[&RSA])));
    fs::write(bench.store.path().join("metadata"), "in the way").unwrap();
    let watch = bench.by_url(&server);
    watch.refresh_now().await.unwrap();
    assert!(watch.current(bench.now()).is_some());
    assert!(watch.status(bench.now()).disk_problem.is_some());
    fs::remove_file(bench.store.path().join("metadata")).unwrap();
    watch.refresh_now().await.unwrap();
    assert_eq!(watch.status(bench.now()).disk_problem, None);
    assert!(bench.copy("xml").exists());
}

#[tokio::test]
async fn metadata_that_is_over_lets_nobody_in() {
    let limited = idp_metadata("urn:hq", &[&RSA], "validUntil=\"2026-03-01T11:00:00Z\"");
    let (bench, server) = (Bench::new(), Server::start(&limited));
    let watch = bench.by_url(&server);
    watch.refresh_now().await.unwrap();
    let until: Timestamp = "2026-03-01T11:00:00Z".parse().unwrap();
    assert!(watch.current(until - Duration::from_millis(1)).is_some());
    assert!(!watch.status(until - Duration::from_millis(1)).expired);
    bench.clock.forward(Duration::from_hours(1));
    for watch in [watch, bench.by_url(&server)] {
        assert!(watch.current(until).is_none());
        let status = watch.status(until);
        assert!(status.expired);
        assert_eq!(status.valid_until, Some(until));
        let error = watch.refresh_now().await.unwrap_err();
        assert_eq!(error.code, ErrorCode::Expired);
    }
    let watch = bench.by_url(&server);
    server.gives(&idp_metadata("urn:other", &[&FOREIGN], ""));
    let error = watch.refresh_now().await.unwrap_err();
    assert_eq!(error.code, ErrorCode::OtherEntity, "over, and still pinned");
    server.gives(&good(&[&RSA]));
    watch.refresh_now().await.unwrap();
    assert!(watch.current(until).is_some());
}

#[tokio::test]
async fn a_file_is_read_again() {
    let bench = Bench::new();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("hq.xml");
    let watch = bench.by_file(&path);
    assert_eq!(watch.refresh_now().await.unwrap_err().code, ErrorCode::File);
    fs::write(&path, good(&[&RSA])).unwrap();
    watch.refresh_now().await.unwrap();
    fs::write(&path, good(&[&FOREIGN])).unwrap();
    watch.refresh_now().await.unwrap();
    assert_eq!(
        fingerprints(&watch.status(bench.now())),
        [fingerprint(&FOREIGN)]
    );
    let huge = format!("{}{}", good(&[&RSA]), " ".repeat(4 * 1024 * 1024));
    let another = idp_metadata("urn:other", &[&RSA], "");
    for (text, code) in [
        (huge.as_str(), ErrorCode::TooLarge),
        ("half an edit", ErrorCode::Invalid),
        (&another, ErrorCode::OtherEntity),
    ] {
        fs::write(&path, text).unwrap();
        assert_eq!(watch.refresh_now().await.unwrap_err().code, code);
    }
    fs::remove_file(&path).unwrap();
    assert_eq!(watch.refresh_now().await.unwrap_err().code, ErrorCode::File);
    fs::create_dir(&path).unwrap();
    assert_eq!(watch.refresh_now().await.unwrap_err().code, ErrorCode::File);
    assert_eq!(
        fingerprints(&watch.status(bench.now())),
        [fingerprint(&FOREIGN)]
    );
    assert_eq!(
        fingerprints(&bench.by_file(&path).status(bench.now())),
        [fingerprint(&FOREIGN)]
    );
}

#[tokio::test]
async fn the_same_file_is_not_written_over_and_over() {
    let bench = Bench::new();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("hq.xml");
    fs::write(&path, good(&[&RSA])).unwrap();
    let watch = bench.by_file(&path);
    watch.refresh_now().await.unwrap();
    let noted = || fs::read_to_string(bench.copy("json")).unwrap();
    let first = noted();
    bench.clock.forward(Duration::from_mins(59));
    watch.refresh_now().await.unwrap();
    assert_eq!(noted(), first);
    assert_eq!(watch.status(bench.now()).age_seconds, Some(0));
    bench.clock.forward(Duration::from_mins(1));
    watch.refresh_now().await.unwrap();
    assert_ne!(noted(), first);
}

#[tokio::test]
async fn the_background_refresh_finds_what_is_new_and_ends_when_dropped() {
    let (bench, server) = (Bench::new(), Server::start(""));
    server.answers(raw(""));
    let source = serde_json::json!({ "url": server.url(), "refresh": "1s" });
    let registry: Registry = [bench.open(source)].into_iter().collect();
    let hq = "hq".parse().unwrap();
    let watch = registry.get(&hq).unwrap().clone();
    assert_eq!(registry.iter().len(), 1);
    let failures = registry.refresh_all().await;
    assert_eq!(failures[0].0, hq);

    let refreshing = registry.start();
    assert_eq!(refreshing.count(), 1);
    server.gives(&good(&[&RSA]));
    for _ in 0..100 {
        if watch.current(bench.now()).is_some() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(watch.current(bench.now()).is_some());
    drop(refreshing);
    tokio::time::sleep(Duration::from_millis(200)).await;
    let asked = server.asked();
    tokio::time::sleep(Duration::from_millis(1500)).await;
    assert_eq!(server.asked(), asked, "nobody asks any more");
}

#[tokio::test]
async fn a_login_reads_while_a_download_hangs() {
    let (bench, server) = (Bench::new(), Server::start(&good(&[&RSA])));
    let watch = Arc::new(bench.by_url(&server));
    watch.refresh_now().await.unwrap();
    server.answers(Arc::new(|_, _| thread::sleep(Duration::from_secs(3))));
    let hanging = tokio::spawn({
        let watch = watch.clone();
        async move { watch.refresh_now().await }
    });
    tokio::time::sleep(Duration::from_millis(100)).await;
    let stopwatch = crate::clock::Stopwatch::start();
    assert!(watch.current(bench.now()).is_some());
    assert!(stopwatch.elapsed() < Duration::from_millis(100));
    assert!(!hanging.is_finished());
    assert_eq!(hanging.await.unwrap().unwrap_err().code, ErrorCode::Timeout);
}

#[test]
fn every_code_is_its_own_and_has_a_mend() {
    let codes: std::collections::BTreeSet<_> =
        ErrorCode::ALL.iter().map(|one| one.as_str()).collect();
    assert_eq!(codes.len(), ErrorCode::ALL.len());
    for code in ErrorCode::ALL {
        assert!(code.as_str().starts_with("metadata."));
        assert!(code.cause().ends_with('.') && code.mend().ends_with('.'));
    }
}
