//! A bounded place for CPU-bound work: verifying and signing never run on the reactor.

use std::{num::NonZero, sync::Arc, time::Duration};

use tokio::sync::Semaphore;

use crate::identity::{Refusal, RefusalCode};

/// How long a login waits for its turn before it is told that there are too many.
const PATIENCE: Duration = Duration::from_secs(5);
/// How many logins may wait for each one at work.
const WAITING: usize = 64;

/// As many workers as the machine has cores, and a bounded queue before them.
#[derive(Clone)]
pub(super) struct Work {
    at_work: Arc<Semaphore>,
    in_queue: Arc<Semaphore>,
}

impl Work {
    pub(super) fn new() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
        Self {
            at_work: Arc::new(Semaphore::new(cores)),
            in_queue: Arc::new(Semaphore::new(cores * WAITING)),
        }
    }

    /// Runs `work` when it is its turn.
    ///
    /// # Errors
    /// `overloaded` when the queue is full or the turn does not come in time;
    /// whatever `work` says otherwise.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, Refusal> + Send + 'static,
    ) -> Result<T, Refusal> {
        let overloaded = || Refusal::from(RefusalCode::Overloaded);
        let _place = self.in_queue.try_acquire().map_err(|_| overloaded())?;
        let turn = tokio::time::timeout(PATIENCE, self.at_work.clone().acquire_owned())
            .await
            .map_err(|_| overloaded())?
            .map_err(|_| overloaded())?;
        let done = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            work()
        });
        done.await
            .map_err(|error| Refusal::new(RefusalCode::Internal, error.to_string()))?
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn too_many_are_told_so() {
        let work = Work {
            at_work: Arc::new(Semaphore::new(1)),
            in_queue: Arc::new(Semaphore::new(1)),
        };
        let (release, held) = std::sync::mpsc::channel::<()>();
        let first = tokio::spawn({
            let work = work.clone();
            async move {
                work.run(move || held.recv().map_err(|_| RefusalCode::NotFound.into()))
                    .await
            }
        });
        while work.at_work.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
        let refused = work.run(|| Ok(())).await.unwrap_err();
        assert_eq!(refused.code, RefusalCode::Overloaded);
        release.send(()).unwrap();
        first.await.unwrap().unwrap();
        work.run(|| Ok(())).await.unwrap();
    }
}
