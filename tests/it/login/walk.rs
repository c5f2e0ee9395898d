//! The ways through a login that many tests take.

use flexbridge::clock::{Clock as _, SystemClock};

use crate::support::{
    bridge::{Bridge, Plan, Site},
    browser::{Browser, Page},
    flex::{Received, enhanced_request, redirect},
    forging::{Asked, ForgingIdp, Says, asked},
    simplesaml::{Person, SignedIn, SimpleSaml, SpMetadata, people},
};

/// The RelayState of logins for which it does not matter.
pub const STATE: &str = "state-of-flex";
/// The ID of Flex's request.
pub const FLEX_REQUEST: &str = "_flex-request";

/// A bridge before an identity provider that says what the test wants to hear.
pub struct Forged {
    pub idp: ForgingIdp,
    pub bridge: Bridge,
    pub plan: Plan,
}

impl Forged {
    pub async fn start(change: impl FnOnce(&mut Plan)) -> Self {
        Self::start_at(Site::new(), change).await
    }

    pub async fn start_at(site: Site, change: impl FnOnce(&mut Plan)) -> Self {
        let idp = ForgingIdp::new("hq");
        let mut plan = Plan {
            metadata: idp.metadata_file(&site.file("hq.xml")),
            ..Plan::default()
        };
        change(&mut plan);
        let bridge = Bridge::start_at(site, plan.clone()).await;
        Self { idp, bridge, plan }
    }

    /// Flex asks (enhanced), and the bridge asks the identity provider.
    pub async fn begin(&self, browser: &mut Browser) -> Asked {
        begin(&self.bridge, browser).await
    }

    /// A whole login of what the identity provider says.
    pub async fn login(&self, change: impl FnOnce(&mut Says)) -> Page {
        let mut browser = Browser::new();
        let asked = self.begin(&mut browser).await;
        let mut says = ForgingIdp::says(&asked, self.plan.clock.now());
        change(&mut says);
        browser.submit_once(&self.idp.form(&asked, &says)).await
    }
}

/// Flex asks (enhanced, by redirect), and the bridge asks the identity provider.
pub async fn begin(site: &Site, browser: &mut Browser) -> Asked {
    let page = browser.open_once(&flex_asks(site)).await;
    assert_eq!(page.status, 303, "{}", page.body);
    asked(&page)
}

/// What Flex's enhanced sign-on opens.
pub fn flex_asks(site: &Site) -> url::Url {
    let xml = enhanced_request(FLEX_REQUEST, &site.sso_url());
    redirect(&site.sso_url(), &xml, STATE)
}

/// What Flex receives of a page that hands over.
pub fn received(page: &Page) -> Received {
    assert_eq!(page.status, 200, "{}", page.body);
    let form = page.form_with("SAMLResponse");
    Received::read(form.field("SAMLResponse").unwrap())
}

/// Somebody's attribute in what the identity provider says.
pub fn set(says: &mut Says, name: &str, values: &[&str]) {
    says.attributes.retain(|(known, _)| known != name);
    let values = values.iter().map(|value| (*value).to_owned()).collect();
    says.attributes.push((name.to_owned(), values));
}

/// A bridge before SimpleSAMLphp.
pub struct Real {
    pub idp: SimpleSaml,
    pub bridge: Bridge,
    pub plan: Plan,
}

impl Real {
    pub async fn start(change: impl FnOnce(&mut Plan)) -> Self {
        Self::start_with(&people(), change).await
    }

    pub async fn start_with(people: &[Person], change: impl FnOnce(&mut Plan)) -> Self {
        let idp = SimpleSaml::start_with(&[], people);
        let mut plan = Plan {
            metadata: format!(r#"{{ url = "{}" }}"#, idp.metadata_url()),
            ..Plan::default()
        };
        change(&mut plan);
        let bridge = Bridge::start(plan.clone()).await;
        let real = Self { idp, bridge, plan };
        real.trust(|_| {});
        real
    }

    /// What SimpleSAMLphp knows of the bridge.
    pub fn trust(&self, change: impl FnOnce(&mut SpMetadata)) {
        let entity_id = format!("{}/saml/sp/hq", self.bridge.url);
        let mut sp = SpMetadata::new(entity_id, self.bridge.acs_url());
        change(&mut sp);
        self.idp.trust(&[sp]);
    }

    /// Somebody signs in at SimpleSAMLphp, in a browser of their own.
    pub async fn sign_in(&self, browser: &mut Browser, user: &str) -> SignedIn {
        let start = flex_asks(&self.bridge);
        self.idp.sign_in(browser, &start, user).await
    }

    /// A whole login of somebody.
    pub async fn login(&self, user: &str) -> Page {
        let mut browser = Browser::new();
        let signed_in = self.sign_in(&mut browser, user).await;
        browser.submit_once(&signed_in.form).await
    }
}

/// The present, in whole seconds.
pub fn now() -> flexbridge::clock::Timestamp {
    SystemClock.now()
}
