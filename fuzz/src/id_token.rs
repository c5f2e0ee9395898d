//! Whatever an ID token says: what is accepted is of this login, by another reader of the same JSON.
//! The first line is the token's header, the rest its claims; both are signed by the provider. And a
//! token that nobody signed, a key set, a discovery document: no panic, no identity.

use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use flexbridge::oidc::{
    KeySet, NameIdRule, looks_like_token,
    testing::{ACCESS, CLIENT, EC, ISSUER, NONCE, RSA, judge, now, raw_by, read_document},
};
use serde_json::Value;

/// One token, or document.
pub fn run(data: &[u8]) {
    let _ = KeySet::read(data);
    let _ = read_document(data);
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    assert!(judge(text).is_err(), "nobody signed it");
    let _ = looks_like_token(text);
    let (header, claims) = text
        .split_once('\n')
        .unwrap_or(("{\"alg\":\"ES256\",\"kid\":\"ec\"}", text));
    let key = if header.contains("RS256") { &RSA } else { &EC };
    let verdict = judge(&raw_by(key, header, claims));
    let verified = match verdict {
        Err(refusal) => {
            assert!(refusal.to_string().len() < 4_000, "a refusal of any length");
            return;
        }
        Ok(verified) => verified,
    };
    let header: Value = serde_json::from_str(header).expect("JSON to others, too");
    let claims: Value = serde_json::from_str(claims).expect("JSON to others, too");
    meant(&header, &claims);
    let rule = NameIdRule {
        claim: "sub".to_owned(),
        format: None,
    };
    assert_eq!(Some(verified.subject()), claims["sub"].as_str());
    if let Ok(identity) = verified.into_identity("hq".parse().expect("a name"), &rule) {
        assert_eq!(Some(&*identity.name_id.value), claims["sub"].as_str());
    }
}

fn meant(header: &Value, claims: &Value) {
    assert!(matches!(header["alg"].as_str(), Some("RS256" | "ES256")));
    for name in ["jwk", "jku", "x5u", "x5c", "crit", "b64"] {
        assert!(header.get(name).is_none(), "{name}");
    }
    assert_eq!(claims["iss"], ISSUER);
    assert_eq!(claims["nonce"], NONCE);
    let ours = |audience: &Value| audience == CLIENT;
    match &claims["aud"] {
        Value::Array(all) => assert!(!all.is_empty() && all.iter().all(ours)),
        one => assert!(ours(one)),
    }
    assert!(claims.get("azp").is_none_or(ours));
    let at = |name: &str| claims[name].as_f64();
    let time = now().timestamp();
    #[expect(clippy::cast_precision_loss, reason = "a time of this century")]
    let time = time as f64;
    assert!(at("exp").is_some_and(|end| end > time - 61.0));
    assert!(at("iat").is_some_and(|begin| begin < time + 61.0));
    assert!(claims.get("nbf").is_none() || at("nbf").is_some_and(|begin| begin < time + 61.0));
    let subject = claims["sub"].as_str().expect("a text");
    assert!(!subject.trim().is_empty() && subject.len() <= 255);
    if let Some(hash) = claims.get("at_hash") {
        let left = &digest(&SHA256, ACCESS.as_bytes()).as_ref()[..16].to_vec();
        assert_eq!(hash, &BASE64_URL_SAFE_NO_PAD.encode(left));
    }
}
