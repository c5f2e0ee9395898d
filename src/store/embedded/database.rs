//! Opening an SQLite file: permissions, pragmas, schema version.

use std::{
    fs::{DirBuilder, OpenOptions, Permissions},
    io,
    os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
    time::Duration,
};

use rusqlite::{Connection, OpenFlags};

use super::super::StoreUnavailable;

/// How long another process (a backup, `flexbridge logins`) may hold the file's lock.
const LOCK_WAIT: Duration = Duration::from_secs(1);

/// How eagerly commits reach the disk.
#[derive(Debug, Clone, Copy)]
pub(super) enum Durability {
    /// Each commit survives the loss of power.
    Full,
    /// Each commit survives the end of the process; the last ones may go with the power.
    Normal,
}

/// What a file is: its name, its tables, how durable it is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Layout {
    pub(super) file: &'static str,
    /// The steps from an empty file to the present schema; `user_version` counts those done.
    pub(super) migrations: &'static [&'static str],
    pub(super) durability: Durability,
}

/// A file that can be opened, and opened again after trouble.
#[derive(Debug, Clone)]
pub(super) struct Database {
    path: PathBuf,
    layout: Layout,
}

impl Database {
    pub(super) fn in_directory(directory: &Path, layout: Layout) -> Self {
        Self {
            path: directory.join(layout.file),
            layout,
        }
    }

    /// Opens the file for its one writer; makes directory, file and tables where missing.
    pub(super) fn open(&self) -> Result<Connection, StoreUnavailable> {
        self.prepare_file()
            .map_err(|error| self.unavailable(&error))?;
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut connection =
            Connection::open_with_flags(&self.path, flags).map_err(|e| self.unavailable(&e))?;
        self.set_up(&connection)
            .map_err(|error| self.unavailable(&error))?;
        self.migrate(&mut connection)?;
        Ok(connection)
    }

    /// Opens the file for reading beside its writer.
    pub(super) fn open_for_reading(&self) -> Result<Connection, StoreUnavailable> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let open = || {
            let connection = Connection::open_with_flags(&self.path, flags)?;
            connection.busy_timeout(LOCK_WAIT)?;
            connection.pragma_update(None, "query_only", true)?;
            let done: i64 =
                connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
            Ok((connection, done))
        };
        let (connection, done) =
            open().map_err(|error: rusqlite::Error| self.unavailable(&error))?;
        let why = match usize::try_from(done).unwrap_or(0) {
            same if same == self.layout.migrations.len() => return Ok(connection),
            older if older < self.layout.migrations.len() => {
                "was written by an older Flexbridge; `flexbridge serve` of this version brings it forward when it starts"
            }
            _ => "was written by a newer Flexbridge; use the command of that version",
        };
        Err(self.unavailable(&why))
    }

    /// How many bytes may still be written to its file system; `None` when that is not told.
    pub(super) fn room(&self) -> Option<u64> {
        let told = rustix::fs::statvfs(self.path.parent()?).ok()?;
        Some(told.f_bavail.saturating_mul(told.f_frsize))
    }

    /// The trouble, with the file that has it.
    pub(super) fn unavailable(&self, error: &dyn std::fmt::Display) -> StoreUnavailable {
        StoreUnavailable::new(format!("{}: {error}", self.path.display()))
    }

    /// The file exists and only its owner may read it. SQLite gives its `-wal`
    /// and `-shm` companions the same permissions.
    fn prepare_file(&self) -> io::Result<()> {
        if let Some(directory) = self.path.parent()
            && !directory.exists()
        {
            DirBuilder::new()
                .recursive(true)
                .mode(0o700)
                .create(directory)?;
        }
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .mode(0o600)
            .open(&self.path)?;
        let mode = file.metadata()?.permissions().mode();
        if mode & 0o077 != 0 {
            file.set_permissions(Permissions::from_mode(0o600))?;
        }
        Ok(())
    }

    fn set_up(&self, connection: &Connection) -> rusqlite::Result<()> {
        connection.busy_timeout(LOCK_WAIT)?;
        connection.pragma_update(None, "journal_mode", "wal")?;
        let synchronous = match self.layout.durability {
            Durability::Full => "full",
            Durability::Normal => "normal",
        };
        connection.pragma_update(None, "synchronous", synchronous)?;
        // The WAL is truncated to this after a burst, so it can't fill the disk.
        connection.pragma_update(None, "journal_size_limit", 4 << 20)
    }

    fn migrate(&self, connection: &mut Connection) -> Result<(), StoreUnavailable> {
        let failed = |error: rusqlite::Error| self.unavailable(&error);
        let version = |connection: &Connection| {
            connection.pragma_query_value(None, "user_version", |row| row.get::<_, i64>(0))
        };
        let done = usize::try_from(version(connection).map_err(failed)?).unwrap_or(usize::MAX);
        let Some(steps) = self.layout.migrations.get(done..) else {
            return Err(self.unavailable(
                &"was written by a newer Flexbridge; run that version, or move the file away",
            ));
        };
        if steps.is_empty() {
            return Ok(());
        }
        let transaction = connection
            .transaction_with_behavior(rusqlite::TransactionBehavior::Exclusive)
            .map_err(failed)?;
        // Another process may have been first between the look and the lock.
        let done = usize::try_from(version(&transaction).map_err(failed)?).unwrap_or(usize::MAX);
        for step in self.layout.migrations.iter().skip(done) {
            transaction.execute_batch(step).map_err(failed)?;
        }
        transaction
            .pragma_update(None, "user_version", self.layout.migrations.len())
            .map_err(failed)?;
        transaction.commit().map_err(failed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LAYOUT: Layout = Layout {
        file: "test.db",
        migrations: &["CREATE TABLE one (a)", "CREATE TABLE two (b)"],
        durability: Durability::Normal,
    };

    fn mode(path: &Path) -> u32 {
        std::fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn only_the_owner_may_read() {
        let directory = tempfile::tempdir().unwrap();
        let inner = directory.path().join("state");
        let connection = Database::in_directory(&inner, LAYOUT).open().unwrap();
        connection
            .execute("INSERT INTO one VALUES (1)", [])
            .unwrap();
        assert_eq!(mode(&inner), 0o700);
        for file in ["test.db", "test.db-wal", "test.db-shm"] {
            assert_eq!(mode(&inner.join(file)), 0o600, "{file}");
        }
    }

    #[test]
    fn a_file_that_others_may_read_is_closed_to_them() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("test.db");
        std::fs::write(&path, "").unwrap();
        std::fs::set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
        Database::in_directory(directory.path(), LAYOUT)
            .open()
            .unwrap();
        assert_eq!(mode(&path), 0o600);
    }

    #[test]
    fn an_older_file_is_brought_forward_and_a_newer_one_is_left_alone() {
        let directory = tempfile::tempdir().unwrap();
        let older = Layout {
            migrations: &LAYOUT.migrations[..1],
            ..LAYOUT
        };
        drop(
            Database::in_directory(directory.path(), older)
                .open()
                .unwrap(),
        );
        let connection = Database::in_directory(directory.path(), LAYOUT)
            .open()
            .unwrap();
        connection
            .execute("INSERT INTO two VALUES (1)", [])
            .unwrap();
        drop(connection);
        let refused = Database::in_directory(directory.path(), older)
            .open()
            .unwrap_err();
        assert!(refused.detail.contains("newer Flexbridge"), "{refused}");
    }
}
