//! The certificates that must have signed the metadata.

use std::path::Path;

use rustls_pki_types::{CertificateDer, pem::PemObject};

use crate::{
    saml::signature::TrustedCertificates,
    settings::{Problem, SettingPath},
};

/// Reads `signed_by`: all certificates of a PEM file.
pub(super) fn load(path: &Path) -> Result<TrustedCertificates, Problem> {
    let problem = |why: String| {
        Problem::error(
            SettingPath::root().join("signed_by"),
            format!("{}: {why}", path.display()),
            "Name a PEM file with the certificate that the publisher of the metadata announces.",
        )
    };
    let certificates = CertificateDer::pem_file_iter(path)
        .map_err(|error| problem(error.to_string()))?
        .map(|one| one.map(|der| der.to_vec()))
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| problem(error.to_string()))?;
    TrustedCertificates::new(certificates).map_err(|error| problem(error.to_string()))
}
