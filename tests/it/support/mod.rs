//! What several areas' tests share.

pub mod peers;
pub mod twilio;
