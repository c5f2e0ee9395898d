//! A key pair that signs what Flex receives.

use std::{fmt, sync::Arc};

use aws_lc_rs::{
    digest::{SHA256, digest},
    encoding::{AsDer, Pkcs8V1Der},
    rand::SystemRandom,
    rsa::PrivateDecryptingKey,
    signature::{KeyPair, RSA_PKCS1_SHA256, RsaKeyPair},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};
use x509_parser::{oid_registry::OID_PKCS1_RSAENCRYPTION, prelude::FromDer};
use zeroize::Zeroizing;

use crate::{clock::Timestamp, settings::Secret};

/// Why a certificate and a private key can't sign. Never contains the key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PairError {
    /// The certificate is not PEM, or not X.509.
    #[error("the certificate can't be read: {0}")]
    Certificate(String),
    /// The private key is not PEM, not RSA, or shorter than 2,048 bits.
    #[error("the private key can't be read: {0}")]
    PrivateKey(&'static str),
    /// The certificate is for another key.
    #[error("the certificate and the private key don't belong together")]
    Mismatch,
}

/// The private key would not sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the private key would not sign")]
pub struct SigningFailed;

/// An RSA key with its certificate, loaded once.
pub struct SigningKey {
    pair: RsaKeyPair,
    certificate_der: Vec<u8>,
    certificate_base64: String,
    subject: String,
    fingerprint: String,
    not_before: Timestamp,
    not_after: Timestamp,
}

impl SigningKey {
    /// Takes a certificate (PEM, the first one counts) and its private key (PEM, PKCS#8 or PKCS#1).
    ///
    /// # Errors
    /// [`PairError`] when either can't be used or the two don't belong together.
    pub fn from_pem(certificate: &[u8], private_key: &Secret) -> Result<Self, PairError> {
        let certificate = CertificateDer::from_pem_slice(certificate)
            .map_err(|_| PairError::Certificate("there is no certificate in PEM in it".into()))?;
        let pair = read_private_key(private_key)?;
        Self::join(pair, certificate.as_ref())
    }

    fn join(pair: RsaKeyPair, der: &[u8]) -> Result<Self, PairError> {
        let unreadable = |cause: &dyn fmt::Display| PairError::Certificate(cause.to_string());
        let (_, certificate) = x509_parser::certificate::X509Certificate::from_der(der)
            .map_err(|cause| unreadable(&cause))?;
        let public = certificate.public_key();
        // Both are the RSAPublicKey of RFC 8017 §A.1.1 in DER, which has one spelling a key.
        let same = public.algorithm.algorithm == OID_PKCS1_RSAENCRYPTION
            && public.subject_public_key.data.as_ref() == pair.public_key().as_ref();
        if !same {
            return Err(PairError::Mismatch);
        }
        let time = |asn1: x509_parser::time::ASN1Time| {
            Timestamp::from_timestamp(asn1.timestamp(), 0)
                .ok_or_else(|| unreadable(&"its dates are out of range"))
        };
        Ok(Self {
            certificate_base64: STANDARD.encode(der),
            subject: certificate.subject().to_string(),
            fingerprint: fingerprint(der),
            not_before: time(certificate.validity().not_before)?,
            not_after: time(certificate.validity().not_after)?,
            certificate_der: der.to_vec(),
            pair,
        })
    }

    /// Signs `message`: RSASSA-PKCS1-v1_5 with SHA-256 (RFC 8017 §8.2), what Flex understands.
    ///
    /// # Errors
    /// [`SigningFailed`] when the library refuses.
    pub fn sign_sha256(&self, message: &[u8]) -> Result<Vec<u8>, SigningFailed> {
        let mut signature = vec![0; self.pair.public_modulus_len()];
        self.pair
            .sign(
                &RSA_PKCS1_SHA256,
                &SystemRandom::new(),
                message,
                &mut signature,
            )
            .map_err(|_| SigningFailed)?;
        Ok(signature)
    }

    /// The private key as one that decrypts.
    pub(super) fn decrypting(&self) -> Result<PrivateDecryptingKey, PairError> {
        let unusable = || PairError::PrivateKey("it can't decrypt");
        let der: Pkcs8V1Der<'_> = self.pair.as_der().map_err(|_| unusable())?;
        PrivateDecryptingKey::from_pkcs8(der.as_ref()).map_err(|_| unusable())
    }

    /// The certificate, DER.
    #[must_use]
    pub fn certificate_der(&self) -> &[u8] {
        &self.certificate_der
    }

    /// The certificate, base64 of DER without line breaks: what `ds:X509Certificate` holds.
    #[must_use]
    pub fn certificate_base64(&self) -> &str {
        &self.certificate_base64
    }

    /// The certificate's subject, such as `CN=Flexbridge`.
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// The certificate's SHA-256 fingerprint as consoles show it: `AB:CD:…`.
    #[must_use]
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    /// When the certificate begins.
    #[must_use]
    pub const fn not_before(&self) -> Timestamp {
        self.not_before
    }

    /// When the certificate ends.
    #[must_use]
    pub const fn not_after(&self) -> Timestamp {
        self.not_after
    }

    /// The size of the modulus, in bits.
    #[must_use]
    pub fn bits(&self) -> usize {
        self.pair.public_modulus_len() * 8
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("SigningKey")
            .field("subject", &self.subject)
            .field("fingerprint", &self.fingerprint)
            .finish_non_exhaustive()
    }
}

fn read_private_key(secret: &Secret) -> Result<RsaKeyPair, PairError> {
    let der = PrivateKeyDer::from_pem_slice(secret.expose().as_bytes())
        .map_err(|_| PairError::PrivateKey("there is no unencrypted private key in PEM in it"))?;
    let der = Zeroizing::new(der);
    // aws-lc checks the parts against each other and refuses less than 2,048 bits.
    let unusable = |_| PairError::PrivateKey("it is not a sound RSA key of 2048 to 8192 bits");
    match &*der {
        PrivateKeyDer::Pkcs8(key) => {
            RsaKeyPair::from_pkcs8(key.secret_pkcs8_der()).map_err(unusable)
        }
        PrivateKeyDer::Pkcs1(key) => RsaKeyPair::from_der(key.secret_pkcs1_der()).map_err(unusable),
        _ => Err(PairError::PrivateKey("it is not an RSA key")),
    }
}

fn fingerprint(der: &[u8]) -> String {
    let hash = digest(&SHA256, der);
    let pairs: Vec<_> = hash
        .as_ref()
        .iter()
        .map(|byte| format!("{byte:02X}"))
        .collect();
    pairs.join(":")
}

/// There is no key to sign with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("there is no key to sign with")]
pub struct NoKeys;

/// The key pairs: one signs, all are published.
#[derive(Debug, Clone)]
pub struct AssertionKeys {
    /// In the configuration's order.
    all: Arc<[SigningKey]>,
    signing: usize,
}

impl AssertionKeys {
    /// Takes the key pairs; the first signs.
    ///
    /// # Errors
    /// [`NoKeys`] when there is none.
    pub fn new(all: Vec<SigningKey>) -> Result<Self, NoKeys> {
        if all.is_empty() {
            return Err(NoKeys);
        }
        Ok(Self {
            all: all.into(),
            signing: 0,
        })
    }

    /// The same key pairs, of which the one at `place` in the configuration's order signs.
    ///
    /// # Errors
    /// [`NoKeys`] when there is none at that place.
    pub fn signing_with(&self, place: usize) -> Result<Self, NoKeys> {
        if place >= self.all.len() {
            return Err(NoKeys);
        }
        Ok(Self {
            all: self.all.clone(),
            signing: place,
        })
    }

    /// The key that signs.
    #[must_use]
    pub fn signing(&self) -> &SigningKey {
        // Whoever sets the place has looked whether there is one.
        &self.all[self.signing]
    }

    /// All keys, the signing one first, the others in the configuration's order.
    pub fn all(&self) -> impl Iterator<Item = &SigningKey> {
        let others = self.all.iter().enumerate();
        let others = others.filter(|(place, _)| *place != self.signing);
        std::iter::once(self.signing()).chain(others.map(|(_, key)| key))
    }
}
