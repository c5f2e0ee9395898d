//! Load: so many people at a time (closed loop), or so many a second whatever comes of it
//! (open loop, each login counted from when it should have begun).

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use anyhow::{Result, ensure};
use hdrhistogram::Histogram;
use tokio::{
    sync::{Semaphore, mpsc},
    time::sleep_until,
};

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
/// The most logins that an open loop has under way; one beyond waits, and counts from when it should have begun.
/// As many connections of one address a bridge may well hold at once.
const MOST_BROWSERS: usize = 256;

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
    let visitors = Visitors {
        ends: ends.clone(),
        subject: subject.clone(),
        host,
        report,
    };
    match shape {
        Shape::Closed(people) => {
            (0..people).for_each(|_| drop(tokio::spawn(visitors.clone().stay(until))));
            drop(visitors);
        }
        Shape::Open(rate) => {
            tokio::spawn(visitors.come(rate, begun, until));
        }
    }
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

/// Those who sign in.
#[derive(Clone)]
struct Visitors {
    ends: Arc<Ends>,
    subject: Subject,
    host: String,
    report: mpsc::UnboundedSender<Ended>,
}

impl Visitors {
    /// One signs in again and again until then.
    async fn stay(self, until: Instant) {
        let mut browser = Browser::new(&self.host);
        while Instant::now() < until {
            if !self.visit(&mut browser, Instant::now()).await {
                // A bridge that refuses at once must not be asked a million times.
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }

    /// So many a second begin, whatever came of the others. The browser that was used last is used
    /// first, so that no more connections are open than people are under way.
    async fn come(self, rate: f64, begun: Instant, until: Instant) {
        let idle = Arc::new(Mutex::new(Vec::new()));
        let places = Arc::new(Semaphore::new(MOST_BROWSERS));
        let every = Duration::from_secs_f64(1.0 / rate);
        for turn in 0.. {
            let at = begun + every * turn;
            if at >= until {
                return;
            }
            sleep_until(at.into()).await;
            let Ok(place) = places.clone().acquire_owned().await else {
                return;
            };
            let (visitors, idle) = (self.clone(), idle.clone());
            tokio::spawn(async move {
                let rested = idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
                let mut browser = rested.unwrap_or_else(|| Browser::new(&visitors.host));
                visitors.visit(&mut browser, at).await;
                let mut idle = idle.lock().unwrap_or_else(PoisonError::into_inner);
                idle.push(browser);
                drop(place);
            });
        }
    }

    /// One login, which counts from `begun`; whether it went well.
    async fn visit(&self, browser: &mut Browser, begun: Instant) -> bool {
        let answer = log_in(browser, &self.ends, &self.subject).await;
        let went_well = answer.is_ok();
        let took = begun.elapsed();
        // Nobody listens any more only when the run is over.
        let _ = self.report.send(Ended { took, answer });
        went_well
    }
}
