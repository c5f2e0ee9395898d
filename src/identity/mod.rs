//! The nouns of a login, and nothing that acts: who was signed in, what they
//! carry, which locations exist, what was decided, why something was refused.
//!
//! Pure data: this module must never read a file, a socket or a clock, and
//! knows neither SAML nor OpenID Connect. From here on both look the same.

mod attributes;
mod decision;
mod email_domain;
mod initiated;
mod locations;
mod name_ids;
mod names;
mod person;
mod public_reason;
mod reading;
mod record;
mod refusal;
mod release;
mod schema;

pub use attributes::{Attribute, Attributes};
pub use decision::{Decision, LocationOutcome, NoMatchCause, Step};
pub use email_domain::EmailDomain;
pub use initiated::{IdpInitiated, IdpInitiatedTo};
pub use locations::{DefinedLocations, FlexLocation, Location, Lookup, fold_name};
pub use name_ids::NameIds;
pub use names::{FlexName, IdpName, InvalidName, LoginReference};
pub use person::{Authentication, Identity, NameId};
pub use public_reason::PublicReason;
pub use reading::{
    AgentPseudonym, Answer, InvalidPseudonym, LONGEST_KEPT_VALUE, MOST_KEPT_ANSWERS,
    MOST_KEPT_VALUES, Question, ReadAttribute, Reading,
};
pub use record::{LoginOutcome, LoginRecord};
pub use refusal::{Refusal, RefusalCode};
pub use release::{NotReleasable, Release, ReleasedAttribute, claim_key, resembles_location};
