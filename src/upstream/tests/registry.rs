//! All identity providers together, refreshed in the background.

use super::*;

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
