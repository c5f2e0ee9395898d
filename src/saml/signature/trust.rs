//! The certificates of one identity provider, and the verification with them.
//!
//! Must never: be without a certificate, or believe a key that came with a message.

use std::sync::Arc;

use bergshamra::{DsigContext, KeysManager, VerifyResult, keys::loader};
use samael::crypto::CertificateDer;
use serde::Serialize;
use x509_parser::prelude::{FromDer, X509Certificate};
use x509_parser::public_key::PublicKey;

use crate::{
    clock::Timestamp,
    saml::xml::{Node, Tree},
};

use super::{algorithm::KeyKind, opinion, shape::SignatureShape};

/// The smallest RSA key that is trusted, in bits.
const SMALLEST_RSA: usize = 2048;

/// A certificate that can't be trusted, or none that can.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TrustError {
    /// There is none; a verifier without certificates would accept nothing or everything.
    #[error("there is no usable signing certificate")]
    None,
    /// This one can't be used.
    #[error("{0}")]
    Unusable(UnusableCertificate),
    /// There are several, and none can be used.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    NoneUsable(Vec<UnusableCertificate>),
}

/// A certificate that can't be used, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UnusableCertificate {
    /// Its place in the list, from 1.
    pub position: usize,
    /// The subject's distinguished name, if it could be read.
    pub subject: Option<String>,
    /// Why it can't be used.
    pub why: String,
}

impl std::fmt::Display for UnusableCertificate {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "certificate {}", self.position)?;
        if let Some(subject) = &self.subject {
            write!(formatter, " ({subject})")?;
        }
        write!(formatter, " can't be used: {}", self.why)
    }
}

/// What an administrator wants to know of a certificate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TrustedCertificate {
    /// The subject's distinguished name.
    pub subject: String,
    /// When it ends. SAML trusts the key, not the dates; the administrator is told.
    pub not_after: Timestamp,
    /// SHA-256 of the certificate, as hex.
    pub fingerprint: String,
}

/// The certificates that sign for one identity provider: never none.
///
/// Keys are decoded once, here. Key information in messages decides nothing.
#[derive(Clone)]
pub struct TrustedCertificates {
    context: Arc<DsigContext>,
    encoded: Arc<[(KeyKind, CertificateDer)]>,
    described: Arc<[TrustedCertificate]>,
    left_out: Arc<[UnusableCertificate]>,
}

impl std::fmt::Debug for TrustedCertificates {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_tuple("TrustedCertificates")
            .field(&self.described)
            .finish()
    }
}

/// Why a signature was not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    /// It does not hold.
    #[error("{0}")]
    Invalid(String),
    /// The two verifiers disagree.
    #[error("{0}")]
    Disagreement(String),
}

impl TrustedCertificates {
    /// Takes certificates in DER, every one of them: for those that an administrator has named.
    ///
    /// # Errors
    /// [`TrustError`] when there is none, or one can't be used: not X.509, RSA
    /// below 2,048 bits, or neither RSA nor ECDSA on P-256 or P-384.
    pub fn new(certificates: Vec<Vec<u8>>) -> Result<Self, TrustError> {
        let trusted = Self::usable(certificates)?;
        match trusted.left_out.first() {
            Some(unusable) => Err(TrustError::Unusable(unusable.clone())),
            None => Ok(trusted),
        }
    }

    /// Takes those that can be used and leaves the others out: for metadata, where
    /// something left over must not keep everybody from signing in. What is left
    /// out is trusted by nothing; see [`TrustedCertificates::left_out`].
    ///
    /// # Errors
    /// [`TrustError`] when none is left.
    pub fn usable(certificates: Vec<Vec<u8>>) -> Result<Self, TrustError> {
        let mut keys = KeysManager::new();
        let mut described = Vec::new();
        let mut encoded = Vec::new();
        let mut left_out = Vec::new();
        for (index, der) in certificates.into_iter().enumerate() {
            let usable = describe(&der).and_then(|(kind, description)| {
                let key = loader::load_x509_cert_der(&der).map_err(|error| error.to_string())?;
                Ok((kind, description, key))
            });
            match usable {
                Ok((kind, description, key)) => {
                    keys.add_key(key);
                    described.push(description);
                    encoded.push((kind, CertificateDer::from(der)));
                }
                Err(why) => left_out.push(UnusableCertificate {
                    position: index + 1,
                    subject: subject(&der),
                    why,
                }),
            }
        }
        if encoded.is_empty() {
            return Err(match left_out.pop() {
                None => TrustError::None,
                Some(only) if left_out.is_empty() => TrustError::Unusable(only),
                Some(last) => {
                    left_out.push(last);
                    TrustError::NoneUsable(left_out)
                }
            });
        }
        Ok(Self {
            context: Arc::new(DsigContext::new(keys)),
            encoded: encoded.into(),
            described: described.into(),
            left_out: left_out.into(),
        })
    }

    /// What was there and can't be used, for people.
    #[must_use]
    pub fn left_out(&self) -> &[UnusableCertificate] {
        &self.left_out
    }

    /// What they are, for people.
    #[must_use]
    pub fn describe(&self) -> &[TrustedCertificate] {
        &self.described
    }

    /// Verifies every signature of `tree`, each of which must cover exactly the
    /// element it stands in, in the order of `signatures`.
    ///
    /// # Errors
    /// [`VerifyError::Invalid`] when any does not hold with these certificates.
    pub fn verify(
        &self,
        tree: &Tree<'_>,
        signatures: &[(Node<'_, '_>, SignatureShape)],
    ) -> Result<(), VerifyError> {
        let invalid = |why: String| VerifyError::Invalid(why);
        let results = bergshamra::dsig::verify::verify_all_document(&self.context, tree.document())
            .map_err(|error| invalid(error.to_string()))?;
        if results.len() != signatures.len() || signatures.is_empty() {
            return Err(invalid("not every signature was verified".to_owned()));
        }
        for (result, (signature, _)) in results.into_iter().zip(signatures) {
            let (node, references) = match result {
                VerifyResult::Valid {
                    signature_node,
                    references,
                    ..
                } => (signature_node, references),
                VerifyResult::Invalid { reason } => return Err(invalid(reason)),
            };
            let covered = references.first().and_then(|reference| {
                reference
                    .resolved_node
                    .filter(|_| reference.digest_verified)
            });
            let meant = signature.parent().map(Node::id);
            if node != signature.id() || references.len() != 1 || covered != meant {
                return Err(invalid("a signature covers another element".to_owned()));
            }
        }
        Ok(())
    }

    /// Asks the second verifier about the same text. Both must have read the same bytes.
    ///
    /// # Errors
    /// [`VerifyError::Disagreement`].
    pub fn second_opinion(
        &self,
        text: &str,
        shapes: &[SignatureShape],
        canonical: &str,
    ) -> Result<(), VerifyError> {
        opinion::ask(text, &self.encoded, shapes, canonical).map_err(VerifyError::Disagreement)
    }

    /// The certificates, in DER.
    pub(super) fn encoded(&self) -> impl Iterator<Item = &CertificateDer> {
        self.encoded.iter().map(|(_, certificate)| certificate)
    }
}

fn describe(der: &[u8]) -> Result<(KeyKind, TrustedCertificate), String> {
    let (rest, certificate) = X509Certificate::from_der(der).map_err(|error| error.to_string())?;
    if !rest.is_empty() {
        return Err("bytes behind the certificate".to_owned());
    }
    let kind = check_key(&certificate)?;
    let not_after = certificate.validity().not_after.timestamp();
    let description = TrustedCertificate {
        subject: certificate.subject().to_string(),
        not_after: Timestamp::from_timestamp(not_after, 0).unwrap_or(Timestamp::MAX_UTC),
        fingerprint: hex::encode(aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, der)),
    };
    Ok((kind, description))
}

/// Whose certificate it says it is, as far as it can be read.
fn subject(der: &[u8]) -> Option<String> {
    let (_, certificate) = X509Certificate::from_der(der).ok()?;
    Some(certificate.subject().to_string())
}

fn check_key(certificate: &X509Certificate<'_>) -> Result<KeyKind, String> {
    match certificate
        .public_key()
        .parsed()
        .map_err(|error| error.to_string())?
    {
        PublicKey::RSA(key) if key.key_size() < SMALLEST_RSA => Err(format!(
            "RSA with {} bits; at least {SMALLEST_RSA} are needed",
            key.key_size()
        )),
        PublicKey::RSA(_) => Ok(KeyKind::Rsa),
        PublicKey::EC(point) if matches!(point.key_size(), 256 | 384) => Ok(KeyKind::Ec),
        _ => Err("neither RSA nor ECDSA on P-256 or P-384".to_owned()),
    }
}

#[cfg(test)]
mod tests;
