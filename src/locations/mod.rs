//! The list of locations that a Flex account defines: where it comes from, the
//! snapshot that logins read, its refresh and its last known good copy on disk; and
//! what an administrator does with it: `lint`, `difference`, `document`, `merge`.
//!
//! Must never: make a login wait for Twilio.

mod difference;
mod document;
mod edges;
mod last_good;
mod lint;
mod merge;
mod oddity;
mod pace;
mod parse;
mod registry;
mod settings;
mod source;
mod watch;

pub use difference::{Change, Difference, difference};
pub use document::{Document, LARGEST_DOCUMENT, NoListIn};
pub use lint::{Finding, Findings, lint};
pub use merge::{MergeError, canonical, list_in, merge, other_keys, same};
pub use oddity::{Oddity, OddityKind};
pub use parse::{NotAList, Parsed, parse};
pub use registry::{Refreshing, Registry};
pub use settings::*;
pub use source::{FileSource, LocationSource, SourceError, TwilioSource, Unasked};
pub use watch::{Failure, Plan, Snapshot, State, Status, Watch};
