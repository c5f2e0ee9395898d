//! How many refusals of strangers are written to the log: enough to see what is
//! going on, too few to fill a disk. Every one of them is counted in the metrics.

use std::sync::{Mutex, PoisonError};

use crate::clock::Timestamp;

/// Lines in one second.
const A_SECOND: u32 = 20;

/// Rations log lines by the second.
#[derive(Debug, Default)]
pub(super) struct Ration(Mutex<Second>);

#[derive(Debug, Default)]
struct Second {
    began: i64,
    written: u32,
    left_out: u64,
}

/// Whether a line is written, and how many before it were not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Word {
    /// Write it; so many before it were left out.
    Write(u64),
    /// Leave it out.
    LeaveOut,
}

impl Ration {
    pub(super) fn ask(&self, now: Timestamp) -> Word {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if state.began != now.timestamp() {
            state.began = now.timestamp();
            state.written = 0;
        }
        if state.written == A_SECOND {
            state.left_out += 1;
            return Word::LeaveOut;
        }
        state.written += 1;
        Word::Write(std::mem::take(&mut state.left_out))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_has_its_ration_and_what_is_left_out_is_counted() {
        let ration = Ration::default();
        let at = |second| Timestamp::from_timestamp(second, 0).unwrap();
        for _ in 0..A_SECOND {
            assert_eq!(ration.ask(at(1)), Word::Write(0));
        }
        assert_eq!(ration.ask(at(1)), Word::LeaveOut);
        assert_eq!(ration.ask(at(1)), Word::LeaveOut);
        assert_eq!(ration.ask(at(2)), Word::Write(2));
        assert_eq!(ration.ask(at(2)), Word::Write(0));
    }
}
