//! What `flexbridge demo` runs beside the bridge: a company around it, on loopback.
//!
//! Ordinary clients of the rest; the rest must never use anything from here.

pub mod twilio;
