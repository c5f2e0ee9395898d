//! Key sets.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as URL};
use jsonwebtoken::Algorithm;
use serde_json::{Value, json};

use crate::{
    identity::RefusalCode,
    oidc::{ErrorCode, KeySet, testing::*},
};

fn read(text: &str) -> Result<usize, ErrorCode> {
    KeySet::read(text.as_bytes())
        .inspect(|set| assert!(!set.is_empty()))
        .map(|set| set.len())
        .map_err(|error| error.code)
}

#[test]
fn a_key_verifies_what_it_is_for() {
    for (bound, refused) in [
        (Value::Null, None),
        (json!("RS256"), None),
        (json!("PS256"), Some(RefusalCode::OidcKey)),
    ] {
        let keys = key_set(&[RSA.jwk("rsa", &json!({ "alg": bound }))]);
        let judged = judge_with(&token(&json!({})), &keys, &expected());
        assert_eq!(judged.err().map(|one| one.code), refused, "{bound}");
    }
}

#[test]
fn a_modulus_and_an_exponent_have_their_bounds() {
    let ones = |count: usize| vec![0xff; count];
    let behind = |first: &[u8], count: usize| [first, &vec![0xff; count]].concat();
    let usual = vec![1, 0, 1];
    for (modulus, exponent, kept) in [
        (ones(256), usual.clone(), true),
        (behind(&[0, 0], 256), usual.clone(), true),
        (ones(1_024), usual.clone(), true),
        (ones(128), usual.clone(), false),
        (behind(&[0x7f], 255), usual.clone(), false),
        (behind(&[0, 0], 255), usual.clone(), false),
        (behind(&[1], 1_024), usual, false),
        (Vec::new(), vec![3], false),
        (ones(256), vec![3], true),
        (ones(256), vec![1, 0, 0, 1], true),
        (ones(256), vec![1, 0, 0, 0, 1], false),
        (ones(256), vec![0, 1], false),
        (ones(256), vec![2], false),
        (ones(256), Vec::new(), false),
    ] {
        let [n, e] = [&modulus, &exponent].map(|part| URL.encode(part));
        let key = json!({ "kty": "RSA", "n": n, "e": e });
        let set = json!({ "keys": [key, EC.jwk("spare", &json!({}))] });
        let expected = if kept { 2 } else { 1 };
        let bytes = modulus.len();
        assert_eq!(read(&set.to_string()), Ok(expected), "{bytes} {exponent:?}");
    }
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
