//! What the journal keeps, and the key of its pseudonyms.

use super::{Purpose, Seams};
use crate::{
    config::Config,
    keys::{AgentKey, AgentKeyError, Keys},
    login::Keeping,
    settings::{Problem, SettingPath},
};

/// What the journal keeps of a login. Commands that look make no key where there is none.
pub(super) fn keeping(
    config: &Config,
    keys: &Keys,
    seams: &Seams,
    purpose: Purpose<'_>,
) -> Result<Keeping, Problem> {
    let directory = config.store.path();
    let agents = match &keys.agent {
        Some(key) => Some(key.clone()),
        None if purpose.looks() => AgentKey::open(directory).map_err(|error| problem(&error))?,
        None => {
            let key = AgentKey::open_or_make(directory, &*seams.random);
            Some(key.map_err(|error| problem(&error))?)
        }
    };
    Ok(with_key(config, agents))
}

/// The same for commands that only look into the journal: of all keys just the one of the
/// pseudonyms is read.
///
/// # Errors
/// What is wrong with that key.
pub fn journal_keeping(config: &Config) -> Result<Keeping, Problem> {
    let agents = match &config.keys.agent {
        None => AgentKey::open(config.store.path()).map_err(|error| problem(&error))?,
        Some(source) => {
            let at = SettingPath::root().join("keys").join("agent");
            let secret = source.read();
            let secret = secret.map_err(|error| source.problem(at, &error))?;
            let key = AgentKey::parse(&secret);
            Some(key.map_err(|error| problem(&AgentKeyError::NotAKey(error)))?)
        }
    };
    Ok(with_key(config, agents))
}

fn with_key(config: &Config, agents: Option<AgentKey>) -> Keeping {
    Keeping {
        show: config.journal.show,
        also: config.journal.also.clone(),
        conditions: config.journal.conditions,
        agents,
    }
}

fn problem(error: &AgentKeyError) -> Problem {
    let mend = "Only the user of `flexbridge serve` may read `agent.key` in `store.path`; or give every node the same 32 random bytes by `keys.agent`.";
    Problem::error(
        SettingPath::root().join("keys").join("agent"),
        error.to_string(),
        mend,
    )
}
