//! What is known of the company's identity providers: where their SAML metadata
//! comes from, the snapshot that logins read, its refresh and its last known
//! good copy on disk.
//!
//! Must never: make a login wait for a download, or put another identity
//! provider in the place of the one that was known.

mod change;
mod error;
mod fetch;
mod last_good;
#[cfg(test)]
mod newer;
mod pace;
mod probe;
mod registry;
mod signers;
mod source;
mod state;
#[cfg(test)]
mod tests;
mod validators;
mod watch;

pub use error::{ErrorCode, SourceError};
pub use fetch::Limits;
pub use probe::{Heard, ask};
pub use registry::{Refreshing, Registry};
pub use source::Source;
pub use state::{Failure, Snapshot, State, Status};
pub use watch::{Plan, Watch};
