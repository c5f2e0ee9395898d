//! What the benches share: a company that signs, and a bridge made from a file like any other.
//!
//! Must never: go around a part that a login goes through, or ask the system for time or
//! randomness while something is counted.

#![allow(dead_code, reason = "each bench uses its part")]

pub mod company;
pub mod world;
