//! Keys, documents and tokens as a provider makes them, right and wrong.

use std::sync::LazyLock;

use jsonwebtoken::{Algorithm, EncodingKey, Header, jwk::Jwk};
use serde_json::{Value, json};

#[cfg(fuzzing)]
use super::ProviderError;
use super::{Discovery, Expected, KeySet, VerifiedIdToken, http::Reach, verify};
use crate::{
    clock::Timestamp,
    identity::Refusal,
    keys::{RsaBits, generate_pair},
};
use chrono::TimeDelta;

pub const ISSUER: &str = "https://op.example";
pub const CLIENT: &str = "bridge";
pub const NONCE: &str = "the-nonce-of-this-login";
pub const ACCESS: &str = "the-access-token";

pub fn now() -> Timestamp {
    Timestamp::from_timestamp(1_790_000_000, 0).unwrap()
}

/// A key of a provider.
pub struct TestKey {
    pub pem: String,
    pub encoding: EncodingKey,
    algorithm: Algorithm,
}

fn rsa() -> TestKey {
    let pair = generate_pair("op", RsaBits::Rsa2048, now()).unwrap();
    let pem = pair.private_key_pem.expose().to_owned();
    TestKey {
        encoding: EncodingKey::from_rsa_pem(pem.as_bytes()).unwrap(),
        pem,
        algorithm: Algorithm::RS256,
    }
}

pub static RSA: LazyLock<TestKey> = LazyLock::new(rsa);
pub static FOREIGN: LazyLock<TestKey> = LazyLock::new(rsa);
pub static EC: LazyLock<TestKey> = LazyLock::new(|| {
    let pair = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).unwrap();
    let pem = pair.serialize_pem();
    TestKey {
        encoding: EncodingKey::from_ec_pem(pem.as_bytes()).unwrap(),
        pem,
        algorithm: Algorithm::ES256,
    }
});

impl TestKey {
    /// The public key as a JWK, with members changed; null removes one.
    pub fn jwk(&self, id: &str, changes: &Value) -> Value {
        let jwk = Jwk::from_encoding_key(&self.encoding, self.algorithm).unwrap();
        let mut jwk = serde_json::to_value(jwk).unwrap();
        jwk["kid"] = json!(id);
        jwk["use"] = json!("sig");
        jwk.as_object_mut().unwrap().remove("alg");
        change(&mut jwk, changes);
        jwk
    }
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

pub fn key_set(keys: &[Value]) -> KeySet {
    KeySet::read(json!({ "keys": keys }).to_string().as_bytes()).unwrap()
}

/// The provider's usual keys: `rsa` and `ec`.
pub fn keys() -> KeySet {
    key_set(&[RSA.jwk("rsa", &json!({})), EC.jwk("ec", &json!({}))])
}

/// A provider elsewhere.
pub(super) const AWAY: Reach = Reach {
    loopback: false,
    allow_private: false,
};

pub fn document(changes: &Value) -> Value {
    let mut document = json!({
        "issuer": ISSUER,
        "authorization_endpoint": "https://op.example/auth?tenant=1",
        "token_endpoint": "https://op.example/token",
        "jwks_uri": "https://op.example/keys",
        "userinfo_endpoint": "https://op.example/me",
        "response_types_supported": ["code"],
    });
    change(&mut document, changes);
    document
}

pub fn discovery() -> Discovery {
    Discovery::read(document(&json!({})).to_string().as_bytes(), ISSUER, AWAY).unwrap()
}

/// The claims of an honest token, with changes.
pub fn claims(changes: &Value) -> Value {
    let now = now().timestamp();
    let mut claims = json!({
        "iss": ISSUER, "sub": "agent-7", "aud": CLIENT, "nonce": NONCE,
        "iat": now, "exp": now + 300, "auth_time": now - 60,
        "email": "ann@op.example", "groups": ["a", "b"],
    });
    change(&mut claims, changes);
    claims
}

pub fn header(algorithm: Algorithm, id: &str) -> Header {
    let mut header = Header::new(algorithm);
    header.kid = Some(id.to_owned());
    header
}

pub fn sign(claims: &Value, key: &TestKey, header: &Header) -> String {
    jsonwebtoken::encode(header, claims, &key.encoding).unwrap()
}

/// An honest token with these changes to its claims.
pub fn token(changes: &Value) -> String {
    sign(&claims(changes), &RSA, &header(Algorithm::RS256, "rsa"))
}

/// A token of exactly these texts, signed RS256.
pub fn raw(header: &str, claims: &str) -> String {
    raw_by(&RSA, header, claims)
}

/// A token of exactly these texts, signed as its key signs.
pub fn raw_by(key: &TestKey, header: &str, claims: &str) -> String {
    use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as URL};
    let message = format!("{}.{}", URL.encode(header), URL.encode(claims));
    let signature =
        jsonwebtoken::crypto::sign(message.as_bytes(), &key.encoding, key.algorithm).unwrap();
    format!("{message}.{signature}")
}

/// A discovery document of [`ISSUER`], elsewhere.
///
/// # Errors
/// As the bridge says.
#[cfg(fuzzing)]
pub fn read_document(bytes: &[u8]) -> Result<Discovery, ProviderError> {
    Discovery::read(bytes, ISSUER, AWAY)
}

pub fn expected() -> Expected<'static> {
    Expected {
        issuer: ISSUER,
        client_id: CLIENT,
        trusted_audiences: &[],
        nonce: Some(NONCE),
        access_token: Some(ACCESS),
        skew: TimeDelta::seconds(60),
    }
}

pub fn judge(token: &str) -> Result<VerifiedIdToken, Refusal> {
    static KEYS: LazyLock<KeySet> = LazyLock::new(keys);
    judge_with(token, &KEYS, &expected())
}

pub fn judge_with(
    token: &str,
    keys: &KeySet,
    expected: &Expected<'_>,
) -> Result<VerifiedIdToken, Refusal> {
    verify(token, &discovery(), keys, expected, now(), &mut |_| {})
}
