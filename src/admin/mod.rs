//! What an administrator can do, once each: the command line today, the page
//! and the API after it, all call the same operation here.
//!
//! Must never: print, speak HTTP, or do what a login does in another way than a login.

mod explain;
mod setup;
pub mod workers;

pub use explain::{Explanation, FlexView, Sample, SampleTime, Stage, explain};
pub use setup::{Field, Setup, setup};
