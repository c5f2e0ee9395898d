//! Documents as real identity providers lay them out: prefixes, white space, extras.

use super::*;

#[test]
fn placeholder() {}
