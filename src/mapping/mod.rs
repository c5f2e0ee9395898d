//! From attributes to a location, with every step explained. Pure.
//!
//! Must never: do I/O, or hand out a location that the defined list did not permit.

mod settings;

pub use settings::*;
