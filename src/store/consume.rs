//! The one verb that all nodes share: use an identifier, once.

use std::fmt;

use aws_lc_rs::digest;

use super::BoxFuture;
use crate::clock::Timestamp;

/// An identifier that may be used once, as a digest: its size is bounded and it
/// tells nothing about the login to who reads the store.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ConsumeKey([u8; 32]);

impl ConsumeKey {
    /// The key of an identifier made of parts: what kind it is, who issued it, its value.
    ///
    /// SHA-256 over each part with its length in front, so that no two different
    /// lists of parts meet.
    #[must_use]
    pub fn of(parts: &[&[u8]]) -> Self {
        let mut context = digest::Context::new(&digest::SHA256);
        for part in parts {
            context.update(&(part.len() as u64).to_be_bytes());
            context.update(part);
        }
        let mut key = [0; 32];
        key.copy_from_slice(context.finish().as_ref());
        Self(key)
    }

    /// The digest.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for ConsumeKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "ConsumeKey({}…)", hex::encode(&self.0[..4]))
    }
}

/// Whether an identifier was used before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Consumed {
    /// This was the first use, and it is on record.
    First,
    /// It was used before.
    Again,
}

/// The store can't answer; whoever asked must refuse, never go on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the store is unavailable: {detail}")]
pub struct StoreUnavailable {
    /// What is wrong, for the administrator. Holds no secret.
    pub detail: String,
}

impl StoreUnavailable {
    /// Unavailable, and why.
    #[must_use]
    pub fn new(detail: impl Into<String>) -> Self {
        Self {
            detail: detail.into(),
        }
    }
}

/// Where used identifiers are kept, shared by all nodes of a cluster.
pub trait Store: Send + Sync + 'static {
    /// Uses `key`. Of all callers on all nodes exactly one is ever told
    /// [`Consumed::First`], until `expiry` has passed by any clock that tells
    /// the time within an hour.
    ///
    /// `since` is the earliest time at which it can have been used. A store that may have
    /// forgotten uses of that time refuses, as it could not tell.
    ///
    /// `now` is the caller's time; the store keeps its own account of it so
    /// that a clock that jumps back makes nothing usable again.
    ///
    /// # Errors
    /// [`StoreUnavailable`] when the store can't be asked or its answer can't
    /// be relied upon. The identifier may then be used or not.
    fn consume<'a>(
        &'a self,
        key: &'a ConsumeKey,
        since: Timestamp,
        expiry: Timestamp,
        now: Timestamp,
    ) -> BoxFuture<'a, Result<Consumed, StoreUnavailable>>;

    /// Whether the store would answer just now; for readiness.
    ///
    /// # Errors
    /// [`StoreUnavailable`] when it would not.
    fn ping(&self) -> BoxFuture<'_, Result<(), StoreUnavailable>>;

    /// Why the store may forget what was used, if it may: then it must not be
    /// relied upon. `None` also when it does not tell.
    fn concern(&self) -> BoxFuture<'_, Option<String>> {
        Box::pin(std::future::ready(None))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_do_not_run_together() {
        assert_ne!(
            ConsumeKey::of(&[b"ab", b"c"]),
            ConsumeKey::of(&[b"a", b"bc"])
        );
        assert_ne!(ConsumeKey::of(&[b"abc"]), ConsumeKey::of(&[b"abc", b""]));
        assert_eq!(ConsumeKey::of(&[b"a", b"b"]), ConsumeKey::of(&[b"a", b"b"]));
    }
}
