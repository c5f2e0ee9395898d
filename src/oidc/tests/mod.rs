//! Each attack, refused for its own reason; each honest variant, accepted.

mod documents;
mod keys;
mod network;
mod tokens;
