//! What is looked at from time to time: the process, its files, and the figures on the disk.

use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

use crate::host;

/// One look.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sample {
    /// Seconds since the begin.
    pub seconds: u64,
    /// Logins that went well so far.
    pub logins: u64,
    /// Memory, resident, in bytes.
    pub resident: u64,
    /// Open file descriptors.
    pub descriptors: u64,
    pub threads: u64,
    /// `journal.db` and what belongs to it, in bytes.
    pub journal: u64,
    /// `consumed.db` and what belongs to it, in bytes.
    pub consumed: u64,
}

/// Looks at one process.
pub struct Sampler {
    process: u32,
    store: PathBuf,
    begun: Instant,
}

impl Sampler {
    pub fn new(process: u32, folder: &Path, begun: Instant) -> Self {
        let store = folder.join("store");
        Self {
            process,
            store,
            begun,
        }
    }

    pub fn take(&self, logins: u64) -> Result<Sample> {
        let entries = |what: &str| -> Result<u64> {
            let path = format!("/proc/{}/{what}", self.process);
            Ok(fs::read_dir(&path).context(path)?.count() as u64)
        };
        Ok(Sample {
            seconds: self.begun.elapsed().as_secs(),
            logins,
            resident: host::usage(&[self.process])?.resident,
            descriptors: entries("fd")?,
            threads: entries("task")?,
            journal: self.bytes_of("journal.db")?,
            consumed: self.bytes_of("consumed.db")?,
        })
    }

    /// The file of that name with its `-wal` and `-shm`.
    fn bytes_of(&self, name: &str) -> Result<u64> {
        let entries = fs::read_dir(&self.store).context("the store's folder")?;
        let mut bytes = 0;
        for entry in entries.filter_map(std::result::Result::ok) {
            if entry.file_name().to_string_lossy().starts_with(name) {
                bytes += entry.metadata().map_or(0, |metadata| metadata.len());
            }
        }
        Ok(bytes)
    }
}

/// The samples as a table of comma-separated values.
pub fn csv(samples: &[Sample]) -> String {
    let mut text = String::from(
        "seconds,logins,resident_bytes,descriptors,threads,journal_bytes,consumed_bytes\n",
    );
    for one in samples {
        let _ = writeln!(
            text,
            "{},{},{},{},{},{},{}",
            one.seconds,
            one.logins,
            one.resident,
            one.descriptors,
            one.threads,
            one.journal,
            one.consumed
        );
    }
    text
}

/// What the administrator's address answers to a GET.
pub async fn get(admin: u16, path: &str) -> Result<String> {
    let asked = async {
        let mut stream = TcpStream::connect(("127.0.0.1", admin)).await?;
        let request =
            format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await?;
        anyhow::Ok(answer)
    };
    let answer = timeout(Duration::from_secs(10), asked).await??;
    ensure!(answer.starts_with("HTTP/1.1 200"), "{path}: {answer}");
    Ok(answer)
}
