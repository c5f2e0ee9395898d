//! A signing key and its certificate, made by the test that needs them.

use rcgen::{CertificateParams, DistinguishedName, DnType, KeyPair, PKCS_RSA_SHA256, RsaKeySize};

/// An RSA-2048 key and a self-signed certificate for it, both PEM.
pub struct SigningIdentity {
    /// The certificate.
    pub certificate: String,
    /// The private key, PKCS #8.
    pub private_key: String,
}

impl SigningIdentity {
    /// Makes a new one; `name` becomes the subject's common name.
    pub fn generate(name: &str) -> Self {
        let key = KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048).unwrap();
        let mut params = CertificateParams::default();
        params.distinguished_name = DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, name);
        let certificate = params.self_signed(&key).unwrap();
        Self {
            certificate: certificate.pem(),
            private_key: key.serialize_pem(),
        }
    }
}
