//! What outlives a request: the identifiers that were used, and the journal of logins.
//!
//! Must never: know what an identifier stands for, or say `First` twice for one.

mod settings;

pub use settings::*;
