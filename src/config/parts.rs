//! The file as far as it could be read.

use std::collections::BTreeMap;

use url::Url;

use super::{FlexParts, IdpFile};
use crate::{
    identity::{FlexName, IdpName},
    keys, store, telemetry, web,
};

/// The parts of the file that could be read, each on its own: one that is wrong hides no other.
#[derive(Debug, Default)]
pub struct Parts {
    /// `public_url`.
    pub public_url: Option<Url>,
    /// `[listen]`.
    pub listen: Option<web::Settings>,
    /// `[keys]`.
    pub keys: Option<keys::Settings>,
    /// `[idp.NAME]`; a name without a value is a section that could not be read.
    pub idp: BTreeMap<IdpName, Option<IdpFile>>,
    /// `[flex.NAME]`.
    pub flex: BTreeMap<FlexName, FlexParts>,
    /// `[store]`.
    pub store: Option<store::Settings>,
    /// `[journal]`.
    pub journal: Option<store::JournalSettings>,
    /// `[pages]`.
    pub pages: Option<web::PagesSettings>,
    /// `[telemetry]`.
    pub telemetry: Option<telemetry::Settings>,
}
