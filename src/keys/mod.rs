//! The bridge's own keys: loading, checking that the two halves of a pair belong together, expiry, rotation.
//!
//! Must never: write cryptography of its own, show a private key, or read one twice.

mod settings;
mod signing;
pub use signing::SigningKey;

pub use settings::*;
