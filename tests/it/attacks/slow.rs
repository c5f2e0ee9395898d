//! Slow senders: heads and forms that never end, held open in numbers. They are
//! let go, and honest people sign in meanwhile.

use std::time::Duration;

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use super::bench::{Bench, is_ann, post};
use super::paper::Signs;

const FORM: &str = "application/x-www-form-urlencoded";

/// What becomes of a connection that sends this and then nothing more.
async fn ends(port: u16, beginning: String) -> Result<String, String> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    stream.write_all(beginning.as_bytes()).await.unwrap();
    let mut rest = Vec::new();
    let end = stream.read_to_end(&mut rest);
    match tokio::time::timeout(Duration::from_secs(25), end).await {
        Ok(_) => Ok(String::from_utf8_lossy(&rest).into_owned()),
        Err(_) => Err("still open after 25 seconds".to_owned()),
    }
}

#[tokio::test]
async fn who_crawls_is_let_go() {
    let mut bench = Bench::start_with("slow senders", "", |_| {}).await;
    let port = bench.company.bridge.port;
    let post_head = |length: usize| {
        format!(
            "POST /saml/sp/hq/acs HTTP/1.1\r\nHost: localhost\r\nContent-Type: {FORM}\r\nContent-Length: {length}\r\n\r\nSAMLResponse="
        )
    };
    let cases = [
        ("nothing at all", String::new(), ""),
        ("half a request line", "GET /healthz HTT".to_owned(), ""),
        (
            "a head that does not end",
            "GET /healthz HTTP/1.1\r\nHost: x\r\nX-A: b\r\n".to_owned(),
            "",
        ),
        ("a form that does not come", post_head(100), "HTTP/1.1 408"),
        (
            "a large form that does not come",
            post_head(500_000),
            "HTTP/1.1 408",
        ),
        (
            "chunks that do not come",
            format!(
                "POST /saml/sp/hq/acs HTTP/1.1\r\nHost: localhost\r\nContent-Type: {FORM}\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nSAML\r\n"
            ),
            "HTTP/1.1 408",
        ),
    ];
    // All of them many times at once, while somebody signs in.
    let held = cases.iter().flat_map(|case| std::iter::repeat_n(case, 8));
    let held = futures_util::future::join_all(held.map(|(case, beginning, answer)| async move {
        (*case, *answer, ends(port, beginning.clone()).await)
    }));
    let honest = async {
        let mut pages = Vec::new();
        for _ in 0..10 {
            let (mut browser, asked) = bench.begin().await;
            let form = post(&asked, &bench.paper(&asked).signed(Signs::Response));
            pages.push(browser.submit_once(&form).await);
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        pages
    };
    let (held, pages) = tokio::join!(held, honest);
    for (case, answer, ended) in held {
        let verdict = match ended {
            Ok(text)
                if text.starts_with(answer)
                    && (text.is_empty() || text.starts_with("HTTP/1.1 4")) =>
            {
                Ok(())
            }
            other => Err(format!("{other:?}")),
        };
        bench.class.attack(case, verdict);
    }
    for page in pages {
        bench
            .class
            .honest("somebody signs in meanwhile", is_ann(&page));
    }
    bench.finish();
}
