//! The agent's pages in a real Chromium: choosing the company, being refused, trying again; in
//! every language, on a phone and a wide screen, light and dark, judged by axe-core.

use crate::{
    admin::pages::look,
    login::walk::flex_asks,
    support::{
        bridge::{Bridge, Plan, Site},
        chromium::Chromium,
        forging::ForgingIdp,
    },
};

/// What the browser asks for, what it gets, and how it is asked which company.
const LANGUAGES: [(&str, &str, &str); 6] = [
    ("en-GB", "en", "company"),
    ("es-MX", "es", "empresa"),
    ("pt-BR", "pt", "empresa"),
    ("fr-CA", "fr", "entreprise"),
    ("de-AT", "de", "Unternehmen"),
    ("ja-JP", "ja", "会社"),
];

const CONTACT: &str = "Service desk: +49 30 1234";

/// A Flex account with two companies, of which one can't be reached.
async fn bridge() -> Bridge {
    let site = Site::new();
    let hq = ForgingIdp::new("hq");
    let plan = Plan {
        metadata: hq.metadata_file(&site.file("hq.xml")),
        idp: "name = \"Head Office GmbH & Co. <KG>\"\n".to_owned(),
        chosen: r#"["hq", "away"]"#.to_owned(),
        flex: "email_domains = { \"away.example\" = \"away\" }\nlogin_url = \"https://flex.twilio.com/dancing-owl-1234\"\n".to_owned(),
        more: format!(
            "[idp.away]\nprotocol = \"saml\"\nname = \"Away\"\nmetadata = {{ url = \"https://127.0.0.1:9/metadata\", allow_private = true }}\n[pages]\ncontact = \"{CONTACT}\"\n"
        ),
        ..Plan::default()
    };
    Bridge::start_at(site, plan).await
}

#[tokio::test]
async fn every_agent_can_read_every_page() {
    let Some(browser) = Chromium::start("agents").await else {
        return;
    };
    let bridge = bridge().await;
    for (asked, tag, company) in LANGUAGES {
        browser.speak(asked).await;
        let is = async |name: &str| {
            let lang = browser.say("return document.documentElement.lang").await;
            assert_eq!(lang, tag, "{asked} {name}: {}", browser.html().await);
            assert!(
                browser.text("main").await.contains(CONTACT),
                "{asked} {name}"
            );
            look(&browser, &format!("{name}-{tag}")).await;
        };
        browser.open(flex_asks(&bridge).as_str()).await;
        let heading = browser.text("h1").await;
        assert!(heading.contains(company), "{asked}: {heading}");
        is("choose").await;
        browser.type_into("#email", "ann@nowhere.example").await;
        browser.press("form button").await;
        assert!(
            browser
                .text("[role=alert]")
                .await
                .contains("nowhere.example")
        );
        is("choose-again").await;
        // Whose identity provider does not answer is told to come again, or to choose another.
        browser.type_into("#email", "ann@away.example").await;
        browser.press("form button").await;
        let retry = browser.text("a.button").await;
        assert!(!retry.is_empty(), "{asked}");
        assert!(!browser.text(".other a").await.is_empty(), "{asked}");
        is("try-again").await;
        let nonsense = format!("{}?SAMLRequest=x", bridge.sso_url());
        browser.open(&nonsense).await;
        assert_eq!(browser.text(".reference dd").await.len(), 11, "{asked}");
        is("refused").await;
        browser.open(bridge.at("/nowhere").as_str()).await;
        is("nothing").await;
    }
}
