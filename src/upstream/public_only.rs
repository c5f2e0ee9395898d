//! Names are resolved to public addresses only, at the very moment of connecting:
//! a name that changes its address between a check and its use can't slip through.

use std::net::SocketAddr;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use crate::settings::is_public;

/// The host has no public address.
#[derive(Debug, thiserror::Error)]
#[error("the name leads to {0} and to no public address")]
pub(super) struct PrivateAddress(pub(super) std::net::IpAddr);

/// Resolves by the system, and for `host` leaves only public addresses. Other
/// names are those of this machine's own proxy.
pub(super) struct PublicOnly {
    host: String,
}

impl PublicOnly {
    pub(super) fn new(host: &str) -> Self {
        Self {
            host: bare(host).to_owned(),
        }
    }
}

fn bare(name: &str) -> &str {
    name.trim_end_matches('.')
}

impl Resolve for PublicOnly {
    fn resolve(&self, name: Name) -> Resolving {
        let guarded = bare(name.as_str()).eq_ignore_ascii_case(&self.host);
        Box::pin(async move {
            let found: Vec<SocketAddr> =
                tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            let usable: Vec<SocketAddr> = found
                .iter()
                .filter(|address| !guarded || is_public(address.ip()))
                .copied()
                .collect();
            match (usable.is_empty(), found.first()) {
                (true, Some(address)) => Err(PrivateAddress(address.ip()).into()),
                _ => Ok(Box::new(usable.into_iter()) as Addrs),
            }
        })
    }
}
