//! Tests of the whole from outside; one binary, a module an area.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that can't go on has failed; the linter sees helpers outside `#[test]`"
)]

mod cli;
mod config;
