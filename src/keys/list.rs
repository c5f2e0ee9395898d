//! What the configured keys are, for people.

use serde::Serialize;

use super::{DecryptionKey, Keys};
use crate::clock::Timestamp;

/// What a key is for at its place in the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyUse {
    /// The first: it signs what Flex receives.
    Signs,
    /// A later one: published in our metadata, ready to take over.
    Published,
    /// It opens what identity providers encrypt for us; the first of these is published first.
    Decrypts,
}

/// One configured key pair.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KeyEntry {
    /// What it is for.
    pub r#use: KeyUse,
    /// The certificate's subject.
    pub subject: String,
    /// The certificate's SHA-256 fingerprint.
    pub sha256: String,
    /// The size of the modulus, in bits.
    pub bits: usize,
    /// When the certificate ends.
    pub not_after: Timestamp,
    /// Whole days until then; negative once it is over.
    pub days_left: i64,
}

/// Each key pair that is configured, in its order.
#[must_use]
pub fn list(keys: &Keys, now: Timestamp) -> Vec<KeyEntry> {
    let uses = std::iter::once(KeyUse::Signs).chain(std::iter::repeat(KeyUse::Published));
    let decrypting = keys.decryption.all().iter().map(DecryptionKey::pair);
    let signing = keys.assertion.all().iter().zip(uses);
    signing
        .chain(decrypting.map(|key| (key, KeyUse::Decrypts)))
        .map(|(key, r#use)| KeyEntry {
            r#use,
            subject: key.subject().to_owned(),
            sha256: key.fingerprint().to_owned(),
            bits: key.bits(),
            not_after: key.not_after(),
            days_left: (key.not_after() - now).num_days(),
        })
        .collect()
}
