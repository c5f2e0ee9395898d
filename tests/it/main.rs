//! The integration tests, in one binary.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test that can't go on fails, and says why"
)]

mod support;

mod demo_twilio;
mod locations;
mod twilio;
