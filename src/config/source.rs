//! The file's text, and where in it each setting stands.

use std::{collections::BTreeMap, io::Read, ops::Range, path::Path};

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use crate::settings::{Segment, SettingPath};

/// The largest configuration that is read, in bytes.
const LARGEST: u64 = 1024 * 1024;

/// Why there is no text to check.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// The file can't be opened or read.
    #[error("can't be read: {0}")]
    Io(#[from] std::io::Error),
    /// The file is larger than 1 MiB.
    #[error("is larger than 1 MiB")]
    TooLarge,
    /// The file is not UTF-8, as TOML has to be.
    #[error("is not UTF-8 in line {0}")]
    Encoding(usize),
}

/// Reads the file, up to 1 MiB.
pub(super) fn read(path: &Path) -> Result<String, Unreadable> {
    let mut bytes = Vec::new();
    std::fs::File::open(path)?
        .take(LARGEST + 1)
        .read_to_end(&mut bytes)?;
    text(bytes)
}

/// Takes bytes as the file's text.
pub(super) fn text(bytes: Vec<u8>) -> Result<String, Unreadable> {
    if bytes.len() as u64 > LARGEST {
        return Err(Unreadable::TooLarge);
    }
    String::from_utf8(bytes).map_err(|error| {
        let good = error.utf8_error().valid_up_to();
        let before = error.as_bytes().iter().take(good);
        Unreadable::Encoding(1 + before.filter(|byte| **byte == b'\n').count())
    })
}

/// Where a setting stands, in bytes.
#[derive(Debug, Clone)]
struct Place {
    key: Option<Range<usize>>,
    value: Range<usize>,
    is_table: bool,
}

/// Where each setting stands.
#[derive(Debug, Clone, Default)]
pub(super) struct Places(BTreeMap<SettingPath, Place>);

impl Places {
    /// Notes every key and element below `table`.
    pub(super) fn of(table: &DeTable<'_>) -> Self {
        let mut places = Self::default();
        places.note_table(&SettingPath::root(), table);
        places
    }

    fn note_table(&mut self, at: &SettingPath, table: &DeTable<'_>) {
        for (key, value) in table {
            let at = at.join(key.get_ref().as_ref());
            self.note(at, Some(key.span()), value);
        }
    }

    fn note(&mut self, at: SettingPath, key: Option<Range<usize>>, value: &Spanned<DeValue<'_>>) {
        match value.get_ref() {
            DeValue::Table(table) => self.note_table(&at, table),
            DeValue::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.note(at.join(index), None, item);
                }
            }
            _ => {}
        }
        let place = Place {
            key,
            value: value.span(),
            is_table: value.get_ref().is_table(),
        };
        self.0.insert(at, place);
    }

    /// Where to point for a problem at `path`: its value, or its key where the value is a whole
    /// table or several lines; if it isn't there, whatever encloses it.
    pub(super) fn of_value(&self, path: &SettingPath, text: &str) -> Option<Range<usize>> {
        let Some(place) = self.0.get(path) else {
            return self.of_key(&parent(path)?);
        };
        let lines = text
            .get(place.value.clone())
            .is_none_or(|value| value.contains('\n'));
        match &place.key {
            Some(key) if place.is_table || lines => Some(key.clone()),
            _ => Some(first_line(&place.value, text)),
        }
    }

    /// Where the key of `path` stands, or of what encloses it.
    pub(super) fn of_key(&self, path: &SettingPath) -> Option<Range<usize>> {
        match self.0.get(path) {
            Some(place) => Some(place.key.clone().unwrap_or_else(|| place.value.clone())),
            None => self.of_key(&parent(path)?),
        }
    }
}

fn first_line(range: &Range<usize>, text: &str) -> Range<usize> {
    let value = text.get(range.clone()).unwrap_or_default();
    let end = value.find('\n').map_or(range.end, |at| range.start + at);
    range.start..end
}

fn parent(path: &SettingPath) -> Option<SettingPath> {
    let (_, outer) = path.0.split_last()?;
    Some(SettingPath(outer.to_vec()))
}

/// Whether `path` is `outer` or lies within it.
pub(super) fn is_within(path: &SettingPath, outer: &[Segment]) -> bool {
    path.0.starts_with(outer)
}
