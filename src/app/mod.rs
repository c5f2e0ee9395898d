//! The composition root: a configuration becomes a running bridge, and ends in good order.
//!
//! `load` checks a file, with everything that is wrong at once; `compose` makes
//! the parts of a checked configuration, `look` those of commands that change nothing; `running` serves, reloads and drains;
//! `service` is what the web asks; `readiness` looks whether logins can be
//! served; `online` asks the partners for `config check --online`; `health` asks a bridge that runs;
//! `rules` reads the rules out of what somebody pastes; `doctor` looks at everything, and `witness` is what a running bridge tells it.
//!
//! Must never: decide anything about a login.

mod bound;
mod compose;
mod doctor;
mod health;
mod housekeeping;
mod load;
mod look;
mod online;
mod readiness;
mod rules;
mod running;
mod service;
mod witness;

pub use compose::{Parts, journal_keeping};
pub use doctor::examine;
pub use health::{Probe, Unwell, probe};
pub use load::{Loaded, load};
pub use look::{parts, parts_before_setup, parts_unasked};
pub use online::check_online;
pub use running::{Running, StartError, start};
