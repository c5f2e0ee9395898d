//! What a server or a file may give, and what becomes of it.

use super::*;

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
