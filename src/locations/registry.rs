//! Every Flex account's list.

use std::{collections::BTreeMap, sync::Arc};

use futures_util::future::join_all;
use tokio::task::JoinSet;

use super::{source::SourceError, watch::Watch};
use crate::identity::FlexName;

/// Every Flex account's list, by the account's name.
#[derive(Default)]
pub struct Registry(BTreeMap<FlexName, Arc<Watch>>);

/// The refresh of all lists; ends when this is dropped.
#[must_use = "the lists are refreshed only as long as this is held"]
pub struct Refreshing(JoinSet<()>);

impl Refreshing {
    /// How many lists are being refreshed.
    #[must_use]
    pub fn count(&self) -> usize {
        self.0.len()
    }
}

impl FromIterator<Watch> for Registry {
    fn from_iter<I: IntoIterator<Item = Watch>>(watches: I) -> Self {
        let named = watches
            .into_iter()
            .map(|watch| (watch.flex().clone(), Arc::new(watch)));
        Self(named.collect())
    }
}

impl Registry {
    /// The list of one Flex account.
    #[must_use]
    pub fn get(&self, flex: &FlexName) -> Option<&Arc<Watch>> {
        self.0.get(flex)
    }

    /// Each list, in the order of the accounts' names.
    #[must_use]
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Arc<Watch>> {
        self.0.values()
    }

    /// Begins to refresh each list in the background, the first time at once.
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

    /// Refreshes each list now, all at once; the failures with their accounts.
    pub async fn refresh_all(&self) -> Vec<(FlexName, SourceError)> {
        let outcomes = self.iter().map(|watch| async {
            let error = watch.refresh_now().await.err()?;
            Some((watch.flex().clone(), error))
        });
        join_all(outcomes).await.into_iter().flatten().collect()
    }
}
