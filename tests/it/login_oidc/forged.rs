//! A bridge before a provider that says what the test wants to hear.

use url::Url;

use crate::support::{
    bridge::{Bridge, Plan, Site},
    browser::{Browser, Page},
    flex::{enhanced_request, redirect},
    forging_provider::{AskedProvider, ForgingProvider},
};

/// The ID of Flex's request.
pub const FLEX_REQUEST: &str = "_flex-request";
/// Flex's RelayState.
pub const STATE: &str = "state-of-flex";

/// A company whose `hq` speaks OpenID Connect.
pub struct Forged {
    pub provider: ForgingProvider,
    pub bridge: Bridge,
    pub plan: Plan,
}

impl Forged {
    pub async fn start(change: impl FnOnce(&mut Plan)) -> Self {
        let (site, provider) = (Site::new(), ForgingProvider::start().await);
        let mut plan = Plan {
            protocol: provider.section(&site.file("client.secret")),
            ..Plan::default()
        };
        change(&mut plan);
        let bridge = Bridge::start_at(site, plan.clone()).await;
        Self {
            provider,
            bridge,
            plan,
        }
    }

    /// What Flex's browser opens, with more attributes and content of the request.
    pub fn flex_asks(&self, attributes: &str, inside: &str) -> Url {
        let sso = self.bridge.sso_url();
        let xml = enhanced_request(FLEX_REQUEST, &sso)
            .replacen(" ID=", &format!(" {attributes} ID="), 1)
            .replacen(
                "</samlp:AuthnRequest>",
                &format!("{inside}</samlp:AuthnRequest>"),
                1,
            );
        redirect(&sso, &xml, STATE)
    }

    /// Flex asks, and the bridge asks the provider.
    pub async fn begin(
        &self,
        browser: &mut Browser,
        attributes: &str,
        inside: &str,
    ) -> AskedProvider {
        let url = self.flex_asks(attributes, inside);
        AskedProvider::of(&browser.open_once(&url).await)
    }

    /// A whole login of Ann.
    pub async fn login(&self) -> Page {
        let mut browser = Browser::new();
        let asked = self.begin(&mut browser, "", "").await;
        let back = self.provider.answer(&asked, self.provider.claims(&asked));
        browser.open_once(&back).await
    }
}
