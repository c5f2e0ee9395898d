//! A key pair that opens what an identity provider encrypts for us.

use std::fmt;

use aws_lc_rs::{
    encoding::{AsDer, Pkcs8V1Der},
    rsa::{OAEP_SHA1_MGF1SHA1, OAEP_SHA256_MGF1SHA256, OaepPrivateDecryptingKey},
};
use openssl::{
    encrypt::Decrypter,
    error::ErrorStack,
    hash::MessageDigest,
    pkey::{PKey, Private},
    rsa::Padding,
};
use zeroize::Zeroizing;

use super::{PairError, SigningKey};

/// How a content key is wrapped: RSA-OAEP (RFC 8017 §7.1), the label empty.
///
/// There is no PKCS#1 v1.5 and there will be none: its padding can be asked
/// for, one message at a time, until the key is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Oaep {
    /// The hash of the label.
    pub label: OaepHash,
    /// The hash of MGF1, which masks. Often SHA-1 where the label's is not.
    pub mask: OaepHash,
}

/// A hash in RSA-OAEP.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OaepHash {
    /// SHA-1; sound here, as OAEP needs no collision resistance.
    Sha1,
    /// SHA-256.
    Sha256,
}

impl OaepHash {
    fn of_openssl(self) -> MessageDigest {
        match self {
            Self::Sha1 => MessageDigest::sha1(),
            Self::Sha256 => MessageDigest::sha256(),
        }
    }
}

/// An RSA key with its certificate, loaded once, that decrypts.
pub struct DecryptionKey {
    pair: SigningKey,
    private: OaepPrivateDecryptingKey,
    /// The same key, for two different hashes: aws-lc's safe interface knows one for both only.
    mixed: PKey<Private>,
}

impl DecryptionKey {
    /// Takes a pair whose halves are known to belong together.
    ///
    /// # Errors
    /// [`PairError::PrivateKey`] when the library can't decrypt with it.
    pub fn new(pair: SigningKey) -> Result<Self, PairError> {
        let unusable = || PairError::PrivateKey("it can't decrypt");
        let private = pair.decrypting()?;
        let der: Pkcs8V1Der<'_> = private.as_der().map_err(|_| unusable())?;
        let mixed = PKey::private_key_from_pkcs8(der.as_ref()).map_err(|_| unusable())?;
        let private = OaepPrivateDecryptingKey::new(private).map_err(|_| unusable())?;
        Ok(Self {
            pair,
            private,
            mixed,
        })
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
    /// both libraries work on every padding in constant time.
    #[must_use]
    pub fn unwrap_key(&self, oaep: Oaep, wrapped: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let algorithm = match (oaep.label, oaep.mask) {
            (OaepHash::Sha1, OaepHash::Sha1) => &OAEP_SHA1_MGF1SHA1,
            (OaepHash::Sha256, OaepHash::Sha256) => &OAEP_SHA256_MGF1SHA256,
            _ => return self.unwrap_mixed(oaep, wrapped).ok(),
        };
        let mut room = Zeroizing::new(vec![0; self.private.min_output_size()]);
        let key = self
            .private
            .decrypt(algorithm, wrapped, &mut room, None)
            .ok()?;
        Some(Zeroizing::new(key.to_vec()))
    }

    fn unwrap_mixed(&self, oaep: Oaep, wrapped: &[u8]) -> Result<Zeroizing<Vec<u8>>, ErrorStack> {
        let mut decrypter = Decrypter::new(&self.mixed)?;
        decrypter.set_rsa_padding(Padding::PKCS1_OAEP)?;
        decrypter.set_rsa_oaep_md(oaep.label.of_openssl())?;
        decrypter.set_rsa_mgf1_md(oaep.mask.of_openssl())?;
        let mut room = Zeroizing::new(vec![0; decrypter.decrypt_len(wrapped)?]);
        let length = decrypter.decrypt(wrapped, &mut room)?;
        Ok(Zeroizing::new(room[..length].to_vec()))
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

#[cfg(any(test, fuzzing))]
#[allow(
    clippy::unwrap_used,
    reason = "of tests and fuzzing; clippy's own exception knows the first only"
)]
pub mod testing {
    //! Wrapping as partners do, for the tests of what is unwrapped.

    use openssl::{encrypt::Encrypter, pkey::PKey, rsa::Padding};

    use super::Oaep;

    /// Wraps a content key for the holder of this private key (PKCS#8, DER).
    #[must_use]
    pub fn wrap_key(private_key: &[u8], oaep: Oaep, content_key: &[u8]) -> Vec<u8> {
        let key = PKey::private_key_from_pkcs8(private_key).unwrap();
        let mut encrypter = Encrypter::new(&key).unwrap();
        encrypter.set_rsa_padding(Padding::PKCS1_OAEP).unwrap();
        encrypter.set_rsa_oaep_md(oaep.label.of_openssl()).unwrap();
        encrypter.set_rsa_mgf1_md(oaep.mask.of_openssl()).unwrap();
        let mut room = vec![0; encrypter.encrypt_len(content_key).unwrap()];
        let length = encrypter.encrypt(content_key, &mut room).unwrap();
        room.truncate(length);
        room
    }
}
