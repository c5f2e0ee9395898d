//! What the configured keys are, for people.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{DecryptionKey, Keys};
use crate::{clock::Timestamp, identity::FlexName};

/// What a key is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyUse {
    /// It signs what Flex receives: the first, or chosen by `assertion_key` of an account.
    Signs,
    /// Another one: published in our metadata, ready to take over.
    Published,
    /// It opens what identity providers encrypt for us; the first of these is published first.
    Decrypts,
}

/// One configured key pair.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KeyEntry {
    /// What it is for.
    pub r#use: KeyUse,
    /// The Flex accounts that it signs for.
    pub signs_for: Vec<FlexName>,
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

/// Each key pair that is configured, in its order; `accounts`: the place of the one that signs
/// for each.
#[must_use]
pub fn list(keys: &Keys, accounts: &BTreeMap<FlexName, usize>, now: Timestamp) -> Vec<KeyEntry> {
    let decrypting = keys.decryption.all().iter().map(DecryptionKey::pair);
    let signing = keys.assertion.all().enumerate().map(|(place, key)| {
        let accounts = accounts.iter().filter(|(_, chosen)| **chosen == place);
        let signs_for: Vec<_> = accounts.map(|(name, _)| name.clone()).collect();
        // The first signs our own requests, whichever the accounts have chosen.
        let signs = place == 0 || !signs_for.is_empty();
        let r#use = if signs {
            KeyUse::Signs
        } else {
            KeyUse::Published
        };
        (key, r#use, signs_for)
    });
    signing
        .chain(decrypting.map(|key| (key, KeyUse::Decrypts, Vec::new())))
        .map(|(key, r#use, signs_for)| KeyEntry {
            r#use,
            signs_for,
            subject: key.subject().to_owned(),
            sha256: key.fingerprint().to_owned(),
            bits: key.bits(),
            not_after: key.not_after(),
            days_left: (key.not_after() - now).num_days(),
        })
        .collect()
}
