//! An OpenID Connect provider of the test's own: it answers over a real socket, and signs
//! whatever the test wants to hear, with real keys that it can roll.
//!
//! Must never: give anything for a code whose PKCE verifier, secret or redirect URI is not
//! that of the login, or read anything of the bridge but what a browser would bring.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use aws_lc_rs::digest::{SHA256, digest};
use axum::{
    Json, Router,
    extract::{Form, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use base64::{Engine as _, prelude::*};
use flexbridge::clock::{Clock as _, SystemClock};
use jsonwebtoken::{Algorithm, EncodingKey, Header, jwk::Jwk};
use serde_json::{Value, json};
use url::Url;

use super::browser::Page;

/// What the client is known by here.
pub const CLIENT: &str = "bridge";
/// The client's secret.
pub const SECRET: &str = "not-a-secret";

/// A provider that says what it is told to.
pub struct ForgingProvider {
    /// Its issuer.
    pub issuer: String,
    shared: Arc<Shared>,
}

struct Shared {
    issuer: String,
    client: String,
    keys: Mutex<Keys>,
    codes: Mutex<HashMap<String, Promised>>,
    count: AtomicUsize,
    asked_for_keys: AtomicUsize,
}

struct Keys {
    known: BTreeMap<&'static str, EncodingKey>,
    published: Vec<&'static str>,
    signs: &'static str,
}

/// What a code will be redeemed for.
struct Promised {
    claims: Value,
    challenge: String,
    redirect_uri: String,
}

/// What the bridge asks in its authorization request.
#[derive(Debug, Clone)]
pub struct AskedProvider(pub Url);

impl AskedProvider {
    /// Out of the bridge's redirect.
    pub fn of(page: &Page) -> Self {
        let target = page.headers.get("location");
        let target = target.unwrap_or_else(|| panic!("{}: {}", page.status, page.body));
        Self(target.to_str().unwrap().parse().unwrap())
    }

    /// A parameter, if it is there.
    pub fn get(&self, name: &str) -> Option<String> {
        let mut pairs = self.0.query_pairs();
        let found = pairs.find(|(known, _)| known == name)?;
        Some(found.1.into_owned())
    }

    fn back(&self, issuer: &str, name: &str, value: &str) -> Url {
        let mut url: Url = self.get("redirect_uri").unwrap().parse().unwrap();
        url.query_pairs_mut()
            .append_pair("state", &self.get("state").unwrap())
            .append_pair("iss", issuer)
            .append_pair(name, value);
        url
    }
}

impl ForgingProvider {
    /// Starts it, with the keys `old` and `new`; it publishes and signs with `old`.
    pub async fn start() -> Self {
        Self::start_for(CLIENT).await
    }

    /// The same for a client of this ID.
    pub async fn start_for(client: &str) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let issuer = format!("http://{}", listener.local_addr().unwrap());
        Self::start_at(listener, issuer, client)
    }

    /// Starts it behind somebody who is reached at `issuer`; and where it is itself.
    pub async fn start_behind(issuer: &str) -> (Self, std::net::SocketAddr) {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        (Self::start_at(listener, issuer.to_owned(), CLIENT), address)
    }

    fn start_at(listener: tokio::net::TcpListener, issuer: String, client: &str) -> Self {
        let shared = Arc::new(Shared {
            issuer: issuer.clone(),
            client: client.to_owned(),
            keys: Mutex::new(Keys {
                known: BTreeMap::from([("old", fresh_key()), ("new", fresh_key())]),
                published: vec!["old"],
                signs: "old",
            }),
            codes: Mutex::default(),
            count: AtomicUsize::new(0),
            asked_for_keys: AtomicUsize::new(0),
        });
        let routes = Router::new()
            .route("/.well-known/openid-configuration", get(discovery))
            .route("/keys", get(keys))
            .route("/token", post(token))
            .with_state(shared.clone());
        tokio::spawn(async { axum::serve(listener, routes).await });
        Self { issuer, shared }
    }

    /// The lines of an `[idp.NAME]` for it; `secret` is the file with [`SECRET`].
    pub fn section(&self, secret: &std::path::Path) -> String {
        super::bridge::write_secret(secret, SECRET);
        format!(
            "protocol = \"oidc\"\nissuer = \"{}\"\nclient_id = \"{CLIENT}\"\nclient_secret = {{ file = \"{}\" }}\n",
            self.issuer,
            secret.display()
        )
    }

    /// What Ann's right ID token says.
    pub fn claims(&self, asked: &AskedProvider) -> Value {
        let now = SystemClock.now().timestamp();
        json!({
            "iss": self.issuer, "aud": CLIENT, "sub": "ann", "nonce": asked.get("nonce"),
            "iat": now, "exp": now + 300, "auth_time": now,
            "email": "ann@company.example", "displayName": "Ann Tan",
            "roles": ["agent", "supervisor"], "physicalDeliveryOfficeName": "Singapore Office",
        })
    }

    /// Signs somebody in: where the browser is sent back to.
    pub fn answer(&self, asked: &AskedProvider, claims: Value) -> Url {
        let number = self.shared.count.fetch_add(1, Ordering::SeqCst);
        let code = format!("code-{number}");
        let promised = Promised {
            claims,
            challenge: asked.get("code_challenge").unwrap(),
            redirect_uri: asked.get("redirect_uri").unwrap(),
        };
        let mut codes = self.shared.codes.lock().unwrap();
        codes.insert(code.clone(), promised);
        asked.back(&self.issuer, "code", &code)
    }

    /// Says no: where the browser is sent back to.
    pub fn says_no(&self, asked: &AskedProvider, error: &str) -> Url {
        asked.back(&self.issuer, "error", error)
    }

    /// Publishes these keys from now on.
    pub fn publish(&self, keys: &[&'static str]) {
        self.shared.keys.lock().unwrap().published = keys.to_vec();
    }

    /// Signs with this key from now on.
    pub fn sign_with(&self, key: &'static str) {
        self.shared.keys.lock().unwrap().signs = key;
    }

    /// How often it was asked for its keys.
    pub fn asked_for_keys(&self) -> usize {
        self.shared.asked_for_keys.load(Ordering::SeqCst)
    }
}

fn fresh_key() -> EncodingKey {
    let pair = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).unwrap();
    EncodingKey::from_ec_pem(pair.serialize_pem().as_bytes()).unwrap()
}

async fn discovery(State(shared): State<Arc<Shared>>) -> Json<Value> {
    let issuer = &shared.issuer;
    Json(json!({
        "issuer": issuer, "authorization_endpoint": format!("{issuer}/authorize"),
        "token_endpoint": format!("{issuer}/token"), "jwks_uri": format!("{issuer}/keys"),
        "authorization_response_iss_parameter_supported": true,
    }))
}

async fn keys(State(shared): State<Arc<Shared>>) -> Json<Value> {
    shared.asked_for_keys.fetch_add(1, Ordering::SeqCst);
    let keys = shared.keys.lock().unwrap();
    let published = keys.published.iter().map(|name| {
        let jwk = Jwk::from_encoding_key(&keys.known[name], Algorithm::ES256).unwrap();
        let mut jwk = serde_json::to_value(jwk).unwrap();
        jwk["kid"] = json!(name);
        jwk["use"] = json!("sig");
        jwk
    });
    Json(json!({ "keys": published.collect::<Vec<_>>() }))
}

async fn token(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    Form(form): Form<HashMap<String, String>>,
) -> Response {
    let field = |name: &str| form.get(name).map(String::as_str).unwrap_or_default();
    let basic = format!(
        "Basic {}",
        BASE64_STANDARD.encode(format!("{}:{SECRET}", shared.client))
    );
    let authorization = headers.get(header::AUTHORIZATION);
    if authorization.is_none_or(|value| value != basic.as_str()) {
        return no("invalid_client");
    }
    let Some(promised) = shared.codes.lock().unwrap().remove(field("code")) else {
        return no("invalid_grant");
    };
    let hash = digest(&SHA256, field("code_verifier").as_bytes());
    let proven = BASE64_URL_SAFE_NO_PAD.encode(hash) == promised.challenge;
    if !proven || field("redirect_uri") != promised.redirect_uri {
        return no("invalid_grant");
    }
    let keys = shared.keys.lock().unwrap();
    let mut header = Header::new(Algorithm::ES256);
    header.kid = Some(keys.signs.to_owned());
    let id_token = jsonwebtoken::encode(&header, &promised.claims, &keys.known[keys.signs]);
    let id_token = id_token.unwrap();
    super::mirror::token_given(&shared.issuer, field("code"), &id_token);
    let answer = json!({
        "token_type": "Bearer", "access_token": "of-no-use", "id_token": id_token,
    });
    Json(answer).into_response()
}

fn no(error: &str) -> Response {
    (StatusCode::BAD_REQUEST, Json(json!({ "error": error }))).into_response()
}
