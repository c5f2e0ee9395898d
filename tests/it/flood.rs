//! A flood of bad answers, each of which costs all that a stranger can make the bridge work, while
//! people sign in.
//!
//! By itself it is moderate, for CI. `FLEXBRIDGE_FLOOD=1000x30` sends a thousand a second for thirty
//! seconds; what honest logins took is printed.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};

use flexbridge::clock::Stopwatch;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpSocket, TcpStream},
    time::{MissedTickBehavior, interval},
};

use crate::{
    login::{
        process::Company,
        walk::{begin, now, received},
    },
    support::{
        bridge::Site,
        browser::Browser,
        forging::{Asked, ForgingIdp},
        serve::Serve,
    },
};

/// Attackers, each with an address and a login of its own, and their connections together.
const ATTACKERS: u8 = 16;
const CONNECTIONS: u32 = 64;
/// How often somebody honest begins to sign in.
const HONEST: Duration = Duration::from_millis(100);
/// What one of a hundred honest logins may take in CI, where everything runs at once and unoptimised.
const BOUND: Duration = Duration::from_secs(3);

/// Bad answers a second, for how many seconds.
#[expect(clippy::disallowed_methods, reason = "how a person asks for more")]
fn asked_for() -> (u32, u64) {
    std::env::var("FLEXBRIDGE_FLOOD").map_or((150, 5), |text| {
        let (rate, seconds) = text.split_once('x').unwrap();
        (rate.parse().unwrap(), seconds.parse().unwrap())
    })
}

/// A post that passes every check but the last costly one: a login that was begun, a response that
/// is right in all it says, and a signature by a key that is not the provider's.
fn bad_answer(site: &Site, browser: &Browser, asked: &Asked, forger: &ForgingIdp) -> Vec<u8> {
    let form = forger.form(asked, &ForgingIdp::says(asked, now()));
    let body = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(&form.fields)
        .finish();
    let cookies = browser.cookies(&site.at("/saml/sp/hq/acs"));
    format!(
        "POST /saml/sp/hq/acs HTTP/1.1\r\nHost: localhost\r\nCookie: {cookies}\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

/// Reads one answer; its status.
async fn answer(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Option<u16> {
    buffer.clear();
    let mut part = vec![0; 16 * 1024];
    loop {
        let read = stream.read(&mut part).await.ok().filter(|read| *read > 0)?;
        buffer.extend_from_slice(&part[..read]);
        let text = String::from_utf8_lossy(buffer);
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            continue;
        };
        let head = head.to_ascii_lowercase();
        let length = head.split_once("content-length: ")?.1;
        let length: usize = length.lines().next()?.trim().parse().ok()?;
        if body.len() >= length {
            return head.split(' ').nth(1)?.parse().ok();
        }
    }
}

#[derive(Default)]
struct Told {
    refused: AtomicUsize,
    overloaded: AtomicUsize,
    lost: AtomicUsize,
}

impl Told {
    fn all(&self) -> usize {
        self.refused.load(Relaxed) + self.overloaded.load(Relaxed) + self.lost.load(Relaxed)
    }
}

/// One connection that posts at its pace, and connects again where it is cut off.
async fn post(port: u16, address: String, request: Arc<Vec<u8>>, every: Duration, told: Arc<Told>) {
    let mut pace = interval(every);
    pace.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let mut buffer = Vec::new();
    loop {
        let socket = TcpSocket::new_v4().unwrap();
        socket
            .bind(format!("{address}:0").parse().unwrap())
            .unwrap();
        let Ok(mut stream) = socket.connect(([127, 0, 0, 1], port).into()).await else {
            told.lost.fetch_add(1, Relaxed);
            pace.tick().await;
            continue;
        };
        loop {
            pace.tick().await;
            let sent = stream.write_all(&request).await;
            let status = match sent {
                Ok(()) => Box::pin(answer(&mut stream, &mut buffer)).await,
                Err(_) => None,
            };
            let counter = match status {
                Some(503 | 429) => &told.overloaded,
                Some(_) => &told.refused,
                None => &told.lost,
            };
            counter.fetch_add(1, Relaxed);
            if status.is_none() {
                break;
            }
        }
    }
}

/// One honest login, and how long it took, but for the person.
async fn honest(site: &Site, company: &Company) -> Duration {
    let mut browser = Browser::new();
    let watch = Stopwatch::start();
    let asked = begin(site, &mut browser).await;
    let before = watch.elapsed();
    let form = company.answer(&asked, |_| {});
    let watch = Stopwatch::start();
    let page = browser.submit_once(&form).await;
    let took = before + watch.elapsed();
    assert_eq!(received(&page).name_id, "ann@company.example");
    took
}

async fn honest_for(site: &Site, company: &Company, time: Duration) -> Vec<Duration> {
    let watch = Stopwatch::start();
    let mut pace = interval(HONEST);
    let mut took = Vec::new();
    while watch.elapsed() < time {
        pace.tick().await;
        took.push(honest(site, company).await);
    }
    took.sort();
    took
}

fn quantile(sorted: &[Duration], percent: usize) -> Duration {
    sorted[(sorted.len() * percent / 100).min(sorted.len() - 1)]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_sign_in_while_strangers_post() {
    let (rate, seconds) = asked_for();
    let site = Site::new();
    let company = Company::at(&site);
    let serve = Serve::start(site, &company.plan);
    let mut forger = ForgingIdp::new("foreign");
    forger.entity_id.clone_from(&company.idp.entity_id);
    let calm = honest_for(&serve, &company, Duration::from_secs(seconds.div_ceil(3))).await;

    let told = Arc::new(Told::default());
    let mut requests = Vec::new();
    for _ in 0..ATTACKERS {
        let mut browser = Browser::new();
        let asked = begin(&serve, &mut browser).await;
        requests.push(Arc::new(bad_answer(&serve, &browser, &asked, &forger)));
    }
    let every = Duration::from_secs(1) * CONNECTIONS / rate;
    let flood: Vec<_> = (0..CONNECTIONS)
        .map(|number| {
            let attacker = usize::try_from(number).unwrap() % requests.len();
            let address = format!("127.0.1.{}", attacker + 1);
            let request = Arc::clone(&requests[attacker]);
            tokio::spawn(post(serve.port, address, request, every, Arc::clone(&told)))
        })
        .collect();
    let watch = Stopwatch::start();
    let stormy = honest_for(&serve, &company, Duration::from_secs(seconds)).await;
    let sent = told.all();
    let flooded = watch.elapsed();
    for task in flood {
        task.abort();
    }

    let (refused, overloaded) = (told.refused.load(Relaxed), told.overloaded.load(Relaxed));
    for (name, took) in [("calm", &calm), ("flooded", &stormy)] {
        eprintln!(
            "{name}: {} honest logins, p50 {:?}, p99 {:?}, longest {:?}",
            took.len(),
            quantile(took, 50),
            quantile(took, 99),
            took.last().unwrap()
        );
    }
    eprintln!("{sent} bad answers in {flooded:?}: {refused} refused, {overloaded} told to wait");
    // It was a flood, and the bridge looked at it.
    let wanted = u64::from(rate) * seconds;
    assert!(
        u64::try_from(sent).unwrap() > wanted / 2,
        "only {sent} of {wanted}"
    );
    assert!(refused > 0);
    assert!(
        told.lost.load(Relaxed) * 20 < sent,
        "connections are cut off"
    );
    let slowest = quantile(&stormy, 99);
    assert!(
        slowest < BOUND,
        "one of a hundred honest logins took {slowest:?}"
    );
}
