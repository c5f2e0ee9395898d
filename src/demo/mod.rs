//! What `flexbridge demo` runs beside the bridge: a company around it, on loopback.
//!
//! Ordinary clients of the rest; the rest must never use anything from here.

pub mod flex;
pub mod idp;
mod pages;
pub mod twilio;
