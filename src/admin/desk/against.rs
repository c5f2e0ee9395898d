//! Who would move: the running bridge's journal, under rules that somebody pastes.

use std::{collections::BTreeMap, sync::Arc};

use tokio::runtime::Handle;

use super::{Desk, TURN, account, busy};
use crate::{
    admin::{Against, OtherRules, Trouble, TroubleKind, against},
    identity::{FlexName, IdpName},
    mapping::Mapping,
    settings::HumanDuration,
};

/// What decides locations in a configuration that somebody pasted.
#[derive(Debug, Default)]
pub struct PastedRules {
    /// The Flex accounts.
    pub flex: BTreeMap<FlexName, PastedAccount>,
}

/// One Flex account of it.
#[derive(Debug)]
pub struct PastedAccount {
    /// What decides a location.
    pub mapping: Mapping,
    /// Whose people are let in; nobody where the account is switched off.
    pub lets_in: Vec<IdpName>,
}

impl Desk {
    /// Decides the logins of the last time anew under the rules that `read` gives, with the
    /// locations that this bridge knows: `defined` of what was pasted is not asked for.
    ///
    /// # Errors
    /// What `read` says; `admin.not_found`, `admin.busy`, `journal.unavailable`.
    pub async fn against(
        &self,
        read: impl FnOnce() -> Result<PastedRules, Trouble> + Send + 'static,
        flex: Option<&FlexName>,
        last: HumanDuration,
    ) -> Result<Against, Trouble> {
        let bridge = self.bridge();
        let name = account(&bridge, flex)?.name.clone();
        let turn = Arc::clone(&self.explaining).acquire_owned();
        let Ok(Ok(turn)) = tokio::time::timeout(TURN, turn).await else {
            return Err(busy("several samples are being explained already"));
        };
        let (journal, now) = (Arc::clone(&self.journal), self.now());
        // Rules are compiled, and each login of that time is looked at: not on the threads that
        // logins run on.
        let told = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            let rules = read()?;
            let Some(other) = rules.flex.get(&name) else {
                let known: Vec<_> = rules.flex.keys().map(FlexName::as_str).collect();
                let what = "Flex account in what was pasted";
                return Err(Trouble::not_found(what, name.as_str(), &known.join(", ")));
            };
            let snapshot = account(&bridge, Some(&name))?.locations.snapshot();
            let other = OtherRules {
                flex: &name,
                mapping: &other.mapping,
                lets_in: &other.lets_in,
                defined: snapshot.as_deref().map(|list| &*list.locations),
            };
            let told = against(other, &*journal, last, now);
            Ok(Handle::current().block_on(told)?)
        });
        told.await.unwrap_or_else(|error| {
            Err(Trouble::new(
                TroubleKind::Unavailable,
                "admin.failed",
                format!("the comparison ended early: {error}"),
                "Report it as a mistake of Flexbridge.",
            ))
        })
    }
}
