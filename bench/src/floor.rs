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

/// The CPU time of one floor, on one thread, as the bridge's is counted: neighbours who take the
/// processor away don't count. The median of several.
pub fn measure(identity: &Identity) -> Result<Duration> {
    let key = identity.key_pair()?;
    let random = rand::SystemRandom::new();
    let public = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key.public_key().as_ref());
    let message = [7; 400];
    let mut times = Vec::new();
    for _ in 0..5 {
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
    times.sort_unstable();
    Ok(times[times.len() / 2])
}

fn thread_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(
        u64::try_from(time.tv_sec).unwrap_or(0),
        u32::try_from(time.tv_nsec).unwrap_or(0),
    )
}
