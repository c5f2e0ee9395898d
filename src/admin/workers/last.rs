//! What the journal says of a worker's last login, as far as it can be known whose login it was.
//!
//! The journal knows agents by pseudonym: a keyed hash of the identity provider's name and the
//! NameID. Flex makes the NameID the worker's friendly name, as it is or with every sign but
//! letters and digits as `_` and its code (`ann_40example_2Ecom`). So the pseudonym of that name
//! is looked up; where the journal has it, it is this person's, for nobody else has it.
//!
//! Must never: guess. An account that takes the NameID from another claim has workers with
//! other names than the journal's people, and nothing is told of them.

use std::collections::HashMap;

use chrono::TimeDelta;
use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    clock::Timestamp,
    identity::{AgentPseudonym, IdpName, NameId},
    login::{FlexAccount, Keeping},
    store::{JournalRead, StoreUnavailable},
};

/// How far back it is looked.
const BACK: TimeDelta = TimeDelta::days(30);

/// What the last login that was let in told Flex.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct LastLogin {
    /// When.
    pub at: Timestamp,
    /// The location; empty: it was cleared; `None`: the worker kept what it had.
    pub location: Option<String>,
}

/// The last logins of an account's agents, of the last 30 days.
#[derive(Debug, Default)]
pub struct LastLogins {
    known: HashMap<AgentPseudonym, LastLogin>,
    keeping: Keeping,
    idps: Vec<IdpName>,
}

impl LastLogins {
    /// Reads the journal. Nobody is known where there is no key of pseudonyms, or the NameID is
    /// chosen by a claim.
    ///
    /// # Errors
    /// [`StoreUnavailable`] when the journal can't be read.
    pub async fn read(
        account: &FlexAccount,
        keeping: &Keeping,
        journal: &dyn JournalRead,
        now: Timestamp,
    ) -> Result<Self, StoreUnavailable> {
        if keeping.agents.is_none() || account.claims.chooses_name_id() {
            return Ok(Self::default());
        }
        let counted = journal.by_agent(&account.name, now - BACK).await?;
        let mut known: HashMap<AgentPseudonym, LastLogin> = HashMap::new();
        let accepted = counted.kinds.into_iter().filter(|kind| kind.code.is_none());
        for kind in accepted {
            let Some(agent) = kind.agent else { continue };
            let login = LastLogin {
                at: kind.last,
                location: kind.location,
            };
            let last = known.entry(agent).or_insert_with(|| login.clone());
            if last.at < login.at {
                *last = login;
            }
        }
        Ok(Self {
            known,
            keeping: keeping.clone(),
            idps: account.idp.clone(),
        })
    }

    /// The last login of the worker of this friendly name.
    pub(super) fn of(&self, friendly_name: &str) -> Option<&LastLogin> {
        if self.known.is_empty() {
            return None;
        }
        let names = [Some(friendly_name.to_owned()), decoded(friendly_name)];
        let all = names.into_iter().flatten().flat_map(|value| {
            let name_id = NameId {
                value,
                format: None,
            };
            let of = move |idp: &IdpName| self.keeping.pseudonym(idp, &name_id);
            self.idps.iter().filter_map(of)
        });
        all.filter_map(|agent| self.known.get(&agent))
            .max_by_key(|login| login.at)
    }
}

/// The NameID of which Flex made this name; `None` when it is written otherwise.
fn decoded(name: &str) -> Option<String> {
    if !name.contains('_') {
        return None;
    }
    let mut bytes = Vec::with_capacity(name.len());
    let mut rest = name.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'_' {
            bytes.push(byte);
            continue;
        }
        let code = [rest.next()?, rest.next()?];
        let mut one = [0];
        hex::decode_to_slice(code, &mut one).ok()?;
        bytes.push(one[0]);
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{keys::AgentKey, settings::Secret};

    #[test]
    fn a_name_is_read_as_flex_writes_it() {
        for (name, value) in [
            ("bob_40example_2Ecom", Some("bob@example.com")),
            ("a_5Fb", Some("a_b")),
            ("j_C3_BCrgen", Some("jürgen")),
            ("bob@example.com", None),
            ("bob_smith", None),
            ("bob_4", None),
            ("_FF", None),
        ] {
            assert_eq!(decoded(name).as_deref(), value, "{name}");
        }
    }

    #[test]
    fn who_is_known_by_name_is_known_and_nobody_else() {
        let key = Secret::new("0123456789abcdef".repeat(4));
        let keeping = Keeping {
            agents: Some(AgentKey::parse(&key).unwrap()),
            ..Keeping::default()
        };
        let idps: Vec<IdpName> = vec!["hq".parse().unwrap(), "partner".parse().unwrap()];
        let login = |days| LastLogin {
            at: Timestamp::UNIX_EPOCH + TimeDelta::days(days),
            location: Some("Singapore Office".to_owned()),
        };
        let name_id = NameId {
            value: "bob@example.com".to_owned(),
            format: None,
        };
        let known = idps.iter().zip(1..).map(|(idp, days)| {
            let agent = keeping.pseudonym(idp, &name_id).unwrap();
            (agent, login(days))
        });
        let logins = LastLogins {
            known: known.collect(),
            keeping: keeping.clone(),
            idps,
        };
        for name in ["bob@example.com", "bob_40example_2Ecom"] {
            assert_eq!(logins.of(name), Some(&login(2)), "{name}");
        }
        for name in ["Bob@example.com", "bob", "bob_40example.com_", ""] {
            assert_eq!(logins.of(name), None, "{name}");
        }
    }
}
