//! What breaks around one process, one file a kind of fault: what was acknowledged stays, what is
//! refused says why, and nothing needs a hand to recover. What several processes share is in
//! `cluster`.
//!
//! Must never: mend by hand what the document says mends itself.

mod clock;
mod configuration;
mod disk;
mod killed;
mod metadata;
mod moody;
mod person;
mod provider;
mod soak;
mod twilio;
mod unwritable;
