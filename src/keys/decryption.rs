//! A key pair that opens what an identity provider encrypts for us.

use std::fmt;

use aws_lc_rs::rsa::{OAEP_SHA1_MGF1SHA1, OAEP_SHA256_MGF1SHA256, OaepPrivateDecryptingKey};
use zeroize::Zeroizing;

use super::{PairError, SigningKey};

/// How a content key is wrapped: RSA-OAEP (RFC 8017 §7.1), the label empty.
///
/// There is no PKCS#1 v1.5 and there will be none: its padding can be asked
/// for, one message at a time, until the key is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Oaep {
    /// SHA-1 for both the label and MGF1; sound here, as OAEP needs no collision resistance.
    Sha1,
    /// SHA-256 for both.
    Sha256,
}

/// An RSA key with its certificate, loaded once, that decrypts.
pub struct DecryptionKey {
    pair: SigningKey,
    private: OaepPrivateDecryptingKey,
}

impl DecryptionKey {
    /// Takes a pair whose halves are known to belong together.
    ///
    /// # Errors
    /// [`PairError::PrivateKey`] when the library can't decrypt with it.
    pub fn new(pair: SigningKey) -> Result<Self, PairError> {
        let private = OaepPrivateDecryptingKey::new(pair.decrypting()?)
            .map_err(|_| PairError::PrivateKey("it can't decrypt"))?;
        Ok(Self { pair, private })
    }

    /// The certificate, base64 of DER without line breaks: what `ds:X509Certificate` holds.
    #[must_use]
    pub fn certificate_base64(&self) -> &str {
        self.pair.certificate_base64()
    }

    /// What is known of the certificate.
    pub(super) const fn pair(&self) -> &SigningKey {
        &self.pair
    }

    /// Unwraps a content key. `None` says nothing of why, and takes as long as an answer:
    /// the library works on every padding in constant time.
    #[must_use]
    pub fn unwrap_key(&self, oaep: Oaep, wrapped: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let algorithm = match oaep {
            Oaep::Sha1 => &OAEP_SHA1_MGF1SHA1,
            Oaep::Sha256 => &OAEP_SHA256_MGF1SHA256,
        };
        let mut room = Zeroizing::new(vec![0; self.private.min_output_size()]);
        let key = self
            .private
            .decrypt(algorithm, wrapped, &mut room, None)
            .ok()?;
        Some(Zeroizing::new(key.to_vec()))
    }
}

impl fmt::Debug for DecryptionKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_tuple("DecryptionKey")
            .field(&self.pair)
            .finish()
    }
}

/// The key pairs in the configuration's order: all are tried, all are published. May be none.
#[derive(Debug, Default)]
pub struct DecryptionKeys(Vec<DecryptionKey>);

impl DecryptionKeys {
    /// Takes the key pairs; the first is published first.
    #[must_use]
    pub const fn new(all: Vec<DecryptionKey>) -> Self {
        Self(all)
    }

    /// All keys, in order.
    #[must_use]
    pub fn all(&self) -> &[DecryptionKey] {
        &self.0
    }
}
