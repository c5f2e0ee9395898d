//! A provider that says what it is told to, and a relying party before it.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Router,
    extract::{Request, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use jsonwebtoken::Algorithm;
use serde_json::{Value, json};

use crate::{
    clock::{Clock, SystemRandom, Timestamp},
    identity::RefusalCode,
    keys::{RsaBits, generate_pair},
    oidc::{OidcSettings, RelyingParty, testing::*},
    settings::Secret,
};

/// A clock that a test moves.
pub(super) struct Hand(pub(super) Mutex<Timestamp>);

impl Clock for Hand {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}

/// What a request was: method and path, `Authorization`, body.
pub(super) type Asked = (String, String, String);
pub(super) type Answer = (u16, &'static str, String);

/// A provider that says what it is told to.
#[derive(Clone)]
pub(super) struct Fake {
    pub(super) url: String,
    pub(super) asked: Arc<Mutex<Vec<Asked>>>,
    pub(super) keys: Arc<Mutex<Value>>,
    pub(super) discovery: Arc<Mutex<Value>>,
    pub(super) next: Arc<Mutex<VecDeque<Answer>>>,
}

impl Fake {
    async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let fake = Self {
            url: format!("http://{}", listener.local_addr().unwrap()),
            asked: Arc::default(),
            keys: Arc::new(Mutex::new(json!({ "keys": [RSA.jwk("rsa", &json!({}))] }))),
            discovery: Arc::new(Mutex::new(json!({}))),
            next: Arc::default(),
        };
        let routes = Router::new().fallback(answer).with_state(fake.clone());
        tokio::spawn(async { axum::serve(listener, routes).await });
        fake
    }

    /// What token and userinfo endpoint answer next.
    pub(super) fn then(&self, status: u16, content_type: &'static str, body: impl Into<String>) {
        let answer = (status, content_type, body.into());
        self.next.lock().unwrap().push_back(answer);
    }

    pub(super) fn count(&self, path: &str) -> usize {
        let asked = self.asked.lock().unwrap();
        asked.iter().filter(|(what, ..)| what == path).count()
    }

    pub(super) fn last(&self) -> Asked {
        self.asked.lock().unwrap().last().cloned().unwrap()
    }
}

async fn answer(State(fake): State<Fake>, request: Request) -> Response {
    let path = request.uri().path().to_owned();
    let authorization = request.headers().get("authorization");
    let authorization = authorization
        .map_or("", |value| value.to_str().unwrap())
        .to_owned();
    let what = format!("{} {path}", request.method());
    let body = axum::body::to_bytes(request.into_body(), 1 << 20)
        .await
        .unwrap();
    let body = String::from_utf8(body.to_vec()).unwrap();
    fake.asked.lock().unwrap().push((what, authorization, body));
    let url = &fake.url;
    match path.as_str() {
        "/.well-known/openid-configuration" => {
            let mut found = json!({
                "issuer": url, "authorization_endpoint": format!("{url}/auth?tenant=1"),
                "token_endpoint": format!("{url}/token"), "jwks_uri": format!("{url}/keys"),
                "userinfo_endpoint": format!("{url}/me"),
            });
            change(&mut found, &fake.discovery.lock().unwrap());
            found.to_string().into_response()
        }
        "/keys" => fake.keys.lock().unwrap().to_string().into_response(),
        "/hang" => {
            tokio::time::sleep(Duration::from_mins(1)).await;
            StatusCode::OK.into_response()
        }
        _ => {
            let (status, kind, body) = fake.next.lock().unwrap().pop_front().unwrap();
            let status = StatusCode::from_u16(status).unwrap();
            (
                status,
                [("content-type", kind), ("location", "/keys")],
                body,
            )
                .into_response()
        }
    }
}

pub(super) struct Bench {
    pub(super) fake: Fake,
    pub(super) clock: Arc<Hand>,
    pub(super) party: RelyingParty,
    pub(super) folder: tempfile::TempDir,
}

pub(super) async fn bench(changes: Value) -> Bench {
    let fake = Fake::start().await;
    let folder = tempfile::tempdir().unwrap();
    let pair = generate_pair("client", RsaBits::Rsa2048, now()).unwrap();
    let at = |name: &str| folder.path().join(name);
    std::fs::write(at("secret"), "s3c:ret/ä").unwrap();
    std::fs::write(at("client.pem"), &pair.certificate_pem).unwrap();
    std::fs::write(at("client.key"), pair.private_key_pem.expose()).unwrap();
    let mut settings = json!({
        "issuer": fake.url, "client_id": CLIENT, "client_secret": { "file": at("secret") },
    });
    if changes.get("client_key").is_some() {
        let key = json!({ "certificate": at("client.pem"), "private_key": { "file": at("client.key") }, "key_id": "k1" });
        change(
            &mut settings,
            &json!({ "client_secret": null, "client_key": key }),
        );
        change(&mut settings["client_key"], &changes["client_key"]);
    } else {
        change(&mut settings, &changes);
    }
    let settings: OidcSettings = serde_json::from_value(settings).unwrap();
    let clock = Arc::new(Hand(Mutex::new(now())));
    let party = RelyingParty::new(
        &"partner".parse().unwrap(),
        &settings,
        "https://sso.example/oidc/rp/partner/callback"
            .parse()
            .unwrap(),
        clock.clone(),
        Arc::new(SystemRandom),
    )
    .unwrap();
    party.provider.refresh_now().await.unwrap();
    Bench {
        fake,
        clock,
        party,
        folder,
    }
}

impl Bench {
    pub(super) fn gives(&self, changes: &Value) {
        let ours = json!({ "iss": self.fake.url });
        let mut claims = claims(&ours);
        change(&mut claims, changes);
        let token = sign(&claims, &RSA, &header(Algorithm::RS256, "rsa"));
        let body = json!({ "token_type": "bearer", "access_token": ACCESS, "id_token": token });
        self.fake.then(200, "application/json", body.to_string());
    }

    pub(super) async fn redeem(&self) -> Result<(), RefusalCode> {
        let done = self
            .party
            .redeem("c/1", &Secret::new("verifier".to_owned()), now())
            .await;
        done.map(drop).map_err(|refusal| refusal.code)
    }

    pub(super) async fn userinfo(&self) -> Result<(), RefusalCode> {
        let tokens = self
            .party
            .redeem("c", &Secret::new("v".to_owned()), now())
            .await
            .unwrap();
        let snapshot = self.party.known().unwrap();
        let verified = self.party.verify(&tokens, NONCE, &snapshot, now()).unwrap();
        let done = self.party.complete(verified, &tokens, &snapshot).await;
        done.map(drop).map_err(|refusal| refusal.code)
    }
}
