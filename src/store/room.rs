//! How much may still be written.

use std::{io, path::Path};

/// How many bytes may still be written to the file system that `path` is on.
///
/// # Errors
/// What the operating system says, such as that there is no such path.
pub fn room(path: &Path) -> io::Result<u64> {
    let told = rustix::fs::statvfs(path)?;
    Ok(told.f_bavail.saturating_mul(told.f_frsize))
}
