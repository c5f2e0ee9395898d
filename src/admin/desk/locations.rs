//! The locations of a Flex account, as page and API see and change them.
//!
//! A change takes two calls: the plan, and the same again with the plan's fingerprint. In
//! between a person looks.

use std::{sync::Arc, time::Duration};

use super::{Desk, account};
use crate::{
    admin::{
        Trouble, TroubleKind,
        locations::{
            Applied, Backup, BackupFile, Failed, Linted, Listed, Plan, Report, apply, backups,
            diff, lint_document, lint_whole, list, restoration,
        },
    },
    clock::{Clock, Timestamp},
    identity::FlexName,
    login::{Bridge, FlexAccount},
};

/// How long somebody who looks at the lists waits for Twilio.
const PATIENCE: Duration = Duration::from_secs(10);

/// What the locations are to become.
#[derive(Debug, Clone)]
pub enum NewList {
    /// Those of this document, JSON.
    Document(Vec<u8>),
    /// Those of a backup.
    Backup {
        /// Its name: one of those that [`Desk::location_backups`] lists.
        name: String,
        /// Whether all of `ui_attributes` is put back, not only the locations.
        everything: bool,
    },
}

impl Desk {
    /// The list as logins see it now.
    ///
    /// # Errors
    /// `admin.not_found`.
    pub fn locations(&self, flex: Option<&FlexName>) -> Result<Listed, Trouble> {
        let bridge = self.bridge();
        Ok(list(&account(&bridge, flex)?.locations))
    }

    /// What is wrong with the lists of all accounts, between them, and where a file is not
    /// what Twilio has; for that Twilio is asked, all at once and not for long.
    pub async fn lint_locations(&self) -> Report {
        let bridge = self.bridge();
        lint_whole(bridge.flex.values(), PATIENCE).await
    }

    /// What is wrong with a document, before it is applied.
    ///
    /// # Errors
    /// `admin.not_found`, `locations.document`.
    pub async fn lint_document(
        &self,
        flex: &FlexName,
        document: Vec<u8>,
    ) -> Result<Linted, Trouble> {
        let bridge = self.bridge();
        Ok(lint_document(account(&bridge, Some(flex))?, document).await?)
    }

    /// The account's backups, the newest first.
    ///
    /// # Errors
    /// `admin.not_found`, `locations.backup`.
    pub fn location_backups(&self, flex: Option<&FlexName>) -> Result<Vec<BackupFile>, Trouble> {
        let bridge = self.bridge();
        Ok(backups(account(&bridge, flex)?)?)
    }

    /// What would change. Nothing is written.
    ///
    /// # Errors
    /// `admin.not_found`, `locations.…`, and what Twilio said.
    pub async fn plan_locations(&self, flex: &FlexName, new: NewList) -> Result<Plan, Trouble> {
        plan(&self.bridge(), flex, new, self.now()).await
    }

    /// Changes the locations, if what would be written is still what was shown with this
    /// fingerprint. Goes on to its end even where nobody waits for it any more.
    ///
    /// # Errors
    /// As [`Desk::plan_locations`]; `locations.changed` when somebody else was faster.
    pub async fn change_locations(
        &self,
        flex: &FlexName,
        new: NewList,
        fingerprint: &str,
    ) -> Result<Applied, Trouble> {
        let (bridge, clock) = (self.bridge(), Arc::clone(&self.clock));
        let (flex, fingerprint) = (flex.clone(), fingerprint.to_owned());
        let turn = Arc::clone(&self.changing).lock_owned().await;
        let written = tokio::spawn(async move {
            let _turn = turn;
            write(&bridge, &flex, new, &fingerprint, &*clock).await
        });
        written.await.unwrap_or_else(|error| {
            let mend = "Look by the difference whether it is written, and report it.";
            Err(Trouble::new(
                TroubleKind::Unavailable,
                "locations.interrupted",
                error.to_string(),
                mend,
            ))
        })
    }
}

async fn plan(
    bridge: &Bridge,
    flex: &FlexName,
    new: NewList,
    now: Timestamp,
) -> Result<Plan, Trouble> {
    let account = account(bridge, Some(flex))?;
    let drawn = match new {
        NewList::Document(document) => diff(account, document, now).await,
        NewList::Backup { name, everything } => {
            let backup = kept(account, &name)?;
            restoration(account, backup, everything, now).await
        }
    };
    Ok(drawn?)
}

async fn write(
    bridge: &Bridge,
    flex: &FlexName,
    new: NewList,
    fingerprint: &str,
    clock: &dyn Clock,
) -> Result<Applied, Trouble> {
    let confirmed = plan(bridge, flex, new, clock.now())
        .await?
        .confirm(fingerprint)?;
    let account = account(bridge, Some(flex))?;
    Ok(apply(account, confirmed, clock).await?)
}

/// One of the account's own backups: a name, never a path.
fn kept(account: &FlexAccount, name: &str) -> Result<Backup, Trouble> {
    let mut all = backups(account)?.into_iter();
    let named = all.find(|one| one.path.file_name().is_some_and(|known| known == name));
    let Some(named) = named else {
        return Err(Trouble::not_found(
            "backup",
            name,
            "what the list of backups names",
        ));
    };
    Ok(Backup::read(&named.path)?)
}

impl From<Failed> for Trouble {
    fn from(failed: Failed) -> Self {
        let kind = match failed.code {
            "locations.changed"
            | "locations.nothing_to_do"
            | "locations.no_credentials"
            | "locations.other_account"
            | "locations.lint"
            | "locations.unmergeable" => TroubleKind::Conflict,
            "locations.document" => TroubleKind::Invalid,
            _ => TroubleKind::Unavailable,
        };
        Self::new(kind, failed.code, failed.detail, failed.mend)
    }
}
