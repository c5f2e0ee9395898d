//! Flex's requests, honest and not, and our answer read back as Flex's side reads it.
//!
//! Must never: check what we sign with what signed it.

mod answers;
mod requests;
mod written;
