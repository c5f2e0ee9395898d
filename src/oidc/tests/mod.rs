//! Each attack, refused for its own reason; each honest variant, accepted.
//!
//! Must never: take a refusal for a success without looking at its code.

mod bench;
mod documents;
mod keys;
mod network;
mod stages;
mod tokens;
