//! The configuration: the file as written, checked, all problems at once.
//!
//! Must never: read the environment (secrets come by `SecretSource`), change anything, or
//! show a secret that somebody wrote into the file.

mod check;
mod checked;
mod draft;
mod file;
mod flex_parts;
mod found;
mod history;
mod leaf;
mod mask;
mod parts;
mod report;
mod schema;
mod secrets;
mod shape;
mod show;
mod source;
mod starter;

pub use checked::{Config, FlexConfig, IdpConfig, PublicUrl};
pub use draft::{Checked, Draft, FlexParts, Parts, load};
pub use file::*;
pub use report::{Place, Placed, Report};
pub use schema::{schema, schema_text};
pub use show::show;
pub use source::Unreadable;
pub use starter::{Starter, StarterIdp, StarterLocations, StarterTls};
