//! The last known good metadata on disk: a restart without the identity
//! provider's web server still knows whom to trust.
//!
//! `{idp}.xml` holds the text as it was read, `{idp}.json` where it came from.

use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, Read, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
    sync::Arc,
};

use serde::{Deserialize, Serialize};

use super::{Snapshot, State};
use crate::{
    clock::Timestamp,
    identity::IdpName,
    saml::metadata::{IdpMetadata, MetadataError, Wanted},
    telemetry::fields,
};

/// The largest text that is read, in bytes: what the largest source may give.
const LARGEST_TEXT: u64 = 4 * 1024 * 1024;

/// The largest note that is read, in bytes.
const LARGEST_NOTE: u64 = 64 * 1024;

/// The form of the note; another number is another program's.
const VERSION: u32 = 1;

/// What stands beside the text.
#[derive(Serialize, Deserialize)]
struct Note {
    version: u32,
    source: String,
    fetched_at: Timestamp,
    entity_id: String,
}

/// Why the copy was left aside.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unusable {
    /// It can't be read.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// It is too large, or damaged.
    #[error("it is damaged: {0}")]
    Damaged(String),
    /// It is of another source, or another program's.
    #[error("it came from {0}")]
    Other(&'static str),
}

impl From<MetadataError> for Unusable {
    fn from(error: MetadataError) -> Self {
        Self::Damaged(error.to_string())
    }
}

/// The place of one identity provider's copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct LastGood {
    directory: PathBuf,
    idp: IdpName,
    source: String,
    wanted: Arc<Wanted>,
}

impl LastGood {
    /// `store` is the store's directory; `source` is the whole source, as
    /// [`super::Source::identify`] has it.
    pub(super) fn new(store: &Path, idp: &IdpName, source: String, wanted: Arc<Wanted>) -> Self {
        Self {
            directory: store.join("metadata"),
            idp: idp.clone(),
            source,
            wanted,
        }
    }

    /// Where the text is.
    pub(super) fn path(&self) -> PathBuf {
        self.directory.join(format!("{}.xml", self.idp))
    }

    fn note_path(&self) -> PathBuf {
        self.directory.join(format!("{}.json", self.idp))
    }

    /// What the disk tells; a copy that can't be used is left aside, and said to be.
    pub(super) fn state(&self) -> State {
        let (snapshot, disk_problem) = match self.read() {
            Ok(snapshot) => (snapshot.map(Arc::new), None),
            Err(cause) => {
                let problem = format!("{} is left aside: {cause}", self.path().display());
                tracing::warn!({ fields::IDP } = self.idp.as_str(), %problem, "the last known good metadata can't be used");
                (None, Some(problem))
            }
        };
        State {
            snapshot,
            failure: None,
            disk_problem,
        }
    }

    /// Reads the copy; `None` when none was ever kept. It is read as of the time
    /// when it was fetched: whether it is still valid is asked at each login.
    pub(super) fn read(&self) -> Result<Option<Snapshot>, Unusable> {
        let Some(note) = read_whole(&self.note_path(), LARGEST_NOTE)? else {
            return Ok(None);
        };
        let note: Note =
            serde_json::from_slice(&note).map_err(|error| Unusable::Damaged(error.to_string()))?;
        if note.version != VERSION {
            return Err(Unusable::Other("another version of this program"));
        }
        if note.source != self.source {
            // Whoever changed the source did so because the other one was wrong.
            return Err(Unusable::Other("another source"));
        }
        let text = read_whole(&self.path(), LARGEST_TEXT)?
            .ok_or_else(|| Unusable::Damaged("the text is missing".to_owned()))?;
        let text = String::from_utf8(text)
            .map_err(|_| Unusable::Damaged("the text is not UTF-8".to_owned()))?;
        let metadata = IdpMetadata::read_wanted(&text, &self.wanted, note.fetched_at)?;
        if metadata.entity_id != note.entity_id {
            return Err(Unusable::Damaged(
                "the two files are of different identity providers".to_owned(),
            ));
        }
        Ok(Some(Snapshot {
            metadata: Arc::new(metadata),
            fetched_at: note.fetched_at,
        }))
    }

    /// Keeps the text, then the note: each whole or not at all, and on the disk
    /// when this returns. The text never is older than its note.
    pub(super) fn write(&self, snapshot: &Snapshot, text: &str) -> io::Result<()> {
        let note = serde_json::to_vec_pretty(&Note {
            version: VERSION,
            source: self.source.clone(),
            fetched_at: snapshot.fetched_at,
            entity_id: snapshot.metadata.entity_id.clone(),
        })?;
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&self.directory)?;
        fs::set_permissions(&self.directory, fs::Permissions::from_mode(0o700))?;
        self.replace(&self.path(), text.as_bytes())?;
        self.replace(&self.note_path(), &note)
    }

    fn replace(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        // The process ID keeps two bridges on one directory from sharing a half-written file.
        let name = format!(".{}.{}.new", self.idp, std::process::id());
        let fresh = self.directory.join(name);
        let done = write_whole(&fresh, bytes)
            .and_then(|()| fs::rename(&fresh, path))
            .and_then(|()| File::open(&self.directory)?.sync_all());
        if done.is_err() {
            // Already failed; what is left over is overwritten the next time.
            let _ = fs::remove_file(&fresh);
        }
        done
    }
}

/// The text's SHA-256, to tell whether it is on the disk already.
pub(super) fn digest(text: &str) -> [u8; 32] {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, text.as_bytes());
    let mut bytes = [0; 32];
    bytes.copy_from_slice(digest.as_ref());
    bytes
}

fn read_whole(path: &Path, most: u64) -> Result<Option<Vec<u8>>, Unusable> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let mut bytes = Vec::new();
    file.take(most + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most {
        let detail = format!("{} is larger than {most} bytes", path.display());
        return Err(Unusable::Damaged(detail));
    }
    Ok(Some(bytes))
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
    use crate::saml::testing::{FOREIGN, RSA, idp_metadata, now};

    fn place(store: &Path, source: &str) -> LastGood {
        LastGood::new(
            store,
            &"hq".parse().unwrap(),
            source.to_owned(),
            Arc::default(),
        )
    }

    fn snapshot(text: &str) -> Snapshot {
        Snapshot {
            metadata: Arc::new(IdpMetadata::read(text, now()).unwrap()),
            fetched_at: now(),
        }
    }

    fn names(store: &Path) -> Vec<String> {
        let entries = fs::read_dir(store.join("metadata")).unwrap();
        let mut names: Vec<_> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn what_was_written_is_read() {
        let store = tempfile::tempdir().unwrap();
        let place = place(store.path(), "u");
        assert!(place.read().unwrap().is_none());
        for pair in [&*RSA, &*FOREIGN] {
            let text = idp_metadata("urn:a", &[pair], "");
            place.write(&snapshot(&text), &text).unwrap();
            let read = place.read().unwrap().unwrap();
            assert_eq!(read.metadata.entity_id, "urn:a");
            assert_eq!(read.fetched_at, now());
            let described = snapshot(&text).metadata.certificates.describe().to_vec();
            assert_eq!(read.metadata.certificates.describe(), described);
        }
        assert_eq!(names(store.path()), ["hq.json", "hq.xml"]);
    }

    #[test]
    fn nobody_else_may_read_it() {
        let store = tempfile::tempdir().unwrap();
        let directory = store.path().join("metadata");
        fs::create_dir(&directory).unwrap();
        let loose = directory.join(format!(".hq.{}.new", std::process::id()));
        fs::write(&loose, "left over").unwrap();
        for path in [&directory, &loose] {
            fs::set_permissions(path, fs::Permissions::from_mode(0o777)).unwrap();
        }
        let text = idp_metadata("urn:a", &[&RSA], "");
        place(store.path(), "u")
            .write(&snapshot(&text), &text)
            .unwrap();
        for (path, mode) in [("", 0o700), ("hq.xml", 0o600), ("hq.json", 0o600)] {
            let seen = fs::metadata(directory.join(path)).unwrap().permissions();
            assert_eq!(seen.mode() & 0o777, mode, "{path}");
        }
    }

    #[test]
    fn anothers_copy_and_a_damaged_one_are_left_aside() {
        let store = tempfile::tempdir().unwrap();
        let mine = place(store.path(), "u");
        let text = idp_metadata("urn:a", &[&RSA], "");
        mine.write(&snapshot(&text), &text).unwrap();
        let other = place(store.path(), "u2").read();
        assert!(matches!(other, Err(Unusable::Other(_))), "{other:?}");

        let note = fs::read_to_string(mine.note_path()).unwrap();
        let newer = note.replace("\"version\": 1", "\"version\": 2");
        for damaged in [&note[..note.len() / 2], "", "{}", &newer] {
            fs::write(mine.note_path(), damaged).unwrap();
            assert!(mine.read().is_err(), "{damaged}");
        }
        fs::write(mine.note_path(), &note).unwrap();
        let another = idp_metadata("urn:b", &[&RSA], "");
        for damaged in [&text[..text.len() / 2], "", "<a/>", &another] {
            fs::write(mine.path(), damaged).unwrap();
            let read = mine.read();
            assert!(matches!(read, Err(Unusable::Damaged(_))), "{read:?}");
        }
        fs::remove_file(mine.path()).unwrap();
        assert!(matches!(mine.read(), Err(Unusable::Damaged(_))));
    }

    #[test]
    fn a_failed_write_leaves_nothing_half_made() {
        let store = tempfile::tempdir().unwrap();
        let place = place(store.path(), "u");
        fs::create_dir_all(place.path().join("in the way")).unwrap();
        let text = idp_metadata("urn:a", &[&RSA], "");
        assert!(place.write(&snapshot(&text), &text).is_err());
        assert_eq!(names(store.path()), ["hq.xml"]);
    }
}
