//! Takes each check out, one at a time, and sees whether a test misses it.
//!
//! `plant` writes all mutants into a copy of the tree, asleep; after one build of it, `run` wakes
//! one after another and runs the tests that reach it, until one fails. It must never be used on
//! a tree that somebody ships: `scripts/mutants` makes the copy.

mod plant;
mod points;
mod tests_of;

use std::{
    collections::BTreeMap,
    fs,
    io::Write as _,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};
use clap::Parser;

use plant::{Planted, plant};
use points::Kind;
use tests_of::{Ended, Test};

/// Tests that are asked about one mutant at most; the nearest first.
const MOST_TESTS: usize = 24;
/// Tests in one process.
const AT_ONCE: usize = 8;

#[derive(Parser)]
enum Command {
    /// Plant mutants into the copy of a tree.
    Plant {
        /// The copy; it is changed.
        #[arg(long)]
        tree: PathBuf,
        /// Where to write which mutant is what.
        #[arg(long)]
        list: PathBuf,
        /// Files and folders in it.
        places: Vec<String>,
    },
    /// Wake one after another.
    Run {
        /// The copy.
        #[arg(long)]
        tree: PathBuf,
        /// What `plant` wrote.
        #[arg(long)]
        list: PathBuf,
        /// Test binaries, the quickest first.
        #[arg(long, required = true)]
        binary: Vec<PathBuf>,
        /// Tests by the beginning of their names; all where none is given.
        #[arg(long)]
        tests: Vec<String>,
        /// Those that may survive, each with its reason.
        #[arg(long)]
        argued: PathBuf,
        /// Where to write what became of each.
        #[arg(long)]
        report: PathBuf,
        /// The first mutant's number, where a run was broken off.
        #[arg(long, default_value_t = 0)]
        from: usize,
        /// Tests at a time.
        #[arg(long, default_value_t = 2)]
        jobs: usize,
    },
}

fn main() -> Result<()> {
    match Command::parse() {
        Command::Plant { tree, list, places } => {
            let planted = plant(&tree, &places)?;
            fs::write(&list, planted.iter().map(line_of).collect::<String>())?;
            println!("{} places", planted.len());
            Ok(())
        }
        Command::Run {
            tree,
            list,
            binary,
            tests,
            argued,
            report,
            from,
            jobs,
        } => {
            let list = fs::read_to_string(&list).context("plant first")?;
            let mutants: Vec<Mutant> = list
                .lines()
                .filter_map(Mutant::read)
                .filter(|mutant| mutant.number >= from)
                .collect();
            let tests = traced(&tree, &binary, &tests, jobs, &report)?;
            let argued = fs::read_to_string(&argued)?;
            let missed = judge(&tree, &mutants, &tests, &argued, jobs, &report)?;
            anyhow::ensure!(missed == 0, "{missed} mutants are missed by every test");
            Ok(())
        }
    }
}

fn line_of(planted: &Planted) -> String {
    let values = match planted.point.kind {
        Kind::Check => "true",
        Kind::Condition | Kind::Answer => "true false",
    };
    let point = &planted.point;
    format!(
        "{}\t{values}\t{}:{}\t{}\t{}\n",
        planted.number, planted.file, point.line, point.function, point.text
    )
}

/// A mutant as the list has it.
struct Mutant {
    number: usize,
    values: Vec<String>,
    place: String,
    function: String,
    text: String,
}

impl Mutant {
    fn read(line: &str) -> Option<Self> {
        let mut fields = line.splitn(5, '\t');
        Some(Self {
            number: fields.next()?.parse().ok()?,
            values: fields.next()?.split(' ').map(str::to_owned).collect(),
            place: fields.next()?.to_owned(),
            function: fields.next()?.to_owned(),
            text: fields.next()?.to_owned(),
        })
    }

    /// Whether the list of reasons has it: file, function, value, text and reason, by tabs. Lines
    /// move, so they don't count.
    fn is_argued(&self, value: &str, argued: &str) -> bool {
        let file = self.place.split(':').next().unwrap_or_default();
        let start = format!("{file}\t{}\t{value}\t{}\t", self.function, self.text);
        argued.lines().any(|line| line.starts_with(&start))
    }
}

/// Every test with what it reaches, in the order of the binaries.
fn traced(
    tree: &Path,
    binaries: &[PathBuf],
    prefixes: &[String],
    jobs: usize,
    report: &Path,
) -> Result<Vec<Vec<Test>>> {
    let scratch = report.with_extension("traces");
    binaries
        .iter()
        .map(|binary| {
            let names = tests_of::names(binary, tree, prefixes)?;
            let tests = tests_of::trace(binary, tree, &names, jobs, &scratch)?;
            eprintln!(
                "{}: {} of {} tests",
                binary.display(),
                tests.len(),
                names.len()
            );
            Ok(tests)
        })
        .collect()
}

/// Wakes every mutant, writes the report line by line, and prints what survived.
fn judge(
    tree: &Path,
    mutants: &[Mutant],
    tests: &[Vec<Test>],
    argued: &str,
    jobs: usize,
    report: &Path,
) -> Result<usize> {
    let file = std::sync::Mutex::new(fs::File::create(report)?);
    let counts = std::sync::Mutex::new(BTreeMap::<&str, usize>::new());
    let next = std::sync::atomic::AtomicUsize::new(0);
    let all: Vec<(&Mutant, &str)> = mutants
        .iter()
        .flat_map(|mutant| {
            mutant
                .values
                .iter()
                .map(move |value| (mutant, value.as_str()))
        })
        .collect();
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..jobs)
            .map(|_| {
                let (file, counts, next, all) = (&file, &counts, &next, &all);
                scope.spawn(move || -> Result<()> {
                    loop {
                        let index = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                        let Some((mutant, value)) = all.get(index) else {
                            return Ok(());
                        };
                        let (mut state, by) = one(tree, mutant, value, tests)?;
                        let missed = matches!(state, "survived" | "unreached");
                        if missed && mutant.is_argued(value, argued) {
                            state = "argued";
                        }
                        *counts
                            .lock()
                            .expect("no thread panics")
                            .entry(state)
                            .or_default() += 1;
                        let Mutant {
                            number,
                            place,
                            function,
                            text,
                            ..
                        } = mutant;
                        let line = format!(
                            "{state}\t{number}:{value}\t{place}\t{function}\t{text}\t{by}\n"
                        );
                        file.lock()
                            .expect("no thread panics")
                            .write_all(line.as_bytes())?;
                        if matches!(state, "survived" | "unreached") {
                            println!("{state}\t{place}\t{function}\t{text} => {value}");
                        }
                    }
                })
            })
            .collect();
        workers
            .into_iter()
            .try_for_each(|worker| worker.join().expect("no thread panics"))
    })?;
    let counts = counts.into_inner().expect("no thread panics");
    for (state, count) in &counts {
        println!("{count} {state}");
    }
    Ok(["survived", "unreached"]
        .iter()
        .filter_map(|state| counts.get(state))
        .sum())
}

/// What became of one mutant, and which tests said so.
fn one(
    tree: &Path,
    mutant: &Mutant,
    value: &str,
    tests: &[Vec<Test>],
) -> Result<(&'static str, String)> {
    let awake = format!("{}:{value}", mutant.number);
    let mut reached = false;
    for of_binary in tests {
        let mut near: Vec<&Test> = of_binary
            .iter()
            .filter(|test| test.reaches.binary_search(&mutant.number).is_ok())
            .collect();
        // Whoever reaches little is about this; whoever is quick is asked first.
        near.sort_by_key(|test| (test.reaches.len(), test.took));
        near.truncate(MOST_TESTS);
        reached |= !near.is_empty();
        for some in near.chunks(AT_ONCE) {
            let by = || {
                some.iter()
                    .map(|test| test.name.as_str())
                    .collect::<Vec<_>>()
                    .join(" ")
            };
            match tests_of::with_mutant(some, tree, &awake)? {
                Ended::Passed => {}
                Ended::Failed => return Ok(("killed", by())),
                Ended::Late => return Ok(("late", by())),
            }
        }
    }
    Ok((
        if reached { "survived" } else { "unreached" },
        String::new(),
    ))
}
