//! Telling whoever watches how far the work is.

/// Is told how far a long work is.
pub trait Progress: Send + Sync {
    /// So much there is to do in all, of which this is done already.
    fn planned(&self, all: u64, done: u64);

    /// So much more is done.
    fn advanced(&self, by: u64);
}

/// Nobody watches.
#[derive(Debug, Clone, Copy, Default)]
pub struct Unwatched;

impl Progress for Unwatched {
    fn planned(&self, _: u64, _: u64) {}

    fn advanced(&self, _: u64) {}
}
