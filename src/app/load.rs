//! From a file to a checked configuration with its keys in memory. Starting,
//! reloading and `config check` all come through here, so none accepts what
//! another refuses.

use std::path::Path;

use crate::{
    clock::Timestamp,
    config::{Config, Draft, Report},
    keys::Keys,
};

/// A configuration that can be started.
pub struct Loaded {
    /// The checked configuration.
    pub config: Config,
    /// Its keys.
    pub keys: Keys,
    /// What the administrator should know all the same.
    pub report: Report,
}

/// Reads and checks a configuration, and loads its keys.
///
/// # Errors
/// The [`Report`] with everything that is wrong.
pub fn load(path: &Path, now: Timestamp) -> Result<Loaded, Report> {
    finish(Draft::read(path), now)
}

/// The same, for whoever wants to know what to tell the partners: what they have
/// not given yet is a warning.
///
/// # Errors
/// The [`Report`] with everything that is wrong.
pub(super) fn load_before_setup(path: &Path, now: Timestamp) -> Result<Loaded, Report> {
    finish(Draft::read_before_setup(path), now)
}

fn finish(mut draft: Draft, now: Timestamp) -> Result<Loaded, Report> {
    let keys = draft.load_keys(now);
    draft.check_secrets();
    let checked = draft.finish()?;
    match keys {
        Some(keys) => Ok(Loaded {
            config: checked.config,
            keys,
            report: checked.report,
        }),
        // Keys that can't be loaded are in the report, which then is an error.
        None => Err(checked.report),
    }
}
