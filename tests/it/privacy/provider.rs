//! A provider of OpenID Connect that says what it is told to.

use std::sync::{Arc, Mutex};

use axum::{Router, extract::Request, response::IntoResponse as _};
use serde_json::json;

use crate::support::identity::SigningIdentity;

/// What the provider's token endpoint says: status and body.
pub type TokenAnswer = Arc<Mutex<(u16, String)>>;

/// A provider of OpenID Connect that signs what it is told to.
pub async fn provider(key: &SigningIdentity) -> (String, TokenAnswer) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let issuer = format!("http://{}", listener.local_addr().unwrap());
    let encoding = jsonwebtoken::EncodingKey::from_rsa_pem(key.private_key.as_bytes()).unwrap();
    let jwk = jsonwebtoken::jwk::Jwk::from_encoding_key(&encoding, jsonwebtoken::Algorithm::RS256);
    let keys = json!({ "keys": [jwk.unwrap()] }).to_string();
    let discovery = json!({
        "issuer": issuer, "authorization_endpoint": format!("{issuer}/auth"),
        "token_endpoint": format!("{issuer}/token"), "jwks_uri": format!("{issuer}/keys"),
    })
    .to_string();
    let says: TokenAnswer = Arc::new(Mutex::new((500, String::new())));
    let told = Arc::clone(&says);
    let routes = Router::new().fallback(async move |request: Request| {
        let (status, body) = match request.uri().path() {
            "/token" => told.lock().unwrap().clone(),
            "/keys" => (200, keys.clone()),
            _ => (200, discovery.clone()),
        };
        let status = axum::http::StatusCode::from_u16(status).unwrap();
        (status, [("content-type", "application/json")], body).into_response()
    });
    tokio::spawn(async { axum::serve(listener, routes).await });
    (issuer, says)
}
