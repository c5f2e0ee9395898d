//! Reading the journal beside the process that writes it.

use std::path::Path;

use super::{database::Database, journal::LAYOUT, rows};
use crate::{
    identity::{LoginRecord, LoginReference},
    store::{JournalFilter, StoreUnavailable},
};

/// The most records that are listed at once.
const MOST: usize = 10_000;

/// A journal that is only read.
#[derive(Debug)]
pub struct JournalReader(Database);

impl JournalReader {
    /// Of the journal in `directory`; makes nothing where there is none.
    #[must_use]
    pub fn of(directory: &Path) -> Self {
        Self(Database::in_directory(directory, LAYOUT))
    }

    /// The newest logins that fit, newest first, at most `limit` and 10,000.
    ///
    /// # Errors
    /// [`StoreUnavailable`] when the journal can't be read.
    pub fn list(
        &self,
        filter: &JournalFilter,
        limit: usize,
    ) -> Result<Vec<LoginRecord>, StoreUnavailable> {
        let connection = self.0.open_for_reading()?;
        rows::list(&connection, filter, limit.min(MOST)).map_err(|error| self.0.unavailable(&error))
    }

    /// The newest login of that reference.
    ///
    /// # Errors
    /// [`StoreUnavailable`] when the journal can't be read.
    pub fn find(
        &self,
        reference: &LoginReference,
    ) -> Result<Option<LoginRecord>, StoreUnavailable> {
        let connection = self.0.open_for_reading()?;
        rows::find(&connection, reference).map_err(|error| self.0.unavailable(&error))
    }
}
