//! Load: so many people at a time (closed loop), or so many a second whatever comes of it
//! (open loop, each login counted from when it should have begun).

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::{Result, ensure};
use hdrhistogram::Histogram;
use tokio::{sync::mpsc, time::sleep_until};

use crate::{
    browser::Browser,
    login::{Ends, Subject, log_in},
};

/// How people come.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Shape {
    /// This many logins under way at any time.
    Closed(usize),
    /// This many logins a second begin.
    Open(f64),
}

impl std::fmt::Display for Shape {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Closed(people) => write!(formatter, "{people} in flight"),
            Self::Open(rate) => write!(formatter, "{rate:.0} a second"),
        }
    }
}

/// What came of it.
pub struct Outcome {
    /// Microseconds of each login that went well.
    pub latency: Histogram<u64>,
    /// How many did not.
    pub failed: u64,
    /// The first reason.
    pub first_failure: Option<String>,
    /// From the first login's begin to the last one's end.
    pub elapsed: Duration,
    /// A few answers, to be looked at by somebody else.
    pub sample: Vec<String>,
}

impl Outcome {
    fn new() -> Result<Self> {
        Ok(Self {
            latency: Histogram::new_with_bounds(1, 120_000_000, 3)?,
            failed: 0,
            first_failure: None,
            elapsed: Duration::ZERO,
            sample: Vec::new(),
        })
    }

    /// Logins that went well, a second.
    pub fn rate(&self) -> f64 {
        self.latency.len() as f64 / self.elapsed.as_secs_f64()
    }

    /// That quantile, in milliseconds.
    pub fn milliseconds(&self, quantile: f64) -> f64 {
        self.latency.value_at_quantile(quantile) as f64 / 1_000.0
    }
}

/// How many answers are kept for xmlsec1.
const SAMPLE: u64 = 16;
/// The most browsers an open loop opens.
const MOST_BROWSERS: usize = 512;

/// What one login came to.
struct Ended {
    took: Duration,
    answer: Result<String>,
}

/// Lets people in for `time`.
pub async fn run(
    ends: &Arc<Ends>,
    subject: &Subject,
    shape: Shape,
    time: Duration,
) -> Result<Outcome> {
    let address = subject.sso_url.socket_addrs(|| None)?;
    ensure!(!address.is_empty(), "the bridge has no address");
    let host = address[0].to_string();
    let (report, mut reports) = mpsc::unbounded_channel();
    let begun = Instant::now();
    let until = begun + time;
    let spawn = |next: Next| {
        let (ends, subject, report) = (ends.clone(), subject.clone(), report.clone());
        let browser = Browser::new(&host);
        tokio::spawn(visit(browser, ends, subject, next, report));
    };
    match shape {
        Shape::Closed(people) => (0..people).for_each(|_| spawn(Next::Until(until))),
        Shape::Open(rate) => {
            let clock = Arc::new(Schedule {
                begun,
                until,
                every: Duration::from_secs_f64(1.0 / rate),
                next: AtomicU64::new(0),
            });
            (0..MOST_BROWSERS).for_each(|_| spawn(Next::Scheduled(clock.clone())));
        }
    }
    drop(report);
    let mut outcome = Outcome::new()?;
    while let Some(Ended { took, answer }) = reports.recv().await {
        match answer {
            Ok(xml) => {
                let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
                outcome.latency.saturating_record(micros.max(1));
                if outcome.latency.len() % 97 == 1 && (outcome.sample.len() as u64) < SAMPLE {
                    outcome.sample.push(xml);
                }
            }
            Err(error) => {
                outcome.failed += 1;
                outcome
                    .first_failure
                    .get_or_insert_with(|| format!("{error:#}"));
            }
        }
    }
    outcome.elapsed = begun.elapsed();
    Ok(outcome)
}

/// When a browser's next login begins.
enum Next {
    /// At once, until then.
    Until(Instant),
    /// When its turn comes.
    Scheduled(Arc<Schedule>),
}

struct Schedule {
    begun: Instant,
    until: Instant,
    every: Duration,
    next: AtomicU64,
}

impl Next {
    /// The time from which the next login counts; waits for it.
    async fn begin(&self) -> Option<Instant> {
        match self {
            Self::Until(until) => Some(Instant::now()).filter(|now| now < until),
            Self::Scheduled(schedule) => {
                let turn = schedule.next.fetch_add(1, Ordering::Relaxed);
                let turn = u32::try_from(turn).ok()?;
                let at = schedule.begun + schedule.every * turn;
                if at >= schedule.until {
                    return None;
                }
                sleep_until(at.into()).await;
                Some(at)
            }
        }
    }
}

async fn visit(
    mut browser: Browser,
    ends: Arc<Ends>,
    subject: Subject,
    next: Next,
    report: mpsc::UnboundedSender<Ended>,
) {
    while let Some(begun) = next.begin().await {
        let answer = log_in(&mut browser, &ends, &subject).await;
        let failed = answer.is_err();
        let ended = Ended {
            took: begun.elapsed(),
            answer,
        };
        if report.send(ended).is_err() {
            return;
        }
        if failed {
            // A bridge that refuses at once must not be asked a million times.
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}
