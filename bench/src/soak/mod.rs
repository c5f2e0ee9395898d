//! A soak: very many logins through one process, while its configuration is read again and its
//! lists, metadata and keys are refreshed under it. Memory, file descriptors and threads have to
//! stay flat, the journal within its bound, and no login may fail.

mod judge;
mod plot;
mod sample;
mod world;

use std::{
    fs,
    path::Path,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail, ensure};
use rustix::process::{Pid, Signal, kill_process};
use tokio::time::sleep;
use url::Url;

use crate::{
    Args,
    bridge::{Bridge, Place, write_secret},
    browser::Browser,
    keys::Identity,
    login::{Ends, Subject, log_in},
};
use sample::Sampler;
use world::World;

/// Logins under way at a time.
const PEOPLE: u64 = 8;
/// Logins after which a person comes with a new connection.
const PER_CONNECTION: u64 = 200;
/// Logins of one person between two messages that must be refused.
const PER_BAD_POST: u64 = 50;
/// How often the configuration is changed and read again.
const RELOAD_EVERY: Duration = Duration::from_secs(20);
/// How often it is looked whether a reload has happened, and how far apart.
const RELOAD_LOOKS: u32 = 600;
const RELOAD_LOOK: Duration = Duration::from_millis(50);
/// How often partners publish something else, and the bridge looks.
const REFRESH: &str = "2s";
/// After that long without a look the machine itself stood still.
const STOOD_STILL: Duration = Duration::from_secs(5);
/// Samples of a whole run, about.
const SAMPLES: u64 = 400;

/// Runs it, prints what came of it, and fails when something did not hold.
pub async fn run(args: &Args, logins: u64, ends: &Arc<Ends>, identity: &Identity) -> Result<()> {
    ensure!(logins >= 1_000, "a soak of {logins} logins shows nothing");
    let world = World::serve(ends, identity).await?;
    let rows = (logins / 20).clamp(500, 50_000);
    let written = |place: &Place<'_>, turn: u64| configuration(place, ends, world.port, rows, turn);
    let words = ["--log", "warn,flexbridge::cli=info"];
    // The folder is filled before the process reads it: the client secret is part of it.
    let first = |place: &Place<'_>| {
        let secret = write_secret(&place.folder.join("client.secret"), "soaked");
        secret.map_or_else(|error| error.to_string(), |()| written(place, 0))
    };
    let mut bridge = Bridge::start_with(&args.flexbridge, ends, 2, &words, &first)?;
    let folder = bridge.folder.path().to_owned();
    let place = Place {
        folder: &folder,
        public: bridge.subject.sso_url.port().context("no port")?,
        admin: bridge.admin,
    };
    let tally = Arc::new(Tally::new(logins));
    for _ in 0..PEOPLE {
        tokio::spawn(visit(ends.clone(), bridge.subject.clone(), tally.clone()));
    }
    let begun = Instant::now();
    let looking = Sampler::new(bridge.process(), place.folder, begun);
    let every = (logins / SAMPLES).max(1);
    let (mut samples, mut reloads, mut reloaded) = (vec![looking.take(0)?], 0, Instant::now());
    let mut told_to_stop = pin!(tokio::signal::ctrl_c());
    let mut stopped = false;
    let mut tick = Instant::now();
    while !tally.ended() {
        tokio::select! {
            () = sleep(Duration::from_millis(100)) => {}
            // Whoever has seen enough gets the verdict of what was done by then.
            _ = &mut told_to_stop, if !stopped => {
                stopped = true;
                tally.stop.store(true, Ordering::Relaxed);
            }
        }
        bridge.still_runs()?;
        // Whoever stops and continues both processes takes their connections' time away, too.
        if tick.elapsed() > STOOD_STILL {
            tally.pauses.fetch_add(1, Ordering::Relaxed);
        }
        tick = Instant::now();
        let done = tally.done.load(Ordering::Relaxed);
        if done / every > samples.last().map_or(0, |last| last.logins / every) {
            samples.push(looking.take(done)?);
            if let Some(path) = &args.csv {
                fs::write(path, sample::csv(&samples))?;
            }
        }
        if reloaded.elapsed() >= RELOAD_EVERY || (reloads == 0 && done > logins / 10) {
            reloads += 1;
            reload(&bridge, &written(&place, reloads), reloads).await?;
            reloaded = Instant::now();
        }
    }
    let done = tally.done.load(Ordering::Relaxed);
    samples.push(looking.take(done)?);
    if let Some(path) = &args.csv {
        fs::write(path, sample::csv(&samples))?;
    }
    if let Some(path) = &args.svg {
        plot::draw(&samples, path)?;
    }
    let ended = Ended {
        wanted: if stopped { done } else { logins },
        stopped,
        elapsed: begun.elapsed(),
        reloads,
        rows,
        counted: counted(bridge.admin).await?,
        errors: errors(place.folder)?,
    };
    let verdict = judge::verdict(&ended, &tally, &world, &samples);
    println!("{}", verdict.text);
    if let Some(path) = &args.markdown {
        fs::write(path, &verdict.text)?;
    }
    ensure!(verdict.holds, "the soak did not hold");
    Ok(())
}

/// What a whole run came to, besides the samples.
struct Ended {
    wanted: u64,
    /// Whether somebody ended it before all were done.
    stopped: bool,
    elapsed: Duration,
    reloads: u64,
    /// What the journal may hold.
    rows: u64,
    /// Accepted logins by the bridge's own metric.
    counted: u64,
    /// The log's lines of level `ERROR`.
    errors: Vec<String>,
}

/// What people count.
struct Tally {
    left: AtomicU64,
    done: AtomicU64,
    failed: AtomicU64,
    refused: AtomicU64,
    /// Messages that should have been refused and were not.
    not_refused: AtomicU64,
    gone: AtomicU64,
    /// How often the machine stood still, or this process was stopped.
    pauses: AtomicU64,
    /// Logins that failed over that, and were done once more.
    interrupted: AtomicU64,
    first_failure: std::sync::Mutex<Option<String>>,
    stop: AtomicBool,
}

/// Failures after which going on shows nothing more.
const MOST_FAILURES: u64 = 100;

impl Tally {
    fn new(logins: u64) -> Self {
        Self {
            left: AtomicU64::new(logins),
            done: AtomicU64::new(0),
            failed: AtomicU64::new(0),
            refused: AtomicU64::new(0),
            not_refused: AtomicU64::new(0),
            gone: AtomicU64::new(0),
            pauses: AtomicU64::new(0),
            interrupted: AtomicU64::new(0),
            first_failure: std::sync::Mutex::new(None),
            stop: AtomicBool::new(false),
        }
    }

    fn ended(&self) -> bool {
        self.gone.load(Ordering::Acquire) == PEOPLE
    }

    /// Whether another login is to be done.
    fn take(&self) -> bool {
        !self.stop.load(Ordering::Relaxed)
            && self
                .left
                .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
                    left.checked_sub(1)
                })
                .is_ok()
    }

    fn failed(&self, error: &anyhow::Error) {
        if self.failed.fetch_add(1, Ordering::Relaxed) >= MOST_FAILURES {
            self.stop.store(true, Ordering::Relaxed);
        }
        if let Ok(mut first) = self.first_failure.lock() {
            first.get_or_insert_with(|| format!("{error:#}"));
        }
    }
}

async fn visit(ends: Arc<Ends>, subject: Subject, tally: Arc<Tally>) {
    let address = subject.sso_url.socket_addrs(|| None);
    let address = address.ok().and_then(|all| all.first().copied());
    let host = address.map(|one| one.to_string()).unwrap_or_default();
    let mut browser = Browser::new(&host);
    let mut own = 0_u64;
    while tally.take() {
        own += 1;
        if own.is_multiple_of(PER_CONNECTION) {
            browser = Browser::new(&host);
        }
        let pauses = tally.pauses.load(Ordering::Relaxed);
        match log_in(&mut browser, &ends, &subject).await {
            Ok(_) => {
                tally.done.fetch_add(1, Ordering::Relaxed);
            }
            Err(error) => {
                // Long enough for a pause to be noticed.
                sleep(Duration::from_secs(1)).await;
                if tally.pauses.load(Ordering::Relaxed) == pauses {
                    tally.failed(&error);
                } else {
                    tally.interrupted.fetch_add(1, Ordering::Relaxed);
                    tally.left.fetch_add(1, Ordering::Relaxed);
                }
                browser = Browser::new(&host);
            }
        }
        if own.is_multiple_of(PER_BAD_POST) {
            let counter = if bad_post(&subject, &host).await {
                &tally.refused
            } else {
                &tally.not_refused
            };
            counter.fetch_add(1, Ordering::Relaxed);
        }
    }
    tally.gone.fetch_add(1, Ordering::Release);
}

/// A stranger sends something that is no answer; whether it was refused.
async fn bad_post(subject: &Subject, host: &str) -> bool {
    let Ok(acs) = Url::parse(&subject.sp_acs_url) else {
        return false;
    };
    let fields = [
        ("SAMLResponse", "PHNhbWxwOlJlc3BvbnNlLz4="),
        ("RelayState", "x"),
    ];
    let answer = Browser::new(host).post(&acs, &fields).await;
    answer.is_err_and(|error| error.to_string().contains(" answers 4"))
}

/// Writes another configuration, asks for it to be read, and waits until it was.
async fn reload(bridge: &Bridge, text: &str, times: u64) -> Result<()> {
    let folder = bridge.folder.path();
    fs::write(folder.join("flexbridge.toml.new"), text)?;
    fs::rename(
        folder.join("flexbridge.toml.new"),
        folder.join("flexbridge.toml"),
    )?;
    let process = Pid::from_raw(i32::try_from(bridge.process())?).context("no process")?;
    kill_process(process, Signal::HUP)?;
    // Counted and not timed: time during which both processes stand still does not count.
    for _ in 0..RELOAD_LOOKS {
        let log = fs::read_to_string(folder.join("log"))?;
        let read = log.matches("the configuration was read again").count();
        if u64::try_from(read)? == times {
            return Ok(());
        }
        if let Some(line) = log.lines().find(|line| line.contains("was not read again")) {
            bail!("{line}");
        }
        sleep(RELOAD_LOOK).await;
    }
    bail!("reload {times} did not happen within {RELOAD_LOOKS} looks, {RELOAD_LOOK:?} apart")
}

/// Accepted logins, as the bridge counts them.
async fn counted(admin: u16) -> Result<u64> {
    let text = sample::get(admin, "/metrics").await?;
    let accepted = text
        .lines()
        .filter(|line| line.starts_with("flexbridge_logins_total{"))
        .filter(|line| line.contains("outcome=\"accepted\""));
    let counts = accepted.filter_map(|line| line.rsplit(' ').next()?.parse::<u64>().ok());
    Ok(counts.sum())
}

fn errors(folder: &Path) -> Result<Vec<String>> {
    let log = fs::read_to_string(folder.join("log"))?;
    let errors = log.lines().filter(|line| line.contains("\"ERROR\""));
    Ok(errors.map(str::to_owned).collect())
}

/// The configuration of that turn: every second has a rule more and another claim.
fn configuration(place: &Place<'_>, ends: &Ends, world: u16, rows: u64, turn: u64) -> String {
    let Place { public, admin, .. } = place;
    let at = place.folder.display();
    let (entity_id, acs_url) = (&ends.flex.entity_id, &ends.flex.acs_url);
    let odd = turn % 2 == 1;
    let claim = if odd {
        "nickname = [\"nickname\"]\n"
    } else {
        ""
    };
    let rule = if odd {
        "[[flex.production.location.rule]]\nwhen = { one_of = [\"NOWHERE\"] }\nassign = \"Singapore Office\"\n"
    } else {
        ""
    };
    format!(
        r#"version    = 1
public_url = "http://127.0.0.1:{public}"
[listen]
public = "127.0.0.1:{public}"
admin  = "127.0.0.1:{admin}"
[keys]
cookie    = [{{ file = "{at}/cookie.key" }}]
assertion = [{{ certificate = "{at}/assertion.pem", private_key = {{ file = "{at}/assertion.key" }} }}]
[idp.hq]
protocol = "saml"
metadata = {{ url = "http://127.0.0.1:{world}/metadata", refresh = "{REFRESH}" }}
[idp.partner]
protocol      = "oidc"
issuer        = "http://127.0.0.1:{world}"
client_id     = "soak"
client_secret = {{ file = "{at}/client.secret" }}
refresh       = "{REFRESH}"
[flex.production]
idp         = "hq"
account_sid = "{account}"
sso         = {{ profile = "custom", entity_id = "{entity_id}", acs_url = "{acs_url}" }}
twilio      = {{ api_key = "SK0123456789abcdef0123456789abcdef", api_secret = {{ file = "{at}/client.secret" }}, flex_api_url = "http://127.0.0.1:{world}" }}
[flex.production.claims]
email     = ["email"]
full_name = ["full_name"]
roles     = ["roles"]
{claim}[flex.production.location]
attribute = ["office"]
defined   = {{ from = "twilio", refresh = "{REFRESH}" }}
no_match  = "refuse"
{rule}[[flex.production.location.rule]]
when   = {{ one_of = ["SG-01"] }}
assign = "Singapore Office"
[flex.second]
idp         = "partner"
account_sid = "AC1123456789abcdef0123456789abcdef"
sso         = {{ profile = "custom", entity_id = "urn:flex:JQ1", acs_url = "https://login.flex.example/1" }}
[flex.second.claims]
email     = ["email"]
full_name = ["name"]
roles     = ["roles"]
[flex.second.location]
attribute = ["office"]
defined   = {{ from = "file", path = "{at}/locations.json" }}
[store]
kind = "embedded"
path = "{at}/store"
[journal]
max_rows = {rows}
"#,
        account = world::ACCOUNT,
    )
}
