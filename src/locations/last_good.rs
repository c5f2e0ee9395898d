//! The last known good list on disk: a restart without Twilio still knows the names.

use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, Read, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
    sync::Arc,
};

use serde::{Deserialize, Serialize};

use super::{Snapshot, State, oddity::Oddity};
use crate::{
    clock::Timestamp,
    identity::{DefinedLocations, FlexName, Location},
};

/// The largest file that is read, in bytes: what the largest list can come to.
const LARGEST: u64 = 64 * 1024 * 1024;

/// The form of the file; another number is another program's.
const VERSION: u32 = 1;

/// The file as written. `locations` has Flex's own form, so that the file can
/// serve as a `{ from = "file" }` too.
#[derive(Serialize, Deserialize)]
struct Written {
    version: u32,
    account_sid: String,
    source: String,
    fetched_at: Timestamp,
    locations: Vec<Entry>,
    #[serde(default)]
    oddities: Vec<Oddity>,
    #[serde(default)]
    more_oddities: usize,
}

#[derive(Serialize, Deserialize)]
struct Entry {
    name: String,
    edge: Vec<String>,
}

/// Why the file was left aside.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unusable {
    /// It can't be read.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// It is too large, or damaged.
    #[error("it is damaged: {0}")]
    Damaged(String),
    /// It is of another account or another source.
    #[error("it belongs to {0}")]
    Other(String),
}

/// The place of one Flex account's list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct LastGood {
    directory: PathBuf,
    flex: FlexName,
    account_sid: String,
    source: String,
}

impl LastGood {
    /// `store` is the store's directory; the file is `locations/{flex}.json` in it.
    pub(super) fn new(store: &Path, flex: &FlexName, account_sid: &str, source: String) -> Self {
        Self {
            directory: store.join("locations"),
            flex: flex.clone(),
            account_sid: account_sid.to_owned(),
            source,
        }
    }

    pub(super) fn path(&self) -> PathBuf {
        self.directory.join(format!("{}.json", self.flex))
    }

    /// What the disk tells; a copy that can't be used is left aside, and said to be.
    pub(super) fn state(&self) -> State {
        let (snapshot, disk_problem) = match self.read() {
            Ok(snapshot) => (snapshot.map(Arc::new), None),
            Err(cause) => {
                let problem = format!("{} is left aside: {cause}", self.path().display());
                tracing::warn!(flex = self.flex.as_str(), %problem, "the last known good list of locations can't be used");
                (None, Some(problem))
            }
        };
        State {
            snapshot,
            failure: None,
            disk_problem,
        }
    }

    /// Reads the list; `None` when none was ever kept.
    pub(super) fn read(&self) -> Result<Option<Snapshot>, Unusable> {
        let file = match File::open(self.path()) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let mut bytes = Vec::new();
        file.take(LARGEST + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > LARGEST {
            return Err(Unusable::Damaged("it is larger than 64 MiB".to_owned()));
        }
        let written: Written =
            serde_json::from_slice(&bytes).map_err(|error| Unusable::Damaged(error.to_string()))?;
        self.check(&written)?;
        let locations = written.locations.into_iter().map(|entry| Location {
            name: entry.name,
            edges: entry.edge,
        });
        Ok(Some(Snapshot {
            locations: DefinedLocations::new(locations).into(),
            fetched_at: written.fetched_at,
            source: written.source,
            oddities: written.oddities,
            more_oddities: written.more_oddities,
        }))
    }

    fn check(&self, written: &Written) -> Result<(), Unusable> {
        if written.version != VERSION {
            let other = format!("another version of this program ({})", written.version);
            return Err(Unusable::Other(other));
        }
        if written.account_sid != self.account_sid {
            return Err(Unusable::Other("another account".to_owned()));
        }
        if written.source != self.source {
            // Whoever changed the source did so because the other one was wrong.
            return Err(Unusable::Other("another source".to_owned()));
        }
        Ok(())
    }

    /// Keeps the list: whole or not at all, and on the disk when this returns.
    pub(super) fn write(&self, snapshot: &Snapshot) -> io::Result<()> {
        let entries = snapshot.locations.iter().map(|location| Entry {
            name: location.name.clone(),
            edge: location.edges.clone(),
        });
        let bytes = serde_json::to_vec_pretty(&Written {
            version: VERSION,
            account_sid: self.account_sid.clone(),
            source: self.source.clone(),
            fetched_at: snapshot.fetched_at,
            locations: entries.collect(),
            oddities: snapshot.oddities.clone(),
            more_oddities: snapshot.more_oddities,
        })?;
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&self.directory)?;
        fs::set_permissions(&self.directory, fs::Permissions::from_mode(0o700))?;
        // The process ID keeps two bridges on one directory from sharing a half-written file.
        let name = format!(".{}.{}.new", self.flex, std::process::id());
        let fresh = self.directory.join(name);
        let done = write_whole(&fresh, &bytes)
            .and_then(|()| fs::rename(&fresh, self.path()))
            .and_then(|()| File::open(&self.directory)?.sync_all());
        if done.is_err() {
            // Already failed; what is left over is overwritten the next time.
            let _ = fs::remove_file(&fresh);
        }
        done
    }
}

fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path)?;
    // One left over by a crash may have been made with other permissions.
    file.set_permissions(fs::Permissions::from_mode(0o600))?;
    file.write_all(bytes)?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::locations::parse;
    use serde_json::json;

    fn place(store: &Path, account_sid: &str, source: &str) -> LastGood {
        let flex = "production".parse().unwrap();
        LastGood::new(store, &flex, account_sid, source.to_owned())
    }

    fn snapshot() -> Snapshot {
        let parsed =
            parse(&json!([{ "name": "東京", "edge": "tokyo" }, { "name": " A" }])).unwrap();
        Snapshot {
            locations: DefinedLocations::new(parsed.locations).into(),
            fetched_at: "2026-01-02T03:04:05Z".parse().unwrap(),
            source: "Twilio".to_owned(),
            oddities: parsed.oddities,
            more_oddities: 0,
        }
    }

    #[test]
    fn what_was_written_is_read() {
        let store = tempfile::tempdir().unwrap();
        let place = place(store.path(), "AC1", "Twilio");
        assert!(place.read().unwrap().is_none());
        for _ in 0..2 {
            place.write(&snapshot()).unwrap();
            let read = place.read().unwrap().unwrap();
            assert!(read.locations.iter().eq(snapshot().locations.iter()));
            assert_eq!(read.fetched_at, snapshot().fetched_at);
            assert_eq!(read.oddities, snapshot().oddities);
        }
        let left: Vec<_> = fs::read_dir(store.path().join("locations"))
            .unwrap()
            .collect();
        assert_eq!(left.len(), 1, "nothing half-made is left: {left:?}");
        let document = fs::read(place.path()).unwrap();
        let again = parse(&serde_json::from_slice(&document).unwrap()).unwrap();
        assert_eq!(again.locations.len(), 2, "the file serves as a source too");
    }

    #[test]
    fn nobody_else_may_read_it() {
        let store = tempfile::tempdir().unwrap();
        let directory = store.path().join("locations");
        fs::create_dir(&directory).unwrap();
        fs::set_permissions(&directory, fs::Permissions::from_mode(0o777)).unwrap();
        let place = place(store.path(), "AC1", "Twilio");
        place.write(&snapshot()).unwrap();
        for (path, mode) in [(&directory, 0o700), (&place.path(), 0o600)] {
            let seen = fs::metadata(path).unwrap().permissions();
            assert_eq!(seen.mode() & 0o777, mode, "{}", path.display());
        }
    }

    #[test]
    fn anothers_file_and_a_damaged_one_are_left_aside() {
        let store = tempfile::tempdir().unwrap();
        let mine = place(store.path(), "AC1", "Twilio");
        mine.write(&snapshot()).unwrap();
        for other in [
            place(store.path(), "AC2", "Twilio"),
            place(store.path(), "AC1", "file x.json"),
        ] {
            assert!(matches!(other.read(), Err(Unusable::Other(_))));
        }
        let whole = fs::read(mine.path()).unwrap();
        let newer = String::from_utf8(whole.clone()).unwrap();
        let newer = newer.replace("\"version\": 1", "\"version\": 2");
        for damaged in [&whole[..whole.len() / 2], b"", b"{}", newer.as_bytes()] {
            fs::write(mine.path(), damaged).unwrap();
            assert!(mine.read().is_err(), "{damaged:?}");
        }
    }

    #[test]
    fn a_failed_write_leaves_the_old_list() {
        let store = tempfile::tempdir().unwrap();
        let place = place(store.path(), "AC1", "Twilio");
        fs::create_dir_all(place.path().join("in the way")).unwrap();
        assert!(place.write(&snapshot()).is_err());
        let left: Vec<_> = fs::read_dir(store.path().join("locations"))
            .unwrap()
            .collect();
        assert_eq!(left.len(), 1, "nothing half-made is left: {left:?}");
    }
}
