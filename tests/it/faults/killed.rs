//! kill -9 in mid-login, at each point of it: whoever was let in can't be let in by the same
//! answer again, whoever was not can still be, and the files are whole.

use std::{path::Path, time::Duration};

use flexbridge::identity::RefusalCode;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    task::JoinSet,
};

use super::person::{Begun, begin, readiness};
use crate::{
    login::process::Company,
    support::{bridge::Site, chaos::Fault, serve::Serve},
};

const USED: &[RefusalCode] = &[RefusalCode::LoginReplayed];

fn kill(serve: Serve) -> Site {
    serve.signal("KILL");
    let (status, site) = serve.wait();
    assert_eq!(status.code(), None, "killed");
    site
}

/// Whether both files of the store are whole, as SQLite itself sees it.
fn whole(site: &Site) -> Result<(), String> {
    for name in ["consumed.db", "journal.db"] {
        let connection = rusqlite::Connection::open(site.file("store").join(name));
        let told = connection.and_then(|connection| {
            connection.query_row("PRAGMA integrity_check", [], |row| row.get::<_, String>(0))
        });
        if told.as_deref() != Ok("ok") {
            return Err(format!("{name}: {told:?}"));
        }
    }
    Ok(())
}

/// The answer as a browser puts it on the wire.
fn bytes(serve: &Serve, begun: &Begun) -> Vec<u8> {
    let body = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(&begun.form.fields)
        .finish();
    format!(
        "POST /saml/sp/hq/acs HTTP/1.1\r\nHost: localhost:{}\r\nCookie: {}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        serve.port,
        begun.browser.cookies(&begun.form.action),
        body.len()
    )
    .into_bytes()
}

#[tokio::test(flavor = "multi_thread")]
async fn before_and_between_the_halves_of_a_login() {
    let site = Site::new();
    let company = Company::at(&site);
    let mut fault = Fault::new("kill -9 in mid-login", "halves");
    let serve = Serve::start(site, &company.plan);
    let serve = Serve::start(kill(serve), &company.plan);
    let begun = begin(&serve, &company).await;
    fault.case("before a login begins", begun.end().await);
    fault.case("used before", begun.refused(&serve, USED).await);

    let begun = begin(&serve, &company).await;
    let serve = Serve::start(kill(serve), &company.plan);
    fault.case("between its two halves", begun.end().await);
    let serve = Serve::start(kill(serve), &company.plan);
    fault.case(
        "after it was acknowledged",
        begun.refused(&serve, USED).await,
    );

    let begun = begin(&serve, &company).await;
    let wire = bytes(&serve, &begun);
    let mut stream = TcpStream::connect(("127.0.0.1", serve.port)).await.unwrap();
    stream.write_all(&wire[..wire.len() / 2]).await.unwrap();
    tokio::time::sleep(Duration::from_millis(100)).await;
    let serve = Serve::start(kill(serve), &company.plan);
    fault.case("in the middle of the answer", begun.end().await);
    fault.case("and that once", begun.refused(&serve, USED).await);
    fault.case("the files are whole", whole(&kill(serve)));
    fault.finish();
}

/// At these moments after the answer has arrived, in microseconds: before it is read, while it
/// is verified, while it is written down, while it is answered.
const MOMENTS: [u64; 16] = [
    0, 200, 500, 1_000, 2_000, 3_000, 4_000, 6_000, 8_000, 10_000, 12_000, 15_000, 20_000, 25_000,
    30_000, 50_000,
];

#[tokio::test(flavor = "multi_thread")]
async fn at_any_moment_of_the_answer() {
    let site = Site::new();
    let company = Company::at(&site);
    let mut fault = Fault::new("kill -9 in mid-login", "moments");
    let mut serve = Serve::start(site, &company.plan);
    let (mut acknowledged, mut lost) = (0, 0);
    for moment in MOMENTS {
        let begun = begin(&serve, &company).await;
        let wire = bytes(&serve, &begun);
        let mut stream = TcpStream::connect(("127.0.0.1", serve.port)).await.unwrap();
        stream.write_all(&wire).await.unwrap();
        tokio::time::sleep(Duration::from_micros(moment)).await;
        let site = kill(serve);
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        let answer = String::from_utf8_lossy(&answer);
        let let_in = answer.starts_with("HTTP/1.1 200") && answer.contains("SAMLResponse");
        fault.case("the files are whole", whole(&site));
        serve = Serve::start(site, &company.plan);
        let case = format!("{moment} µs after the answer");
        if let_in {
            acknowledged += 1;
            fault.case(&case, begun.refused(&serve, USED).await);
            continue;
        }
        // Nobody was let in: the same answer is good, or its use is on record already.
        lost += 1;
        let again = begun.end().await;
        let refused = begun.refused(&serve, USED).await;
        fault.case(
            &case,
            refused.map_err(|why| format!("{again:?}, then {why}")),
        );
    }
    let (status, told) = readiness(&serve).await;
    fault.holds("ready", status == 200, &told);
    fault.holds("some came before the answer", lost > 0, &acknowledged);
    fault.finish();
}

/// A round of logins at once, and all of them acknowledged or not when the process dies.
async fn round(serve: &Serve, company: &Company, people: usize) -> JoinSet<Option<Begun>> {
    let mut round = JoinSet::new();
    for _ in 0..people {
        let begun = begin(serve, company).await;
        let (wire, port) = (bytes(serve, &begun), serve.port);
        round.spawn(async move {
            let mut stream = TcpStream::connect(("127.0.0.1", port)).await.ok()?;
            stream.write_all(&wire).await.ok()?;
            let mut answer = Vec::new();
            let _ = stream.read_to_end(&mut answer).await;
            let answer = String::from_utf8_lossy(&answer);
            (answer.starts_with("HTTP/1.1 200") && answer.contains("</html>")).then_some(begun)
        });
    }
    round
}

#[tokio::test(flavor = "multi_thread")]
async fn with_many_logins_under_way() {
    let site = Site::new();
    let company = Company::at(&site);
    let mut fault = Fault::new("kill -9 in mid-login", "load");
    let mut serve = Serve::start(site, &company.plan);
    for wait in [5, 20, 60, 150] {
        let mut under_way = round(&serve, &company, 16).await;
        tokio::time::sleep(Duration::from_millis(wait)).await;
        let site = kill(serve);
        let mut acknowledged = Vec::new();
        while let Some(one) = under_way.join_next().await {
            acknowledged.extend(one.unwrap());
        }
        fault.case("the files are whole", whole(&site));
        serve = Serve::start(site, &company.plan);
        for begun in &acknowledged {
            fault.case(
                "what was acknowledged stays used",
                begun.refused(&serve, USED).await,
            );
        }
        let fresh = begin(&serve, &company).await;
        fault.case("whoever begins now signs in", fresh.end().await);
    }
    let rows = rows_of(&serve.site.file("store"));
    fault.holds("the journal goes on", rows > 0, &rows);
    fault.finish();
}

fn rows_of(store: &Path) -> i64 {
    let connection = rusqlite::Connection::open(store.join("journal.db")).unwrap();
    let count = connection.query_row("SELECT count(*) FROM login", [], |row| row.get(0));
    count.unwrap()
}
