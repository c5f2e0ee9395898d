//! What the parts do together. One binary, so that it links once.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that fails shall fail loudly"
)]

mod mapping_docs;
