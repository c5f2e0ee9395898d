//! All integration tests in one binary: linked once, run side by side.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "tests"
)]

mod refusals_document;
mod store_killed;
mod web;
