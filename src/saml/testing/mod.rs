//! Messages as partners write them, for the tests of this module.
//!
//! `pair` makes keys, `sign` fills in signature templates in any style, `sample`
//! is a response of which each part can be changed.
//!
//! Must never: use what signs for Flex. What is tested may not be its own witness;
//! every signature made here is also checked by xmlsec, on the way through `verify`.

mod pair;
mod sample;
mod sign;

pub use pair::{EC, EC384, FOREIGN, Pair, RSA};
pub use sample::{Sample, Signed, encode, signature_template};
pub use sign::{DIGEST, VALUE, sign};

use crate::{
    clock::Timestamp,
    saml::{signature::TrustedCertificates, sp::Trust},
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
    }
}
