//! What the bridge writes is valid by the schemas of OASIS, which SimpleSAMLphp's
//! package brings along; xmllint is the judge.

use std::io::Write as _;
use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use flexbridge::clock::{SystemRandom, Timestamp};
use flexbridge::identity::{Authentication, NameId};
use flexbridge::keys::SigningKey;
use flexbridge::keys::{DecryptionKey, DecryptionKeys};
use flexbridge::saml::Asks;
use flexbridge::saml::binding::Outgoing;
use flexbridge::saml::encryption::Decryption;
use flexbridge::saml::idp::{DownstreamResponse, FlexSp};
use flexbridge::saml::metadata::{IdpMetadata, SsoEndpoint, idp_metadata, sp_metadata};
use flexbridge::saml::sp::{AuthnRequest, Endpoints};
use flexbridge::settings::Secret;

use crate::support::identity::SigningIdentity;
use crate::support::peers;

const SCHEMAS: &str = "/usr/share/simplesamlphp/schemas";

/// What xmllint has against the text by this schema.
fn check(schema: &str, text: &str) -> Result<(), String> {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    let output = Command::new(peers::program("xmllint"))
        .args(["--nonet", "--noout", "--schema"])
        .arg(format!("{SCHEMAS}/saml-schema-{schema}-2.0.xsd"))
        .arg(file.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    if output.status.success() {
        Ok(())
    } else {
        Err(said)
    }
}

fn holds(schema: &str, text: &str) {
    if let Err(said) = check(schema, text) {
        panic!("{said}\n{text}");
    }
}

fn key() -> SigningKey {
    let identity = SigningIdentity::generate("bridge.example");
    let private_key = Secret::new(identity.private_key);
    SigningKey::from_pem(identity.certificate.as_bytes(), &private_key).unwrap()
}

fn endpoints() -> Endpoints {
    Endpoints {
        entity_id: "https://sso.example/saml/sp/hq".to_owned(),
        acs_url: "https://sso.example/saml/sp/hq/acs".to_owned(),
    }
}

fn now() -> Timestamp {
    "2026-03-01T10:00:00Z".parse().unwrap()
}

fn decryption() -> Decryption {
    let keys = [key(), key()].map(|key| DecryptionKey::new(key).unwrap());
    Decryption {
        keys: DecryptionKeys::new(keys.into()).into(),
        allow_cbc: true,
    }
}

#[test]
fn metadata_is_valid() {
    if !peers::require("saml-schemas") {
        return;
    }
    let keys = [key(), key()];
    for signed in [true, false] {
        let as_sp = sp_metadata(&endpoints(), signed, &keys, &decryption()).unwrap();
        holds("metadata", &as_sp);
        let sso = "https://sso.example/saml/idp/production/sso";
        let as_idp = idp_metadata(
            "https://sso.example/saml/idp/production",
            sso,
            signed,
            &keys,
        );
        let as_idp = as_idp.unwrap();
        holds("metadata", &as_idp);

        // The judge can say no: the keys belong before the services.
        let from = as_idp.find("<md:KeyDescriptor").unwrap();
        let to = as_idp.find("<md:SingleSignOnService").unwrap();
        let end = as_idp.find("</md:IDPSSODescriptor>").unwrap();
        let (keys, services) = (&as_idp[from..to], &as_idp[to..end]);
        let wrong = format!("{}{services}{keys}{}", &as_idp[..from], &as_idp[end..]);
        assert!(
            check("metadata", &wrong)
                .unwrap_err()
                .contains("KeyDescriptor")
        );
    }
}

#[test]
fn the_response_to_flex_is_valid() {
    if !peers::require("saml-schemas") {
        return;
    }
    let flex = FlexSp {
        entity_id: "urn:flex:JQ0".to_owned(),
        acs_url: "https://login.flex.us1.twilio.com/login/callback?connection=JQ0&x=1"
            .parse()
            .unwrap(),
    };
    let roles = ["agent".to_owned(), "a < b & \"c\" > 東京".to_owned()];
    let empty = [String::new()];
    let attributes: [(&str, &[String]); 3] = [
        ("email", &roles[..1]),
        ("roles", &roles),
        ("flex_location", &empty),
    ];
    let context = "urn:oasis:names:tc:SAML:2.0:ac:classes:Password";
    let key = key();
    for (format, context_class, attributes) in [
        (None, None, &attributes[..0]),
        (
            Some("urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"),
            Some(context),
            &attributes[..],
        ),
    ] {
        let response = DownstreamResponse {
            issuer: "https://sso.example/saml/idp/production",
            flex: &flex,
            in_response_to: Some("_request-1"),
            name_id: &NameId {
                value: "ann & bob".to_owned(),
                format: format.map(str::to_owned),
            },
            attributes,
            authentication: &Authentication {
                instant: now(),
                context_class: context_class.map(str::to_owned),
            },
            now: now(),
        };
        let xml = response.sign(&key, &SystemRandom).unwrap();
        assert_eq!(xml.matches("<ds:SignatureValue").count(), 2);
        holds("protocol", &xml);
        holds("assertion", &response.preview().unwrap());
        let wrong = xml.replace("Version=\"2.0\"", "");
        assert!(check("protocol", &wrong).unwrap_err().contains("Version"));
    }
}

#[test]
fn our_request_is_valid() {
    if !peers::require("saml-schemas") {
        return;
    }
    let key = key();
    for signed in [true, false] {
        let sso = "https://idp.example/sso?a=1&b=2";
        let text = idp_metadata("urn:idp", sso, signed, std::slice::from_ref(&key)).unwrap();
        let mut idp = IdpMetadata::read(&text, now()).unwrap();
        idp.sso = SsoEndpoint::Post(sso.parse().unwrap());
        let asks = Asks {
            force_authn: true,
            is_passive: true,
            classes: vec!["urn:a".to_owned(), "urn:b".to_owned()],
            ..Asks::default()
        };
        let request = AuthnRequest {
            asks: &asks,
            id: "_0123456789abcdef0123456789abcdef",
            now: now(),
            endpoints: &endpoints(),
            relay_state: "login-1",
        };
        let Ok(Outgoing::Post { fields, .. }) = request.send(&idp, &key) else {
            panic!("this goes by POST");
        };
        let xml = String::from_utf8(BASE64.decode(&fields[0].1).unwrap()).unwrap();
        assert_eq!(xml.contains("<ds:SignatureValue"), signed);
        holds("protocol", &xml);
    }
}
