//! What was there before: a copy of `ui_attributes` for each change, on this machine's disk.
//!
//! In `backups/NAME/` of the store's directory, readable by its owner alone. The newest fifty
//! of an account stay.

use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, Read, Write},
    os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt, chown},
    path::{Path, PathBuf},
};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::{Failed, error::aside};
use crate::{
    clock::Timestamp,
    identity::FlexName,
    login::FlexAccount,
    twilio::{FlexConfiguration, UiAttributes},
};

/// How many backups of one account stay.
const MOST: usize = 50;

/// The largest backup that is read, in bytes: what the largest configuration can come to.
const LARGEST: u64 = 9 * 1024 * 1024;

/// The form of the file; another number is another program's.
const VERSION: u32 = 1;

/// How the files are named: in the order of time, fit for every file system.
const NAMED: &str = "%Y-%m-%dT%H-%M-%S%.3fZ.json";

/// The file as written. It has `ui_attributes` where a Flex Configuration has it, so that
/// `diff` and `apply` read it too.
#[derive(Serialize, Deserialize)]
struct Wire {
    version: u32,
    flex: FlexName,
    account_sid: String,
    taken_at: Timestamp,
    date_updated: Option<String>,
    ui_attributes: Box<RawValue>,
}

/// What a Flex account's `ui_attributes` once were.
#[derive(Debug, Clone, PartialEq)]
pub struct Backup {
    /// The account's SID.
    pub account_sid: String,
    /// When it was taken.
    pub taken_at: Timestamp,
    /// What it holds.
    pub ui_attributes: UiAttributes,
}

/// A backup on disk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct BackupFile {
    /// The file.
    pub path: PathBuf,
    /// When it was taken.
    pub taken_at: Timestamp,
    /// Its size in bytes.
    pub bytes: u64,
}

impl Backup {
    /// Reads a backup.
    ///
    /// # Errors
    /// `locations.backup` when it can't be read or is none.
    pub fn read(path: &Path) -> Result<Self, Failed> {
        let refused = |why: String| {
            Failed::new(
                "locations.backup",
                format!("{}: {why}", path.display()),
                "Name a file that `flexbridge locations apply` has kept; without a name `flexbridge locations restore` lists them.",
            )
        };
        let file = File::open(path).map_err(|error| refused(error.to_string()))?;
        let mut bytes = Vec::new();
        file.take(LARGEST + 1)
            .read_to_end(&mut bytes)
            .map_err(|error| refused(error.to_string()))?;
        if bytes.len() as u64 > LARGEST {
            return Err(refused("it is larger than 9 MiB".to_owned()));
        }
        let not_one = |error: serde_json::Error| refused(format!("it is no backup: {error}"));
        let wire: Wire = serde_json::from_slice(&bytes).map_err(not_one)?;
        if wire.version != VERSION {
            let why = format!(
                "it is of another version of this program ({})",
                wire.version
            );
            return Err(refused(why));
        }
        Ok(Self {
            account_sid: wire.account_sid,
            taken_at: wire.taken_at,
            ui_attributes: UiAttributes::new(wire.ui_attributes).map_err(not_one)?,
        })
    }
}

/// The account's backups, the newest first.
///
/// # Errors
/// `locations.backup` when the directory can't be read; one that is not there holds none.
pub fn backups(account: &FlexAccount) -> Result<Vec<BackupFile>, Failed> {
    Place::of(account).list()
}

/// Where an account's backups are.
#[derive(Clone)]
struct Place {
    store: PathBuf,
    flex: FlexName,
    directory: PathBuf,
}

/// Keeps `configuration` as it is: whole, and on the disk when this returns. Then the oldest
/// beyond the newest fifty go.
pub(super) async fn keep(
    account: &FlexAccount,
    configuration: &FlexConfiguration,
    now: Timestamp,
) -> Result<PathBuf, Failed> {
    let (place, configuration) = (Place::of(account), configuration.clone());
    aside(move || place.keep(&configuration, now)).await
}

impl Place {
    fn of(account: &FlexAccount) -> Self {
        let store = account.locations.store().to_owned();
        Self {
            directory: store.join("backups").join(account.name.as_str()),
            flex: account.name.clone(),
            store,
        }
    }

    fn list(&self) -> Result<Vec<BackupFile>, Failed> {
        let directory = &self.directory;
        let failed = |error: io::Error| {
            Failed::new(
                "locations.backup",
                format!("{}: {error}", directory.display()),
                "Run the command as the user of `flexbridge serve`, whom `store.path` belongs to.",
            )
        };
        let entries = match fs::read_dir(directory) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(failed(error)),
        };
        let mut found: Vec<BackupFile> = entries
            .filter_map(|entry| {
                let entry = entry.ok()?;
                Some(BackupFile {
                    taken_at: time_of(entry.file_name().to_str()?)?,
                    bytes: entry.metadata().ok()?.len(),
                    path: entry.path(),
                })
            })
            .collect();
        found.sort_by(|one, other| other.path.cmp(&one.path));
        Ok(found)
    }

    fn keep(&self, configuration: &FlexConfiguration, now: Timestamp) -> Result<PathBuf, Failed> {
        let path = self.directory.join(now.format(NAMED).to_string());
        self.write(&path, configuration, now).map_err(|error| {
        Failed::new(
            "locations.backup",
            format!("the backup {} can't be written: {error}", path.display()),
            "Nothing was changed. Run the command as the user of `flexbridge serve`, whom `store.path` belongs to, and look whether the disk is full.",
        )
    })?;
        for old in self.list()?.into_iter().skip(MOST) {
            // One that stays is one too many, and no reason to stop.
            let _ = fs::remove_file(old.path);
        }
        Ok(path)
    }

    fn write(
        &self,
        path: &Path,
        configuration: &FlexConfiguration,
        now: Timestamp,
    ) -> io::Result<()> {
        let wire = Wire {
            version: VERSION,
            flex: self.flex.clone(),
            account_sid: configuration.account_sid.clone(),
            taken_at: now,
            date_updated: configuration.date_updated.clone(),
            ui_attributes: configuration.ui_attributes.text().to_owned(),
        };
        let bytes = serde_json::to_vec_pretty(&wire)?;
        let (store, directory) = (&self.store, &self.directory);
        for level in [store.join("backups"), directory.clone()] {
            DirBuilder::new()
                .recursive(true)
                .mode(0o700)
                .create(&level)?;
            fs::set_permissions(&level, fs::Permissions::from_mode(0o700))?;
            belong_to_store(store, &level)?;
        }
        // Never over an earlier one: two in the same millisecond are two people.
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(path)?;
        let done = file.write_all(&bytes).and_then(|()| file.sync_all());
        if done.is_err() {
            // Already failed; half a backup is none.
            let _ = fs::remove_file(path);
        }
        done?;
        belong_to_store(store, path)?;
        File::open(directory)?.sync_all()
    }
}

/// What root writes here belongs to whom the store belongs to, or the service could never
/// write beside it.
fn belong_to_store(store: &Path, path: &Path) -> io::Result<()> {
    let (owner, own) = (fs::metadata(store)?, fs::metadata(path)?);
    if owner.uid() == own.uid() {
        return Ok(());
    }
    chown(path, Some(owner.uid()), Some(owner.gid()))
}

fn time_of(name: &str) -> Option<Timestamp> {
    let time = chrono::NaiveDateTime::parse_from_str(name, NAMED).ok()?;
    Some(time.and_utc())
}
