//! Telling whoever watches how far the work is.

/// Is told how far a long work is, and may say that it is enough.
pub trait Progress: Send + Sync {
    /// So much there is to do in all, of which this is done already.
    fn planned(&self, all: u64, done: u64);

    /// So much more is done.
    fn advanced(&self, by: u64);

    /// Whether nothing further is to be begun.
    fn enough(&self) -> bool {
        false
    }
}

/// Nobody watches.
#[derive(Debug, Clone, Copy, Default)]
pub struct Unwatched;

impl Progress for Unwatched {
    fn planned(&self, _: u64, _: u64) {}

    fn advanced(&self, _: u64) {}
}
