//! The workers against the defined list, the rules, and what their last login was told.

use std::{collections::BTreeMap, net::IpAddr, sync::Arc};

use schemars::JsonSchema;
use serde::Deserialize;

use super::{AT_ONCE, Desk, PATIENCE, PER_SECOND, client, too_slow};
use crate::{
    admin::{
        Trouble,
        desk::choose,
        workers::{
            AttributeSource, AttributeTable, Judge, LastLogins, Pace, People, Survey, Unwatched,
            WorkerList, survey,
        },
    },
    identity::{FlexName, IdpName},
};

/// Where the values come from that the rules read.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AuditOf {
    /// Nowhere: the rules are not asked.
    #[default]
    Nothing,
    /// From the workers: the name that the rules read, and the worker attribute that holds it.
    WorkerAttributes(BTreeMap<String, String>),
    /// From elsewhere: the attributes of each worker, by SID, friendly name or e-mail address.
    Directory(People),
}

/// What an audit goes by.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WorkersAudit {
    /// Where the values come from that the rules read; the rules are not asked if it is left out.
    #[serde(default)]
    pub rules: AuditOf,
    /// The identity provider that the rules are told; the account's first if it is not said.
    #[serde(default)]
    pub idp: Option<IdpName>,
    /// The address that the rules are told; 127.0.0.1 if it is not said.
    #[serde(default)]
    #[schemars(with = "Option<crate::admin::sample::Address>")]
    pub address: Option<IpAddr>,
}

impl WorkersAudit {
    fn source(&self) -> Option<AttributeSource> {
        match &self.rules {
            AuditOf::Nothing => None,
            AuditOf::WorkerAttributes(pairs) => {
                let pairs = pairs.iter();
                let pairs = pairs.map(|(name, key)| (name.clone(), key.clone()));
                Some(AttributeSource::Worker(pairs.collect()))
            }
            AuditOf::Directory(people) => {
                Some(AttributeSource::Table(AttributeTable::of_people(people)))
            }
        }
    }
}

impl Desk {
    /// Every worker, with what Flex makes of its location, what the rules would give, and what
    /// its last login was told, as far as these can be known.
    ///
    /// # Errors
    /// `admin.not_found`, `locations.no_credentials`, `admin.too_slow`, and what Twilio said.
    pub async fn audit_workers(
        &self,
        flex: &FlexName,
        wanted: &WorkersAudit,
    ) -> Result<WorkerList, Trouble> {
        let bridge = self.bridge();
        let (account, idp) = choose(&bridge, Some(flex), wanted.idp.as_ref())?;
        let client = client(account)?;
        let _turn = self.turn_with_twilio().await?;
        let judge = wanted.source().map(|source| Judge {
            account,
            source,
            idp: idp.name.clone(),
            address: wanted.address.unwrap_or(IpAddr::from([127, 0, 0, 1])),
            now: self.now(),
        });
        let journal = Arc::clone(&self.journal);
        let logins = LastLogins::read(account, &bridge.keeping, &*journal, self.now()).await?;
        let snapshot = account.locations.snapshot();
        let pace = Pace::new(PER_SECOND, AT_ONCE);
        let asked = Survey {
            defined: snapshot.as_deref().map(|list| &*list.locations),
            judge: judge.as_ref(),
            logins: Some(&logins),
            pace: &pace,
            progress: &Unwatched,
        };
        let listed = async { survey(&client.flex_workspace().await?, asked).await };
        let listed = tokio::time::timeout(PATIENCE, listed).await;
        Ok(listed.map_err(|_| too_slow())??)
    }
}
