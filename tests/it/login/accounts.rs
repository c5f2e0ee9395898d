//! Several Flex accounts and identity providers in one process.

use flexbridge::identity::RefusalCode;

use super::{
    walk::{now, received},
    witness::is_refused,
};
use crate::support::{
    bridge::{Bridge, Plan, Site},
    browser::{Browser, Page},
    flex::{ENHANCED, LEGACY, enhanced_request, legacy_request, redirect},
    forging::{Asked, ForgingIdp, asked},
    log::Log,
};

/// Who is asked by which account, and what becomes of it.
struct Two {
    bridge: Bridge,
    idps: [ForgingIdp; 3],
}

const NAMES: [&str; 3] = ["hq", "partner", "third"];

impl Two {
    async fn start() -> Self {
        let site = Site::new();
        let idps = NAMES.map(ForgingIdp::new);
        let file = |number: usize| idps[number].metadata_file(&site.file(NAMES[number]));
        let plan = Plan {
            metadata: file(0),
            idp: "idp_initiated = { flex = \"production\" }\n".to_owned(),
            chosen: r#"["hq", "partner"]"#.to_owned(),
            more: format!(
                r#"[idp.partner]
protocol = "saml"
metadata = {}
idp_initiated = true
[idp.third]
protocol = "saml"
metadata = {}
idp_initiated = true
[flex.old]
idp = ["hq", "third"]
name_ids = "shared"
account_sid = "AC00000000000000000000000000000000"
sso = "legacy"
claims = {{ email = ["email"], full_name = ["displayName"], roles = ["roles"] }}
location = {{ attribute = ["department"], defined = {{ from = "file", path = "{}" }} }}
"#,
                file(1),
                file(2),
                site.file("locations.json").display()
            ),
            ..Plan::default()
        };
        let bridge = Bridge::start_at(site, plan).await;
        Self { bridge, idps }
    }

    async fn begin(&self, browser: &mut Browser, flex: &str) -> Page {
        let sso = format!("{}/saml/idp/{flex}/sso", self.bridge.url);
        let xml = match flex {
            "production" => enhanced_request("_of-flex", &sso),
            _ => legacy_request("_of-flex", &sso),
        };
        browser.open_once(&redirect(&sso, &xml, flex)).await
    }
}

#[tokio::test]
async fn two_accounts_and_three_identity_providers_reach_only_their_own() {
    let log = Log::listen();
    let two = Two::start().await;
    let accounts = [("production", ENHANCED, [0, 1]), ("old", LEGACY, [0, 2])];
    for (flex, sp, own) in accounts {
        for (number, name) in NAMES.into_iter().enumerate() {
            let mut browser = Browser::new();
            let page = two.begin(&mut browser, flex).await;
            let choice = page.form_with("login").fill("idp", name);
            let page = browser.submit_once(&choice).await;
            if !own.contains(&number) {
                is_refused(&two.bridge, &log, &page, RefusalCode::RequestParameter).await;
                continue;
            }
            let asked = asked(&page);
            assert!(asked.issuer.ends_with(&format!("/saml/sp/{name}")));
            let says = ForgingIdp::says(&asked, now());
            let page = browser
                .submit_once(&two.idps[number].form(&asked, &says))
                .await;
            let form = page.form_with("SAMLResponse");
            assert_eq!(form.action.as_str(), sp.1);
            assert_eq!(form.field("RelayState"), Some(flex));
            // The other account remembers nothing of it.
            let other = if flex == "old" { "production" } else { "old" };
            let page = two.begin(&mut browser, other).await;
            assert!(page.body.contains("Which company"), "{}", page.body);
            let page = two.begin(&mut browser, flex).await;
            assert_eq!(page.status, 303, "remembered");
        }
    }
}

#[tokio::test]
async fn what_begins_at_an_identity_provider_leads_to_its_own_account() {
    let two = Two::start().await;
    for (number, sp) in [(0, ENHANCED), (1, ENHANCED), (2, LEGACY)] {
        let issuer = format!("{}/saml/sp/{}", two.bridge.url, NAMES[number]);
        let asked = Asked {
            xml: String::new(),
            id: format!("_{number}"),
            acs: format!("{issuer}/acs"),
            issuer,
            relay_state: String::new(),
        };
        let mut says = ForgingIdp::says(&asked, now());
        says.request = None;
        let form = two.idps[number].form(&asked, &says);
        let page = Browser::new().submit_once(&form).await;
        let form = page.form_with("SAMLResponse");
        assert_eq!(form.action.as_str(), sp.1, "{}", NAMES[number]);
        assert_eq!(received(&page).request, None);
    }
}

#[tokio::test]
async fn a_choice_that_one_account_put_is_none_of_the_other() {
    let log = Log::listen();
    let two = Two::start().await;
    let mut browser = Browser::new();
    let page = two.begin(&mut browser, "production").await;
    let choice = page.form_with("login").fill("idp", "hq");
    let mut elsewhere = choice.clone();
    elsewhere.action = two.bridge.at("/saml/idp/old/choose");
    let page = browser.submit_once(&elsewhere).await;
    let record = is_refused(&two.bridge, &log, &page, RefusalCode::LoginUnknown).await;
    assert_eq!(record.flex.unwrap().as_str(), "old");
    assert_eq!(browser.submit_once(&choice).await.status, 303);
}
