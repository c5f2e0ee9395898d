//! Who holds a connection, for how long, and who gives way.

use std::{sync::Arc, time::Duration};

use axum::body::{Body, Bytes};
use http::{Request, StatusCode};
use http_body_util::BodyExt as _;
use hyper::client::conn::http2::{self, SendRequest};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpSocket, TcpStream},
    task::JoinHandle,
};
use tokio_rustls::TlsConnector;

use super::{
    bridge::Bridge,
    serving::{browser, write_certificate},
};
use flexbridge::{clock::Stopwatch, web::Tls};

/// How many connections one address has at once.
const EACH: usize = 256;
const FORM: &str = "application/x-www-form-urlencoded";

/// A bridge that ends TLS itself, and those who speak to it.
struct Office {
    bridge: Bridge,
    tls: TlsConnector,
    _folder: tempfile::TempDir,
}

impl Office {
    fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (settings, pem) = write_certificate(folder.path());
        let tls = Tls::load(&settings).unwrap();
        let bridge = Bridge::start_with(Some((settings, tls)), None);
        let mut trusting = Arc::unwrap_or_clone(browser(&pem));
        trusting.alpn_protocols = vec![b"h2".to_vec()];
        Self {
            bridge,
            tls: Arc::new(trusting).into(),
            _folder: folder,
        }
    }

    /// Somebody's browser connects by HTTP/2 over TLS.
    async fn agent(&self, from: &str) -> Result<Agent, String> {
        self.agent_with(from, |_| {}).await
    }

    async fn agent_with(
        &self,
        from: &str,
        change: impl FnOnce(&mut http2::Builder<TokioExecutor>),
    ) -> Result<Agent, String> {
        let stream = connect(&self.bridge, from).await;
        let name = "localhost".try_into().unwrap();
        let stream = self.tls.connect(name, stream).await;
        let stream = stream.map_err(|error| error.to_string())?;
        let mut builder = http2::Builder::new(TokioExecutor::new());
        change(&mut builder);
        let (asks, connection) = builder.handshake(TokioIo::new(stream)).await.unwrap();
        let ends = async { connection.await.map_err(|error| format!("{error:?}")) };
        Ok(Agent {
            asks,
            connection: tokio::spawn(ends),
        })
    }
}

async fn connect(bridge: &Bridge, from: &str) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(format!("{from}:0").parse().unwrap()).unwrap();
    socket.connect(bridge.public).await.unwrap()
}

/// A browser with one connection, which it keeps, and whose pings it answers.
struct Agent {
    asks: SendRequest<Body>,
    /// How the connection ends: well, when it was told so (GOAWAY without an error).
    connection: JoinHandle<Result<(), String>>,
}

impl Agent {
    async fn ask(&mut self, request: Request<Body>) -> Result<(StatusCode, Bytes), String> {
        let answer = self.asks.send_request(request).await;
        let (head, body) = answer.map_err(|error| format!("{error:?}"))?.into_parts();
        let body = body.collect().await.map_err(|error| error.to_string())?;
        Ok((head.status, body.to_bytes()))
    }

    /// Both halves of a login, as the web sees them.
    async fn sign_in(&mut self) -> Result<(), String> {
        let begun = self
            .ask(get("/saml/idp/production/sso?SAMLRequest=x"))
            .await?;
        let finish = Request::post("https://localhost/saml/sp/hq/acs")
            .header("content-type", FORM)
            .body("SAMLResponse=PHg+".into())
            .unwrap();
        let finished = self.ask(finish).await?;
        match (begun.0.as_u16(), finished.0.as_u16()) {
            (303, 200) => Ok(()),
            other => Err(format!("{other:?}")),
        }
    }
}

fn get(path: &str) -> Request<Body> {
    Request::get(format!("https://localhost{path}"))
        .body(Body::empty())
        .unwrap()
}

#[tokio::test]
async fn three_hundred_agents_of_one_office_keep_a_connection_each_and_the_next_one_signs_in() {
    let office = Office::open();
    let mut agents = Vec::new();
    // The last of them is the one who comes when more are there than there are places.
    for number in 0..=300 {
        let mut agent = office.agent("127.0.0.5").await.unwrap();
        let signed_in = agent.sign_in().await;
        assert_eq!(signed_in, Ok(()), "{number}");
        agents.push((agent, Stopwatch::start()));
    }
    // Those who were idle for longest gave way, told so; nobody else lost anything but to the patience, where the
    // machine is slow.
    let gone = agents.len() - EACH;
    for (number, (agent, idle)) in agents.iter_mut().enumerate() {
        if number < gone || agent.connection.is_finished() {
            let patient = number >= gone && idle.elapsed() < Duration::from_secs(14);
            assert!(!patient, "{number} {:?}", idle.elapsed());
            let ended = (&mut agent.connection).await.unwrap();
            assert_eq!(ended, Ok(()), "{number}");
        }
    }
    let (again, _) = &mut agents[300];
    again.sign_in().await.unwrap();
    office.bridge.stop().await;
}

#[tokio::test]
async fn when_all_are_busy_the_next_one_of_that_address_is_refused_and_others_are_not() {
    let office = Office::open();
    // They ask, and never take the answer: there is no room for one byte of it.
    let mut busy = Vec::new();
    for _ in 0..EACH {
        let mut agent = office
            .agent_with("127.0.0.6", |builder| {
                builder.initial_stream_window_size(0);
            })
            .await
            .unwrap();
        let answer = agent.asks.send_request(get("/healthz")).await.unwrap();
        busy.push((agent, answer));
    }
    assert!(office.agent("127.0.0.6").await.is_err());
    let mut other = office.agent("127.0.0.7").await.unwrap();
    other.sign_in().await.unwrap();
    assert!(
        busy.iter()
            .all(|(agent, _)| !agent.connection.is_finished())
    );
    // One of them gives up: there is room again.
    let (agent, answer) = busy.pop().unwrap();
    drop((agent.asks, answer));
    agent.connection.abort();
    let mut next = office.agent("127.0.0.6").await;
    for _ in 0..50 {
        if next.is_ok() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
        next = office.agent("127.0.0.6").await;
    }
    next.unwrap().sign_in().await.unwrap();
    drop(busy);
    office.bridge.stop().await;
}

#[tokio::test]
async fn who_only_connects_gives_way_after_a_moment() {
    let bridge = Bridge::start();
    let mut held = Vec::new();
    for _ in 0..EACH {
        held.push(connect(&bridge, "127.0.0.8").await);
    }
    let asks = async || {
        let mut stream = connect(&bridge, "127.0.0.8").await;
        let request = "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
        let _ = stream.write_all(request.as_bytes()).await;
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        answer.starts_with(b"HTTP/1.1 200")
    };
    assert!(!asks().await, "who has just come has a moment");
    tokio::time::sleep(Duration::from_millis(2_200)).await;
    assert!(asks().await);
    bridge.stop().await;
}

#[tokio::test]
async fn who_asks_nothing_is_told_to_go_after_the_patience_and_who_waits_for_an_answer_is_not() {
    let office = Office::open();
    let watch = Stopwatch::start();
    let mut silent = office.agent("127.0.0.9").await.unwrap();
    let mut idle = office.agent("127.0.0.9").await.unwrap();
    idle.sign_in().await.unwrap();
    let mut again = office.agent("127.0.0.9").await.unwrap();
    let mut busy = office.agent("127.0.0.9").await.unwrap();
    let ends = async |agent: &mut Agent| {
        let end = tokio::time::timeout(Duration::from_secs(25), &mut agent.connection);
        let ended = end.await.expect("still open").unwrap();
        assert_eq!(ended, Ok(()));
        watch.elapsed().as_secs_f32()
    };
    let again_later = async {
        tokio::time::sleep(Duration::from_secs(8)).await;
        again.sign_in().await.unwrap();
        ends(&mut again).await
    };
    let (one, two, three, waited) = tokio::join!(
        ends(&mut silent),
        ends(&mut idle),
        again_later,
        busy.ask(get("/saml/idp/long/sso?SAMLRequest=x")),
    );
    for ended in [one, two] {
        assert!((14.5..19.0).contains(&ended), "{ended}");
    }
    assert!((22.5..27.0).contains(&three), "{three}");
    assert_eq!(waited.unwrap().0, StatusCode::SEE_OTHER);
    office.bridge.stop().await;
}

#[tokio::test]
async fn by_http_1_likewise() {
    let bridge = Bridge::start();
    let asks = async |request: &str, ends_after: std::ops::Range<f32>| {
        let mut stream = TcpStream::connect(bridge.public).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let watch = Stopwatch::start();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.unwrap();
        let ended = watch.elapsed().as_secs_f32();
        assert!(ends_after.contains(&ended), "{request}: {ended}");
        String::from_utf8(answer).unwrap()
    };
    let (idle, busy) = tokio::join!(
        asks("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n", 14.0..18.0),
        asks(
            "GET /saml/idp/long/sso?SAMLRequest=x HTTP/1.1\r\nHost: x\r\n\r\n",
            31.0..37.0
        ),
    );
    assert!(idle.starts_with("HTTP/1.1 200"), "{idle}");
    assert!(busy.starts_with("HTTP/1.1 303"), "{busy}");
    bridge.stop().await;
}

/// HTTP/2 counts each field with 32 bytes more (RFC 9113 §6.5.2), and has to stay below the bound.
#[tokio::test]
async fn a_head_by_http_2_is_read_up_to_the_same_bound() {
    let office = Office::open();
    let field = |name: &str, value: &str| name.len() + value.len() + 32;
    let always = field(":method", "GET")
        + field(":scheme", "https")
        + field(":authority", "localhost")
        + field(":path", "/healthz")
        + field("x-a", "");
    for (size, answer) in [(64 * 1024 - 1, 200), (64 * 1024, 431)] {
        let mut agent = office.agent("127.0.0.10").await.unwrap();
        let mut request = get("/healthz");
        let long = "b".repeat(size - always).parse().unwrap();
        request.headers_mut().insert("x-a", long);
        let (status, _) = agent.ask(request).await.unwrap();
        assert_eq!(status.as_u16(), answer, "{size}");
        // The next request on that connection is read as any other.
        let (status, _) = agent.ask(get("/healthz")).await.unwrap();
        assert_eq!(status, StatusCode::OK, "{size}");
    }
    office.bridge.stop().await;
}

#[tokio::test]
async fn an_answer_that_nobody_takes_is_given_up_after_a_minute() {
    let office = Office::open();
    let mut agent = office
        .agent_with("127.0.0.11", |builder| {
            builder.initial_stream_window_size(0);
        })
        .await
        .unwrap();
    let watch = Stopwatch::start();
    let answer = agent.asks.send_request(get("/healthz")).await.unwrap();
    let end = tokio::time::timeout(Duration::from_secs(90), &mut agent.connection);
    end.await.expect("still open").unwrap().unwrap_err();
    let ended = watch.elapsed().as_secs_f32();
    assert!((59.0..80.0).contains(&ended), "{ended}");
    drop(answer);
    office.bridge.stop().await;
}

/// A proxy that has connected, and whose request is on its way, must not be reset when a node is restarted.
#[tokio::test]
async fn who_has_just_connected_is_heard_when_the_bridge_stops() {
    let mut bridge = Bridge::start();
    let mut proxies = Vec::new();
    for _ in 0..16 {
        proxies.push(connect(&bridge, "127.0.0.12").await);
    }
    bridge.ask_to_stop();
    tokio::time::sleep(Duration::from_millis(100)).await;
    for mut stream in proxies {
        let request = "GET /saml/idp/production/sso?SAMLRequest=x HTTP/1.1\r\nHost: x\r\n\r\n";
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.unwrap();
        let answer = String::from_utf8(answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 303"), "{answer}");
    }
    let refused = TcpStream::connect(bridge.public).await;
    assert!(refused.is_err(), "nobody else is let in");
    bridge.stop().await;
}
