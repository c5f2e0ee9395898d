//! The tests of a build: their names, what each reaches, and running some of them with a mutant awake.

use std::{
    collections::BTreeMap,
    fs,
    io::{BufRead as _, BufReader},
    os::unix::process::CommandExt as _,
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, Stdio},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
        mpsc::{Receiver, channel},
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
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ended {
    /// All passed.
    Passed,
    /// This one failed; nameless where all ended at once. The others were not waited for.
    Failed(String),
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

/// Keeps what was traced for as long as the binary stays the same.
///
/// # Errors
/// The file can't be written.
pub fn keep(file: &Path, tests: &[Test]) -> Result<()> {
    let line = |test: &Test| {
        let reaches: Vec<String> = test.reaches.iter().map(ToString::to_string).collect();
        let took = test.took.as_micros();
        format!("{}\t{took}\t{}\n", test.name, reaches.join(" "))
    };
    Ok(fs::write(file, tests.iter().map(line).collect::<String>())?)
}

/// What was kept of exactly these tests of this binary, if it was traced since it was built. A
/// test that was left out then has no line, so that all are traced anew.
#[must_use]
pub fn kept(file: &Path, binary: &Path, names: &[String]) -> Option<Vec<Test>> {
    let made = |path: &Path| fs::metadata(path).ok()?.modified().ok();
    if made(file)? < made(binary)? {
        return None;
    }
    let text = fs::read_to_string(file).ok()?;
    let read = |line: &str| {
        let mut fields = line.split('\t');
        Some(Test {
            binary: binary.to_owned(),
            name: fields.next()?.to_owned(),
            took: Duration::from_micros(fields.next()?.parse().ok()?),
            reaches: (fields.next()?.split_ascii_whitespace())
                .map(|number| number.parse().ok())
                .collect::<Option<_>>()?,
        })
    };
    let tests: Vec<Test> = text.lines().map(read).collect::<Option<_>>()?;
    let same = tests.iter().map(|test| &test.name).eq(names);
    same.then_some(tests)
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
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .process_group(0)
        .spawn()?;
    let failures = failures(child.stdout.take());
    let end = now() + patience;
    loop {
        if let Ok(name) = failures.try_recv() {
            end_all(&mut child)?;
            return Ok(Ended::Failed(name));
        }
        if let Some(status) = child.try_wait()? {
            if status.success() {
                return Ok(Ended::Passed);
            }
            let name = failures.recv_timeout(Duration::from_millis(200));
            return Ok(Ended::Failed(name.unwrap_or_default()));
        }
        if now() > end {
            end_all(&mut child)?;
            return Ok(Ended::Late);
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// The names of the tests that fail, as soon as they do.
fn failures(stdout: Option<ChildStdout>) -> Receiver<String> {
    let (sender, receiver) = channel();
    // It ends with the pipe, which a test's own children may hold longer than the test.
    std::thread::spawn(move || {
        let lines = stdout
            .into_iter()
            .flat_map(|out| BufReader::new(out).lines());
        for line in lines.map_while(Result::ok) {
            let name = line
                .strip_prefix("test ")
                .and_then(|line| line.strip_suffix(" ... FAILED"));
            if name.is_some_and(|name| sender.send(name.to_owned()).is_err()) {
                return;
            }
        }
    });
    receiver
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
