//! The journal of logins, in `journal.db`.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
        mpsc,
    },
    thread,
    time::Duration,
};

use chrono::TimeDelta;
use rusqlite::{Connection, TransactionBehavior};
use tokio::sync::oneshot;

use super::{
    super::{
        BoxFuture, Journal, JournalCursor, JournalFilter, JournalPage, JournalRead, LoginKinds,
        StoreUnavailable, Tally,
    },
    database::{Database, Durability, Layout},
    kinds, layout, question, rows, tally,
};
use crate::{
    clock::Timestamp,
    identity::{FlexName, LoginRecord, LoginReference},
};

pub(super) const LAYOUT: Layout = Layout {
    file: "journal.db",
    migrations: &[layout::LOGINS, layout::READINGS],
    durability: Durability::Normal,
};

/// How many records may wait for the writer: about 16 MiB, and minutes of a slow disk.
const QUEUE: usize = 16_384;
/// How many records share one commit at most.
const BATCH: usize = 1_024;
/// How long a record waits for others to share its commit with: most of what a row costs is
/// writing the pages of its indices, which neighbours in time have in common.
const GATHER: Duration = Duration::from_millis(50);
/// How many records are forgotten in one step.
const PRUNE_STEP: usize = 1_000;
/// The longest list.
pub(super) const LIST_LIMIT: usize = 10_000;
/// How long to wait before a batch that could not be written is tried again.
const RETRY: Duration = Duration::from_millis(500);
/// The journal leaves this much of its file system to the used identifiers, in bytes: without
/// a journal people still sign in, without the identifiers nobody does.
const RESERVE: u64 = 32 * 1024 * 1024;
/// How long a flush waits for a disk in trouble.
const FLUSH_PATIENCE: Duration = Duration::from_secs(10);

/// The journal of logins of this machine.
///
/// Records are written behind by one thread, many to a commit. While the disk
/// is in trouble they wait, up to a bound, and are written when it is mended.
#[derive(Debug)]
pub struct EmbeddedJournal {
    database: Database,
    queue: mpsc::SyncSender<Work>,
    /// How many records are kept.
    most: Arc<AtomicU64>,
}

#[derive(Debug)]
enum Work {
    Record(Box<LoginRecord>),
    Prune(Timestamp, oneshot::Sender<Result<usize, StoreUnavailable>>),
    Flush(oneshot::Sender<()>),
}

impl EmbeddedJournal {
    /// Opens `journal.db` in `directory`, and makes both where missing.
    ///
    /// # Errors
    /// [`StoreUnavailable`] when the file can't be opened or made.
    pub fn open(directory: &Path) -> Result<Self, StoreUnavailable> {
        let database = Database::in_directory(directory, LAYOUT);
        let (queue, work) = mpsc::sync_channel(QUEUE);
        let most = Arc::new(AtomicU64::new(u64::MAX));
        let mut writer = Writer {
            most: Arc::clone(&most),
            connection: Some(database.open()?),
            database: database.clone(),
            in_trouble: false,
        };
        thread::Builder::new()
            .name("store-journal".to_owned())
            .spawn(move || writer.run(&work))
            .map_err(|error| StoreUnavailable::new(error.to_string()))?;
        Ok(Self {
            database,
            queue,
            most,
        })
    }

    fn hand_over(&self, work: Work) -> Result<(), StoreUnavailable> {
        self.queue.try_send(work).map_err(|refused| {
            StoreUnavailable::new(match refused {
                mpsc::TrySendError::Full(_) => "more logins wait to be written down than may",
                mpsc::TrySendError::Disconnected(_) => "the journal's writer has ended",
            })
        })
    }

    async fn read<T: Send + 'static>(
        &self,
        question: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreUnavailable> {
        let database = self.database.clone();
        tokio::task::spawn_blocking(move || {
            let connection = database.open_for_reading()?;
            question(&connection).map_err(|error| database.unavailable(&error))
        })
        .await
        .map_err(|error| StoreUnavailable::new(error.to_string()))?
    }
}

impl JournalRead for EmbeddedJournal {
    fn page<'a>(
        &'a self,
        filter: &'a JournalFilter,
        after: Option<JournalCursor>,
        limit: usize,
    ) -> BoxFuture<'a, Result<JournalPage, StoreUnavailable>> {
        let (filter, limit) = (filter.clone(), limit.min(LIST_LIMIT));
        Box::pin(self.read(move |connection| question::page(connection, &filter, after, limit)))
    }

    fn find<'a>(
        &'a self,
        reference: &'a LoginReference,
    ) -> BoxFuture<'a, Result<Option<LoginRecord>, StoreUnavailable>> {
        let reference = reference.clone();
        Box::pin(self.read(move |connection| rows::find(connection, &reference)))
    }

    fn tally(
        &self,
        since: Timestamp,
        until: Timestamp,
        step: TimeDelta,
    ) -> BoxFuture<'_, Result<Tally, StoreUnavailable>> {
        Box::pin(self.read(move |connection| tally::count(connection, since, until, step)))
    }

    fn by_day<'a>(
        &'a self,
        flex: &'a FlexName,
        since: Timestamp,
    ) -> BoxFuture<'a, Result<LoginKinds, StoreUnavailable>> {
        let flex = flex.clone();
        Box::pin(self.read(move |connection| kinds::by_day(connection, &flex, since)))
    }

    fn by_agent<'a>(
        &'a self,
        flex: &'a FlexName,
        since: Timestamp,
    ) -> BoxFuture<'a, Result<LoginKinds, StoreUnavailable>> {
        let flex = flex.clone();
        Box::pin(self.read(move |connection| kinds::by_agent(connection, &flex, since)))
    }
}

impl Journal for EmbeddedJournal {
    fn record(&self, record: LoginRecord) -> Result<(), StoreUnavailable> {
        self.hand_over(Work::Record(Box::new(record)))
    }

    fn keep_at_most(&self, rows: u64) {
        self.most.store(rows, Ordering::Relaxed);
    }

    fn prune(&self, before: Timestamp) -> BoxFuture<'_, Result<usize, StoreUnavailable>> {
        Box::pin(async move {
            let mut total = 0;
            loop {
                let (reply, answer) = oneshot::channel();
                self.hand_over(Work::Prune(before, reply))?;
                let step = answer
                    .await
                    .map_err(|_| StoreUnavailable::new("the journal's writer has ended"))??;
                total += step;
                if step < PRUNE_STEP {
                    return Ok(total);
                }
            }
        })
    }

    fn flush(&self) -> BoxFuture<'_, Result<(), StoreUnavailable>> {
        Box::pin(async move {
            let (reply, answer) = oneshot::channel();
            self.hand_over(Work::Flush(reply))?;
            match tokio::time::timeout(FLUSH_PATIENCE, answer).await {
                Ok(Ok(())) => Ok(()),
                _ => Err(self
                    .database
                    .unavailable(&"the last logins could not be written")),
            }
        })
    }
}

/// The thread that writes. Ends when the journal is dropped and all is written.
struct Writer {
    most: Arc<AtomicU64>,
    database: Database,
    connection: Option<Connection>,
    in_trouble: bool,
}

/// What was taken from the queue in one go.
#[derive(Default)]
struct Batch {
    records: Vec<LoginRecord>,
    prunes: Vec<(Timestamp, oneshot::Sender<Result<usize, StoreUnavailable>>)>,
    flushes: Vec<oneshot::Sender<()>>,
}

impl Batch {
    fn gather(first: Work, work: &mpsc::Receiver<Work>) -> Self {
        let mut batch = Self::default();
        if matches!(first, Work::Record(_)) {
            thread::sleep(GATHER);
        }
        for one in std::iter::once(first).chain(work.try_iter().take(BATCH - 1)) {
            match one {
                Work::Record(record) => batch.records.push(*record),
                Work::Prune(before, reply) => batch.prunes.push((before, reply)),
                Work::Flush(reply) => batch.flushes.push(reply),
            }
        }
        batch
    }
}

impl Writer {
    fn run(&mut self, work: &mpsc::Receiver<Work>) {
        while let Ok(first) = work.recv() {
            let batch = Batch::gather(first, work);
            self.write_until_written(&batch.records);
            for (before, reply) in batch.prunes {
                let most = self.most.load(Ordering::Relaxed);
                let _ = reply.send(self.in_transaction(|transaction| {
                    let old = rows::prune_step(transaction, before, PRUNE_STEP)?;
                    Ok(old + rows::trim_step(transaction, most, PRUNE_STEP)?)
                }));
            }
            for reply in batch.flushes {
                let _ = reply.send(());
            }
        }
    }

    /// A record that was taken is kept until it is written; the queue's bound
    /// is what limits the memory meanwhile.
    fn write_until_written(&mut self, records: &[LoginRecord]) {
        if records.is_empty() {
            return;
        }
        let most = self.most.load(Ordering::Relaxed);
        while let Err(unavailable) = self.in_the_room(|transaction| {
            for record in records {
                rows::insert(transaction, record)?;
            }
            // More than came, so that a bound that was lowered is reached too.
            rows::trim_step(transaction, most, 2 * records.len())
        }) {
            if !self.in_trouble {
                tracing::error!(detail = %unavailable.detail, "logins can't be written to the journal; they wait");
            }
            self.in_trouble = true;
            thread::sleep(RETRY);
        }
        if std::mem::take(&mut self.in_trouble) {
            tracing::info!("the journal is written again");
        }
    }

    /// [`Writer::in_transaction`], if the file system has room for more than the journal.
    fn in_the_room<T>(
        &mut self,
        work: impl FnOnce(&rusqlite::Transaction<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, StoreUnavailable> {
        if self.database.room().is_some_and(|room| room < RESERVE) {
            let why = "less than 32 MiB are free there, which are left to the used identifiers; make room";
            return Err(self.database.unavailable(&why));
        }
        self.in_transaction(work)
    }

    fn in_transaction<T>(
        &mut self,
        work: impl FnOnce(&rusqlite::Transaction<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, StoreUnavailable> {
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => self.database.open()?,
        };
        let run = || {
            let transaction =
                connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let result = work(&transaction)?;
            transaction.commit()?;
            Ok(result)
        };
        let result = run().map_err(|error: rusqlite::Error| self.database.unavailable(&error))?;
        self.connection = Some(connection);
        Ok(result)
    }
}

#[cfg(test)]
#[path = "journal_tests.rs"]
mod tests;

#[cfg(test)]
#[path = "readings_tests.rs"]
mod readings_tests;
