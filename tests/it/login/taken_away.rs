//! An identity provider is taken away, switched off or out of the file, and every path to it
//! refuses, for logins that are under way too; the other one goes on.

use flexbridge::identity::RefusalCode;

use super::{
    unasked::unasked,
    walk::{flex_asks, now, received},
    witness::is_refused,
};
use crate::support::{
    bridge::{Bridge, Plan, Site},
    browser::{Browser, Page},
    forging::{ForgingIdp, asked},
    forging_provider::{AskedProvider, ForgingProvider},
    forms::Form,
    log::Log,
};

/// One account, before a SAML identity provider `hq` and an OpenID Connect provider `partner`.
struct Company {
    hq: ForgingIdp,
    partner: ForgingProvider,
    bridge: Bridge,
    plan: Plan,
}

impl Company {
    async fn start() -> Self {
        let site = Site::new();
        let (hq, partner) = (ForgingIdp::new("hq"), ForgingProvider::start().await);
        let section = partner.section(&site.file("client.secret"));
        let plan = Plan {
            metadata: hq.metadata_file(&site.file("hq.xml")),
            idp: "idp_initiated = true\n".to_owned(),
            chosen: r#"["hq", "partner"]"#.to_owned(),
            flex: r#"email_domains = { "company.example" = "hq", "partner.example" = "partner" }"#
                .to_owned(),
            more: format!("[idp.partner]\n{section}idp_initiated = true\n"),
            ..Plan::default()
        };
        let bridge = Bridge::start_at(site, plan.clone()).await;
        Self {
            hq,
            partner,
            bridge,
            plan,
        }
    }

    /// The configuration after somebody was taken away, and what the paths then say.
    fn without(&self, name: &str, removed: bool) -> Plan {
        let mut plan = self.plan.clone();
        match (name, removed) {
            ("hq", false) => plan.idp.push_str("enabled = false\n"),
            ("hq", true) => {
                // Out of the account; its section is what the tests' file always has.
                plan.idp = String::new();
                "\"partner\"".clone_into(&mut plan.chosen);
                plan.flex = String::new();
            }
            (_, false) => plan.more.push_str("enabled = false\n"),
            (_, true) => {
                plan.more = String::new();
                "\"hq\"".clone_into(&mut plan.chosen);
                plan.flex = String::new();
            }
        }
        plan
    }

    /// Flex asks, and the agent chooses by an address of this domain.
    async fn begin(&self, browser: &mut Browser, domain: &str) -> Page {
        let page = browser.open_once(&flex_asks(&self.bridge)).await;
        let form = page.form_with("email");
        let form = form.fill("email", &format!("ann@{domain}"));
        browser.submit_once(&form).await
    }

    /// A login under way at `hq`: the form that would finish it.
    async fn under_way_at_hq(&self, browser: &mut Browser) -> Form {
        let asked = asked(&self.begin(browser, "company.example").await);
        self.hq.form(&asked, &ForgingIdp::says(&asked, now()))
    }

    /// A login under way at `partner`: the address that would finish it.
    async fn under_way_at_partner(&self, browser: &mut Browser) -> url::Url {
        let asked = AskedProvider::of(&self.begin(browser, "partner.example").await);
        self.partner.answer(&asked, self.partner.claims(&asked))
    }

    fn portal(&self) -> url::Url {
        let mut url = self.bridge.at("/oidc/rp/partner/login");
        url.query_pairs_mut()
            .append_pair("iss", &self.partner.issuer);
        url
    }

    /// The other one still signs in, without a question where it is the only one.
    async fn goes_on(&self, other: &str) {
        let mut browser = Browser::new();
        let page = browser.open_once(&flex_asks(&self.bridge)).await;
        let page = if other == "hq" {
            let asked = asked(&page);
            let form = self.hq.form(&asked, &ForgingIdp::says(&asked, now()));
            browser.submit_once(&form).await
        } else {
            let asked = AskedProvider::of(&page);
            let back = self.partner.answer(&asked, self.partner.claims(&asked));
            browser.open_once(&back).await
        };
        received(&page);
    }
}

#[tokio::test]
async fn a_saml_identity_provider_that_is_taken_away_is_gone_on_every_path() {
    let log = Log::listen();
    let company = Company::start().await;
    let bridge = &company.bridge;
    let off = RefusalCode::LoginSwitchedOff;
    for (number, removed) in [false, true].into_iter().enumerate() {
        bridge.reload(&company.plan).await;
        let mut browser = Browser::new();
        let answer = company.under_way_at_hq(&mut browser).await;
        let mut chooser = Browser::new();
        let choice = chooser.open_once(&flex_asks(bridge)).await;
        let choice = choice.form_with("email").fill("email", "a@company.example");
        let tile = |id: &str| unasked(bridge, &company.hq, &format!("_{id}{number}"), |_| {});
        let good = tile("good");
        received(&Browser::new().submit_once(&good).await);

        bridge.reload(&company.without("hq", removed)).await;
        let page = browser.submit_once(&answer).await;
        is_refused(bridge, &log, &page, off).await;
        let page = chooser.submit_once(&choice).await;
        if removed {
            // Nobody is behind that domain any more: the page asks again.
            assert!(page.body.contains("Which company"), "{}", page.body);
        } else {
            is_refused(bridge, &log, &page, off).await;
        }
        let page = Browser::new().submit_once(&tile("late")).await;
        let code = if removed {
            RefusalCode::ResponseUnsolicited
        } else {
            off
        };
        is_refused(bridge, &log, &page, code).await;
        company.goes_on("partner").await;
    }
}

#[tokio::test]
async fn an_openid_connect_provider_that_is_taken_away_is_gone_on_every_path() {
    let log = Log::listen();
    let company = Company::start().await;
    let bridge = &company.bridge;
    for removed in [false, true] {
        bridge.reload(&company.plan).await;
        let mut browser = Browser::new();
        let back = company.under_way_at_partner(&mut browser).await;
        let mut visitor = Browser::new();
        let asked = AskedProvider::of(&visitor.open_once(&company.portal()).await);
        let from_portal = company
            .partner
            .answer(&asked, company.partner.claims(&asked));
        let mut chooser = Browser::new();
        let choice = chooser.open_once(&flex_asks(bridge)).await;
        let choice = choice.form_with("email").fill("email", "a@partner.example");

        bridge.reload(&company.without("partner", removed)).await;
        let code = if removed {
            RefusalCode::NotFound
        } else {
            RefusalCode::LoginSwitchedOff
        };
        let page = browser.open_once(&back).await;
        is_refused(bridge, &log, &page, code).await;
        let page = visitor.open_once(&from_portal).await;
        is_refused(bridge, &log, &page, code).await;
        let page = Browser::new().open_once(&company.portal()).await;
        is_refused(bridge, &log, &page, code).await;
        let page = chooser.submit_once(&choice).await;
        if removed {
            assert!(page.body.contains("Which company"), "{}", page.body);
        } else {
            is_refused(bridge, &log, &page, code).await;
        }
        company.goes_on("hq").await;
    }
}
