//! Reading the journal beside the process that writes it.

use std::path::Path;

use chrono::TimeDelta;
use rusqlite::Connection;

use super::{
    database::Database,
    journal::{LAYOUT, LIST_LIMIT},
    kinds, question, rows, tally,
};
use crate::{
    clock::Timestamp,
    identity::{FlexName, LoginRecord, LoginReference},
    store::{
        BoxFuture, JournalCursor, JournalFilter, JournalPage, JournalRead, LoginKinds,
        StoreUnavailable, Tally,
    },
};

/// A journal that is only read, for commands: its answers are waited for where they are asked.
#[derive(Debug)]
pub struct JournalReader(Database);

impl JournalReader {
    /// Of the journal in `directory`; makes nothing where there is none.
    #[must_use]
    pub fn of(directory: &Path) -> Self {
        Self(Database::in_directory(directory, LAYOUT))
    }

    fn read<T: Send + 'static>(
        &self,
        question: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> BoxFuture<'_, Result<T, StoreUnavailable>> {
        let answer = self.0.open_for_reading().and_then(|connection| {
            question(&connection).map_err(|error| self.0.unavailable(&error))
        });
        Box::pin(std::future::ready(answer))
    }
}

impl JournalRead for JournalReader {
    fn page<'a>(
        &'a self,
        filter: &'a JournalFilter,
        after: Option<JournalCursor>,
        limit: usize,
    ) -> BoxFuture<'a, Result<JournalPage, StoreUnavailable>> {
        self.read(|connection| question::page(connection, filter, after, limit.min(LIST_LIMIT)))
    }

    fn find<'a>(
        &'a self,
        reference: &'a LoginReference,
    ) -> BoxFuture<'a, Result<Option<LoginRecord>, StoreUnavailable>> {
        self.read(|connection| rows::find(connection, reference))
    }

    fn tally(
        &self,
        since: Timestamp,
        until: Timestamp,
        step: TimeDelta,
    ) -> BoxFuture<'_, Result<Tally, StoreUnavailable>> {
        self.read(|connection| tally::count(connection, since, until, step))
    }

    fn by_day<'a>(
        &'a self,
        flex: &'a FlexName,
        since: Timestamp,
    ) -> BoxFuture<'a, Result<LoginKinds, StoreUnavailable>> {
        self.read(|connection| kinds::by_day(connection, flex, since))
    }

    fn by_agent<'a>(
        &'a self,
        flex: &'a FlexName,
        since: Timestamp,
    ) -> BoxFuture<'a, Result<LoginKinds, StoreUnavailable>> {
        self.read(|connection| kinds::by_agent(connection, flex, since))
    }
}
