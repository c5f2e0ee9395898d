//! The parts of a configuration for commands that look: nothing is served, and nothing is
//! ever written to the disk.

use std::{path::Path, sync::Arc};

use futures_util::future::join_all;

use super::{
    compose::{Parts, Purpose, Seams},
    load::{Loaded, load, load_before_setup},
    running::{StartError, obtain_missing},
};
use crate::{
    clock::{Clock, Random},
    config::Report,
};

/// The parts of a configuration, as a start would make them, without serving:
/// for commands. Lists and metadata that are not on disk are asked for; nothing is written.
///
/// # Errors
/// [`StartError`].
pub async fn parts(
    path: &Path,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
) -> Result<Parts, StartError> {
    let seams = Seams { clock, random };
    let Loaded { config, keys, .. } =
        load(path, seams.clock.now()).map_err(StartError::Configuration)?;
    let parts = Parts::compose(&config, &keys, &seams, Purpose::Look).map_err(StartError::Parts)?;
    obtain_missing(&parts).await;
    Ok(parts)
}

/// The parts of a configuration, for commands that ask by themselves: nobody is asked yet,
/// nothing is written.
///
/// # Errors
/// [`StartError`].
pub fn parts_unasked(
    path: &Path,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
) -> Result<Parts, StartError> {
    let seams = Seams { clock, random };
    let Loaded { config, keys, .. } =
        load(path, seams.clock.now()).map_err(StartError::Configuration)?;
    Parts::compose(&config, &keys, &seams, Purpose::Look).map_err(StartError::Parts)
}

/// The parts of a configuration, for commands that say what to enter at the partners:
/// nobody is asked, nothing is written, and what the partners have not given yet is a
/// warning of the report.
///
/// # Errors
/// [`StartError`].
pub async fn parts_before_setup(
    path: &Path,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
) -> Result<(Parts, Report), StartError> {
    let seams = Seams { clock, random };
    let Loaded {
        config,
        keys,
        report,
    } = load_before_setup(path, seams.clock.now()).map_err(StartError::Configuration)?;
    let parts =
        Parts::compose(&config, &keys, &seams, Purpose::LookOffline).map_err(StartError::Parts)?;
    // A file that is there says whether the identity provider wants signed requests.
    let files = parts.upstream.iter().filter(|one| one.source().is_file());
    join_all(files.map(|watch| watch.refresh_now())).await;
    Ok((parts, report))
}
