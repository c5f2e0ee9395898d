//! Twilio's REST API as far as Flex locations need it.
//!
//! Must never: log a credential, follow a redirect, or read without bounds.

mod settings;

pub use settings::*;
