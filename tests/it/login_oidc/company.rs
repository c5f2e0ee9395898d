//! A bridge before the npm package `oidc-provider`, and the ways through a login.

use std::{fs, process::Command, sync::Arc};

use flexbridge::{
    app,
    clock::{SystemClock, SystemRandom},
    identity::RefusalCode,
};
use serde_json::{Value, json};
use url::Url;

use crate::support::{
    bridge::{Bridge, Plan, Site, write_secret},
    browser::{Browser, Page},
    child::{Server, free_port},
    flex::{Received, enhanced_request, redirect},
    log::Log,
    peers,
};

/// The ID of Flex's request.
pub const FLEX_REQUEST: &str = "_flex-request";
/// Opaque to us, and full of what must not be touched.
pub const RELAY_STATE: &str = "AAAAAS5GQVNf:+/=&<>\"'%20é";

/// What is special about a company; everything else is usual.
pub struct Wish {
    /// Members of the client's registration at the provider.
    pub client: Value,
    /// Options of the provider.
    pub options: Value,
    /// More lines of `[idp.hq]`; with how the client proves itself.
    pub idp: String,
}

impl Default for Wish {
    fn default() -> Self {
        Self {
            client: json!({}),
            options: json!({}),
            idp: r#"client_secret = { file = "@/client.secret" }"#.to_owned(),
        }
    }
}

/// A company: its provider and the bridge. `hq` speaks OpenID Connect.
pub struct Company {
    pub bridge: Bridge,
    pub issuer: String,
    _provider: Server,
}

/// Whether the peers that all of this needs are there.
pub fn peers_are_there() -> bool {
    ["node", "python", "xmlsec1"]
        .into_iter()
        .all(peers::require)
}

impl Company {
    pub async fn start(wish: Wish) -> Self {
        let site = Site::new();
        let port = free_port();
        let issuer = format!("http://127.0.0.1:{port}");
        let redirect_uri = format!("{}/oidc/rp/hq/callback", site.url);
        let mut client = json!({
            "client_id": "bridge", "client_secret": "s3cret:&% of the client",
            "redirect_uris": [redirect_uri], "response_types": ["code"],
            "grant_types": ["authorization_code"],
        });
        for (name, value) in wish.client.as_object().unwrap() {
            client[name] = value.clone();
        }
        let mut command = Command::new(peers::program("node"));
        command
            .arg(peers::in_checkout("tests/peers/node/oidc_provider.mjs"))
            .args([
                port.to_string(),
                client.to_string(),
                wish.options.to_string(),
            ]);
        let mut provider = Server::start("oidc-provider", &mut command);
        provider.wait_for_port(port);
        write_secret(&site.file("client.secret"), "s3cret:&% of the client");
        write_config(&site, &issuer, &wish.idp);
        let clock = Arc::new(SystemClock);
        let running = app::start(&site.config(), clock, Arc::new(SystemRandom))
            .await
            .unwrap_or_else(|error| panic!("{error}: {error:?}"));
        let admin = running.admin;
        let bridge = Bridge {
            site,
            admin,
            running,
        };
        Self {
            bridge,
            issuer,
            _provider: provider,
        }
    }

    /// Where a browser begins.
    pub fn start_url(&self) -> Url {
        let sso = self.bridge.sso_url();
        redirect(&sso, &enhanced_request(FLEX_REQUEST, &sso), RELAY_STATE)
    }

    /// Signs in at the provider, up to the address that the browser is sent back to.
    pub async fn sign_in(&self, browser: &mut Browser, user: &str) -> Url {
        self.walk(browser, &self.start_url(), user).await
    }

    /// The same from any address that leads to the provider.
    pub async fn walk(&self, browser: &mut Browser, start: &Url, user: &str) -> Url {
        let page = browser.open(start).await;
        let login = page.form_with("login").fill("login", user);
        let consent = browser.submit(&login.fill("password", "any")).await;
        let mut page = browser.submit_once(&consent.form_with("prompt")).await;
        // Not one step further than where the provider hands over.
        for _ in 0..5 {
            let target = page.headers.get("location").unwrap_or_else(|| {
                panic!(
                    "{} ({}) leads nowhere: {}",
                    page.url, page.status, page.body
                )
            });
            let next = page.url.join(target.to_str().unwrap()).unwrap();
            if next.path().ends_with("/callback") {
                return next;
            }
            page = browser.open_once(&next).await;
        }
        panic!("the provider does not hand over");
    }

    /// A whole login.
    pub async fn login(&self, user: &str) -> Page {
        let mut browser = Browser::new();
        let back = self.sign_in(&mut browser, user).await;
        browser.open_once(&back).await
    }

    /// Makes the provider sign with a key that nobody has seen.
    pub async fn roll_keys(&self) {
        let url = format!("{}/test/roll", self.issuer).parse().unwrap();
        assert_eq!(Browser::new().open(&url).await.status, 200);
    }
}

/// The tests' usual configuration, with another `[idp.hq]`.
fn write_config(site: &Site, issuer: &str, idp: &str) {
    let plan = Plan {
        claims: "email = [\"email\"]\nfull_name = [\"name\"]\nroles = [\"roles\"]\n".to_owned(),
        location: "attribute = [\"https://partner.example/claims/office\"]\n".to_owned(),
        ..Plan::default()
    };
    site.write(&plan);
    let text = fs::read_to_string(site.config()).unwrap();
    let folder = site.folder.path().display().to_string();
    let section = format!(
        "[idp.hq]\nprotocol = \"oidc\"\nissuer = \"{issuer}\"\nclient_id = \"bridge\"\nscopes = [\"openid\", \"email\", \"profile\", \"flex\"]\n{}\n",
        idp.replace('@', &folder)
    );
    let usual = "[idp.hq]\nprotocol = \"saml\"\nmetadata = \n";
    assert!(text.contains(usual), "{text}");
    fs::write(site.config(), text.replace(usual, &section)).unwrap();
}

/// What Flex receives at the end of a login.
pub fn received(page: &Page) -> Received {
    assert_eq!(page.status, 200, "{}", page.body);
    Received::read(
        page.form_with("SAMLResponse")
            .field("SAMLResponse")
            .unwrap(),
    )
}

/// The page and the log say that a login was refused for `code`; its detail.
pub fn is_refused(log: &Log, page: &Page, code: RefusalCode) -> String {
    let after = page.body.split("<dd>").nth(1);
    let reference = after
        .and_then(|rest| rest.split("</dd>").next())
        .map(str::trim);
    let reference = reference.unwrap_or_else(|| panic!("no reference: {}", page.body));
    let line = log.of_login(reference);
    assert_eq!(line["code"], code.as_str(), "{line}");
    assert_eq!(page.status, code.public().status(), "{line}");
    let sentence = code.public().sentence().replace('\'', "&#39;");
    assert!(page.body.contains(&sentence), "{}", page.body);
    line["detail"].as_str().unwrap_or_default().to_owned()
}
