//! `doctor`: each thing that a login needs, looked at live and all at once.
//!
//! `own` is what the configuration and the keys say, `partners` asks identity providers and
//! for the lists of locations, `lists` says what is wrong with these, `twilio` tries the
//! credentials, `clock` compares the time, `reach` comes in by the public URL as a browser does,
//! `store` tries store and disk.
//!
//! Must never: write to the disk, sign anybody in, or wait for one partner longer than for all.

mod clock;
mod lists;
mod own;
mod partners;
mod reach;
mod store;
mod twilio;

use std::{path::Path, sync::Arc, time::Duration};

use super::{
    compose::{Parts, Purpose, Seams},
    load::{Loaded, load, load_before_setup},
};
use crate::{
    admin::{Diagnosis, Finding},
    clock::{Clock, Random, Timestamp},
    config::{Config, Report},
    keys::Keys,
};

/// How long one thing may take to be looked at; all are looked at at once.
const PATIENCE: Duration = Duration::from_secs(15);

/// What is looked at.
struct Patient {
    config: Config,
    keys: Keys,
    parts: Parts,
    seams: Seams,
    now: Timestamp,
}

/// Looks at everything that a login needs under the configuration at `path`. Takes half a
/// minute at most. To be called within a Tokio runtime.
pub async fn examine(path: &Path, clock: Arc<dyn Clock>, random: Arc<dyn Random>) -> Diagnosis {
    let seams = Seams { clock, random };
    let now = seams.clock.now();
    // Redis by TLS needs it; where the process has chosen one before, that one stays.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let (loaded, report) = match loaded(path, now) {
        Ok(loaded) => loaded,
        Err(report) => return Diagnosis::new(now, of_report(&report)),
    };
    let Loaded { config, keys, .. } = loaded;
    let parts = match Parts::compose(&config, &keys, &seams, Purpose::Look) {
        Ok(parts) => parts,
        Err(problems) => {
            let found = problems.iter().map(Finding::of_problem);
            let found = of_report(&report).into_iter().chain(found).collect();
            return Diagnosis::new(now, found);
        }
    };
    let patient = Patient {
        config,
        keys,
        parts,
        seams,
        now,
    };
    Diagnosis::new(now, patient.look(&report).await)
}

/// The configuration and what is said of it. What only partners have not given, or a file of
/// theirs that is gone, hides nothing of the rest.
fn loaded(path: &Path, now: Timestamp) -> Result<(Loaded, Report), Report> {
    match load(path, now) {
        Ok(loaded) => {
            let report = loaded.report.clone();
            Ok((loaded, report))
        }
        Err(report) => match load_before_setup(path, now) {
            Ok(loaded) => Ok((loaded, report)),
            Err(_) => Err(report),
        },
    }
}

impl Patient {
    async fn look(&self, report: &Report) -> Vec<Finding> {
        let asked = async { (partners::locations(self).await, lists::look(self).await) };
        let (clock, partners, (asked, lint), twilio, reach, store) = tokio::join!(
            clock::look(self),
            partners::providers(self),
            asked,
            twilio::look(self),
            reach::look(self),
            store::look(self),
        );
        let own = own::look(self, report);
        let parts = [own, clock, reach, store, partners, twilio, asked, lint];
        parts.into_iter().flatten().collect()
    }
}

fn of_report(report: &Report) -> Vec<Finding> {
    let problems = report.problems().iter();
    problems
        .map(|placed| Finding::of_problem(&placed.problem))
        .collect()
}

/// `work`, or nothing when it takes too long.
async fn in_time<T>(work: impl Future<Output = T>) -> Option<T> {
    tokio::time::timeout(PATIENCE, work).await.ok()
}

/// Seconds as people say them.
fn ago(seconds: u64) -> String {
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", seconds / 60),
        7_200..172_800 => format!("{} h", seconds / 3_600),
        _ => format!("{} days", seconds / 86_400),
    }
}
