//! Where log lines go and what they look like.

use std::{
    io::{self, IsTerminal},
    sync::atomic::Ordering,
};

use tracing_subscriber::{
    EnvFilter, Layer,
    filter::{FilterExt, filter_fn},
    fmt,
    layer::SubscriberExt,
    reload,
    util::SubscriberInitExt,
};

use super::{
    otlp::{Exporting, LAYER},
    spans::{EXPORTED, TARGET},
};

/// What log lines look like.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum LogFormat {
    /// For people at a terminal, JSON otherwise.
    #[default]
    Auto,
    /// For people.
    Human,
    /// One JSON object a line.
    Json,
}

/// The words of `--log` can't be understood, or logging was set up already.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{filter}` is not a log filter ({cause}); write a level such as \"info\", or levels by part such as \"info,flexbridge::saml=debug\""
)]
pub struct InvalidFilter {
    /// The filter as given.
    pub filter: String,
    /// What the parser said.
    pub cause: String,
}

/// Sends log lines to standard error from here on.
///
/// `filter` is what `--log` says: a level, or levels by part. The environment
/// is not asked.
///
/// # Errors
/// [`InvalidFilter`] when the filter can't be read, or when called twice.
pub fn init(format: LogFormat, filter: &str) -> Result<(), InvalidFilter> {
    let invalid = |cause: String| InvalidFilter {
        filter: filter.to_owned(),
        cause,
    };
    let levels = EnvFilter::builder()
        .parse(filter)
        .map_err(|error| invalid(error.to_string()))?;
    // Where spans go is known once the configuration is read; lines know nothing of them.
    let (exporting, handle) = reload::Layer::new(Exporting::None);
    let exported = filter_fn(|about| about.target() == TARGET && EXPORTED.load(Ordering::Acquire));
    let registry = tracing_subscriber::registry().with(exporting.with_filter(exported));
    let levels = levels.and(filter_fn(|about| about.target() != TARGET));
    let terminal = io::stderr().is_terminal();
    let human = format == LogFormat::Human || (format == LogFormat::Auto && terminal);
    if human {
        let lines = fmt::layer().with_writer(io::stderr).with_ansi(terminal);
        registry.with(lines.with_filter(levels)).try_init()
    } else {
        let lines = fmt::layer()
            .json()
            .flatten_event(true)
            .with_current_span(false)
            .with_span_list(false)
            .with_writer(io::stderr);
        registry.with(lines.with_filter(levels)).try_init()
    }
    .map_err(|error| invalid(error.to_string()))?;
    // Only the first subscriber of a process gets here.
    let _ = LAYER.set(handle);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_that_is_none_is_refused_with_an_example() {
        let refused = init(LogFormat::Json, "flexbridge=loud").unwrap_err();
        assert!(refused.to_string().contains("info,flexbridge::saml=debug"));
    }
}
