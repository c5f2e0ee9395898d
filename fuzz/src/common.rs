//! What the targets share: one login that is under way, and whom it trusts.

use std::sync::LazyLock;

use base64::{Engine, prelude::BASE64_STANDARD};
use chrono::{DateTime, TimeDelta, Utc};
use flexbridge::{
    identity::{Identity, Refusal},
    keys::{DecryptionKey, DecryptionKeys},
    saml::{
        encryption::Decryption,
        sp::{Check, Expected, Trust, VerifiedAssertion, verify},
        testing::{ACS, EC, IDP, OURS, REQUEST, RSA, SP, certificates, now},
    },
};

/// The account's audience.
pub const FLEX: &str = "urn:flex:JQ1";

/// The identity provider, with an RSA key and one on P-256, and a key of ours to encrypt for.
pub static TRUST: LazyLock<Trust> = LazyLock::new(|| {
    let key = DecryptionKey::new(OURS.signing_key()).expect("it decrypts");
    Trust {
        entity_id: IDP.to_owned(),
        certificates: certificates(&[&RSA, &EC]),
        second_opinion: true,
        decryption: Decryption {
            keys: DecryptionKeys::new(vec![key]).into(),
            allow_cbc: true,
        },
    }
});

/// When everything happens.
pub fn time() -> DateTime<Utc> {
    now()
}

/// What becomes of a `SAMLResponse` parameter, and the stages that it passed.
pub fn judge(parameter: &str) -> (Result<VerifiedAssertion, Refusal>, Vec<Check>) {
    let expected = Expected {
        sp_entity_id: SP,
        acs_url: ACS,
        request_id: Some(REQUEST),
        downstream_audience: FLEX,
        skew: TimeDelta::seconds(60),
    };
    let mut stages = Vec::new();
    let verdict = verify(parameter, &TRUST, &expected, time(), &mut |stage| {
        stages.push(stage);
    });
    if let Err(refusal) = &verdict {
        // What a log or a journal would keep.
        assert!(refusal.to_string().len() < 4_000, "a refusal of any length");
    }
    (verdict, stages)
}

/// The same of XML.
pub fn judge_xml(xml: &[u8]) -> (Result<VerifiedAssertion, Refusal>, Vec<Check>) {
    judge(&BASE64_STANDARD.encode(xml))
}

/// From here on it is anybody.
pub fn identity(verified: VerifiedAssertion) -> Identity {
    verified.into_identity("hq".parse().expect("a name"))
}
