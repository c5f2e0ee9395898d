//! Every SAML identity provider's metadata.

use std::{collections::BTreeMap, sync::Arc};

use futures_util::future::join_all;
use tokio::task::JoinSet;

use super::{error::SourceError, watch::Watch};
use crate::identity::IdpName;

/// Every SAML identity provider's metadata, by the provider's name.
#[derive(Default)]
pub struct Registry(BTreeMap<IdpName, Arc<Watch>>);

/// The refresh of all metadata; ends when this is dropped.
#[must_use = "metadata is refreshed only as long as this is held"]
pub struct Refreshing(JoinSet<()>);

impl Refreshing {
    /// How many identity providers' metadata is being refreshed.
    #[must_use]
    pub fn count(&self) -> usize {
        self.0.len()
    }
}

impl FromIterator<Watch> for Registry {
    fn from_iter<I: IntoIterator<Item = Watch>>(watches: I) -> Self {
        let named = watches
            .into_iter()
            .map(|watch| (watch.idp().clone(), Arc::new(watch)));
        Self(named.collect())
    }
}

impl Registry {
    /// The metadata of one identity provider.
    #[must_use]
    pub fn get(&self, idp: &IdpName) -> Option<&Arc<Watch>> {
        self.0.get(idp)
    }

    /// Each, in the order of the providers' names.
    #[must_use]
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Arc<Watch>> {
        self.0.values()
    }

    /// Begins to refresh each in the background, the first time at once.
    ///
    /// Must be called within a Tokio runtime.
    pub fn start(&self) -> Refreshing {
        let mut tasks = JoinSet::new();
        for watch in self.iter() {
            let watch = Arc::clone(watch);
            tasks.spawn(async move { watch.run().await });
        }
        Refreshing(tasks)
    }

    /// Refreshes each now, all at once; the failures with their providers.
    pub async fn refresh_all(&self) -> Vec<(IdpName, SourceError)> {
        let outcomes = self.iter().map(|watch| async {
            let error = watch.refresh_now().await.err()?;
            Some((watch.idp().clone(), error))
        });
        join_all(outcomes).await.into_iter().flatten().collect()
    }
}
