//! The tests of a build: their names, what each reaches, and running some of them with a mutant awake.

use std::{
    collections::BTreeMap,
    fs,
    os::unix::process::CommandExt as _,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, anyhow};

/// Longest that tests may take with a mutant awake, beyond five times what they take without.
const PATIENCE: Duration = Duration::from_mins(1);

/// One test.
#[derive(Debug, Clone)]
pub struct Test {
    /// The binary it is in.
    pub binary: PathBuf,
    /// Its name there.
    pub name: String,
    /// How long it took.
    pub took: Duration,
    /// The points it reaches.
    pub reaches: Vec<usize>,
}

/// What became of the tests that were run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// All passed.
    Passed,
    /// One failed.
    Failed,
    /// They did not end in time.
    Late,
}

/// The names of the tests in a binary that begin with one of `prefixes`.
///
/// # Errors
/// The binary does not list its tests.
pub fn names(binary: &Path, tree: &Path, prefixes: &[String]) -> Result<Vec<String>> {
    let output = Command::new(binary)
        .args(["--list", "--format", "terse"])
        .current_dir(tree)
        .output()
        .with_context(|| binary.display().to_string())?;
    Ok(String::from_utf8_lossy(&output.stdout)
        .lines()
        .filter_map(|line| line.strip_suffix(": test"))
        .filter(|name| {
            prefixes.is_empty() || prefixes.iter().any(|prefix| name.starts_with(prefix))
        })
        .map(str::to_owned)
        .collect())
}

/// Runs each test once alone, `jobs` at a time; one that fails with no mutant awake is left out.
///
/// # Errors
/// A test can't be started, or its trace can't be read.
pub fn trace(
    binary: &Path,
    tree: &Path,
    names: &[String],
    jobs: usize,
    scratch: &Path,
) -> Result<Vec<Test>> {
    let next = AtomicUsize::new(0);
    let found = Mutex::new(BTreeMap::new());
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..jobs)
            .map(|worker| {
                let (next, found) = (&next, &found);
                scope.spawn(move || -> Result<()> {
                    loop {
                        let index = next.fetch_add(1, Ordering::Relaxed);
                        let Some(name) = names.get(index) else {
                            return Ok(());
                        };
                        let file = scratch.join(format!("trace-{worker}"));
                        let _ = fs::remove_file(&file);
                        let began = now();
                        let path = file.display().to_string();
                        let variables = [("FLEXBRIDGE_MUTANT_TRACE", path.as_str())];
                        let ended = run(binary, tree, &[name.as_str()], &variables, PATIENCE * 4)?;
                        if ended != Ended::Passed {
                            eprintln!("left out, fails by itself: {name}");
                            continue;
                        }
                        let trace = fs::read_to_string(&file).unwrap_or_default();
                        let mut reaches: Vec<usize> =
                            trace.lines().filter_map(|line| line.parse().ok()).collect();
                        reaches.sort_unstable();
                        reaches.dedup();
                        let test = Test {
                            binary: binary.to_owned(),
                            name: name.clone(),
                            took: began.elapsed(),
                            reaches,
                        };
                        found
                            .lock()
                            .unwrap_or_else(PoisonError::into_inner)
                            .insert(index, test);
                    }
                })
            })
            .collect();
        workers.into_iter().try_for_each(|worker| {
            worker
                .join()
                .unwrap_or_else(|_| Err(anyhow!("a worker panicked")))
        })
    })?;
    Ok(found
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner)
        .into_values()
        .collect())
}

/// Whether these tests, all of one binary, miss the check that `mutant` (`number:value`) takes out.
///
/// # Errors
/// They can't be started.
pub fn with_mutant(tests: &[&Test], tree: &Path, mutant: &str) -> Result<Ended> {
    let Some(first) = tests.first() else {
        return Ok(Ended::Passed);
    };
    let names: Vec<&str> = tests.iter().map(|test| test.name.as_str()).collect();
    let usual: Duration = tests.iter().map(|test| test.took).sum();
    run(
        &first.binary,
        tree,
        &names,
        &[("FLEXBRIDGE_MUTANT", mutant)],
        usual * 5 + PATIENCE,
    )
}

fn run(
    binary: &Path,
    tree: &Path,
    names: &[&str],
    variables: &[(&str, &str)],
    patience: Duration,
) -> Result<Ended> {
    let mut child = Command::new(binary)
        .arg("--exact")
        .args(names)
        .arg("--test-threads=2")
        .envs(variables.iter().copied())
        .env("FLEXBRIDGE_REQUIRE_PEERS", "1")
        .current_dir(tree)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .process_group(0)
        .spawn()?;
    let end = now() + patience;
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(if status.success() {
                Ended::Passed
            } else {
                Ended::Failed
            });
        }
        if now() > end {
            end_all(&mut child)?;
            return Ok(Ended::Late);
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "how long a test takes is nobody's but this tool's"
)]
fn now() -> Instant {
    Instant::now()
}

/// Ends the test and what it started.
fn end_all(child: &mut Child) -> Result<()> {
    Command::new("kill")
        .args(["-KILL", "--", &format!("-{}", child.id())])
        .status()?;
    child.wait()?;
    Ok(())
}
