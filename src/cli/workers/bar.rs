//! How far the work is: a bar on a terminal, nothing elsewhere.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::admin::workers::Progress;

/// A bar on standard error. Where that is no terminal nothing is drawn.
pub(super) struct Bar(ProgressBar);

impl Bar {
    /// A bar for work whose size is not known yet.
    pub(super) fn counting(what: &'static str) -> Self {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
        Self::styled(bar.with_message(what), "{msg} {human_pos}, {per_sec}")
    }

    /// A bar for work of a known size, with its rate and the time that is left.
    pub(super) fn of(what: &'static str) -> Self {
        let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::stderr());
        let template = "{msg} {wide_bar} {human_pos} of {human_len}, {per_sec}, {eta} left";
        Self::styled(bar.with_message(what), template)
    }

    fn styled(bar: ProgressBar, template: &str) -> Self {
        let style = ProgressStyle::with_template(template);
        Self(match style {
            Ok(style) => bar.with_style(style),
            Err(_) => bar,
        })
    }
}

impl Progress for Bar {
    fn planned(&self, all: u64, done: u64) {
        self.0.set_length(all);
        self.0.set_position(done);
        // What an earlier run did says nothing about this run's rate.
        self.0.reset_eta();
    }

    fn advanced(&self, by: u64) {
        self.0.inc(by);
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
