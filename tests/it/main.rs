//! Tests of the whole from outside; one binary, a module an area.

mod cli;
mod config;
