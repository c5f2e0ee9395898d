//! Logins that begin at an OpenID Connect provider's portal.

use flexbridge::identity::RefusalCode;
use url::Url;

use super::{
    company::{is_refused, received},
    forged::Forged,
};
use crate::support::{
    browser::{Browser, Page},
    downstream::{self, Question},
    flex::{ENHANCED, LEGACY, decoded},
    forging_provider::AskedProvider,
    forms::Form,
    log::Log,
    peers,
};

const ON: &str = "idp_initiated = true\n";
const LINK: &str = "https://flex.twilio.com/dancing-owl-1234";

impl Forged {
    /// What the portal says, as a query or form.
    fn portal(&self, more: &[(&str, &str)]) -> Vec<(String, String)> {
        let iss = ("iss", &*self.provider.issuer);
        let pairs = [&[iss], more].concat();
        let own = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        pairs.into_iter().map(own).collect()
    }

    /// The portal's link.
    fn link(&self, more: &[(&str, &str)]) -> Url {
        let mut url = self.bridge.at("/oidc/rp/hq/login");
        url.query_pairs_mut().extend_pairs(self.portal(more));
        url
    }
}

/// Nothing of the portal reaches Flex, and nothing is remembered.
fn arrives_unasked(page: &Page) -> Form {
    let got = received(page);
    assert_eq!((got.request.as_deref(), &*got.name_id), (None, "ann"));
    let form = page.form_with("SAMLResponse");
    assert_eq!(form.fields.len(), 1, "no RelayState: {form:?}");
    let xml = decoded(form.field("SAMLResponse").unwrap());
    assert!(!xml.contains("InResponseTo"), "{xml}");
    let kept = page.headers.get_all("set-cookie").iter();
    for cookie in kept {
        let cookie = cookie.to_str().unwrap();
        assert!(cookie.contains("Max-Age=0"), "{cookie}");
    }
    form
}

#[tokio::test]
async fn a_portal_signs_in_who_is_signed_in_there() {
    let company = Forged::start(|plan| {
        plan.idp = ON.to_owned();
        plan.flex = format!("login_url = \"{LINK}\"\n");
    })
    .await;
    let own = company.bridge.at("/login/production").to_string();
    let hint = [("login_hint", "ann+1@company.example&prompt=none")];
    for (more, by_form) in [
        (&[][..], false),
        (&[], true),
        (&hint, false),
        (&hint, true),
        (&[("target_link_uri", LINK)], false),
        (&[("target_link_uri", &own)], true),
        (&[("organization", "of its own")], false),
    ] {
        let mut browser = Browser::new();
        let page = if by_form {
            let form = Form {
                action: company.bridge.at("/oidc/rp/hq/login"),
                post: true,
                fields: company.portal(more),
            };
            browser.submit_once(&form).await
        } else {
            browser.open_once(&company.link(more)).await
        };
        let asked = AskedProvider::of(&page);
        let hinted = (!more.is_empty() && more[0].0 == "login_hint").then(|| more[0].1.to_owned());
        assert_eq!(asked.get("login_hint"), hinted);
        assert_eq!(asked.get("prompt"), None);
        for bound in ["state", "nonce", "code_challenge"] {
            assert!(asked.get(bound).is_some_and(|value| value.len() >= 32));
        }
        let back = company
            .provider
            .answer(&asked, company.provider.claims(&asked));
        let form = arrives_unasked(&browser.open_once(&back).await);
        assert_eq!(form.action.as_str(), ENHANCED.1);
        let question = Question {
            response: form.field("SAMLResponse").unwrap().to_owned(),
            sp_entity_id: ENHANCED.0.to_owned(),
            acs_url: ENHANCED.1.to_owned(),
            idp_entity_id: company.bridge.idp_entity_id(),
            idp_certificate: company.bridge.certificate.clone(),
            request_id: None,
            now: None,
        };
        if peers::require("python") {
            let verdict = downstream::python3_saml(&question);
            assert!(verdict.ok, "{:?}", verdict.errors);
        }
        if peers::require("node") {
            let verdict = downstream::passport_wsfed(&question);
            assert!(verdict.ok, "{:?}", verdict.errors);
        }
    }
}

#[tokio::test]
async fn what_a_stranger_sends_leads_nowhere_and_binds_nobody() {
    let log = Log::listen();
    let company = Forged::start(|plan| plan.idp = ON.to_owned()).await;
    let open = async |url: &Url| Browser::new().open_once(url).await;
    for (more, code) in [
        (
            ("target_link_uri", "https://evil.example/"),
            RefusalCode::OidcInitiation,
        ),
        // Not configured here, so that it is nobody's.
        (("target_link_uri", LINK), RefusalCode::OidcInitiation),
        (("iss", "https://evil.example"), RefusalCode::OidcInitiation),
        (("login_hint", "a\nb"), RefusalCode::OidcInitiation),
    ] {
        let page = open(&company.link(&[more])).await;
        is_refused(&log, &page, code);
        assert!(!page.headers.contains_key("set-cookie"), "{more:?}");
        assert!(!page.headers.contains_key("location"), "{more:?}");
        assert!(!page.body.contains("evil.example"), "{}", page.body);
    }
    let mut other = company.link(&[]);
    other.set_query(Some("iss=https://evil.example"));
    is_refused(&log, &open(&other).await, RefusalCode::OidcIssuer);
    other.set_query(None);
    is_refused(&log, &open(&other).await, RefusalCode::OidcInitiation);
    other.set_path("/oidc/rp/third/login");
    is_refused(&log, &open(&other).await, RefusalCode::NotFound);

    // Login CSRF: the answer belongs to the browser that was sent away, and to one use.
    let mut victim = Browser::new();
    let asked = AskedProvider::of(&victim.open_once(&company.link(&[])).await);
    let back = company
        .provider
        .answer(&asked, company.provider.claims(&asked));
    is_refused(&log, &open(&back).await, RefusalCode::LoginUnknown);
    let mut attacker = Browser::new();
    let own = AskedProvider::of(&attacker.open_once(&company.link(&[])).await);
    let own = company.provider.answer(&own, company.provider.claims(&own));
    let page = victim.open_once(&own).await;
    is_refused(&log, &page, RefusalCode::LoginUnknown);
    let jar = victim.clone();
    arrives_unasked(&victim.open_once(&back).await);
    let page = jar.clone().open_once(&back).await;
    is_refused(&log, &page, RefusalCode::LoginReplayed);
}

#[tokio::test]
async fn what_is_switched_off_is_off_for_logins_under_way_too() {
    let log = Log::listen();
    let company = Forged::start(|plan| plan.idp = ON.to_owned()).await;
    let switched_off = RefusalCode::LoginSwitchedOff;
    for (idp_lines, flex_lines, code) in [
        ("", "", RefusalCode::LoginUnsolicited),
        ("idp_initiated = true\nenabled = false\n", "", switched_off),
        (ON, "enabled = false\n", switched_off),
    ] {
        company.bridge.reload(&company.plan).await;
        let mut browser = Browser::new();
        let asked = AskedProvider::of(&browser.open_once(&company.link(&[])).await);
        let back = company
            .provider
            .answer(&asked, company.provider.claims(&asked));
        let mut plan = company.plan.clone();
        plan.idp = idp_lines.to_owned();
        plan.flex = flex_lines.to_owned();
        company.bridge.reload(&plan).await;
        is_refused(&log, &browser.open_once(&back).await, code);
        let page = Browser::new().open_once(&company.link(&[])).await;
        is_refused(&log, &page, code);
    }
}

#[tokio::test]
async fn it_leads_to_one_account_and_does_not_choose_for_the_next_login() {
    let log = Log::listen();
    let company = Forged::start(|plan| {
        plan.idp = "idp_initiated = { flex = \"old\" }\n".to_owned();
        // The same provider's other client: two ways to choose from.
        let other = plan.protocol.clone();
        plan.more = format!(
            r#"[idp.other]
{other}
[flex.old]
idp = ["hq", "other"]
name_ids = "shared"
account_sid = "AC00000000000000000000000000000000"
sso = "legacy"
claims = {{ email = ["email"], full_name = ["displayName"], roles = ["roles"] }}
location = {{ attribute = ["physicalDeliveryOfficeName"], defined = {{ from = "file", path = "@/locations.json" }} }}
"#
        );
    })
    .await;
    let mut browser = Browser::new();
    let asked = AskedProvider::of(&browser.open_once(&company.link(&[])).await);
    let back = company
        .provider
        .answer(&asked, company.provider.claims(&asked));
    let form = arrives_unasked(&browser.open_once(&back).await);
    assert_eq!(form.action.as_str(), LEGACY.1);
    let sso = format!("{}/saml/idp/old/sso", company.bridge.url);
    let asks = crate::support::flex::legacy_request("_x", &sso);
    let asks = crate::support::flex::redirect(&sso, &asks, "state");
    let page = browser.open_once(&asks).await;
    assert!(page.body.contains("Which company"), "{}", page.body);
    // The other one's switch is its own.
    let mut other = company.link(&[]);
    other.set_path("/oidc/rp/other/login");
    let page = Browser::new().open_once(&other).await;
    is_refused(&log, &page, RefusalCode::LoginUnsolicited);
}
