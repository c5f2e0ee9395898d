//! What the process wrote, all of it, after logins and refusals of many kinds:
//! no secret, assertion, token, cookie, name or address of a person stands in it.
//!
//! Must never: look for what did not go through the process.

mod provider;
mod secrets;

use std::fs;

use serde_json::{Value, json};
use url::Url;

use self::{
    provider::{TokenAnswer, provider},
    secrets::{Secrets, files},
};
use crate::{
    login::walk::{begin, now, received, set},
    support::{
        bridge::{Plan, Site, write_secret},
        browser::{Browser, Page},
        flex::{enhanced_request, redirect},
        forging::{ForgingIdp, Says},
        identity::SigningIdentity,
        serve::Serve,
    },
};

const CLIENT_SECRET: &str = "oidc-client-secret-7yUq";
const TWILIO_SECRET: &str = "twilio-api-secret-Zk31";
const ACCESS_TOKEN: &str = "access-token-QQ81-of-the-person";
const CODE: &str = "authorization-code-5531";
const RELAY_STATE: &str = "relay-state-of-flex-9921";
/// Words that stand for one person each, and nowhere else.
const PERSONAL: [&str; 9] = [
    "zora.quill",
    "Zora Quillfeather",
    "zora-lair",
    "zora-group",
    "zora-sub",
    "zora-role",
    "zora-hint",
    "zora-session",
    "zora-provider-says",
];

/// A process with a SAML and an OpenID Connect partner, and secrets of every kind.
struct House {
    serve: Serve,
    idp: ForgingIdp,
    key: SigningIdentity,
    issuer: String,
    says: TokenAnswer,
    secrets: Secrets,
    pages: Vec<Page>,
}

impl House {
    async fn build() -> Self {
        let site = Site::new();
        let idp = ForgingIdp::new("hq");
        let key = SigningIdentity::generate("op");
        let (issuer, says) = provider(&key).await;
        let mut secrets = Secrets::default();
        for (file, text) in [
            ("client.secret", CLIENT_SECRET),
            ("twilio.secret", TWILIO_SECRET),
        ] {
            write_secret(&site.file(file), text);
            secrets.add(file, text);
        }
        let cookie_key = fs::read_to_string(site.file("cookie.key")).unwrap();
        secrets.add("the cookie key", cookie_key.trim());
        let signing = fs::read_to_string(site.file("assertion.key")).unwrap();
        for line in signing.lines().filter(|line| !line.starts_with("-----")) {
            if line.len() > 30 {
                secrets.add("the signing key", line);
            }
        }
        for word in PERSONAL {
            secrets.add("something personal", word);
        }
        for (what, text) in [
            ("an access token", ACCESS_TOKEN),
            ("a code", CODE),
            ("a RelayState", RELAY_STATE),
        ] {
            secrets.add(what, text);
        }
        let plan = Plan {
            metadata: idp.metadata_file(&site.file("hq.xml")),
            location: "attribute = [\"physicalDeliveryOfficeName\"]\nno_match = \"refuse\"\n"
                .to_owned(),
            flex: format!(
                "twilio = {{ api_key = \"SK00000000000000000000000000000000\", api_secret = {{ file = \"{}\" }} }}\n",
                site.file("twilio.secret").display()
            ),
            more: format!(
                r#"[idp.partner]
protocol = "oidc"
issuer = "{issuer}"
client_id = "bridge"
client_secret = {{ file = "{secret}" }}
[flex.staging]
idp = "partner"
account_sid = "AC11111111111111111111111111111111"
sso = {{ profile = "enhanced", connection = "JQ9999999999" }}
[flex.staging.claims]
email = ["email"]
full_name = ["name"]
roles = ["roles"]
[flex.staging.location]
attribute = ["office"]
defined = {{ from = "file", path = "{locations}" }}
[journal]
show = "none" # by default it keeps what the location was read from
"#,
                secret = site.file("client.secret").display(),
                locations = site.file("locations.json").display(),
            ),
            ..Plan::default()
        };
        let serve = Serve::start_logging(site, &plan, "debug");
        Self {
            serve,
            idp,
            key,
            issuer,
            says,
            secrets,
            pages: Vec::new(),
        }
    }

    /// A SAML login of somebody with a name of their own; what was sent is secret from now on.
    async fn saml(
        &mut self,
        change: impl FnOnce(&mut Says),
        forge: impl FnOnce(String) -> String,
    ) -> Page {
        let mut browser = Browser::new();
        let asked = begin(&self.serve, &mut browser).await;
        let mut says = ForgingIdp::says(&asked, now());
        "zora.quill@company.example".clone_into(&mut says.name_id);
        set(&mut says, "email", &["zora.quill@company.example"]);
        set(&mut says, "displayName", &["Zora Quillfeather"]);
        set(&mut says, "roles", &["agent", "zora-role"]);
        set(&mut says, "memberOf", &["zora-group"]);
        change(&mut says);
        let xml = forge(self.idp.sign(&says));
        let cookies = browser.cookies(&asked.acs.parse().unwrap());
        self.secrets
            .add_long("a cookie", cookies.split_once('=').unwrap().1);
        let form = crate::attacks::bench::post(&asked, &xml);
        self.secrets
            .add_long("a response", form.field("SAMLResponse").unwrap());
        let (_, signature) =
            crate::attacks::paper::cut(&xml, "<ds:SignatureValue>", "</ds:SignatureValue>");
        self.secrets.add_long("a response's signature", &signature);
        browser.submit_once(&form).await
    }

    /// An OpenID Connect login of the same person.
    async fn oidc(&mut self, change: &Value, status: u16, query: &str) -> Page {
        let sso = format!("{}/saml/idp/staging/sso", self.serve.url);
        let ask = enhanced_request("_o", &sso).replace("JQ0123456789", "JQ9999999999");
        let mut browser = Browser::new();
        let page = browser.open_once(&redirect(&sso, &ask, RELAY_STATE)).await;
        let url: Url = page.headers["location"].to_str().unwrap().parse().unwrap();
        let of = |name: &str| {
            url.query_pairs()
                .find(|(known, _)| known == name)
                .unwrap()
                .1
                .into_owned()
        };
        self.secrets.add("a nonce", &of("nonce"));
        let time = now().timestamp();
        let mut claims = json!({
            "iss": self.issuer, "sub": "zora-sub", "aud": "bridge", "nonce": of("nonce"), "iat": time, "exp": time + 300,
            "email": "zora.quill@company.example", "name": "Zora Quillfeather", "roles": ["zora-role"], "office": "Singapore Office",
        });
        crate::attacks::oidc::provider::change(&mut claims, change);
        let encoding =
            jsonwebtoken::EncodingKey::from_rsa_pem(self.key.private_key.as_bytes()).unwrap();
        let header = jsonwebtoken::Header::new(jsonwebtoken::Algorithm::RS256);
        let token = jsonwebtoken::encode(&header, &claims, &encoding).unwrap();
        self.secrets.add_long("an ID token", &token);
        let body =
            json!({ "token_type": "Bearer", "access_token": ACCESS_TOKEN, "id_token": token });
        *self.says.lock().unwrap() = (status, body.to_string());
        let back = format!(
            "{}/oidc/rp/partner/callback?state={}&{query}",
            self.serve.url,
            of("state")
        );
        browser.open_once(&back.parse().unwrap()).await
    }

    fn refused(&mut self, page: Page) {
        assert!(page.body.contains("<dd>"), "not refused: {}", page.body);
        self.pages.push(page);
    }

    async fn saml_logins(&mut self) {
        let page = self.saml(|_| {}, |xml| xml).await;
        received(&page);
        let ours = page.form_with("SAMLResponse");
        self.secrets
            .add_response("our own response", ours.field("SAMLResponse").unwrap());
        for change in [
            (|says| set(says, "physicalDeliveryOfficeName", &["zora-lair"])) as fn(&mut Says),
            |says| says.attributes.retain(|(name, _)| name != "roles"),
            |says| "https://other.example".clone_into(&mut says.audience),
            |says| "https://other.example/acs".clone_into(&mut says.acs),
            |says| says.request = Some("_another".to_owned()),
            |says| says.issued -= chrono::TimeDelta::hours(2),
        ] {
            let page = self.saml(change, |xml| xml).await;
            self.refused(page);
        }
        for forge in [
            (|xml| xml.replace("zora.quill@", "zora.quill.boss@")) as fn(String) -> String,
            |xml| format!("<!DOCTYPE zora.quill>{xml}"),
            |xml| xml.replace("zora-group", "zora-group & <zora.quill>"),
            |xml| xml.replace("samlp:Status>", "samlp:Other>"),
            |xml| xml.replace("zora.quill@", "zora.quill<x/>@"),
            |xml| xml.replace("zora.quill@", "zora.quill&evil;@"),
            |xml| xml.replace("zora.quill@", "zora.quill<!-- -->@"),
            |xml| xml.replace("</saml:NameID>", "</saml:Name>"),
            |xml| xml[..xml.len() - 20].to_owned(),
        ] {
            let page = self.saml(|_| {}, forge).await;
            self.refused(page);
        }
    }

    async fn oidc_logins(&mut self) {
        let query = format!("code={CODE}");
        received(&self.oidc(&json!({}), 200, &query).await);
        for change in [
            json!({ "aud": "other" }),
            json!({ "iss": "https://other.example" }),
            json!({ "nonce": "zora-session" }),
            json!({ "email": 7, "sub": ["zora-sub"] }),
            json!({ "exp": 1 }),
            json!({ "name": null }),
            json!({ "roles": [] }),
        ] {
            let page = self.oidc(&change, 200, &query).await;
            self.refused(page);
        }
        let page = self.oidc(&json!({}), 500, &query).await;
        self.refused(page);
        let page = self
            .oidc(&json!({}), 200, &format!("{query}&{query}"))
            .await;
        self.refused(page);
        let no = "error=access_denied&error_description=AADSTS50105+The+user+%27zora.quill%40company.example%27+is+not+assigned";
        for query in ["", no] {
            let page = self.oidc(&json!({}), 200, query).await;
            self.refused(page);
        }
    }

    /// Requests in Flex's place, with personal words wherever they fit.
    async fn requests(&mut self) {
        let sso = self.serve.sso_url();
        let right = enhanced_request("_1", &sso);
        for xml in [
            right.replace("JQ0123456789<", "JQ9876543210<"),
            right.replace("Version=\"2.0\"", "Version=\"1.1\""),
            "zora.quill@company.example".to_owned(),
        ] {
            let page = Browser::new()
                .open_once(&redirect(&sso, &xml, RELAY_STATE))
                .await;
            self.refused(page);
        }
        let hinted = format!(
            "{}&login_hint=zora-hint%40company.example",
            redirect(&sso, &right, RELAY_STATE)
        );
        Browser::new().open_once(&hinted.parse().unwrap()).await;
    }
}

#[tokio::test]
async fn nothing_of_anybody_is_written_anywhere() {
    let mut house = House::build().await;
    house.saml_logins().await;
    house.oidc_logins().await;
    house.requests().await;
    // A reload with a broken file is told without what stands in it.
    let config = fs::read_to_string(house.serve.config()).unwrap();
    fs::write(house.serve.config(), format!("{config}\nzora = [")).unwrap();
    house.serve.signal("HUP");
    house.serve.wait_for_line("the running one goes on");
    for path in ["/metrics", "/readyz", "/"] {
        house
            .pages
            .push(Browser::new().open(&house.serve.admin_at(path)).await);
    }
    for (number, page) in house.pages.iter().enumerate() {
        let place = format!("page {number} ({})", page.url.path());
        house.secrets.look_in(&place, page.body.as_bytes());
        house
            .secrets
            .look_in(&place, format!("{:?}", page.headers).as_bytes());
    }
    house.serve.signal("TERM");
    let House { serve, secrets, .. } = house;
    let (_, site) = serve.wait();
    let log = fs::read(site.file("log")).unwrap();
    let lines = String::from_utf8_lossy(&log)
        .matches("login refused")
        .count();
    assert!(
        lines >= 25,
        "only {lines} refusals were told: the search means nothing"
    );
    secrets.look_in("the log", &log);
    let written = files(&site.file("store"));
    assert!(
        written.iter().any(|path| path.ends_with("journal.db")),
        "{written:?}"
    );
    for path in written {
        let bytes = fs::read(&path).unwrap();
        secrets.look_in(&path.display().to_string(), &bytes);
    }
}
