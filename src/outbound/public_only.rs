//! Names are resolved to public addresses only, at the very moment of connecting:
//! a name that changes its address between a check and its use can't slip through.

use std::{
    collections::BTreeSet,
    net::SocketAddr,
    sync::{PoisonError, RwLock},
};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use crate::settings::is_public;

/// More hosts than any partner has, whatever its documents name in the course of years.
const MOST_HOSTS: usize = 64;

/// The host has no public address.
#[derive(Debug, thiserror::Error)]
#[error("the name leads to {0} and to no public address")]
pub(super) struct PrivateAddress(std::net::IpAddr);

/// One partner named too many hosts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it has named more than {MOST_HOSTS} hosts since the start")]
pub struct TooManyHosts;

/// Resolves by the system, and for a partner's hosts leaves only public addresses. Other
/// names are those of this machine's own proxy.
#[derive(Debug, Default)]
pub struct PublicOnly {
    hosts: RwLock<BTreeSet<String>>,
}

impl PublicOnly {
    /// For a partner with this one host.
    #[must_use]
    pub fn new(host: &str) -> Self {
        Self {
            hosts: RwLock::new(BTreeSet::from([bare(host)])),
        }
    }

    /// This host is the partner's, too, from now on.
    ///
    /// # Errors
    /// [`TooManyHosts`].
    pub fn guard(&self, host: &str) -> Result<(), TooManyHosts> {
        let mut hosts = self.hosts.write().unwrap_or_else(PoisonError::into_inner);
        if hosts.len() >= MOST_HOSTS && !hosts.contains(&bare(host)) {
            return Err(TooManyHosts);
        }
        hosts.insert(bare(host));
        Ok(())
    }
}

fn bare(name: &str) -> String {
    name.trim_end_matches('.').to_ascii_lowercase()
}

impl Resolve for PublicOnly {
    fn resolve(&self, name: Name) -> Resolving {
        let hosts = self.hosts.read().unwrap_or_else(PoisonError::into_inner);
        let guarded = hosts.contains(&bare(name.as_str()));
        drop(hosts);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_partners_names_must_be_public_and_they_are_counted() {
        let resolver = PublicOnly::new("op.example.");
        let leads = async || resolver.resolve("localhost".parse().unwrap()).await.is_ok();
        assert!(leads().await, "the machine's own business");
        resolver.guard("LocalHost.").unwrap();
        assert!(!leads().await);
        for number in 2..MOST_HOSTS {
            resolver.guard(&format!("{number}.op.example")).unwrap();
        }
        assert_eq!(resolver.guard("one-more.example"), Err(TooManyHosts));
        assert_eq!(resolver.guard("OP.example"), Ok(()), "it is known");
        assert!(!leads().await);
    }
}
