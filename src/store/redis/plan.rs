//! What leads to the server: read from the settings, secrets and files included.

use std::{fs, path::Path};

use redis::{ClientTlsConfig, TlsCertificates};

use super::StoreUnavailable;
use crate::{
    settings::{Secret, SecretSource},
    store::{ClientCertificate, SentinelSettings, Settings, sentinel_address},
};

/// The largest file of certificates that is read, in bytes.
const LARGEST: u64 = 1024 * 1024;

/// How to reach the server. `Debug` shows nothing of it.
pub struct RedisPlan {
    pub(super) url: Secret,
    pub(super) tls: Option<TlsCertificates>,
    pub(super) sentinel: Option<SentinelPlan>,
    pub(super) replicas: usize,
}

/// Who knows where the server is.
pub(super) struct SentinelPlan {
    pub(super) service: String,
    pub(super) nodes: Vec<(String, u16)>,
    pub(super) user: Option<String>,
    pub(super) password: Option<Secret>,
}

impl std::fmt::Debug for RedisPlan {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("RedisPlan(…)")
    }
}

impl RedisPlan {
    /// To the one server at `url`, without replicas.
    #[must_use]
    pub const fn at(url: Secret) -> Self {
        Self {
            url,
            tls: None,
            sentinel: None,
            replicas: 0,
        }
    }

    /// As the settings say; `None` when they speak of no Redis.
    ///
    /// # Errors
    /// [`StoreUnavailable`] when a secret or a file can't be read.
    pub fn read(settings: &Settings) -> Result<Option<Self>, StoreUnavailable> {
        let Settings::Redis {
            url,
            authorities,
            client,
            sentinel,
            ..
        } = settings
        else {
            return Ok(None);
        };
        Ok(Some(Self {
            url: secret(url)?,
            tls: certificates(authorities.as_deref(), client.as_ref())?,
            sentinel: sentinel.as_ref().map(SentinelPlan::read).transpose()?,
            replicas: usize::from(settings.replicas()),
        }))
    }
}

impl SentinelPlan {
    fn read(settings: &SentinelSettings) -> Result<Self, StoreUnavailable> {
        let nodes = settings.nodes.iter().map(|text| {
            sentinel_address(text).ok_or_else(|| {
                StoreUnavailable::new(format!("`{text}` is no host and port of a Sentinel"))
            })
        });
        Ok(Self {
            service: settings.service.clone(),
            nodes: nodes.collect::<Result<_, _>>()?,
            user: settings.user.clone(),
            password: settings.password.as_ref().map(secret).transpose()?,
        })
    }
}

fn secret(source: &SecretSource) -> Result<Secret, StoreUnavailable> {
    source
        .read()
        .map_err(|error| StoreUnavailable::new(error.to_string()))
}

fn certificates(
    authorities: Option<&Path>,
    client: Option<&ClientCertificate>,
) -> Result<Option<TlsCertificates>, StoreUnavailable> {
    if authorities.is_none() && client.is_none() {
        return Ok(None);
    }
    let client = client.map(|pair| {
        let key = secret(&pair.private_key)?;
        Ok(ClientTlsConfig {
            client_cert: file(&pair.certificate)?,
            client_key: key.expose().as_bytes().to_vec(),
        })
    });
    Ok(Some(TlsCertificates {
        client_tls: client.transpose()?,
        root_cert: authorities.map(file).transpose()?,
    }))
}

fn file(path: &Path) -> Result<Vec<u8>, StoreUnavailable> {
    let failed = |cause: &dyn std::fmt::Display| {
        StoreUnavailable::new(format!("{}: {cause}", path.display()))
    };
    let size = fs::metadata(path).map_err(|error| failed(&error))?.len();
    if size > LARGEST {
        return Err(failed(&"this is too large to be a file of certificates"));
    }
    fs::read(path).map_err(|error| failed(&error))
}
