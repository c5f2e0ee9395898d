//! What the operating system says of the processes under test: CPU time and memory.

use std::{fs, time::Duration};

use anyhow::{Context, Result};

/// Clock ticks of `/proc/PID/stat` a second; Linux shows user space 100 whatever it runs at.
const TICKS: u64 = 100;

/// CPU time and memory of a tree of processes.
#[derive(Debug, Clone, Copy, Default)]
pub struct Usage {
    /// Used so far, children that have ended included.
    pub cpu: Duration,
    /// The most that each process ever had resident, added up, in bytes.
    pub peak: u64,
    /// Resident now, in bytes.
    pub resident: u64,
}

/// Of `roots` and everything below them.
pub fn usage(roots: &[u32]) -> Result<Usage> {
    let all = processes()?;
    let mut open: Vec<u32> = roots.to_vec();
    let mut total = Usage::default();
    while let Some(process) = open.pop() {
        open.extend(
            all.iter()
                .filter(|one| one.parent == process)
                .map(|one| one.id),
        );
        let Some(one) = all.iter().find(|one| one.id == process) else {
            continue;
        };
        total.cpu += one.cpu;
        let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
        total.peak += kilobytes(&status, "VmHWM:");
        total.resident += kilobytes(&status, "VmRSS:");
    }
    Ok(total)
}

struct Process {
    id: u32,
    parent: u32,
    cpu: Duration,
}

fn processes() -> Result<Vec<Process>> {
    let entries = fs::read_dir("/proc").context("/proc")?;
    Ok(entries
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .filter_map(read)
        .collect())
}

fn read(id: u32) -> Option<Process> {
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    // The name, in parentheses, may hold anything; what counts stands behind it.
    let (_, rest) = stat.rsplit_once(')')?;
    let fields: Vec<&str> = rest.split_whitespace().collect();
    let number = |place: usize| fields.get(place)?.parse::<u64>().ok();
    // proc(5): utime, stime, cutime and cstime are fields 14 to 17 of the whole line.
    let ticks = number(11)? + number(12)? + number(13)? + number(14)?;
    Some(Process {
        id,
        parent: u32::try_from(number(1)?).ok()?,
        cpu: Duration::from_millis(ticks * 1_000 / TICKS),
    })
}

fn kilobytes(status: &str, name: &str) -> u64 {
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    let number = line.and_then(|rest| rest.split_whitespace().next());
    number
        .and_then(|text| text.parse::<u64>().ok())
        .unwrap_or(0)
        * 1024
}
