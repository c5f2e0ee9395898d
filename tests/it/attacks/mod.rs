//! Whole attacks through real sockets against a running bridge, named as the
//! literature names them, one file a class. `table` keeps count, `bench` sends.
//!
//! Must never: accept "some refusal". A case names the code of the check that
//! has to stop it, and stopped by another it is a failing case. Beside the cases
//! of each class stand honest variants that must be let in, or the refusals say nothing.

#![allow(
    clippy::too_many_lines,
    reason = "a class is one table of cases, and reads best whole"
)]

pub mod bench;
pub mod paper;
mod table;

mod addressing;
mod algorithms;
mod attributes;
mod bulk;
mod comments;
mod csrf;
mod dtd;
mod encodings;
mod encrypted;
mod exclusion;
mod issuer;
mod keys;
mod metadata;
pub mod oidc;
mod parsers;
mod references;
mod replay;
mod requests;
mod slow;
mod time;
mod wrapping;
