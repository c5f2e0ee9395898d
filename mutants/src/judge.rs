//! Wakes one mutant after another and asks the tests that reach it. What it reports must never be
//! better than what was seen: a mutant that an earlier report has as caught is counted apart.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::{self, File},
    io::Write as _,
    path::Path,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use anyhow::{Result, anyhow};

use crate::{
    argued::Argued,
    mutant::{Mutant, Name, named},
    tests_of::{self, Ended, Test},
};

/// Tests in one process.
const AT_ONCE: usize = 8;

/// What a run needs to know.
pub struct Run<'a> {
    /// The copy.
    pub tree: &'a Path,
    /// Tests of each binary, the quickest binary first.
    pub tests: Vec<Vec<Test>>,
    /// Those that may survive.
    pub argued: Argued,
    /// Those that an earlier report has as caught: not woken again.
    pub caught: BTreeSet<Name>,
    /// Tests of each binary that are asked about one mutant at most; the nearest first.
    pub most: usize,
    /// Tests at a time.
    pub jobs: usize,
}

/// What became of a mutant, by the word that the report has for it.
const CAUGHT: [&str; 3] = ["killed", "late", "earlier"];
const MISSED: [&str; 2] = ["survived", "unreached"];

/// The names of those that a report has as caught by a test.
#[must_use]
pub fn caught_in(report: &str) -> BTreeSet<Name> {
    let mut all: Vec<(bool, Mutant)> = report
        .lines()
        .filter_map(|line| {
            let mut fields = line.split('\t');
            let state = fields.next()?;
            let (number, value) = fields.next()?.split_once(':')?;
            let mutant = Mutant {
                number: number.parse().ok()?,
                value: value.to_owned(),
                place: fields.next()?.to_owned(),
                function: fields.next()?.to_owned(),
                text: fields.next()?.to_owned(),
            };
            Some((CAUGHT.contains(&state), mutant))
        })
        .collect();
    all.sort_by_key(|(_, mutant)| mutant.number);
    let caught: Vec<bool> = all.iter().map(|(caught, _)| *caught).collect();
    named(all.iter().map(|(_, mutant)| mutant))
        .into_iter()
        .zip(caught)
        .filter_map(|((name, _), caught)| caught.then_some(name))
        .collect()
}

/// Wakes every mutant, writes the report line by line, and prints what survived. Answers with how
/// many complaints there are: mutants that are missed, and arguments that are not needed.
///
/// # Errors
/// A test can't be started, or the report can't be written.
pub fn judge(run: &Run<'_>, mutants: &[Mutant], report: &Path) -> Result<usize> {
    let all = named(mutants);
    let file = Mutex::new(File::create(report)?);
    let ends = Mutex::new(Vec::new());
    let next = AtomicUsize::new(0);
    let catchers = Catchers::default();
    let work = || -> Result<()> {
        while let Some((name, mutant)) = all.get(next.fetch_add(1, Ordering::Relaxed)) {
            let (mut state, by) = if run.caught.contains(name) {
                ("earlier", String::new())
            } else {
                one(run, mutant, &catchers)?
            };
            if MISSED.contains(&state) && run.argued.has(mutant) {
                state = "argued";
            }
            let Mutant {
                place,
                function,
                text,
                value,
                ..
            } = mutant;
            let awake = mutant.awake();
            writeln!(
                held(&file),
                "{state}\t{awake}\t{place}\t{function}\t{text}\t{by}"
            )?;
            if MISSED.contains(&state) {
                println!("{state}\t{place}\t{function}\t{text} => {value}");
            }
            held(&ends).push((state, *mutant));
        }
        Ok(())
    };
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..run.jobs).map(|_| scope.spawn(work)).collect();
        workers.into_iter().try_for_each(|worker| {
            worker
                .join()
                .unwrap_or_else(|_| Err(anyhow!("a worker panicked")))
        })
    })?;
    let ends = ends.into_inner().unwrap_or_else(PoisonError::into_inner);
    Ok(conclude(run, &ends))
}

/// Prints the numbers, and counts the complaints.
fn conclude(run: &Run<'_>, ends: &[(&'static str, &Mutant)]) -> usize {
    let places: BTreeSet<usize> = ends.iter().map(|(_, mutant)| mutant.number).collect();
    println!("{} mutants of {} places", ends.len(), places.len());
    let mut counts = BTreeMap::<&str, usize>::new();
    for (state, _) in ends {
        *counts.entry(state).or_default() += 1;
    }
    for (state, count) in &counts {
        println!("{count} {state}");
    }
    let of = |states: &[&str]| -> Vec<&Mutant> {
        ends.iter()
            .filter(|(state, _)| states.contains(state))
            .map(|(_, mutant)| *mutant)
            .collect()
    };
    let vain = run.argued.in_vain(&of(&CAUGHT), &of(&["argued"]));
    for argument in &vain {
        println!("argued in vain, a test catches it\t{argument}");
    }
    of(&MISSED).len() + vain.len()
}

/// What became of one mutant, and which test said so.
fn one(run: &Run<'_>, mutant: &Mutant, catchers: &Catchers) -> Result<(&'static str, String)> {
    let mut reached = false;
    for of_binary in &run.tests {
        let mut near: Vec<&Test> = of_binary
            .iter()
            .filter(|test| test.reaches.binary_search(&mutant.number).is_ok())
            .collect();
        // Whoever has caught something here may do so again; whoever reaches little is about this.
        near.sort_by_cached_key(|test| (catchers.order(test, mutant), test.reaches.len()));
        near.truncate(run.most);
        // Of these, whoever is quick is asked first.
        near.sort_by_cached_key(|test| (catchers.order(test, mutant), test.took));
        reached |= !near.is_empty();
        let (mut rest, mut count) = (&near[..], 1);
        while !rest.is_empty() {
            let (some, later) = rest.split_at(count.min(rest.len()));
            match tests_of::with_mutant(some, run.tree, &mutant.awake())? {
                Ended::Passed => {}
                Ended::Failed(name) => {
                    catchers.add(&name, mutant);
                    return Ok(("killed", name));
                }
                Ended::Late => {
                    let names: Vec<&str> = some.iter().map(|test| test.name.as_str()).collect();
                    return Ok(("late", names.join(" ")));
                }
            }
            (rest, count) = (later, (count * 2).min(AT_ONCE));
        }
    }
    let state = if reached { "survived" } else { "unreached" };
    Ok((state, String::new()))
}

/// Which tests have caught a mutant, and where.
#[derive(Default)]
struct Catchers(Mutex<BTreeSet<(String, String, String)>>);

impl Catchers {
    fn add(&self, test: &str, mutant: &Mutant) {
        let [file, function] = [mutant.file(), &mutant.function].map(str::to_owned);
        held(&self.0).insert((test.to_owned(), file.clone(), function));
        held(&self.0).insert((test.to_owned(), file, String::new()));
    }

    /// First who caught one in the same function, then in the same file, then everybody else.
    fn order(&self, test: &Test, mutant: &Mutant) -> usize {
        let has = |function: &str| {
            let key = [&test.name, mutant.file(), function].map(str::to_owned);
            held(&self.0).contains(&key.into())
        };
        if has(&mutant.function) {
            return 0;
        }
        if has("") { 1 } else { 2 }
    }
}

/// Every test with what it reaches, in the order of the binaries.
///
/// # Errors
/// A binary can't be asked for its tests, or one of them can't be started.
pub fn traced(
    tree: &Path,
    binaries: &[std::path::PathBuf],
    prefixes: &[String],
    jobs: usize,
    report: &Path,
) -> Result<Vec<Vec<Test>>> {
    let scratch = report.with_extension("traces");
    fs::create_dir_all(&scratch)?;
    binaries
        .iter()
        .map(|binary| {
            let names = tests_of::names(binary, tree, prefixes)?;
            let kept = scratch.join(binary.file_name().unwrap_or_default());
            let tests = match tests_of::kept(&kept, binary, &names) {
                Some(tests) => tests,
                None => tests_of::trace(binary, tree, &names, jobs, &scratch)?,
            };
            tests_of::keep(&kept, &tests)?;
            let (traced, all) = (tests.len(), names.len());
            println!("{}: {traced} of {all} tests", binary.display());
            Ok(tests)
        })
        .collect()
}

fn held<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_report_has_as_caught_is_known_again_by_its_name() {
        let report = "survived\t9:true\ta.rs:7\tf\tx == 1\t\nkilled\t4:true\ta.rs:3\tf\tx == 1\tt::a\nargued\t4:false\ta.rs:3\tf\tx == 1\t\n";
        let caught = caught_in(report);
        let now = Mutant::all("0\ttrue false\ta.rs:1\tf\tx == 1\n1\ttrue\ta.rs:2\tf\tx == 1\n");
        let known: Vec<(usize, &str)> = named(&now)
            .into_iter()
            .filter(|(name, _)| caught.contains(name))
            .map(|(_, mutant)| (mutant.number, mutant.value.as_str()))
            .collect();
        assert_eq!(known, [(0, "true")]);
    }
}
