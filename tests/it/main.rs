//! Every integration test, in one binary: one module an area, and `support`
//! for what they share (real peers, a browser, certificates).

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "all of this is test code; clippy's own exception covers #[test] functions only"
)]

mod architecture;
mod peers;
mod saml;
mod support;
mod twilio;
