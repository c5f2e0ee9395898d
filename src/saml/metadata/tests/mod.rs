//! Metadata as identity providers really write it, what must be refused, and our own.
//!
//! Must never: hold a provider's real certificate; those are made on the spot.

mod real;
mod refused;
mod signed;
mod written;

use base64::{Engine, prelude::BASE64_STANDARD};

use super::{IdpMetadata, MetadataError};
use crate::saml::testing::{EC, FOREIGN, Pair, RSA, now};

/// Puts certificates where `{rsa}`, `{foreign}` and `{ec}` stand; `{rsa-lines}` is
/// broken into lines and indented.
fn fill(text: &str) -> String {
    let base64 = |pair: &Pair| BASE64_STANDARD.encode(&pair.certificate);
    let lines: Vec<String> = base64(&RSA)
        .as_bytes()
        .chunks(64)
        .map(|line| format!("\t  {}", String::from_utf8_lossy(line)))
        .collect();
    text.replace("{rsa-lines}", &format!("\r\n{}\r\n", lines.join("\r\n")))
        .replace("{rsa}", &base64(&RSA))
        .replace("{foreign}", &base64(&FOREIGN))
        .replace("{ec}", &base64(&EC))
}

fn read(text: &str) -> Result<IdpMetadata, MetadataError> {
    IdpMetadata::read(&fill(text), now())
}

/// The names of the pairs whose certificates are trusted, in order.
fn trusted(metadata: &IdpMetadata) -> Vec<&'static str> {
    let known = [("rsa", &RSA), ("foreign", &FOREIGN), ("ec", &EC)];
    let name = |fingerprint: &str| {
        let same = |pair: &Pair| {
            let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &pair.certificate);
            hex::encode(digest) == fingerprint
        };
        known.iter().find(|(_, pair)| same(pair)).unwrap().0
    };
    let described = metadata.certificates.describe().iter();
    described.map(|one| name(&one.fingerprint)).collect()
}
