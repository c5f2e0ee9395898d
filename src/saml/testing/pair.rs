//! Key pairs made for a test.

use std::sync::LazyLock;

use aws_lc_rs::{
    rand::SystemRandom,
    signature::{
        ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair,
        EcdsaSigningAlgorithm, RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RSA_PKCS1_SHA512, RsaEncoding,
        RsaKeyPair,
    },
};
use base64::{Engine, prelude::BASE64_STANDARD};

use crate::{keys::SigningKey, saml::signature::SignatureMethod, settings::Secret};

/// A key pair.
pub struct Pair {
    /// The private key, PEM.
    pub key_pem: String,
    /// The private key, PKCS#8.
    pub key_der: Vec<u8>,
    /// The certificate, DER.
    pub certificate: Vec<u8>,
}

impl Pair {
    /// Makes a pair.
    pub fn generate(algorithm: &'static rcgen::SignatureAlgorithm) -> Self {
        let key = rcgen::KeyPair::generate_for(algorithm).unwrap();
        let certificate = rcgen::CertificateParams::new(vec!["idp.example".to_owned()])
            .unwrap()
            .self_signed(&key)
            .unwrap();
        Self {
            key_pem: key.serialize_pem(),
            key_der: key.serialize_der(),
            certificate: certificate.der().to_vec(),
        }
    }

    /// The certificate as messages carry it.
    pub fn certificate_base64(&self) -> String {
        BASE64_STANDARD.encode(&self.certificate)
    }

    /// The certificate, PEM.
    pub fn certificate_pem(&self) -> String {
        let body = self.certificate_base64();
        format!("-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----\n")
    }

    /// As the key that signs for Flex.
    pub fn signing_key(&self) -> SigningKey {
        let key = Secret::new(self.key_pem.clone());
        SigningKey::from_pem(self.certificate_pem().as_bytes(), &key).unwrap()
    }

    /// A signature as XML Signature writes it: for ECDSA the two numbers one after the other.
    pub fn sign(&self, method: SignatureMethod, bytes: &[u8]) -> Vec<u8> {
        self.try_sign(method, bytes).unwrap()
    }

    /// The same, unless the key is of another kind.
    pub fn try_sign(&self, method: SignatureMethod, bytes: &[u8]) -> Option<Vec<u8>> {
        match method {
            SignatureMethod::RsaSha256 => self.sign_rsa(&RSA_PKCS1_SHA256, bytes),
            SignatureMethod::RsaSha384 => self.sign_rsa(&RSA_PKCS1_SHA384, bytes),
            SignatureMethod::RsaSha512 => self.sign_rsa(&RSA_PKCS1_SHA512, bytes),
            SignatureMethod::EcdsaSha256 => {
                self.sign_ecdsa(&ECDSA_P256_SHA256_FIXED_SIGNING, bytes)
            }
            SignatureMethod::EcdsaSha384 => {
                self.sign_ecdsa(&ECDSA_P384_SHA384_FIXED_SIGNING, bytes)
            }
        }
    }

    fn sign_rsa(&self, encoding: &'static dyn RsaEncoding, bytes: &[u8]) -> Option<Vec<u8>> {
        let key = RsaKeyPair::from_pkcs8(&self.key_der).ok()?;
        let mut signature = vec![0; key.public_modulus_len()];
        key.sign(encoding, &SystemRandom::new(), bytes, &mut signature)
            .ok()?;
        Some(signature)
    }

    fn sign_ecdsa(
        &self,
        algorithm: &'static EcdsaSigningAlgorithm,
        bytes: &[u8],
    ) -> Option<Vec<u8>> {
        let key = EcdsaKeyPair::from_pkcs8(algorithm, &self.key_der).ok()?;
        let signature = key.sign(&SystemRandom::new(), bytes).ok()?;
        Some(signature.as_ref().to_vec())
    }
}

/// The identity provider's key, made once: RSA keys take their time.
pub static RSA: LazyLock<Pair> = LazyLock::new(|| Pair::generate(&rcgen::PKCS_RSA_SHA256));
/// Somebody else's key.
pub static FOREIGN: LazyLock<Pair> = LazyLock::new(|| Pair::generate(&rcgen::PKCS_RSA_SHA256));
/// Our own key that decrypts.
pub static OURS: LazyLock<Pair> = LazyLock::new(|| Pair::generate(&rcgen::PKCS_RSA_SHA256));
/// The one before it.
pub static OURS_BEFORE: LazyLock<Pair> = LazyLock::new(|| Pair::generate(&rcgen::PKCS_RSA_SHA256));
/// A key on P-256.
pub static EC: LazyLock<Pair> = LazyLock::new(|| Pair::generate(&rcgen::PKCS_ECDSA_P256_SHA256));
/// A key on P-384.
pub static EC384: LazyLock<Pair> = LazyLock::new(|| Pair::generate(&rcgen::PKCS_ECDSA_P384_SHA384));
