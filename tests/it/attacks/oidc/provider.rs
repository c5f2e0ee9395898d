//! The provider, its keys, and a login before it.

use std::sync::{Arc, Mutex};

use axum::{
    Router,
    extract::{Request, State},
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD as URL_SAFE};
use flexbridge::{
    app,
    clock::{Clock as _, SystemClock, SystemRandom},
    identity::RefusalCode,
};
use jsonwebtoken::{Algorithm, EncodingKey, jwk::Jwk};
use serde_json::{Value, json};
use url::Url;

use crate::{
    attacks::{
        bench::{Alike, handed_over},
        table::Class,
    },
    login::walk::flex_asks,
    support::{
        bridge::{Bridge, Plan, Site, write_secret},
        browser::{Browser, Page},
        identity::SigningIdentity,
        log::Log,
    },
};

/// The client's ID at the provider.
pub const CLIENT: &str = "bridge";
/// The access token that it gives.
pub const ACCESS: &str = "the-access-token";

/// A key that signs tokens.
pub struct Key {
    encoding: EncodingKey,
}

impl Key {
    pub fn generate() -> Self {
        let pem = SigningIdentity::generate("op").private_key;
        let encoding = EncodingKey::from_rsa_pem(pem.as_bytes()).unwrap();
        Self { encoding }
    }

    /// Its public half, under this ID.
    pub fn jwk(&self, id: &str) -> Value {
        let jwk = Jwk::from_encoding_key(&self.encoding, Algorithm::RS256).unwrap();
        let mut jwk = serde_json::to_value(jwk).unwrap();
        jwk["kid"] = json!(id);
        jwk["use"] = json!("sig");
        jwk
    }

    /// A token of exactly these texts, signed RS256 whatever its header says.
    pub fn sign(&self, header: &str, claims: &str) -> String {
        let message = format!("{}.{}", URL_SAFE.encode(header), URL_SAFE.encode(claims));
        let signature =
            jsonwebtoken::crypto::sign(message.as_bytes(), &self.encoding, Algorithm::RS256);
        format!("{message}.{}", signature.unwrap())
    }
}

/// What the provider says next.
pub struct Says {
    pub discovery: Value,
    pub keys: Value,
    pub token: (u16, String),
    pub userinfo: (u16, &'static str, String),
    /// Every request, method and path.
    pub asked: Vec<String>,
}

type Shared = Arc<Mutex<Says>>;

/// A company before such a provider; its bridge, its log, and the class that is counted.
pub struct Oidc {
    pub bridge: Bridge,
    pub issuer: String,
    pub key: Key,
    pub says: Shared,
    pub log: Log,
    pub class: Class,
    alike: Alike,
}

/// A login that has begun: its browser, and what the bridge asked.
pub struct Begun {
    pub browser: Browser,
    pub state: String,
    pub nonce: String,
}

/// Sets members; null removes one.
pub fn change(value: &mut Value, changes: &Value) {
    for (name, new) in changes.as_object().unwrap() {
        if new.is_null() {
            value.as_object_mut().unwrap().remove(name);
        } else {
            value[name] = new.clone();
        }
    }
}

impl Oidc {
    /// One with more lines for `[idp.hq]`.
    pub async fn start(part: &'static str, idp: &str) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let issuer = format!("http://{}", listener.local_addr().unwrap());
        let key = Key::generate();
        let says = Arc::new(Mutex::new(Says {
            discovery: json!({
                "issuer": issuer, "authorization_endpoint": format!("{issuer}/auth"),
                "token_endpoint": format!("{issuer}/token"), "jwks_uri": format!("{issuer}/keys"),
                "userinfo_endpoint": format!("{issuer}/me"),
            }),
            keys: json!({ "keys": [key.jwk("k")] }),
            token: (500, String::new()),
            userinfo: (500, "text/plain", String::new()),
            asked: Vec::new(),
        }));
        let routes = Router::new().fallback(answer).with_state(Arc::clone(&says));
        tokio::spawn(async { axum::serve(listener, routes).await });
        let log = Log::listen();
        let bridge = bridge(&issuer, idp).await;
        Self {
            bridge,
            issuer,
            key,
            says,
            log,
            class: Class::new("OpenID Connect", part),
            alike: Alike::default(),
        }
    }

    /// Flex asks, and the bridge sends the browser to the provider.
    pub async fn begin(&self) -> Begun {
        let mut browser = Browser::new();
        let page = browser.open_once(&flex_asks(&self.bridge)).await;
        let location = page.headers.get("location");
        let location = location.unwrap_or_else(|| panic!("{}", page.body));
        let url: Url = location.to_str().unwrap().parse().unwrap();
        let of = |name: &str| {
            let found = url.query_pairs().find(|(known, _)| known == name);
            found.unwrap().1.into_owned()
        };
        Begun {
            browser,
            state: of("state"),
            nonce: of("nonce"),
        }
    }

    /// The claims of an honest token for that login.
    pub fn claims(&self, nonce: &str) -> Value {
        let now = SystemClock.now().timestamp();
        json!({
            "iss": self.issuer, "sub": "agent-7", "aud": CLIENT, "nonce": nonce,
            "iat": now, "exp": now + 300, "email": "ann@company.example", "name": "Ann Tan",
            "roles": ["agent"], "office": "Singapore Office",
        })
    }

    /// An honest token with these changes.
    pub fn token(&self, nonce: &str, changes: &Value) -> String {
        let mut claims = self.claims(nonce);
        change(&mut claims, changes);
        self.key
            .sign(r#"{"alg":"RS256","kid":"k"}"#, &claims.to_string())
    }

    /// What the token endpoint says from now on.
    pub fn gives(&self, id_token: &str) {
        let body = json!({ "token_type": "Bearer", "access_token": ACCESS, "id_token": id_token });
        self.says.lock().unwrap().token = (200, body.to_string());
    }

    /// The address that the provider sends the browser back to.
    pub fn back(&self, query: &str) -> Url {
        self.bridge.at(&format!("/oidc/rp/hq/callback?{query}"))
    }

    /// A login whose token this makes of its nonce.
    pub async fn login(&self, token: impl FnOnce(&str) -> String) -> Page {
        let mut begun = self.begin().await;
        self.gives(&token(&begun.nonce));
        let back = self.back(&format!("state={}&code=c", begun.state));
        begun.browser.open_once(&back).await
    }

    /// Such a login must be refused for `code`.
    pub async fn attack(
        &mut self,
        case: &str,
        code: RefusalCode,
        token: impl FnOnce(&Self, &str) -> String,
    ) {
        let page = self.login(|nonce| token(self, nonce)).await;
        self.page(case, &page, code);
    }

    /// Such a login must let the agent in.
    pub async fn honest(&mut self, case: &str, token: impl FnOnce(&Self, &str) -> String) {
        let page = self.login(|nonce| token(self, nonce)).await;
        self.arrives(case, &page);
    }

    /// A page that must refuse.
    pub fn page(&mut self, case: &str, page: &Page, code: RefusalCode) {
        let verdict = self.alike.refused(&self.log, page, code);
        self.class.attack(case, verdict);
    }

    /// A page that must hand the agent over.
    pub fn arrives(&mut self, case: &str, page: &Page) {
        let verdict = handed_over(page).and_then(|got| {
            let right = got.name_id == "agent-7" && got.location() == Some("Singapore Office");
            right.then_some(()).ok_or_else(|| format!("{got:?}"))
        });
        let verdict = verdict.map_err(|why| {
            let told = page.body.contains("<dd>");
            let line = told.then(|| self.log.of_login(&crate::login::witness::reference(page)));
            format!("{why} {line:?}")
        });
        self.class.honest(case, verdict);
    }
}

async fn answer(State(says): State<Shared>, request: Request) -> Response {
    let path = request.uri().path().to_owned();
    let mut says = says.lock().unwrap();
    says.asked.push(format!("{} {path}", request.method()));
    let json =
        |value: &Value| ([("content-type", "application/json")], value.to_string()).into_response();
    match path.as_str() {
        "/.well-known/openid-configuration" => json(&says.discovery),
        "/keys" => json(&says.keys),
        "/token" => {
            let (status, body) = says.token.clone();
            let status = StatusCode::from_u16(status).unwrap();
            (
                status,
                [
                    ("content-type", "application/json"),
                    ("location", "/elsewhere"),
                ],
                body,
            )
                .into_response()
        }
        "/me" => {
            let (status, kind, body) = says.userinfo.clone();
            let status = StatusCode::from_u16(status).unwrap();
            (
                status,
                [("content-type", kind), ("location", "/elsewhere")],
                body,
            )
                .into_response()
        }
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}

pub async fn bridge(issuer: &str, idp: &str) -> Bridge {
    let site = Site::new();
    write_secret(&site.file("client.secret"), "s3cret of the client");
    let plan = Plan {
        claims: "email = [\"email\"]\nfull_name = [\"name\"]\nroles = [\"roles\"]\n".to_owned(),
        location: "attribute = [\"office\"]\n".to_owned(),
        ..Plan::default()
    };
    site.write(&plan);
    let text = std::fs::read_to_string(site.config()).unwrap();
    let secret = site.file("client.secret").display().to_string();
    let section = format!(
        "[idp.hq]\nprotocol = \"oidc\"\nissuer = \"{issuer}\"\nclient_id = \"{CLIENT}\"\nclient_secret = {{ file = \"{secret}\" }}\n{idp}\n"
    );
    let usual = "[idp.hq]\nprotocol = \"saml\"\nmetadata = \n";
    assert!(text.contains(usual), "{text}");
    std::fs::write(site.config(), text.replace(usual, &section)).unwrap();
    let running = app::start(
        &site.config(),
        Arc::new(SystemClock),
        Arc::new(SystemRandom),
    )
    .await;
    let running = running.unwrap_or_else(|error| panic!("{error}: {error:?}"));
    let admin = running.admin;
    Bridge {
        site,
        admin,
        running,
    }
}
