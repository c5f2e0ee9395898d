//! XML as SAML needs it: bounds before a tree, one strict tree, canonical bytes
//! out of it, and a writer whose output is canonical by construction.
//!
//! Must never: resolve an entity, open anything, or write text unescaped.

mod canonical;
mod name;
mod normal;
mod scan;
mod tree;
mod writer;

pub use canonical::{CanonicalError, canonical_subtree};
pub use name::is_id;
pub use normal::{holds_any, normalised};
pub use scan::{Limits, XmlError, scan};
pub use tree::{Node, Tree};
pub use writer::{Element, Unwritable, xml_can_carry};
