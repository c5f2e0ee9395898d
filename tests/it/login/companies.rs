//! One Flex account, and two companies whose people work in it.

use url::Url;

use super::walk::{flex_asks, now};
use crate::support::{
    bridge::{Bridge, Plan, Site},
    browser::{Browser, Page},
    forging::{ForgingIdp, Says, asked},
};

pub const DOMAINS: &str = "email_domains = { \"company.example\" = \"hq\", \"Partner.example\" = \"partner\" }\nlogin_url = \"https://flex.twilio.com/dancing-owl-1234\"\n";

/// One Flex account, and two companies whose people work in it.
pub struct Companies {
    hq: ForgingIdp,
    pub partner: ForgingIdp,
    pub bridge: Bridge,
    pub plan: Plan,
}

impl Companies {
    pub async fn start(change: impl FnOnce(&mut Plan)) -> Self {
        let site = Site::new();
        let (hq, partner) = (ForgingIdp::new("hq"), ForgingIdp::new("partner"));
        let mut plan = Plan {
            metadata: hq.metadata_file(&site.file("hq.xml")),
            idp: "name = \"Head <office>\"\n".to_owned(),
            chosen: r#"["hq", "partner"]"#.to_owned(),
            flex: DOMAINS.to_owned(),
            more: format!(
                "[idp.partner]\nprotocol = \"saml\"\nmetadata = {}\n",
                partner.metadata_file(&site.file("partner.xml"))
            ),
            ..Plan::default()
        };
        change(&mut plan);
        let bridge = Bridge::start_at(site, plan.clone()).await;
        Self {
            hq,
            partner,
            bridge,
            plan,
        }
    }

    /// Flex asks, with more behind its address.
    pub fn flex_asks(&self, more: &str) -> Url {
        let mut url = flex_asks(&self.bridge);
        let query = format!("{}{more}", url.query().unwrap());
        url.set_query(Some(&query));
        url
    }

    /// Who is asked for this page's login.
    pub fn who(&self, page: &Page) -> &'static str {
        assert!([200, 303].contains(&page.status.as_u16()), "{}", page.body);
        match asked(page).issuer.strip_prefix(&self.bridge.url).unwrap() {
            "/saml/sp/hq" => "hq",
            "/saml/sp/partner" => "partner",
            other => panic!("{other}"),
        }
    }

    pub async fn asks(&self, browser: &mut Browser) -> Page {
        let page = browser.open_once(&self.flex_asks("")).await;
        assert_eq!(page.status, 200);
        assert!(page.body.contains("Which company"), "{}", page.body);
        page
    }

    /// The identity provider that was asked answers.
    pub async fn finish(&self, browser: &mut Browser, page: &Page) -> Page {
        self.finish_as(browser, page, |_| {}).await
    }

    /// The same, and it says something else.
    pub async fn finish_as(
        &self,
        browser: &mut Browser,
        page: &Page,
        change: impl FnOnce(&mut Says),
    ) -> Page {
        let idp = match self.who(page) {
            "hq" => &self.hq,
            _ => &self.partner,
        };
        let asked = asked(page);
        let mut says = ForgingIdp::says(&asked, now());
        change(&mut says);
        browser.submit_once(&idp.form(&asked, &says)).await
    }
}
