//! What is known of one identity provider: kept, rolled, over, and there again after a restart.

use super::*;

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
