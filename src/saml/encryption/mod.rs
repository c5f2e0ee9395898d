//! XML Encryption as far as an encrypted assertion needs it: one fixed shape, a
//! fixed list of algorithms, and opening it with our own keys.
//!
//! Which signature covers what was opened is for `sp` to say; nothing here proves anything.
//!
//! Must never: know RSA PKCS#1 v1.5, follow a reference out of the element, or say
//! whether it was the key or the content that would not open.

mod algorithm;
mod open;
mod shape;

use std::sync::Arc;

use crate::keys::DecryptionKeys;

pub use algorithm::Cipher;
pub use open::open;
pub use shape::{EncryptedShape, EncryptionProblem, TRANSPORTS, check_encrypted};

/// What one identity provider may encrypt with, and our keys for it.
#[derive(Debug, Clone, Default)]
pub struct Decryption {
    /// Our keys; without any, nothing is opened.
    pub keys: Arc<DecryptionKeys>,
    /// Whether AES-CBC may be used, inside a signed response.
    pub allow_cbc: bool,
}
