//! Metadata over real sockets and real files; here are the server, the clock and the place that all of them use.
//!
//! Must never: reach another machine.

mod registry;
mod source;
mod watch;

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
