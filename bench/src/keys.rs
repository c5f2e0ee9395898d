//! Keys and certificates of this run, made anew each time.

use std::path::Path;

use anyhow::{Context, Result};
use aws_lc_rs::signature::RsaKeyPair;
use base64::{Engine, prelude::BASE64_STANDARD};
use rcgen::{CertificateParams, DnType, KeyPair, PKCS_RSA_SHA256, RsaKeySize};

/// An RSA-2048 key and its self-signed certificate.
pub struct Identity {
    key: KeyPair,
    certificate: rcgen::Certificate,
}

impl Identity {
    /// A fresh one for `name`.
    pub fn generate(name: &str) -> Result<Self> {
        let key = KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048)?;
        let mut parameters = CertificateParams::default();
        parameters.distinguished_name.push(DnType::CommonName, name);
        let certificate = parameters.self_signed(&key)?;
        Ok(Self { key, certificate })
    }

    /// What signs.
    pub fn key_pair(&self) -> Result<RsaKeyPair> {
        RsaKeyPair::from_pkcs8(self.key.serialized_der())
            .ok()
            .context("the key can't be read back")
    }

    /// The certificate as metadata hold it.
    pub fn certificate_base64(&self) -> String {
        BASE64_STANDARD.encode(self.certificate.der())
    }

    /// Writes `NAME.pem` and `NAME.key`, the key for its owner alone.
    pub fn write(&self, folder: &Path, name: &str) -> Result<()> {
        use std::os::unix::fs::PermissionsExt;
        std::fs::write(folder.join(format!("{name}.pem")), self.certificate.pem())?;
        let key = folder.join(format!("{name}.key"));
        std::fs::write(&key, self.key.serialize_pem())?;
        std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600))?;
        Ok(())
    }
}
