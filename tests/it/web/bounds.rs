//! What is too much, too slow, doubled or forged.

use std::time::Duration;

use flexbridge::clock::Stopwatch;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
};

use super::bridge::{Bridge, client};

const FORM: &str = "application/x-www-form-urlencoded";

#[tokio::test]
async fn a_form_that_is_too_large_is_refused_with_a_reference() {
    let bridge = Bridge::start();
    for (path, code, place) in [
        ("/saml/sp/hq/acs", "response.too_large", "Idp(\"hq\")"),
        (
            "/saml/idp/production/sso",
            "request.too_large",
            "Flex(\"production\")",
        ),
    ] {
        let response = client()
            .post(bridge.url(path))
            .header("content-type", FORM)
            .body(vec![b'a'; 600 * 1024])
            .send()
            .await
            .unwrap();
        assert_eq!(response.status(), 413);
        assert!(response.text().await.unwrap().contains("Reference"));
        assert_eq!(
            bridge.asked().last().unwrap(),
            &format!("refuse {place} {code}")
        );
    }
    bridge.stop().await;
}

#[tokio::test]
async fn a_form_that_hides_its_size_is_cut_off() {
    let bridge = Bridge::start();
    let mut request = b"POST /saml/sp/hq/acs HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\
        Content-Type: application/x-www-form-urlencoded\r\nTransfer-Encoding: chunked\r\n\r\n"
        .to_vec();
    for _ in 0..10 {
        request.extend_from_slice(b"10000\r\n");
        request.extend(std::iter::repeat_n(b'a', 0x10000));
        request.extend_from_slice(b"\r\n");
    }
    request.extend_from_slice(b"0\r\n\r\n");
    let answer = bridge.raw(request).await;
    assert!(
        answer.starts_with("HTTP/1.1 413"),
        "{}",
        &answer[..60.min(answer.len())]
    );
    bridge.stop().await;
}

#[tokio::test]
async fn the_largest_form_is_let_through_and_one_byte_more_is_not() {
    let bridge = Bridge::start();
    let response = client()
        .post(bridge.url("/saml/sp/hq/acs"))
        .header("content-type", FORM)
        .body(vec![b'a'; 544 * 1024])
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), 200);
    let response = client()
        .post(bridge.url("/saml/sp/hq/acs"))
        .header("content-type", FORM)
        .body(vec![b'a'; 544 * 1024 + 1])
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), 413);
    bridge.stop().await;
}

#[tokio::test]
async fn a_slow_body_does_not_hold_on_for_ever() {
    let bridge = Bridge::start();
    let started = Stopwatch::start();
    let answer = bridge
        .raw(
            "POST /saml/sp/hq/acs HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nConnection: close\r\n\r\nSAML",
        )
        .await;
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
    assert!(started.elapsed() < Duration::from_secs(14));
    assert!(bridge.asked().is_empty());
    bridge.stop().await;
}

async fn connect_from(bridge: &Bridge, address: &str) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket
        .bind(format!("{address}:0").parse().unwrap())
        .unwrap();
    socket.connect(bridge.public).await.unwrap()
}

/// What is announced costs nothing; who announces and does not send is let go after the grace.
#[tokio::test]
async fn half_sent_forms_of_two_addresses_leave_room_for_a_third() {
    let bridge = Bridge::start();
    let started = Stopwatch::start();
    let mut held = Vec::new();
    for (address, forms) in [("127.0.0.2", 64), ("127.0.0.3", 56)] {
        for _ in 0..forms {
            let mut stream = connect_from(&bridge, address).await;
            let begun = format!(
                "POST /saml/sp/hq/acs HTTP/1.1\r\nHost: x\r\nContent-Length: 557056\r\n\
                 Content-Type: {FORM}\r\nConnection: close\r\n\r\nS"
            );
            stream.write_all(begun.as_bytes()).await.unwrap();
            held.push(stream);
        }
    }
    tokio::time::sleep(Duration::from_millis(300)).await;
    let mut honest = connect_from(&bridge, "127.0.0.4").await;
    let form = format!(
        "POST /saml/sp/hq/acs HTTP/1.1\r\nHost: x\r\nContent-Length: 17\r\n\
         Content-Type: {FORM}\r\nConnection: close\r\n\r\nSAMLResponse=PHg+"
    );
    honest.write_all(form.as_bytes()).await.unwrap();
    let mut answer = String::new();
    honest.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    let mut slow = String::new();
    held[0].read_to_string(&mut slow).await.unwrap();
    assert!(slow.starts_with("HTTP/1.1 408"), "{slow}");
    assert!(started.elapsed() < Duration::from_secs(7));
    bridge.stop().await;
}

#[tokio::test]
async fn a_slow_head_does_not_hold_on_for_ever() {
    let bridge = Bridge::start();
    let ends = async |beginning: &str| {
        let mut stream = TcpStream::connect(bridge.public).await.unwrap();
        stream.write_all(beginning.as_bytes()).await.unwrap();
        let mut rest = Vec::new();
        let end = stream.read_to_end(&mut rest);
        let ended = tokio::time::timeout(Duration::from_secs(18), end).await;
        assert!(ended.is_ok(), "{beginning:?}");
    };
    tokio::join!(
        ends(""),
        ends("GET /healthz HTT"),
        ends("GET /healthz HTTP/1.1\r\nHost: x\r\n"),
        ends("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\nGET /hea"),
    );
    bridge.stop().await;
}

#[tokio::test]
async fn heads_are_bounded() {
    let bridge = Bridge::start();
    let long = format!(
        "GET /saml/idp/production/sso?SAMLRequest={} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        "a".repeat(90_000)
    );
    let headers = |count: usize| {
        format!(
            "GET /healthz HTTP/1.1\r\nHost: x\r\n{}Connection: close\r\n\r\n",
            "X-A: b\r\n".repeat(count - 2)
        )
    };
    assert!(bridge.raw(headers(100)).await.starts_with("HTTP/1.1 200"));
    let many = headers(101);
    for request in [long, many] {
        let answer = bridge.raw(request).await;
        assert!(
            answer.starts_with("HTTP/1.1 431") || answer.starts_with("HTTP/1.1 414"),
            "{answer}"
        );
    }
    let fits = format!(
        "GET /saml/idp/production/sso?SAMLRequest={} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        "a".repeat(16_000)
    );
    assert!(bridge.raw(fits).await.starts_with("HTTP/1.1 303"));
    bridge.stop().await;
}

/// A head of exactly 64 KiB is read, and one byte more is not.
#[tokio::test]
async fn the_largest_head_is_read_and_one_byte_more_is_not() {
    let bridge = Bridge::start();
    let head = |size: usize| {
        let around = "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-A: \r\n\r\n";
        let long = format!("X-A: {}", "b".repeat(size - around.len()));
        let head = around.replace("X-A: ", &long);
        assert_eq!(head.len(), size);
        head
    };
    for (size, answer) in [(64 * 1024, "HTTP/1.1 200"), (64 * 1024 + 1, "HTTP/1.1 431")] {
        let told = bridge.raw(head(size)).await;
        assert!(told.starts_with(answer), "{size}: {told}");
    }
    bridge.stop().await;
}

#[tokio::test]
async fn only_one_kind_of_body_is_a_form() {
    let bridge = Bridge::start();
    for (headers, status) in [
        ("Content-Type: application/x-www-form-urlencoded\r\n", 200),
        (
            "Content-Type: Application/X-WWW-Form-Urlencoded;charset=utf-8\r\n",
            200,
        ),
        ("", 415),
        ("Content-Type: text/plain\r\n", 415),
        ("Content-Type: multipart/form-data; boundary=x\r\n", 415),
        (
            "Content-Type: application/x-www-form-urlencoded-not\r\n",
            415,
        ),
        (
            "Content-Type: application/x-www-form-urlencoded\r\nContent-Type: text/plain\r\n",
            415,
        ),
        (
            "Content-Length: 5\r\nContent-Type: application/x-www-form-urlencoded\r\n",
            400,
        ),
        (
            "Transfer-Encoding: chunked\r\nContent-Type: application/x-www-form-urlencoded\r\n",
            400,
        ),
    ] {
        let request = format!(
            "POST /saml/sp/hq/acs HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 3\r\n{headers}\r\na=b"
        );
        let answer = bridge.raw(request).await;
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status}")),
            "{headers}: {answer}"
        );
    }
    bridge.stop().await;
}

#[tokio::test]
async fn cookies_of_several_lines_are_one_and_forged_addresses_none() {
    let bridge = Bridge::start();
    let _ = bridge
        .raw(
            "GET /saml/idp/production/sso HTTP/1.1\r\nHost: evil.example\r\nCookie: a=1\r\n\
             X-Forwarded-For: 10.1.1.1\r\nX-Forwarded-Host: evil.example\r\nForwarded: for=10.1.1.1\r\n\
             Cookie: b=2; c=3\r\nConnection: close\r\n\r\n",
        )
        .await;
    let context = bridge.last_context();
    assert_eq!(context.cookies, "a=1; b=2; c=3");
    assert_eq!(context.address.to_string(), "127.0.0.1");
    bridge.stop().await;
}

#[tokio::test]
async fn a_trusted_proxy_tells_the_address() {
    let bridge = Bridge::start_with(None, Some("127.0.0.0/8"));
    let answer = bridge
        .raw(
            "GET /saml/idp/production/sso HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\
             X-Forwarded-For: 10.1.1.1\r\nX-Forwarded-For: 203.0.113.9\r\nX-Forwarded-Host: evil.example\r\n\r\n",
        )
        .await;
    assert_eq!(bridge.last_context().address.to_string(), "203.0.113.9");
    assert!(!answer.contains("evil.example"));
    bridge.stop().await;
}

/// How many logins one address has under way at once.
const EACH: usize = 64;

/// Behind a trusted proxy it is the agent's address that has a share, not the proxy's.
#[tokio::test]
async fn one_agent_behind_the_proxy_has_a_share_and_the_others_have_theirs() {
    let bridge = Bridge::start_with(None, Some("127.0.0.0/8"));
    let asks = |flex: &str, agent: &str| {
        let request = client()
            .get(bridge.url(&format!("/saml/idp/{flex}/sso?SAMLRequest=x")))
            .header("x-forwarded-for", agent);
        async { request.send().await.unwrap().status().as_u16() }
    };
    let held: Vec<_> = (0..EACH)
        .map(|_| tokio::spawn(asks("long", "203.0.113.9")))
        .collect();
    tokio::time::sleep(Duration::from_secs(2)).await;
    let watch = Stopwatch::start();
    assert_eq!(asks("production", "203.0.113.9").await, 503);
    let refused = "refuse Flex(\"production\") overloaded";
    assert!(bridge.asked().iter().any(|asked| asked == refused));
    assert_eq!(asks("production", "203.0.113.10").await, 303);
    assert!(watch.elapsed() < Duration::from_secs(5));
    for login in held {
        assert_eq!(login.await.unwrap(), 303);
    }
    assert_eq!(asks("production", "203.0.113.9").await, 303);
    bridge.stop().await;
}
