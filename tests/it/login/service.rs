//! The service around a login: what is switched off, away, or cannot be reached.

use std::{fs, time::Duration};

use flexbridge::identity::RefusalCode;
use serde_json::Value;

use super::{
    walk::{Forged, flex_asks, now, received},
    witness::is_refused,
};
use crate::support::{
    bridge::{Bridge, Site},
    browser::Browser,
    child::free_port,
    forging::ForgingIdp,
    log::Log,
    peers,
    redis::Redis,
};

#[tokio::test]
async fn what_is_switched_off_is_off_for_logins_under_way_too() {
    let log = Log::listen();
    let company = Forged::start(|_| {}).await;
    let code = RefusalCode::LoginSwitchedOff;
    let mut browser = Browser::new();
    let asked = company.begin(&mut browser).await;
    let form = company.idp.form(&asked, &ForgingIdp::says(&asked, now()));
    for (idp, flex) in [("enabled = false", ""), ("", "enabled = false")] {
        let mut plan = company.plan.clone();
        (plan.idp, plan.flex) = (idp.to_owned(), flex.to_owned());
        company.bridge.reload(&plan).await;
        let page = browser.submit_once(&form).await;
        is_refused(&company.bridge, &log, &page, code).await;
        let page = Browser::new().open_once(&flex_asks(&company.bridge)).await;
        is_refused(&company.bridge, &log, &page, code).await;
    }
    // The account now belongs to another identity provider.
    let partner = ForgingIdp::new("partner");
    let metadata = partner.metadata_file(&company.bridge.file("partner.xml"));
    let mut plan = company.plan.clone();
    plan.more = format!("[idp.partner]\nprotocol = \"saml\"\nmetadata = {metadata}\n");
    company.bridge.write(&plan);
    let text = fs::read_to_string(company.bridge.config()).unwrap();
    let moved = text.replace("idp = \"hq\"", "idp = \"partner\"");
    fs::write(company.bridge.config(), moved).unwrap();
    company.bridge.running.reload().await.unwrap();
    let page = browser.submit_once(&form).await;
    is_refused(&company.bridge, &log, &page, code).await;

    company.bridge.reload(&company.plan).await;
    received(&browser.submit_once(&form).await);
}

#[tokio::test]
async fn without_metadata_there_is_nobody_to_trust() {
    let log = Log::listen();
    let company = Forged::start(|plan| {
        let url = format!("http://127.0.0.1:{}/metadata", free_port());
        plan.metadata = format!(r#"{{ url = "{url}" }}"#);
    })
    .await;
    let code = RefusalCode::MetadataUnavailable;
    let page = Browser::new().open_once(&flex_asks(&company.bridge)).await;
    is_refused(&company.bridge, &log, &page, code).await;
    let (status, told) = ready(&company.bridge).await;
    assert_eq!(
        (status, &told["idp.hq.metadata"]),
        (503, &Value::Bool(false))
    );

    let mut plan = company.plan.clone();
    plan.metadata = company.idp.metadata_file(&company.bridge.file("hq.xml"));
    company.bridge.reload(&plan).await;
    received(&company.login(|_| {}).await);
    assert_eq!(ready(&company.bridge).await.0, 200);
}

#[tokio::test]
async fn with_its_disk_gone_bad_nobody_is_let_in() {
    let log = Log::listen();
    let company = Forged::start(|_| {}).await;
    received(&company.login(|_| {}).await);
    assert_eq!(ready(&company.bridge).await.0, 200);
    let mut spoilt = 0;
    for entry in fs::read_dir(company.bridge.file("store")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if name.starts_with("consumed") {
            fs::write(&path, "no database".repeat(9_999)).unwrap();
            spoilt += 1;
        }
    }
    assert!(spoilt > 0);
    let page = company.login(|_| {}).await;
    is_refused(&company.bridge, &log, &page, RefusalCode::StoreUnavailable).await;
    let (status, told) = ready(&company.bridge).await;
    assert_eq!((status, &told["store"]), (503, &Value::Bool(false)));
}

#[tokio::test]
async fn with_redis_away_logins_are_refused_until_it_is_back() {
    if !peers::require("redis") {
        return;
    }
    let log = Log::listen();
    let redis = Redis::start();
    let port = redis.port;
    let site = Site::new();
    let store = redis.store(&site.file("redis.url"));
    let company = Forged::start_at(site, |plan| plan.store = store).await;
    received(&company.login(|_| {}).await);
    assert_eq!(ready(&company.bridge).await.0, 200);
    let mut browser = Browser::new();
    let asked = company.begin(&mut browser).await;
    let form = company.idp.form(&asked, &ForgingIdp::says(&asked, now()));

    drop(redis);
    let page = browser.submit_once(&form).await;
    is_refused(&company.bridge, &log, &page, RefusalCode::StoreUnavailable).await;
    let (status, told) = ready(&company.bridge).await;
    assert_eq!((status, &told["store"]), (503, &Value::Bool(false)));

    let _redis = Redis::start_at(port);
    for _ in 0..100 {
        if ready(&company.bridge).await.0 == 200 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(ready(&company.bridge).await.0, 200);
    // It has come back empty: what was begun before may have been used, for all that it knows.
    let page = browser.submit_once(&form).await;
    is_refused(&company.bridge, &log, &page, RefusalCode::StoreUnavailable).await;
    received(&company.login(|_| {}).await);
}

/// The status of `/readyz`, and which checks hold.
async fn ready(bridge: &Bridge) -> (u16, Value) {
    let page = Browser::new().open(&bridge.admin_at("/readyz")).await;
    let told: Value = serde_json::from_str(&page.body).unwrap();
    let checks = told["checks"].as_array().unwrap().iter();
    let checks = checks.map(|check| {
        let name = check["name"].as_str().unwrap().to_owned();
        (name, check["ok"].clone())
    });
    (page.status.as_u16(), checks.collect())
}
