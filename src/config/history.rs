//! Keys that earlier versions knew, and what became of them: whoever upgrades is told what to
//! write now, not that a key is unknown.
//!
//! A release that removes or renames a key adds a line here; `config/history/` has an example
//! of each release, and a test that each still loads or is told all of this.

use super::found::{Found, shown};
use crate::settings::{Segment, SettingPath};

/// A key that is no more.
#[derive(Debug, Clone, Copy)]
pub(super) struct Replaced {
    /// Its path, `*` for names and places in lists: `idp.*.metadata_url`.
    pub(super) path: &'static str,
    /// The first version without it.
    pub(super) since: &'static str,
    /// What to write instead, or why nothing has to be.
    pub(super) mend: &'static str,
}

/// Every key that was removed or renamed; none yet.
pub(super) const REPLACED: &[Replaced] = &[];

/// What is said of the key at `at` if an earlier version knew it.
pub(super) fn find(table: &[Replaced], at: &SettingPath) -> Option<Found> {
    let replaced = table.iter().find(|replaced| matches(replaced.path, at))?;
    let key = at.0.last().map(segment).unwrap_or_default();
    let message = format!("`{}` is no more since {}", shown(&key), replaced.since);
    Some(Found::key(at, message, replaced.mend))
}

fn segment(segment: &Segment) -> String {
    match segment {
        Segment::Key(key) => key.clone(),
        Segment::Index(index) => index.to_string(),
    }
}

fn matches(pattern: &str, at: &SettingPath) -> bool {
    let mut steps = pattern.split('.');
    let fits = |step: &Segment| {
        let wanted = steps.next();
        wanted == Some("*") || wanted == Some(segment(step).as_str())
    };
    at.0.iter().all(fits) && steps.next().is_none()
}

#[cfg(test)]
mod tests {
    use toml::de::DeTable;

    use super::*;
    use crate::config::{schema, shape};

    const PLANTED: &[Replaced] = &[
        Replaced {
            path: "journal.max_entries",
            since: "0.2.0",
            mend: "Write `max_rows`.",
        },
        Replaced {
            path: "idp.*.metadata_url",
            since: "0.3.0",
            mend: "Write `metadata = { url = \"…\" }`.",
        },
    ];

    #[test]
    fn whoever_upgrades_is_told_what_to_write() {
        let text = "[journal]\nmax_entries = 7\n[idp.hq]\nprotocol = \"saml\"\nmetadata_url = \"x\"\n[store]\nmetadata_url = 1\n";
        let table = DeTable::parse(text).unwrap().into_inner();
        let schema = schema();
        let said = |path: &str, table: &[Replaced]| {
            let parsed = DeTable::parse(text).unwrap().into_inner();
            let walked = shape::walk(&parsed, &schema, table);
            let found = walked.found.into_iter();
            let mut problems = found.map(|found| found.problem);
            problems.find(|problem| problem.path.to_string() == path)
        };
        let problem = said("journal.max_entries", PLANTED).unwrap();
        assert_eq!(problem.mend, "Write `max_rows`.");
        assert!(problem.message.contains("since 0.2.0"), "{problem}");
        let problem = said("idp.hq.metadata_url", PLANTED).unwrap();
        assert!(problem.message.contains("since 0.3.0"), "{problem}");
        // Not known there, and without the table not known at all.
        assert!(
            !shape::walk(&table, &schema, PLANTED)
                .found
                .iter()
                .any(
                    |found| found.problem.path.to_string() == "store.metadata_url"
                        && found.problem.message.contains("since")
                )
        );
        let problem = said("journal.max_entries", &[]).unwrap();
        assert!(problem.message.contains("there is no key"), "{problem}");
    }

    #[test]
    fn every_line_of_the_table_is_about_a_key_that_is_gone() {
        for replaced in REPLACED {
            let version: Vec<_> = replaced.since.split('.').collect();
            assert_eq!(version.len(), 3, "{replaced:?}");
            assert!(replaced.mend.ends_with('.'), "{replaced:?}");
            let key = replaced.path.rsplit('.').next().unwrap();
            assert_ne!(key, "*", "{replaced:?}");
        }
    }
}
