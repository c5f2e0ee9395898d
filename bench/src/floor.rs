//! What a login can't cost less than: two RSA-2048 signatures and one verification.

use std::time::Duration;

use anyhow::{Context, Result};
use aws_lc_rs::{
    rand,
    signature::{KeyPair, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey},
};

use crate::{company::sign, keys::Identity};

/// How many times it is done at each asking.
const ROUNDS: u32 = 200;
/// How often each thread is asked.
const ASKED: usize = 5;

/// The CPU time of one floor, as the bridge's is counted: neighbours who take the processor away
/// don't count. On as many threads at once as there are cores, as bridge and driver keep all of
/// them busy too, and cores that share their units or their clock are slower together than alone.
/// The median of several.
pub fn measure(identity: &Identity) -> Result<Duration> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let mut times = std::thread::scope(|scope| -> Result<Vec<Duration>> {
        let threads: Vec<_> = (0..cores)
            .map(|_| scope.spawn(|| on_one(identity)))
            .collect();
        let mut times = Vec::new();
        for thread in threads {
            let of_one = thread
                .join()
                .ok()
                .context("a thread of the floor's ended")??;
            times.extend(of_one);
        }
        Ok(times)
    })?;
    times.sort_unstable();
    Ok(times[times.len() / 2])
}

fn on_one(identity: &Identity) -> Result<Vec<Duration>> {
    let key = identity.key_pair()?;
    let random = rand::SystemRandom::new();
    let public = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key.public_key().as_ref());
    let message = [7; 400];
    let mut times = Vec::new();
    for _ in 0..ASKED {
        let begun = thread_time();
        for _ in 0..ROUNDS {
            let value = sign(&key, &random, &message)?;
            sign(&key, &random, &message)?;
            public
                .verify(&message, &value)
                .ok()
                .context("the floor's own signature does not hold")?;
        }
        times.push(thread_time().saturating_sub(begun) / ROUNDS);
    }
    Ok(times)
}

fn thread_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(
        u64::try_from(time.tv_sec).unwrap_or(0),
        u32::try_from(time.tv_nsec).unwrap_or(0),
    )
}
