//! What outlives a request: the identifiers that were used, and the journal of logins.
//!
//! Must never: know what an identifier stands for, or say `First` twice for one.

mod consume;
mod embedded;
mod journal;
mod redis;
mod settings;

#[cfg(test)]
mod conformance;

pub use consume::{ConsumeKey, Consumed, Store, StoreUnavailable};
pub use embedded::{EmbeddedJournal, EmbeddedStore};
pub use journal::{Journal, JournalFilter};
pub use redis::RedisStore;
pub use settings::*;

use std::{future::Future, pin::Pin};

/// A future behind a pointer, so that the traits here can stand behind one too.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;
