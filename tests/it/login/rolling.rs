//! The company rolls its certificate while people sign in, and its metadata
//! goes away, all without a restart.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use flexbridge::identity::RefusalCode;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
    task::JoinSet,
};

use super::{
    walk::{begin, now, received},
    witness::is_refused,
};
use crate::support::{
    bridge::{Bridge, Plan},
    browser::{Browser, Page},
    forging::ForgingIdp,
    log::Log,
};

/// A server of metadata with an `ETag`; `None` hangs up.
struct Published {
    url: String,
    text: Arc<Mutex<Option<String>>>,
    unchanged: Arc<AtomicUsize>,
}

impl Published {
    async fn start(text: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let published = Self {
            url: format!("http://{}/metadata", listener.local_addr().unwrap()),
            text: Arc::new(Mutex::new(Some(text))),
            unchanged: Arc::default(),
        };
        let (text, unchanged) = (published.text.clone(), published.unchanged.clone());
        tokio::spawn(async move {
            loop {
                let (mut connection, _) = listener.accept().await.unwrap();
                let mut request = [0; 4_096];
                let read = connection.read(&mut request).await.unwrap_or(0);
                let request = String::from_utf8_lossy(&request[..read]).to_lowercase();
                let Some(body) = text.lock().unwrap().clone() else {
                    continue;
                };
                let tag = format!(
                    "\"{}-{}\"",
                    body.len(),
                    body.matches("KeyDescriptor").count()
                );
                let answer = if request.contains(&format!("if-none-match: {tag}")) {
                    unchanged.fetch_add(1, Ordering::SeqCst);
                    "HTTP/1.1 304 Not Modified\r\nConnection: close\r\n\r\n".to_owned()
                } else {
                    let length = body.len();
                    format!(
                        "HTTP/1.1 200 OK\r\nETag: {tag}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
                    )
                };
                let _ = connection.write_all(answer.as_bytes()).await;
            }
        });
        published
    }

    fn publish(&self, text: Option<String>) {
        *self.text.lock().unwrap() = text;
    }

    async fn bridge(&self) -> Bridge {
        Bridge::start(Plan {
            metadata: format!(r#"{{ url = "{}", refresh = "1s" }}"#, self.url),
            ..Plan::default()
        })
        .await
    }
}

/// One identity provider with its old and its new key.
struct Rolling {
    old: ForgingIdp,
    new: ForgingIdp,
}

impl Rolling {
    fn new() -> Self {
        let (old, mut new) = (ForgingIdp::new("hq"), ForgingIdp::new("hq-new"));
        new.entity_id.clone_from(&old.entity_id);
        Self { old, new }
    }

    /// Metadata with both certificates.
    fn both(&self) -> String {
        let key = |text: &str| {
            let from = text.find("<md:KeyDescriptor").unwrap();
            let to = text.find("</md:KeyDescriptor>").unwrap() + "</md:KeyDescriptor>".len();
            text[from..to].to_owned()
        };
        let (old, new) = (self.old.metadata(), self.new.metadata());
        old.replacen(&key(&old), &format!("{}{}", key(&old), key(&new)), 1)
    }
}

async fn login(bridge: &Bridge, idp: &ForgingIdp) -> Page {
    let mut browser = Browser::new();
    let asked = begin(&bridge.site, &mut browser).await;
    let form = idp.form(&asked, &ForgingIdp::says(&asked, now()));
    browser.submit_once(&form).await
}

/// Waits until the identity provider signs people in, as an administrator would look.
async fn until(bridge: &Bridge, idp: &ForgingIdp, accepted: bool) {
    for _ in 0..100 {
        if login(bridge, idp).await.status.is_success() == accepted {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the metadata was never taken");
}

#[tokio::test]
async fn a_certificate_rolls_under_load_without_one_failed_login() {
    let log = Log::listen();
    let idp = Arc::new(Rolling::new());
    let published = Published::start(idp.old.metadata()).await;
    let bridge = Arc::new(published.bridge().await);
    // The company's own order: publish both, sign with the new one, drop the old one.
    let (signs_with_new, stop) = (
        Arc::new(AtomicBool::new(false)),
        Arc::new(AtomicBool::new(false)),
    );
    let mut load = JoinSet::new();
    for _ in 0..24 {
        let (bridge, idp) = (bridge.clone(), idp.clone());
        let (signs_with_new, stop) = (signs_with_new.clone(), stop.clone());
        load.spawn(async move {
            let mut count = [0_usize; 2];
            while !stop.load(Ordering::SeqCst) {
                let new = signs_with_new.load(Ordering::SeqCst);
                let signer = if new { &idp.new } else { &idp.old };
                let page = login(&bridge, signer).await;
                assert_eq!(page.status, 200, "{}", page.body);
                received(&page);
                count[usize::from(new)] += 1;
            }
            count
        });
    }
    let refused = login(&bridge, &idp.new).await;
    assert_eq!(refused.status, 400, "nobody knows the new key yet");
    published.publish(Some(idp.both()));
    until(&bridge, &idp.new, true).await;
    received(&login(&bridge, &idp.old).await);
    signs_with_new.store(true, Ordering::SeqCst);
    // Who began before ends after: a moment for the last ones with the old key.
    tokio::time::sleep(Duration::from_secs(2)).await;
    published.publish(Some(idp.new.metadata()));
    until(&bridge, &idp.old, false).await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    stop.store(true, Ordering::SeqCst);
    let mut total = [0, 0];
    while let Some(count) = load.join_next().await {
        let count = count.unwrap();
        total = [total[0] + count[0], total[1] + count[1]];
    }
    assert!(total[0] > 5 && total[1] > 5, "{total:?}");
    let page = login(&bridge, &idp.old).await;
    is_refused(&bridge, &log, &page, RefusalCode::SignatureInvalid).await;
    received(&login(&bridge, &idp.new).await);
    assert!(
        published.unchanged.load(Ordering::SeqCst) > 0,
        "only what was new was sent"
    );
}

#[tokio::test]
async fn without_its_url_the_last_metadata_goes_on_across_a_restart() {
    let idp = ForgingIdp::new("hq");
    let published = Published::start(idp.metadata()).await;
    let bridge = published.bridge().await;
    received(&login(&bridge, &idp).await);
    published.publish(None);
    let mut ready = String::new();
    for _ in 0..100 {
        ready = Browser::new().open(&bridge.admin_at("/readyz")).await.body;
        if ready.contains("metadata.unreachable") {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(ready.contains("\"ready\":true"), "{ready}");
    received(&login(&bridge, &idp).await);
    let site = bridge.stop().await;
    let plan = Plan {
        metadata: format!(r#"{{ url = "{}", refresh = "1s" }}"#, published.url),
        ..Plan::default()
    };
    let bridge = Bridge::start_at(site, plan).await;
    received(&login(&bridge, &idp).await);
}
