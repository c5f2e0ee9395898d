//! Twilio's REST API as far as Flex locations need it: the Flex Configuration, and the workers
//! of TaskRouter (`taskrouter`).
//!
//! Must never: log a credential, follow a redirect, or read without bounds.

mod body;
mod client;
mod configuration;
mod credentials;
mod error;
mod limits;
mod permissions;
mod retry;
mod settings;
pub mod taskrouter;
mod ui_attributes;

pub use client::Client;
pub use configuration::FlexConfiguration;
pub use error::{Error, ErrorCode, TwilioMessage};
pub use limits::Limits;
pub use settings::*;
pub use ui_attributes::UiAttributes;
