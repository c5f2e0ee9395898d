//! What the bridge tells its administrators: log lines, metrics and spans, with every
//! field, metric and span name in one place (`docs/metrics-and-logs.md`; a test holds
//! the two together).
//!
//! Must never: let an assertion, a token, a secret or an attribute's value
//! through, or let a stranger choose a label.

pub mod fields;
mod logging;
mod login_line;
mod metrics;
mod otlp;
mod settings;
mod spans;

pub use logging::{InvalidFilter, LogFormat, init};
pub use login_line::{escaped, login_line};
pub use metrics::{KnownNames, Metrics};
pub use otlp::SpanExport;
pub use settings::*;
pub use spans::{Step, login_ends, login_goes_on, within};
