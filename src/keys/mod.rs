//! The bridge's own keys: loading, checking that the two halves of a pair belong together, expiry, rotation.
//!
//! Must never: write cryptography of its own, show a private key, or read one twice.

mod agent;
mod cookie;
mod decryption;
mod generate;
mod list;
mod load;
mod pair;
mod settings;

#[cfg(test)]
mod tests;

pub use agent::{AgentKey, AgentKeyError};
pub use cookie::{COOKIE_KEY_BYTES, CookieKeyError, CookieKeys};
#[cfg(any(test, fuzzing))]
pub use decryption::testing;
pub use decryption::{DecryptionKey, DecryptionKeys, Oaep, OaepHash};
pub use generate::{
    GenerateError, GeneratedPair, RsaBits, generate_cookie_key, generate_decryption_pair,
    generate_pair, renew_certificate, write_certificate, write_cookie_key, write_pair,
};
pub use list::{KeyEntry, KeyUse, list};
pub use load::{Keys, load};
pub use pair::{AssertionKeys, NoKeys, PairError, SigningFailed, SigningKey};
pub use settings::*;
