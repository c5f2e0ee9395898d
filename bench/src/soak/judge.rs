//! Whether a soak held: nothing that was sampled grows, and everybody got what they asked for.

use std::{fmt::Write as _, sync::atomic::Ordering};

use super::{Ended, Tally, sample::Sample, world::World};

/// What memory may grow by between the second and the last fifth: one part in so many …
const SHARE: u64 = 10;
/// … or this many bytes, whichever is more: an allocator's moods on a small process.
const BYTES: u64 = 6 << 20;
/// The journal's bytes a row, at most, its indexes and free pages included.
const ROW_BYTES: u64 = 700;
/// What the journal's companions (write-ahead log) may take beside it, in bytes.
const COMPANIONS: u64 = 12 << 20;
/// How many file descriptors and threads may come and go.
const FEW: u64 = 8;

/// What is printed, and whether all of it holds.
pub struct Verdict {
    pub text: String,
    pub holds: bool,
}

impl Verdict {
    fn line(&mut self, holds: bool, what: &str, seen: &str) {
        let word = if holds { "yes" } else { "**no**" };
        let _ = writeln!(self.text, "| {what} | {seen} | {word} |");
        self.holds &= holds;
    }
}

pub fn verdict(ended: &Ended, tally: &Tally, world: &World, samples: &[Sample]) -> Verdict {
    let of = |counter: &std::sync::atomic::AtomicU64| counter.load(Ordering::Relaxed);
    let (done, failed) = (of(&tally.done), of(&tally.failed));
    let mut verdict = Verdict {
        text: "| what | seen | holds |\n| --- | --- | --- |\n".to_owned(),
        holds: true,
    };
    let rate = done as f64 / ended.elapsed.as_secs_f64();
    let seconds = ended.elapsed.as_secs();
    verdict.line(
        done == ended.wanted && failed == 0,
        "every login goes through",
        &format!(
            "{done} in {seconds} s ({rate:.0} a second), {failed} failed{}",
            if ended.stopped { "; ended by hand" } else { "" }
        ),
    );
    verdict.line(
        ended.counted == done,
        "the metric counts them all",
        &ended.counted.to_string(),
    );
    let interrupted = of(&tally.interrupted);
    if interrupted > 0 {
        let pauses = of(&tally.pauses);
        verdict.line(
            interrupted <= pauses * super::PEOPLE,
            "no more are done again than were under way when the machine stood still",
            &format!("{interrupted} of {pauses} pauses"),
        );
    }
    let (refused, passed) = (of(&tally.refused), of(&tally.not_refused));
    verdict.line(
        passed == 0 && refused > 0,
        "bad messages among them are refused",
        &format!("{refused} of {}", refused + passed),
    );
    verdict.line(
        ended.reloads > 0,
        "the configuration was changed and read again",
        &format!("{} times", ended.reloads),
    );
    let asked = [
        &world.asked.metadata,
        &world.asked.twilio,
        &world.asked.keys,
    ]
    .map(of);
    verdict.line(
        // Each is asked once at the start, and once more at a refresh that had something new.
        asked.iter().all(|times| *times > 2),
        "metadata, locations and OpenID Connect keys were other ones at each refresh",
        &format!("{}, {} and {} times", asked[0], asked[1], asked[2]),
    );
    verdict.line(
        ended.errors.is_empty(),
        "the log has no error",
        &ended
            .errors
            .first()
            .map_or_else(|| "none".to_owned(), Clone::clone),
    );
    grows(&mut verdict, ended, samples);
    if let Ok(first) = tally.first_failure.lock()
        && let Some(why) = &*first
    {
        let line: String = why.chars().take(500).collect();
        let _ = writeln!(verdict.text, "\nThe first failure: {line}");
    }
    verdict
}

fn grows(verdict: &mut Verdict, ended: &Ended, samples: &[Sample]) {
    let resident = Stretch::of(samples, |one| one.resident);
    verdict.line(
        resident.late <= most(resident.early),
        "memory is flat",
        &resident.shown(|bytes| format!("{:.1} MiB", mebibytes(bytes))),
    );
    for (what, value) in [
        (
            "file descriptors are flat",
            (|one| one.descriptors) as fn(&Sample) -> u64,
        ),
        ("threads are flat", |one| one.threads),
    ] {
        let seen = Stretch::of(samples, value);
        verdict.line(
            seen.late <= seen.early + FEW,
            what,
            &seen.shown(|count| count.to_string()),
        );
    }
    let journal = Stretch::of(samples, |one| one.journal);
    let bound = ended.rows * ROW_BYTES + COMPANIONS;
    verdict.line(
        journal.early.max(journal.late) <= bound,
        &format!(
            "the journal of {} rows stays under {:.0} MiB",
            ended.rows,
            mebibytes(bound)
        ),
        &journal.shown(|bytes| format!("{:.1} MiB", mebibytes(bytes))),
    );
    let consumed = samples.last().map_or(0, |last| last.consumed);
    let _ = writeln!(
        verdict.text,
        "\nUsed identifiers are kept an hour beyond the time that they are good for: {:.1} MiB at the end.",
        mebibytes(consumed)
    );
}

fn mebibytes(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}

fn most(early: u64) -> u64 {
    (early + early / SHARE).max(early + BYTES)
}

/// The most of the second fifth of all logins, when caches are warm, and of the last one.
struct Stretch {
    early: u64,
    late: u64,
}

impl Stretch {
    fn of(samples: &[Sample], value: impl Fn(&Sample) -> u64) -> Self {
        let all = samples.last().map_or(0, |last| last.logins);
        let most = |from: u64, to: u64| {
            let within = samples
                .iter()
                .filter(|one| (from..=to).contains(&(one.logins * 5 / all.max(1))));
            within.map(&value).max().unwrap_or(0)
        };
        Self {
            early: most(1, 1),
            late: most(4, 5),
        }
    }

    fn shown(&self, text: impl Fn(u64) -> String) -> String {
        format!(
            "at most {} in the second fifth, {} in the last",
            text(self.early),
            text(self.late)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(resident: impl Fn(u64) -> u64) -> Stretch {
        let samples: Vec<Sample> = (0..=100)
            .map(|step| Sample {
                logins: step * 10_000,
                resident: resident(step),
                ..Sample::default()
            })
            .collect();
        Stretch::of(&samples, |one| one.resident)
    }

    #[test]
    fn what_grows_is_seen_and_a_warm_up_is_not() {
        let flat = run(|step| (50 << 20) + step.min(20) * 100_000);
        assert!(flat.late <= most(flat.early));
        // Twenty bytes a login.
        let leak = run(|step| (50 << 20) + step * 200_000);
        assert!(leak.late > most(leak.early));
    }
}
