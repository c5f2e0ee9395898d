//! A clock that the test sets.

use std::sync::{Arc, Mutex};

use chrono::TimeDelta;
use flexbridge::clock::{Clock, SystemClock, Timestamp};

/// Runs only when it is told to. Clones show the same time.
#[derive(Clone)]
pub struct TestClock(Arc<Mutex<Timestamp>>);

impl TestClock {
    /// One that shows the present second.
    pub fn now_set() -> Self {
        Self(Arc::new(Mutex::new(SystemClock.now())))
    }

    /// Sets it forward.
    pub fn advance(&self, by: TimeDelta) {
        *self.0.lock().unwrap() += by;
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}
