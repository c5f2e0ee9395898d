//! One `[flex.NAME]` as far as it could be read.

use std::collections::BTreeMap;

use super::{IdpChoice, LocationFile};
use crate::{
    identity::{IdpName, NameIds},
    locations, saml, twilio,
};

/// The parts of one `[flex.NAME]` that could be read.
#[derive(Debug, Default)]
pub struct FlexParts {
    /// `idp`.
    pub idp: Option<IdpChoice>,
    /// `email_domains`.
    pub email_domains: Option<BTreeMap<String, IdpName>>,
    /// `name_ids`.
    pub name_ids: Option<NameIds>,
    /// Whether `name_ids` is written at all, readable or not.
    pub has_name_ids: bool,
    /// `account_sid`.
    pub account_sid: Option<String>,
    /// `sso`.
    pub sso: Option<saml::SsoSettings>,
    /// `twilio`.
    pub twilio: Option<twilio::Settings>,
    /// Whether `twilio` is written at all, readable or not.
    pub has_twilio: bool,
    /// `claims`; a name without a value is one that could not be read. `None`: there are none.
    pub claims: Option<BTreeMap<String, Option<Vec<String>>>>,
    /// `location`, if all of it could be read.
    pub location: Option<LocationFile>,
    /// `location.defined`.
    pub defined: Option<locations::Settings>,
    /// `assertion_key`.
    pub assertion_key: Option<std::path::PathBuf>,
    /// `request_certificates`.
    pub request_certificates: Option<Vec<std::path::PathBuf>>,
    /// `pass_on`.
    pub pass_on: Option<saml::PassOnSettings>,
    /// `report_authn_context`.
    pub report_authn_context: Option<saml::ReportContext>,
}
