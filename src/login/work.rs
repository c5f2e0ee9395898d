//! A bounded place for CPU-bound work: what may take long never runs on the reactor, and what
//! is short is not handed about, which would cost as much as a part of the work itself.

use std::{num::NonZero, sync::Arc, time::Duration};

use tokio::sync::{OwnedSemaphorePermit, Semaphore, SemaphorePermit};

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

    /// A place among those who are worked for, kept until a login has ended: who
    /// has been let in once is not sent away half done.
    ///
    /// # Errors
    /// `overloaded` when there are too many.
    pub(super) fn enter(&self) -> Result<Place<'_>, Refusal> {
        let place = self.in_queue.try_acquire();
        let place = place.map_err(|_| Refusal::from(RefusalCode::Overloaded))?;
        Ok(Place {
            work: self,
            _place: place,
        })
    }
}

/// A place among those who are worked for.
pub(super) struct Place<'a> {
    work: &'a Work,
    _place: SemaphorePermit<'a>,
}

impl Place<'_> {
    /// Waits for a turn.
    async fn turn(&self) -> Result<OwnedSemaphorePermit, Refusal> {
        let turn = tokio::time::timeout(PATIENCE, self.work.at_work.clone().acquire_owned());
        let turn = turn.await.ok().and_then(Result::ok);
        turn.ok_or_else(|| RefusalCode::Overloaded.into())
    }

    /// Runs `work`, which takes about a millisecond, when it is its turn: where it stands.
    ///
    /// # Errors
    /// `overloaded` when the turn does not come in time; whatever `work` says otherwise.
    pub(super) async fn run_short<T>(
        &self,
        work: impl FnOnce() -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        let _turn = self.turn().await?;
        work()
    }

    /// Runs `work` when it is its turn, on a thread that may take long.
    ///
    /// # Errors
    /// `overloaded` when the turn does not come in time; whatever `work` says otherwise.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, Refusal> + Send + 'static,
    ) -> Result<T, Refusal> {
        let turn = self.turn().await?;
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
        let first = work.enter().unwrap();
        let refused = work.enter().err().unwrap();
        assert_eq!(refused.code, RefusalCode::Overloaded);
        // Who is in can work more than once.
        first.run(|| Ok(())).await.unwrap();
        first.run_short(|| Ok(())).await.unwrap();
        drop(first);
        work.enter().unwrap().run(|| Ok(())).await.unwrap();
    }
}
