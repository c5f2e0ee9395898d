//! Messages as partners write them, for the tests of this module.
//!
//! `pair` makes keys, `encrypt` encrypts for us, `sign` fills in signature templates in any style, `sample`
//! is a response of which each part can be changed.
//!
//! Must never: use what signs for Flex. What is tested may not be its own witness;
//! every signature made here is also checked by xmlsec, on the way through `verify`.

mod encrypt;
mod pair;
mod sample;
mod sign;

pub use encrypt::{Encrypted, MGF1P, OAEP_MIXED, OAEP_SHA256, RSA_1_5};
pub use pair::{EC, EC384, FOREIGN, OURS, OURS_BEFORE, Pair, RSA};
pub use sample::{Sample, Signed, encode, signature_template};
#[cfg(fuzzing)]
pub use sign::try_sign;
pub use sign::{DIGEST, VALUE, sign};

use base64::{Engine, prelude::BASE64_STANDARD};

use crate::{
    clock::Timestamp,
    saml::{encryption::Decryption, signature::TrustedCertificates, sp::Trust},
};

/// The identity provider's entity ID.
pub const IDP: &str = "https://idp.example/entity";
/// Our entity ID.
pub const SP: &str = "https://sso.example/saml/sp/hq";
/// Our assertion consumer service.
pub const ACS: &str = "https://sso.example/saml/sp/hq/acs";
/// The ID of the request that is answered.
pub const REQUEST: &str = "_request";

/// When the responses are made.
pub fn now() -> Timestamp {
    at("2026-03-01T10:00:00Z")
}

/// A time, as written.
pub fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// Metadata of an identity provider that signs with these, as written by a
/// plain implementation; `attributes` go to its `EntityDescriptor`.
pub fn idp_metadata(entity_id: &str, pairs: &[&Pair], attributes: &str) -> String {
    let key = |pair: &&Pair| {
        let certificate = BASE64_STANDARD.encode(&pair.certificate);
        format!(
            "<md:KeyDescriptor use=\"signing\"><ds:KeyInfo xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"><ds:X509Data><ds:X509Certificate>{certificate}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>"
        )
    };
    let keys: String = pairs.iter().map(key).collect();
    format!(
        "<md:EntityDescriptor xmlns:md=\"urn:oasis:names:tc:SAML:2.0:metadata\" entityID=\"{entity_id}\" {attributes}><md:IDPSSODescriptor protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\">{keys}<md:SingleSignOnService Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect\" Location=\"https://idp.example/sso\"/></md:IDPSSODescriptor></md:EntityDescriptor>"
    )
}

/// Certificates of these.
pub fn certificates(pairs: &[&Pair]) -> TrustedCertificates {
    let certificates = pairs.iter().map(|pair| pair.certificate.clone()).collect();
    TrustedCertificates::new(certificates).unwrap()
}

/// Trust in these.
pub fn trust(pairs: &[&Pair]) -> Trust {
    Trust {
        entity_id: IDP.to_owned(),
        certificates: certificates(pairs),
        second_opinion: true,
        decryption: Decryption::default(),
    }
}
