//! Used identifiers, in `consumed.db`.

use std::{path::Path, sync::mpsc, thread, time::Duration};

use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};
use tokio::sync::oneshot;

use super::{
    super::{BoxFuture, ConsumeKey, Consumed, Store, StoreUnavailable},
    database::{Database, Durability, Layout},
    horizon::Horizon,
};
use crate::clock::{Stopwatch, Timestamp};

const LAYOUT: Layout = Layout {
    file: "consumed.db",
    migrations: &["
        CREATE TABLE consumed (
            key        BLOB    NOT NULL PRIMARY KEY,
            expires_at INTEGER NOT NULL              -- milliseconds since 1970, UTC
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX consumed_by_expiry ON consumed (expires_at);
        -- Everything that expired before `until` may have been forgotten.
        CREATE TABLE forgotten (
            id    INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
            until INTEGER NOT NULL
        ) STRICT;
        INSERT INTO forgotten VALUES (1, -9223372036854775808);
    "],
    durability: Durability::Full,
};

/// How many requests may wait for the writer.
const QUEUE: usize = 4_096;
/// How many requests share one commit at most.
const BATCH: usize = 512;
/// How long one request waits for its answer at most.
const PATIENCE: Duration = Duration::from_secs(3);
/// With less room than this on the file system a batch of identifiers may not fit, in bytes.
const ROOM: u64 = 256 * 1024;
/// How many identifiers are forgotten in one step, between which requests are answered.
const FORGET_STEP: usize = 500;
/// How often it is looked whether some can be forgotten.
const FORGET_EVERY: Duration = Duration::from_secs(5);

/// The used identifiers of a single machine.
///
/// One thread writes; requests that wait for it share a commit, so the cost of
/// reaching the disk is divided among the logins in flight.
#[derive(Debug)]
pub struct EmbeddedStore {
    queue: mpsc::SyncSender<Request>,
}

#[derive(Debug)]
enum Request {
    Consume(Consume),
    Ping(oneshot::Sender<Result<(), StoreUnavailable>>),
}

#[derive(Debug)]
struct Consume {
    key: ConsumeKey,
    expiry: Timestamp,
    now: Timestamp,
    reply: oneshot::Sender<Result<Consumed, StoreUnavailable>>,
}

impl EmbeddedStore {
    /// Opens `consumed.db` in `directory`, and makes both where missing.
    ///
    /// # Errors
    /// [`StoreUnavailable`] when the file can't be opened or made.
    pub fn open(directory: &Path) -> Result<Self, StoreUnavailable> {
        Self::open_with(directory, Horizon::new())
    }

    pub(super) fn open_with(directory: &Path, horizon: Horizon) -> Result<Self, StoreUnavailable> {
        let database = Database::in_directory(directory, LAYOUT);
        let connection = database.open()?;
        let (queue, requests) = mpsc::sync_channel(QUEUE);
        let mut writer = Writer {
            database,
            connection: Some(connection),
            horizon,
            forget_watch: Stopwatch::start(),
        };
        thread::Builder::new()
            .name("store-consumed".to_owned())
            .spawn(move || writer.run(&requests))
            .map_err(|error| StoreUnavailable::new(error.to_string()))?;
        Ok(Self { queue })
    }

    async fn ask<T>(
        &self,
        request: Request,
        answer: oneshot::Receiver<Result<T, StoreUnavailable>>,
    ) -> Result<T, StoreUnavailable> {
        self.queue.try_send(request).map_err(|refused| {
            StoreUnavailable::new(match refused {
                mpsc::TrySendError::Full(_) => "more logins wait for the disk than may",
                mpsc::TrySendError::Disconnected(_) => "the store's writer has ended",
            })
        })?;
        match tokio::time::timeout(PATIENCE, answer).await {
            Ok(Ok(result)) => result,
            Ok(Err(_)) => Err(StoreUnavailable::new("the store's writer has ended")),
            Err(_) => Err(StoreUnavailable::new("the disk did not answer in time")),
        }
    }
}

impl Store for EmbeddedStore {
    fn consume<'a>(
        &'a self,
        key: &'a ConsumeKey,
        _since: Timestamp,
        expiry: Timestamp,
        now: Timestamp,
    ) -> BoxFuture<'a, Result<Consumed, StoreUnavailable>> {
        Box::pin(async move {
            let (reply, answer) = oneshot::channel();
            let key = *key;
            let request = Request::Consume(Consume {
                key,
                expiry,
                now,
                reply,
            });
            self.ask(request, answer).await
        })
    }

    fn ping(&self) -> BoxFuture<'_, Result<(), StoreUnavailable>> {
        Box::pin(async move {
            let (reply, answer) = oneshot::channel();
            self.ask(Request::Ping(reply), answer).await
        })
    }
}

/// The thread that writes. Ends when the store is dropped.
struct Writer {
    database: Database,
    /// Closed after trouble, and opened again for the next batch.
    connection: Option<Connection>,
    horizon: Horizon,
    forget_watch: Stopwatch,
}

impl Writer {
    fn run(&mut self, requests: &mpsc::Receiver<Request>) {
        loop {
            match requests.recv_timeout(FORGET_EVERY) {
                Ok(first) => self.serve(gather(first, requests)),
                Err(mpsc::RecvTimeoutError::Timeout) => {}
                Err(mpsc::RecvTimeoutError::Disconnected) => return,
            }
            if self.forget_watch.elapsed() >= FORGET_EVERY {
                self.forget();
            }
        }
    }

    fn serve(&mut self, batch: Vec<Request>) {
        let mut consumes = Vec::with_capacity(batch.len());
        for request in batch {
            match request {
                Request::Ping(reply) => {
                    let answer = self.has_room().and_then(|()| self.with_connection(ping));
                    let _ = reply.send(answer);
                }
                // Who gave up waiting was refused already.
                Request::Consume(consume) if consume.reply.is_closed() => {}
                Request::Consume(consume) => consumes.push(consume),
            }
        }
        if consumes.is_empty() {
            return;
        }
        for consume in &consumes {
            self.horizon.observe(consume.now);
        }
        match self.with_connection(|connection| consume_all(connection, &consumes)) {
            Ok(answers) => {
                for (consume, answer) in consumes.into_iter().zip(answers) {
                    let _ = consume.reply.send(answer);
                }
            }
            Err(unavailable) => {
                for consume in consumes {
                    let _ = consume.reply.send(Err(unavailable.clone()));
                }
            }
        }
    }

    fn forget(&mut self) {
        let Some(before) = self.horizon.forgettable() else {
            self.forget_watch = Stopwatch::start();
            return;
        };
        match self.with_connection(|connection| forget_step(connection, before)) {
            // A full step: there is more, which the next round takes.
            Ok(FORGET_STEP) => {}
            Ok(_) => self.forget_watch = Stopwatch::start(),
            Err(unavailable) => {
                tracing::warn!(detail = %unavailable.detail, "expired identifiers could not be forgotten");
                self.forget_watch = Stopwatch::start();
            }
        }
    }

    /// Whether what logins need may still be written: a single page may fit where theirs don't.
    fn has_room(&self) -> Result<(), StoreUnavailable> {
        match self.database.room() {
            Some(room) if room < ROOM => Err(self
                .database
                .unavailable(&"the file system is full, or nearly so")),
            _ => Ok(()),
        }
    }

    /// Runs `work`; after any trouble the file is closed, and opened again next
    /// time, so that whatever is mended outside mends the store too.
    fn with_connection<T>(
        &mut self,
        work: impl FnOnce(&mut Connection) -> rusqlite::Result<T>,
    ) -> Result<T, StoreUnavailable> {
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => self.database.open()?,
        };
        let result = work(&mut connection).map_err(|error| self.database.unavailable(&error))?;
        self.connection = Some(connection);
        Ok(result)
    }
}

fn gather(first: Request, requests: &mpsc::Receiver<Request>) -> Vec<Request> {
    let mut batch = vec![first];
    batch.extend(requests.try_iter().take(BATCH - 1));
    batch
}

/// All or none: nothing is answered before the commit is on the disk.
fn consume_all(
    connection: &mut Connection,
    consumes: &[Consume],
) -> rusqlite::Result<Vec<Result<Consumed, StoreUnavailable>>> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let forgotten = transaction
        .prepare_cached("SELECT until FROM forgotten")?
        .query_row([], |row| row.get::<_, i64>(0))?;
    let answers = consumes
        .iter()
        .map(|consume| consume_one(&transaction, consume, forgotten))
        .collect::<rusqlite::Result<_>>()?;
    transaction.commit()?;
    Ok(answers)
}

fn consume_one(
    transaction: &Transaction<'_>,
    consume: &Consume,
    forgotten: i64,
) -> rusqlite::Result<Result<Consumed, StoreUnavailable>> {
    let key = consume.key.as_bytes();
    let expiry = consume.expiry.timestamp_millis();
    let inserted = transaction
        .prepare_cached("INSERT OR IGNORE INTO consumed (key, expires_at) VALUES (?1, ?2)")?
        .execute(params![key, expiry])?;
    if inserted == 0 {
        // Kept for as long as anybody ever claimed it to be good.
        transaction
            .prepare_cached(
                "UPDATE consumed SET expires_at = ?2 WHERE key = ?1 AND expires_at < ?2",
            )?
            .execute(params![key, expiry])?;
        return Ok(Ok(Consumed::Again));
    }
    if expiry < forgotten {
        // It may have been here and been forgotten: only a clock that went back asks this.
        return Ok(Err(StoreUnavailable::new(
            "the clock went back to before what is already forgotten; correct the machine's clock",
        )));
    }
    Ok(Ok(Consumed::First))
}

fn forget_step(connection: &mut Connection, before: Timestamp) -> rusqlite::Result<usize> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let forgotten = transaction
        .prepare_cached(
            "DELETE FROM consumed WHERE key IN
             (SELECT key FROM consumed WHERE expires_at < ?1 ORDER BY expires_at LIMIT ?2)",
        )?
        .execute(params![before.timestamp_millis(), FORGET_STEP])?;
    if forgotten > 0 {
        transaction
            .prepare_cached("UPDATE forgotten SET until = max(until, ?1)")?
            .execute([before.timestamp_millis()])?;
    }
    transaction.commit()?;
    Ok(forgotten)
}

/// Writes a page, as a login would: a full or read-only disk shows here already.
fn ping(connection: &mut Connection) -> rusqlite::Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    transaction.execute("UPDATE forgotten SET until = until", [])?;
    transaction
        .query_row("SELECT 1 FROM consumed LIMIT 1", [], |_| Ok(()))
        .optional()?;
    transaction.commit()
}

#[cfg(test)]
#[path = "consumed_tests.rs"]
mod tests;
