//! The list of locations that a Flex account defines: where it comes from, the
//! snapshot that logins read, its refresh and its last known good copy on disk.
//!
//! Must never: make a login wait for Twilio.

mod settings;

pub use settings::*;
