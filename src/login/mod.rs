//! One login, from Flex's request to Flex's answer.
//!
//! Must never: know a wire format or a protocol crate; it tells the story, the parts do the work.

mod begin;
mod bridge;
mod choose;
mod claims;
mod demand;
mod finish;
#[cfg(fuzzing)]
pub mod fuzzing;
mod initiate;
mod judge;
mod keeping;
mod logins;
mod memory;
mod passive;
mod pending;
mod ration;
mod redeem;
mod release;
#[cfg(test)]
mod release_tests;
mod sealed;
mod settings;
mod step;
mod way;
mod whose;
mod work;

pub use bridge::{Bridge, FlexAccount, Idp, SamlIdp, Upstream};
pub use claims::Claims;
pub use judge::{decide, preview};
pub use keeping::Keeping;
pub use logins::Logins;
pub use settings::*;
pub use step::*;
