//! Takes each check out, one at a time, and sees whether a test misses it.
//!
//! `plant` writes all mutants into a copy of the tree, asleep; after one build of it, `run` wakes
//! one after another and runs the tests that reach it, until one fails. It must never be used on
//! a tree that somebody ships: `scripts/mutants` makes the copy.

mod argued;
mod judge;
mod mutant;
mod plant;
mod points;
mod tests_of;

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, ensure};
use clap::Parser;

use argued::Argued;
use judge::{Run, caught_in, judge, traced};
use mutant::Mutant;
use plant::{Planted, plant};
use points::Kind;

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
        /// Those that may survive, each with its reason; none of them may be about nothing.
        #[arg(long)]
        argued: PathBuf,
        /// Files and folders in it.
        places: Vec<String>,
    },
    /// Wake one after another.
    Run(Waking),
}

#[derive(Parser)]
struct Waking {
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
    /// An earlier report: whom a test caught then is not woken again.
    #[arg(long)]
    earlier: Option<PathBuf>,
    /// Tests of a binary that are asked about one mutant at most; the nearest first.
    #[arg(long, default_value_t = 24)]
    most: usize,
    /// Tests at a time.
    #[arg(long, default_value_t = 2)]
    jobs: usize,
}

fn main() -> Result<()> {
    match Command::parse() {
        Command::Plant {
            tree,
            list,
            argued,
            places,
        } => planting(&tree, &list, &Argued::read(&argued)?, &places),
        Command::Run(waking) => wake(&waking),
    }
}

fn planting(tree: &Path, list: &Path, argued: &Argued, places: &[String]) -> Result<()> {
    let planted = plant(tree, places)?;
    let lines: String = planted.iter().map(line_of).collect();
    let stale = argued.stale(tree, places, &Mutant::all(&lines));
    ensure!(
        stale.is_empty(),
        "argued, and nothing is there:\n{}",
        stale.join("\n")
    );
    fs::write(list, lines)?;
    println!("{} places", planted.len());
    Ok(())
}

fn wake(waking: &Waking) -> Result<()> {
    let mutants = Mutant::all(&fs::read_to_string(&waking.list).context("plant first")?);
    let caught = match &waking.earlier {
        Some(earlier) => caught_in(&fs::read_to_string(earlier)?),
        None => BTreeSet::new(),
    };
    let run = Run {
        tree: &waking.tree,
        tests: traced(
            &waking.tree,
            &waking.binary,
            &waking.tests,
            waking.jobs,
            &waking.report,
        )?,
        argued: Argued::read(&waking.argued)?,
        caught,
        most: waking.most,
        jobs: waking.jobs,
    };
    let complaints = judge(&run, &mutants, &waking.report)?;
    ensure!(
        complaints == 0,
        "{complaints} mutants that every test misses, or arguments in vain"
    );
    Ok(())
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

#[cfg(test)]
mod tests {
    use super::*;

    /// What a campaign would refuse before it begins, said as soon as the code changes.
    #[test]
    fn every_argument_is_about_something_that_is_there() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let argued = Argued::read(&root.join("mutants/argued.tsv")).unwrap();
        let mut lines = String::new();
        for file in argued.files() {
            let source = fs::read_to_string(root.join(file)).unwrap_or_default();
            for point in points::points(&source).unwrap() {
                let file = file.to_owned();
                lines += &line_of(&Planted {
                    number: 0,
                    file,
                    point,
                });
            }
        }
        let stale = argued.stale(&root, &["src".to_owned()], &Mutant::all(&lines));
        assert!(stale.is_empty(), "{}", stale.join("\n"));
    }
}
