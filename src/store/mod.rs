//! What outlives a request: the identifiers that were used, and the journal of logins.
//!
//! Must never: know what an identifier stands for, or say `First` twice for one.

mod consume;
mod embedded;
mod journal;
mod redis;
mod room;
mod settings;

#[cfg(test)]
mod conformance;

pub use consume::{ConsumeKey, Consumed, Store, StoreUnavailable};
pub use embedded::{EmbeddedJournal, EmbeddedStore, JournalReader};
pub use journal::{
    Journal, JournalCursor, JournalFilter, JournalPage, JournalRead, LoginKind, LoginKinds, Tally,
};
pub use redis::{RedisPlan, RedisStore};
pub use room::room;
pub use settings::*;

pub use futures_util::future::BoxFuture;
