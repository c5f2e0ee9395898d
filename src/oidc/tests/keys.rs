//! Key sets.

use jsonwebtoken::Algorithm;
use serde_json::{Value, json};

use crate::{
    identity::RefusalCode,
    oidc::{ErrorCode, KeySet, testing::*},
};

fn read(text: &str) -> Result<usize, ErrorCode> {
    KeySet::read(text.as_bytes())
        .map(|set| set.len())
        .map_err(|error| error.code)
}

#[test]
fn only_keys_that_may_verify_are_kept() {
    let small = json!({ "kty": "RSA", "n": "sXchDaQebHnPiGvyDOAT4saGEUetSyo9MKLOoWFsueri23bOdgWp4Dy1WlUzewbgBHod5pcM9H95GQRV3JDXboIRROSBigeC5yjU1hGzHHyXss8UDprecbAYxknTcQkhslANGRUZmdTOQ5qTRsLAt6BTYuyvVRdhS8exSZEy_c4gs_7svlJJQ4H9_NxsiIoLwAEk7-Q3UXERGYw_75IDrGA84-lA_-Ct4eTlXHBIY2EaV7t7LjJaynVJCpkv4LKjTTAumiGUIuQhrNhZLuF_RJLqHpM2kgWFLU7-VTdL1VbC2tejvcI2BlMkEpk1BzBZI0KQB0GaDWFLN-aEAw3vRw".chars().take(170).collect::<String>(), "e": "AQAB" });
    for (key, kept) in [
        (RSA.jwk("a", &json!({})), true),
        (RSA.jwk("a", &json!({ "use": null, "alg": "PS256" })), true),
        (
            RSA.jwk("a", &json!({ "key_ops": ["verify"], "x5c": ["MII"] })),
            true,
        ),
        (EC.jwk("a", &json!({})), true),
        (RSA.jwk("a", &json!({ "use": "enc" })), false),
        (RSA.jwk("a", &json!({ "use": ["sig"] })), false),
        (RSA.jwk("a", &json!({ "key_ops": ["encrypt"] })), false),
        (RSA.jwk("a", &json!({ "alg": "RS1" })), false),
        (RSA.jwk("a", &json!({ "alg": "HS256" })), false),
        (RSA.jwk("a", &json!({ "alg": 256 })), false),
        (RSA.jwk("a", &json!({ "kty": "oct", "k": "AAAA" })), false),
        (RSA.jwk("a", &json!({ "d": "AQAB" })), false),
        (RSA.jwk("a", &json!({ "kid": 1 })), false),
        (RSA.jwk("a", &json!({ "e": "AQ" })), false),
        (RSA.jwk("a", &json!({ "e": "Ag" })), false),
        (RSA.jwk("a", &json!({ "n": "%%" })), false),
        (EC.jwk("a", &json!({ "crv": "P-521" })), false),
        (EC.jwk("a", &json!({ "crv": "secp256k1" })), false),
        (json!({ "kty": "oct", "k": "c2VjcmV0" }), false),
        (
            json!({ "kty": "OKP", "crv": "Ed25519", "x": "AAAA" }),
            false,
        ),
        (small, false),
        (json!("key"), false),
    ] {
        let set = json!({ "keys": [key, EC.jwk("spare", &json!({}))] });
        assert_eq!(read(&set.to_string()), Ok(1 + usize::from(kept)), "{set}");
        let alone = json!({ "keys": [set["keys"][0]] }).to_string();
        assert_eq!(read(&alone).is_ok(), kept, "{alone}");
    }
}

#[test]
fn what_is_no_key_set_is_refused() {
    let key = RSA.jwk("a", &json!({}));
    let most = json!({ "keys": vec![key.clone(); 64] }).to_string();
    assert!(read(&most).is_ok());
    let many = json!({ "keys": vec![key.clone(); 65] }).to_string();
    let twice = format!(r#"{{"keys":[],"keys":[{key}]}}"#);
    for text in [
        "",
        "[]",
        "{}",
        r#"{"keys":{}}"#,
        r#"{"keys":[]}"#,
        &many,
        &twice,
    ] {
        assert_eq!(read(text), Err(ErrorCode::Keys), "{text:.80}");
    }
}

#[test]
fn a_key_is_chosen_by_its_name_and_kind() {
    let signed = |id: Option<&str>| {
        let mut header = header(Algorithm::RS256, "x");
        header.kid = id.map(str::to_owned);
        sign(&claims(&json!({})), &RSA, &header)
    };
    let none = json!({ "kid": null });
    let ours = || RSA.jwk("a", &json!({}));
    let foreign = |id: &str| FOREIGN.jwk(id, &json!({}));
    let cases: [(Option<&str>, Vec<Value>, Option<RefusalCode>); 9] = [
        (Some("a"), vec![foreign("b"), ours()], None),
        // Two keys of one name: either may be meant.
        (Some("a"), vec![foreign("a"), ours()], None),
        (None, vec![RSA.jwk("a", &none)], None),
        (None, vec![EC.jwk("ec", &json!({})), ours()], None),
        (
            Some("b"),
            vec![foreign("b"), ours()],
            Some(RefusalCode::OidcSignature),
        ),
        (Some("c"), vec![ours()], Some(RefusalCode::OidcKey)),
        (
            Some("a"),
            vec![RSA.jwk("a", &none)],
            Some(RefusalCode::OidcKey),
        ),
        (
            Some("a"),
            vec![RSA.jwk("a", &json!({ "alg": "PS256" }))],
            Some(RefusalCode::OidcKey),
        ),
        // A set full of keys must not make a token expensive.
        (None, vec![foreign("b"); 9], Some(RefusalCode::OidcKey)),
    ];
    for (id, set, refused) in cases {
        let seen = judge_with(&signed(id), &key_set(&set), &expected());
        assert_eq!(seen.err().map(|one| one.code), refused, "{id:?} {set:?}");
    }
}
