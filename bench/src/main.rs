//! Whole SAML logins against a bridge at full speed: what they cost and how long they take.
//!
//! This program plays Flex and the company's identity provider. Every answer is looked at
//! (status, audience, InResponseTo, RelayState, NameID, `flex_location`), some are handed to
//! xmlsec1. A figure from one machine means little alone: read the ratios of one run.

#![allow(clippy::print_stdout, reason = "a program that prints a table")]

mod bridge;
mod browser;
mod company;
mod deflate;
mod flex;
mod floor;
mod host;
mod keys;
mod load;
mod login;
mod peers;
mod report;
mod soak;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use anyhow::{Context, Result, ensure};
use clap::Parser;

use bridge::{Bridge, Variant};
use company::Company;
use flex::{Flex, verify_with_xmlsec1};
use keys::Identity;
use load::{Shape, run};
use login::{Ends, Subject};
use peers::Peer;
use report::Row;

/// Measures whole logins.
#[derive(Debug, Parser)]
struct Args {
    /// The program to measure.
    #[arg(long, default_value = "../target/release/flexbridge")]
    flexbridge: PathBuf,
    /// How long each run lasts, in seconds.
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    /// Logins in flight, one run each.
    #[arg(long, value_delimiter = ',', default_value = "1,8,32")]
    in_flight: Vec<usize>,
    /// Logins a second in open loop, as shares of what 8 in flight reached.
    #[arg(long, value_delimiter = ',', default_value = "0.1,0.25,0.5,0.7,0.8")]
    shares: Vec<f64>,
    /// Further attributes in the company's response; with four it has about 5 KiB.
    #[arg(long, default_value_t = 4)]
    attributes: usize,
    /// Rules before and with the one that decides.
    #[arg(long, default_value_t = 1)]
    rules: usize,
    /// Defined locations.
    #[arg(long, default_value_t = 2)]
    locations: usize,
    /// What is measured, in this order.
    #[arg(long, value_delimiter = ',', default_value = "flexbridge")]
    of: Vec<Of>,
    /// Leave out the variant without a second opinion.
    #[arg(long)]
    only_default: bool,
    /// Instead of measuring: this many logins, with reloads and refreshes on the way.
    #[arg(long, value_name = "LOGINS")]
    soak: Option<u64>,
    /// Where a soak's samples go.
    #[arg(long, requires = "soak")]
    csv: Option<PathBuf>,
    /// Where the table goes.
    #[arg(long)]
    markdown: Option<PathBuf>,
    /// Where the plot goes.
    #[arg(long)]
    svg: Option<PathBuf>,
}

/// A bridge that can be measured.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Of {
    /// The program of `--flexbridge`.
    Flexbridge,
    /// SimpleSAMLphp as a bridge.
    Simplesamlphp,
    /// SATOSA.
    Satosa,
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> Result<()> {
    let args = Args::parse();
    let identity = Identity::generate("Company")?;
    let ends = Arc::new(Ends {
        company: Company::new(&identity, args.attributes)?,
        flex: Flex::new(),
    });
    if let Some(logins) = args.soak {
        return soak::run(&args, logins, &ends, &identity).await;
    }
    let mut rows = Vec::new();
    for of in &args.of {
        match of {
            Of::Flexbridge => measure_flexbridge(&args, &ends, &identity, &mut rows).await?,
            Of::Simplesamlphp => {
                let peer = peers::simplesamlphp(&ends)?;
                measure_peer(&args, &ends, &identity, &peer, &mut rows).await?;
            }
            Of::Satosa => {
                let peer = peers::satosa(&ends)?;
                measure_peer(&args, &ends, &identity, &peer, &mut rows).await?;
            }
        }
    }
    let table = report::table(&rows);
    println!("{table}");
    if let Some(path) = &args.markdown {
        std::fs::write(path, &table)?;
    }
    if let Some(path) = &args.svg {
        report::plot(&rows, path)?;
    }
    // What a peer loses is a finding; what we lose is a mistake.
    let ours = rows
        .iter()
        .filter(|row| row.subject.starts_with("Flexbridge"));
    let failed: u64 = ours.map(|row| row.outcome.failed).sum();
    ensure!(failed == 0, "{failed} logins failed");
    Ok(())
}

async fn measure_flexbridge(
    args: &Args,
    ends: &Arc<Ends>,
    identity: &Identity,
    rows: &mut Vec<Row>,
) -> Result<()> {
    let variants = [
        ("Flexbridge", true),
        ("Flexbridge, no second opinion", false),
    ];
    let variants = &variants[..if args.only_default { 1 } else { 2 }];
    for (name, second_opinion) in variants {
        let variant = Variant {
            second_opinion: *second_opinion,
            rules: args.rules,
            locations: args.locations,
        };
        let bridge = Bridge::start(&args.flexbridge, ends, variant)?;
        println!("{name}: ready after {} ms", bridge.started_in.as_millis());
        let under_test = UnderTest {
            name,
            subject: &bridge.subject,
            processes: &[bridge.process()],
        };
        let certificate = bridge.folder.path().join("assertion.pem");
        let verify = |xml: &str| verify_with_xmlsec1(xml, &certificate, &["Response", "Assertion"]);
        under_test
            .measure(args, ends, identity, &verify, rows)
            .await?;
    }
    Ok(())
}

async fn measure_peer(
    args: &Args,
    ends: &Arc<Ends>,
    identity: &Identity,
    peer: &Peer,
    rows: &mut Vec<Row>,
) -> Result<()> {
    let under_test = UnderTest {
        name: peer.name,
        subject: &peer.subject,
        processes: &peer.processes(),
    };
    let verify = |xml: &str| verify_with_xmlsec1(xml, &peer.certificate, peer.signed);
    under_test
        .measure(args, ends, identity, &verify, rows)
        .await
}

struct UnderTest<'a> {
    name: &'a str,
    subject: &'a Subject,
    processes: &'a [u32],
}

impl UnderTest<'_> {
    async fn measure(
        &self,
        args: &Args,
        ends: &Arc<Ends>,
        identity: &Identity,
        verify: &dyn Fn(&str) -> Result<()>,
        rows: &mut Vec<Row>,
    ) -> Result<()> {
        let warm = Duration::from_secs(2);
        let first = run(ends, self.subject, Shape::Closed(2), warm).await?;
        ensure!(
            !first.latency.is_empty(),
            "{}: no login goes through: {}",
            self.name,
            first.first_failure.unwrap_or_default()
        );
        let time = Duration::from_secs(args.seconds);
        let mut reached = first.rate();
        for people in &args.in_flight {
            let row = self
                .one(ends, identity, Shape::Closed(*people), time)
                .await?;
            for xml in &row.outcome.sample {
                verify(xml).context(self.name.to_owned())?;
            }
            if *people == 8 {
                reached = row.outcome.rate();
            }
            rows.push(row);
        }
        for share in &args.shares {
            let shape = Shape::Open((reached * share).max(0.5));
            rows.push(self.one(ends, identity, shape, time).await?);
        }
        Ok(())
    }

    async fn one(
        &self,
        ends: &Arc<Ends>,
        identity: &Identity,
        shape: Shape,
        time: Duration,
    ) -> Result<Row> {
        let floor = floor::measure(identity)?;
        let before = host::usage(self.processes)?;
        let outcome = run(ends, self.subject, shape, time).await?;
        let after = host::usage(self.processes)?;
        let row = Row {
            subject: self.name.to_owned(),
            shape,
            cpu: after.cpu.saturating_sub(before.cpu),
            peak: after.peak,
            floor: floor.min(floor::measure(identity)?),
            outcome,
        };
        println!(
            "{}, {shape}: {:.0} logins/s, {} failed",
            self.name,
            row.outcome.rate(),
            row.outcome.failed
        );
        Ok(row)
    }
}

/// Where this crate's own files are.
pub(crate) fn here() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
