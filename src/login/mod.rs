//! One login, from Flex's request to Flex's answer.
//!
//! Must never: know a wire format or a protocol crate; it tells the story, the parts do the work.

mod claims;
mod release;
#[cfg(test)]
mod release_tests;
mod settings;
mod step;

pub use claims::Claims;
pub use settings::*;
pub use step::*;
