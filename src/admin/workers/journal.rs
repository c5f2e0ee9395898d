//! Writing down what is done: many lines with one sync, and a write is sent only when the
//! line that says so is on the disk.

use std::{
    fs::File,
    io::{self, Write},
    path::{Path, PathBuf},
    sync::mpsc,
    thread,
};

use tokio::sync::oneshot;

use super::{
    change::{Begun, Ended},
    state::{StateError, Step, io_error, line},
};

/// How many lines go to the disk at once, at most.
const MOST_AT_ONCE: usize = 256;

/// A line to append, and who waits until it is on the disk.
type Entry = (String, Option<oneshot::Sender<Result<(), StateError>>>);

/// Writes steps down, many at once with one sync.
pub(super) struct Journal {
    path: PathBuf,
    sender: Option<mpsc::Sender<Entry>>,
    thread: Option<thread::JoinHandle<Result<(), StateError>>>,
}

impl Journal {
    pub(super) fn start(path: PathBuf, file: File) -> Result<Self, StateError> {
        let (sender, receiver) = mpsc::channel();
        let at = path.clone();
        let thread = thread::Builder::new()
            .name("state".to_owned())
            .spawn(move || append(&at, file, &receiver))
            .map_err(|error| io_error(&path, &error))?;
        Ok(Self {
            path,
            sender: Some(sender),
            thread: Some(thread),
        })
    }

    /// Returns once it is on the disk that this write is about to be sent.
    pub(super) async fn begin(&self, worker: &str, begun: &Begun) -> Result<(), StateError> {
        let (told, kept) = oneshot::channel();
        self.send(&begin_step(worker, begun), Some(told));
        kept.await.unwrap_or_else(|_| Err(self.gone()))
    }

    /// The last write was surely not carried out; `earlier` one may have been.
    pub(super) fn withdraw(&self, worker: &str, earlier: Option<&Begun>) {
        let step = earlier.map_or_else(
            || Step::Withdraw {
                worker: worker.to_owned(),
            },
            |earlier| begin_step(worker, earlier),
        );
        self.send(&step, None);
    }

    /// How it ended. Should this line be lost, the one that began it tells enough.
    pub(super) fn done(&self, worker: &str, ended: &Ended) {
        let step = Step::Done {
            worker: worker.to_owned(),
            outcome: ended.outcome,
            before: ended.before.clone(),
            detail: ended.detail.clone(),
        };
        self.send(&step, None);
    }

    /// Waits until everything is on the disk.
    pub(super) async fn finish(mut self) -> Result<(), StateError> {
        drop(self.sender.take());
        let thread = self.thread.take();
        let joined = tokio::task::spawn_blocking(move || thread.map(thread::JoinHandle::join));
        match joined.await {
            Ok(Some(Ok(ended))) => ended,
            _ => Err(self.gone()),
        }
    }

    fn send(&self, step: &Step, told: Option<oneshot::Sender<Result<(), StateError>>>) {
        if let Some(sender) = &self.sender {
            // A writer that is gone shows at the next `begin`, and at `finish`.
            let _ = sender.send((line(step), told));
        }
    }

    fn gone(&self) -> StateError {
        io_error(
            &self.path,
            &io::Error::other("it can't be written any more"),
        )
    }
}

fn begin_step(worker: &str, begun: &Begun) -> Step {
    Step::Begin {
        worker: worker.to_owned(),
        etag: begun.version.as_str().to_owned(),
        before: begun.before.clone(),
    }
}

fn append(path: &Path, mut file: File, receiver: &mpsc::Receiver<Entry>) -> Result<(), StateError> {
    while let Ok(first) = receiver.recv() {
        let mut lines = first.0;
        let mut waiting: Vec<_> = first.1.into_iter().collect();
        for (line, told) in receiver.try_iter().take(MOST_AT_ONCE) {
            lines.push_str(&line);
            waiting.extend(told);
        }
        let kept = file
            .write_all(lines.as_bytes())
            .and_then(|()| file.sync_data())
            .map_err(|error| io_error(path, &error));
        for told in waiting {
            // Whoever waited may have been dropped.
            let _ = told.send(kept.clone());
        }
        kept?;
    }
    Ok(())
}
