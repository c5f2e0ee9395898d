//! The configuration: the file as written, checked, all problems at once.
//!
//! Must never: read the environment (secrets come by `SecretSource`), change anything, or
//! show a secret that somebody wrote into the file.

mod file;

pub use file::*;
