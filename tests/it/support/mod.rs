//! What the integration tests share: real peers as child processes, a browser
//! without a screen, certificates made on the spot.
//!
//! Must never: know a particular test, or stand in for a part of the bridge.

pub mod balancer;
pub mod bridge;
pub mod browser;
pub mod chaos;
pub mod child;
pub mod chromium;
pub mod clock;
pub mod downstream;
pub mod flex;
pub mod forging;
pub mod forging_provider;
pub mod forms;
pub mod identity;
pub mod log;
pub mod mirror;
pub mod overheard;
pub mod peers;
pub mod pysaml2;
pub mod redis;
pub mod serve;
pub mod simplesaml;
pub mod twilio;
