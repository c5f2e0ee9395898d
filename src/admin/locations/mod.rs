//! The defined locations of a Flex account, from an administrator's side: seen (`list`),
//! judged (`lint`), changed (`plan`, then `apply`), put back (`backup`).
//!
//! A change has two halves. A [`Plan`] reads, merges and tells what would happen; only a plan
//! that was [confirmed](Plan::confirm) by its fingerprint can be [applied](apply). Between the
//! two somebody looks, at a terminal or on a page, in one process or in two requests.
//!
//! Must never: write anything but `ui_attributes`, write twice, or write over what was changed
//! since it was shown.

mod against;
mod apply;
mod backup;
mod dependents;
mod error;
mod lint;
mod list;
mod plan;
mod workers;

pub use crate::locations::{Change, Difference, Finding, Findings, LARGEST_DOCUMENT};
pub use against::{against_twilio, lint_whole};
pub use apply::{Applied, apply};
pub use backup::{Backup, BackupFile, backups};
pub use dependents::{Dependent, RuleThere, WorkersThere};
pub use error::{Failed, Written};
pub use lint::{Linted, Report, lint, lint_document};
pub use list::{Listed, list};
pub use plan::{Confirmed, Plan, Purpose, diff, restoration};
