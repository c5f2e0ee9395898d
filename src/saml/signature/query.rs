//! The signature of the HTTP-Redirect binding: over the query as sent, not over XML
//! (SAML Bindings §3.4.4.1).

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P384_SHA384_ASN1, RSA_PKCS1_2048_8192_SHA256,
    RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512, UnparsedPublicKey,
    VerificationAlgorithm,
};
use base64::{Engine, prelude::BASE64_STANDARD};
use x509_parser::prelude::{FromDer, X509Certificate};

use crate::{keys::SigningKey, saml::names::RSA_SHA256};

use super::{SignFailed, algorithm::SignatureMethod, trust::TrustedCertificates};

/// `query` (`SAMLRequest=…&RelayState=…`, already encoded) with `SigAlg` and
/// `Signature` behind it.
///
/// # Errors
/// [`SignFailed::Key`].
pub fn sign_query(query: &str, key: &SigningKey) -> Result<String, SignFailed> {
    let algorithm = form_urlencoded::byte_serialize(RSA_SHA256.as_bytes()).collect::<String>();
    let signed = format!("{query}&SigAlg={algorithm}");
    let value = key
        .sign_sha256(signed.as_bytes())
        .map_err(|_| SignFailed::Key)?;
    let encoded = BASE64_STANDARD.encode(value);
    let value = form_urlencoded::byte_serialize(encoded.as_bytes()).collect::<String>();
    Ok(format!("{signed}&Signature={value}"))
}

/// Whether `signature` over `signed`, the raw part of the query as received, holds
/// with one of the certificates.
#[must_use]
pub fn verify_query(
    signed: &str,
    algorithm: &str,
    signature: &[u8],
    certificates: &TrustedCertificates,
) -> bool {
    let Some(method) = SignatureMethod::from_uri(algorithm) else {
        return false;
    };
    let verifier: &'static dyn VerificationAlgorithm = match method {
        SignatureMethod::RsaSha256 => &RSA_PKCS1_2048_8192_SHA256,
        SignatureMethod::RsaSha384 => &RSA_PKCS1_2048_8192_SHA384,
        SignatureMethod::RsaSha512 => &RSA_PKCS1_2048_8192_SHA512,
        // ASN.1, as the deployed implementations of this binding write it.
        SignatureMethod::EcdsaSha256 => &ECDSA_P256_SHA256_ASN1,
        SignatureMethod::EcdsaSha384 => &ECDSA_P384_SHA384_ASN1,
    };
    certificates.encoded().any(|certificate| {
        let Ok((_, parsed)) = X509Certificate::from_der(certificate.der_data()) else {
            return false;
        };
        let key = &parsed.public_key().subject_public_key.data;
        UnparsedPublicKey::new(verifier, key)
            .verify(signed.as_bytes(), signature)
            .is_ok()
    })
}
