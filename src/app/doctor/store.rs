//! The store's disk, and a shared store that this machine reaches by itself.

use std::path::Path;

use super::{Finding, Patient, in_time};
use crate::{
    app::witness::try_store,
    clock::random_bytes,
    store::{RedisPlan, RedisStore, room},
};

const MIB: u64 = 1024 * 1024;
/// The journal waits below this; see docs/configuration.md.
const TOO_LITTLE: u64 = 32 * MIB;
const LITTLE: u64 = 512 * MIB;

pub(super) async fn look(patient: &Patient) -> Vec<Finding> {
    let mut found = vec![disk(patient.config.store.path())];
    let plan = RedisPlan::read(&patient.config.store);
    if let Some(plan) = plan.transpose() {
        let store = plan.and_then(|plan| RedisStore::new(&plan));
        let wrong = match store {
            Err(error) => Some(error.to_string()),
            Ok(redis) => tried(patient, &redis).await.err(),
        };
        found.push(match wrong {
            None => Finding::ok("store.redis", "used an identifier once, and not again"),
            Some(wrong) => Finding::fails(
                "store.redis",
                wrong,
                "Logins are refused until it works: check `store.url`, the server, and its `maxmemory-policy noeviction`.",
            ),
        });
    }
    found
}

async fn tried(patient: &Patient, redis: &RedisStore) -> Result<(), String> {
    let nonce: [u8; 16] =
        random_bytes(&*patient.seams.random).map_err(|error| error.to_string())?;
    let tried = in_time(try_store(redis, &nonce, patient.now)).await;
    tried.unwrap_or_else(|| Err("no answer in time".to_owned()))
}

fn disk(path: &Path) -> Finding {
    let name = "store.disk";
    let place = path.display();
    let free = match room(path) {
        Ok(free) => free,
        Err(error) => {
            let seen = format!("{place}: {error}");
            let mend = "Make the directory, owned by the user that the bridge runs as, or start the bridge, which makes it.";
            return Finding::warning(name, seen, mend);
        }
    };
    let seen = format!("{} MiB free at {place}", free / MIB);
    let mend = "Make room: below 32 MiB the journal waits, and with none left nobody signs in.";
    match free {
        0..TOO_LITTLE => Finding::fails(name, seen, mend),
        TOO_LITTLE..LITTLE => Finding::warning(name, seen, mend),
        _ => Finding::ok(name, seen),
    }
}
