//! What `explain` says of an ID token is what the login did with it.
//!
//! The browser of the tests holds each login against its explanation (`support::mirror`); here
//! is that it does so for ID tokens, too, and finds what the two would disagree about.

use serde_json::{Value, json};

use super::forged::Forged;
use crate::support::{browser::Browser, mirror};

#[tokio::test]
async fn each_id_token_is_explained_as_the_login_went() {
    let company = Forged::start(|_| {}).await;
    let cases: [(&str, Value, u16); 7] = [
        ("roles", json!(["agent"]), 200),
        ("physicalDeliveryOfficeName", json!("nowhere"), 200),
        (
            "physicalDeliveryOfficeName",
            json!(["Singapore Office", "x"]),
            200,
        ),
        ("email", Value::Null, 403),
        ("aud", json!("another"), 403),
        ("exp", json!(1), 403),
        ("iss", json!("https://evil.example"), 403),
    ];
    let before = mirror::compared();
    for (claim, value, status) in &cases {
        let mut browser = Browser::new();
        let asked = company.begin(&mut browser, "", "").await;
        let mut claims = company.provider.claims(&asked);
        claims[*claim] = value.clone();
        let back = company.provider.answer(&asked, claims);
        let page = browser.open_once(&back).await;
        let accepted = page.status == 200;
        assert_eq!(accepted, *status == 200, "{claim} {value}: {}", page.body);
    }
    assert_eq!(mirror::compared() - before, cases.len());
}
