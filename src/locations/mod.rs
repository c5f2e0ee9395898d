//! The list of locations that a Flex account defines: where it comes from, the
//! snapshot that logins read, its refresh and its last known good copy on disk.
//!
//! Must never: make a login wait for Twilio.

mod last_good;
mod oddity;
mod pace;
mod parse;
mod registry;
mod settings;
mod source;
mod watch;

pub use oddity::{Oddity, OddityKind};
pub use parse::{NotAList, Parsed, parse};
pub use registry::{Refreshing, Registry};
pub use settings::*;
pub use source::{FileSource, LocationSource, SourceError, TwilioSource, Unasked};
pub use watch::{Failure, Plan, Snapshot, State, Status, Watch};
