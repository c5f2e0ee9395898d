//! What `flexbridge demo` runs beside the bridge: a company around it, on loopback.
//!
//! Ordinary clients of the rest; the rest must never use anything from here.

mod company;
pub mod flex;
pub mod idp;
mod pages;
mod ports;
mod state;
mod story;
pub mod twilio;
mod walk;

pub use company::{Arrival, Company, DemoError, Options};
pub use ports::PortError;
pub use state::StateError;
pub use story::story;
pub use walk::{Found, Hop, WalkError, Walked};
