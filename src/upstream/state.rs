//! What is known of one identity provider's metadata, as logins and people see it.

use std::{sync::Arc, time::Duration};

use serde::Serialize;

use super::error::ErrorCode;
use crate::{
    clock::Timestamp,
    identity::IdpName,
    saml::{
        metadata::IdpMetadata,
        signature::{TrustedCertificate, UnusableCertificate},
    },
};

/// The metadata as it was at one time.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// What it says.
    pub metadata: Arc<IdpMetadata>,
    /// When the source was asked.
    pub fetched_at: Timestamp,
}

impl Snapshot {
    /// How old it is; zero when the clock has jumped back since.
    #[must_use]
    pub fn age(&self, now: Timestamp) -> Duration {
        (now - self.fetched_at).to_std().unwrap_or_default()
    }

    /// Whether the metadata says itself that it is over at `now`.
    #[must_use]
    pub fn is_expired(&self, now: Timestamp) -> bool {
        self.metadata.valid_until.is_some_and(|until| until <= now)
    }
}

/// Why the metadata can't be refreshed at the moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Failure {
    /// The stable code of the last failure.
    pub code: ErrorCode,
    /// What exactly was seen last.
    pub detail: String,
    /// What the administrator can do.
    pub mend: &'static str,
    /// When the first failure since the last success happened.
    pub since: Timestamp,
    /// When the last one did.
    pub last: Timestamp,
    /// How many there were.
    pub times: u32,
}

/// What is known now.
#[derive(Debug, Clone, Default)]
pub struct State {
    /// The last good metadata, expired or not; none if it was never obtained.
    pub snapshot: Option<Arc<Snapshot>>,
    /// Why the last refresh failed, if it did.
    pub failure: Option<Failure>,
    /// Why the copy on disk can't be read or written, if so.
    pub disk_problem: Option<String>,
}

/// What readiness, metrics and the page show.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Status {
    /// The identity provider.
    pub idp: IdpName,
    /// The source in a few words, without what may be secret.
    pub source: String,
    /// Its entity ID; none if the metadata was never obtained.
    pub entity_id: Option<String>,
    /// When the metadata was obtained; none if never.
    pub fetched_at: Option<Timestamp>,
    /// How old it is, in whole seconds.
    pub age_seconds: Option<u64>,
    /// Until when it may be used, if it says.
    pub valid_until: Option<Timestamp>,
    /// Whether that is over: nobody signs in then.
    pub expired: bool,
    /// Whose signatures are accepted.
    pub certificates: Vec<TrustedCertificate>,
    /// Certificates in the metadata that can't be used, and are trusted by nothing.
    pub left_out: Vec<UnusableCertificate>,
    /// Whether it is more than three times older than it should get, or was never obtained.
    pub stale: bool,
    /// Why the last refresh failed, if it did.
    pub failure: Option<Failure>,
    /// Why the copy on disk can't be read or written, if so.
    pub disk_problem: Option<String>,
}
