//! The words every part's `Settings` share: problems with a place and a mend,
//! durations as people write them, and secrets that are referred to and never
//! written down.
//!
//! This module must never know any particular setting; each part owns its own.

mod address;
mod duration;
mod problem;
mod secret;

pub use address::{is_loopback, is_public, names_private_address};
pub use duration::HumanDuration;
pub use problem::{Problem, Segment, SettingPath, Severity};
pub use secret::{Secret, SecretError, SecretSource};
