//! TLS of the public address.

use std::{
    fs::File,
    io::Read,
    path::Path,
    sync::{Arc, PoisonError, RwLock},
};

use rustls::{
    InconsistentKeys, ServerConfig,
    crypto::aws_lc_rs::{self, sign::any_supported_type},
    sign::{CertifiedKey, SingleCertAndKey},
};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};
use zeroize::Zeroizing;

use super::TlsSettings;

/// The largest certificate chain that is read, in bytes.
const LARGEST_CHAIN: u64 = 256 * 1024;

/// Why the public address can't speak TLS. Never contains the key.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// The certificate file can't be read.
    #[error("{path}: {cause}; it must hold the certificate chain as PEM, the server's own first")]
    Certificate {
        /// The file.
        path: String,
        /// What is wrong with it.
        cause: String,
    },
    /// The private key can't be read.
    #[error("the TLS private key ({source_of_key}): {cause}; it must be PEM, not encrypted")]
    PrivateKey {
        /// Where it was to be found.
        source_of_key: String,
        /// What is wrong with it.
        cause: String,
    },
    /// Certificate and key don't fit each other, or can't be used.
    #[error("the TLS certificate and its private key can't be used together: {0}")]
    Pair(#[from] rustls::Error),
}

/// TLS as it is now; what is loaded again serves the connections that follow.
#[derive(Debug, Clone)]
pub struct Tls(Arc<RwLock<Arc<ServerConfig>>>);

impl Tls {
    /// Loads certificate and key.
    ///
    /// # Errors
    /// [`TlsError`] when they can't be read or don't fit.
    pub fn load(settings: &TlsSettings) -> Result<Self, TlsError> {
        Ok(Self(Arc::new(RwLock::new(server_config(settings)?))))
    }

    /// Loads certificate and key again; on an error the former ones stay.
    ///
    /// # Errors
    /// [`TlsError`] when they can't be read or don't fit.
    pub fn reload(&self, settings: &TlsSettings) -> Result<(), TlsError> {
        let fresh = server_config(settings)?;
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = fresh;
        Ok(())
    }

    /// As it is now.
    pub(super) fn config(&self) -> Arc<ServerConfig> {
        let current = self.0.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&current)
    }
}

fn server_config(settings: &TlsSettings) -> Result<Arc<ServerConfig>, TlsError> {
    let chain = read_chain(&settings.certificate)?;
    // By itself rustls would take the key's bytes, and free them as they are.
    let key = read_key(settings)?;
    let certified = CertifiedKey::new(chain, any_supported_type(&key)?);
    match certified.keys_match() {
        Ok(()) | Err(rustls::Error::InconsistentKeys(InconsistentKeys::Unknown)) => {}
        Err(error) => return Err(error.into()),
    }
    let mut config = ServerConfig::builder_with_provider(aws_lc_rs::default_provider().into())
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(SingleCertAndKey::from(certified)));
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    // A browser that comes back resumes its session and costs no signature, however many others
    // came meanwhile: the ticket is sealed and kept by the browser, by keys that change every six hours.
    config.ticketer = aws_lc_rs::Ticketer::new()?;
    Ok(Arc::new(config))
}

fn read_chain(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let failed = |cause: String| TlsError::Certificate {
        path: path.display().to_string(),
        cause,
    };
    let mut pem = Vec::new();
    File::open(path)
        .and_then(|file| file.take(LARGEST_CHAIN).read_to_end(&mut pem))
        .map_err(|error| failed(error.to_string()))?;
    let chain: Vec<_> = CertificateDer::pem_slice_iter(&pem)
        .collect::<Result<_, _>>()
        .map_err(|error| failed(error.to_string()))?;
    if chain.is_empty() {
        return Err(failed("there is no certificate in it".to_owned()));
    }
    Ok(chain)
}

fn read_key(settings: &TlsSettings) -> Result<Zeroizing<PrivateKeyDer<'static>>, TlsError> {
    let failed = |cause: String| TlsError::PrivateKey {
        source_of_key: settings.private_key.to_string(),
        cause,
    };
    let pem = settings
        .private_key
        .read()
        .map_err(|error| failed(error.to_string()))?;
    PrivateKeyDer::from_pem_slice(pem.expose().as_bytes())
        .map(Zeroizing::new)
        .map_err(|error| failed(error.to_string()))
}
