//! What the bridge tells its administrators: log lines and metrics, with every
//! field and metric name in one place (`docs/metrics-and-logs.md`; a test holds
//! the two together).
//!
//! Must never: let an assertion, a token, a secret or an attribute's value
//! through, or let a stranger choose a label.

pub mod fields;
mod logging;
mod login_line;
mod metrics;

pub use logging::{InvalidFilter, LogFormat, init};
pub use login_line::{escaped, login_line};
pub use metrics::{KnownNames, Metrics};
