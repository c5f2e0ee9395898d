//! The store of a single machine: two SQLite files in one directory.
//!
//! `consumed.db` holds the used identifiers and is synced to disk before an
//! answer is given. `journal.db` holds the logins and is written behind. Each
//! has one thread that writes, so that many waiting requests share one commit.

mod consumed;
mod database;
mod horizon;
mod journal;
mod kinds;
mod layout;
mod question;
mod reader;
mod rows;
mod tally;

#[cfg(test)]
mod large_tests;

pub use consumed::EmbeddedStore;
pub use journal::EmbeddedJournal;
pub use reader::JournalReader;
