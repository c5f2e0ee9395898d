//! The workers' `flex_location` through TaskRouter: who has which (`audit`), and setting it
//! for one or for thousands.
//!
//! `rows` reads what a spreadsheet wrote, `plan` finds out which worker each row means and
//! checks every name, `carry_out` does the plan, `change` one worker's part of it, `state`
//! remembers on disk what was done (`journal` writes it), and `report` tells it afterwards.
//! `kept` is where the page's jobs are on disk, `last` what the journal says of workers.
//!
//! Must never: create a worker, write a name that the defined list did not permit, touch
//! another attribute, write without the version that was read, or write anything twice.

mod audit;
mod carry_out;
mod change;
mod journal;
mod judge;
mod kept;
mod last;
mod pace;
mod plan;
mod report;
mod rows;
mod state;
mod watched;

pub use audit::{Findings, Listed, Standing, Survey, WorkerList, count_by_location, survey};
pub use carry_out::{Carried, StoppedEarly, carry_out};
pub use change::Outcome;
pub use judge::{AttributeSource, AttributeTable, Judge, Judged, People};
pub use kept::JobName;
pub(super) use kept::{Begun, End, Shelf};
pub use last::{LastLogin, LastLogins};
pub use pace::Pace;
pub use plan::{Plan, PlannedChange, ReadyPlan, Target, plan};
pub use report::{Report, ReportFormat, ReportRow, Totals};
pub use rows::{BadRow, Row, TableProblem, read_rows};
pub use state::{StateError, StateFile};
pub use watched::{Progress, Unwatched};
