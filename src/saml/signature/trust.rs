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
    #[error("certificate {0} can't be used: {1}")]
    Unusable(usize, String),
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
    /// Takes certificates in DER.
    ///
    /// # Errors
    /// [`TrustError`] when there is none, or one can't be used: not X.509, RSA
    /// below 2,048 bits, or neither RSA nor ECDSA on P-256 or P-384.
    pub fn new(certificates: Vec<Vec<u8>>) -> Result<Self, TrustError> {
        if certificates.is_empty() {
            return Err(TrustError::None);
        }
        let mut keys = KeysManager::new();
        let mut described = Vec::new();
        let mut encoded = Vec::new();
        for (position, der) in certificates.into_iter().enumerate() {
            let unusable = |why: String| TrustError::Unusable(position + 1, why);
            let (kind, description) = describe(&der).map_err(unusable)?;
            described.push(description);
            let key =
                loader::load_x509_cert_der(&der).map_err(|error| unusable(error.to_string()))?;
            keys.add_key(key);
            encoded.push((kind, CertificateDer::from(der)));
        }
        Ok(Self {
            context: Arc::new(DsigContext::new(keys)),
            encoded: encoded.into(),
            described: described.into(),
        })
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
