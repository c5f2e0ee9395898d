//! The rules of `[flex.NAME.location]` as written.

use ipnet::IpNet;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::identity::IdpName;

/// What decides a person's location.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The attributes to read; the first that is present and not empty counts.
    pub attribute: Vec<String>,
    /// The rules, in order; the first that holds decides.
    #[serde(default)]
    pub rule: Vec<RuleSettings>,
    /// What Flex is told when nothing matches.
    #[serde(default)]
    pub no_match: NoMatch,
    /// What Flex is told while the list of defined locations was never obtained.
    #[serde(default)]
    pub unavailable: Unavailable,
    /// The attributes that carry group names, for rules with `group`.
    #[serde(default = "default_group_attributes")]
    pub group_attribute: Vec<String>,
    /// The attributes that carry the e-mail address, for rules with
    /// `email_domain`; the first that is present and not empty counts, then a
    /// NameID whose Format is `emailAddress`.
    #[serde(default = "default_email_attributes")]
    pub email_attribute: Vec<String>,
}

/// The attributes that carry the e-mail address at common identity providers, unless the file names some.
#[must_use]
pub fn default_email_attributes() -> Vec<String> {
    [
        "email",
        "mail",
        "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress",
        "urn:oid:0.9.2342.19200300.100.1.3",
    ]
    .map(str::to_owned)
    .to_vec()
}

/// The attributes that carry groups at Entra ID, AD FS and others, unless the file names some.
#[must_use]
pub fn default_group_attributes() -> Vec<String> {
    [
        "groups",
        "memberOf",
        "http://schemas.microsoft.com/ws/2008/06/identity/claims/groups",
        "http://schemas.xmlsoap.org/claims/Group",
    ]
    .map(str::to_owned)
    .to_vec()
}

/// One rule: when all its conditions hold, the name is assigned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RuleSettings {
    /// The conditions; all of them must hold.
    pub when: When,
    /// The location's name. `${name}` stands for a named group of `matches`.
    ///
    /// `$$` is a dollar sign.
    pub assign: String,
}

/// The conditions of a rule. At least one must be given; all that are given must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct When {
    /// Reads this attribute instead of the section's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attribute: Option<String>,
    /// The value is one of these, case, white space and Unicode form folded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub one_of: Option<Vec<String>>,
    /// The value begins with this, folded likewise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub starts_with: Option<String>,
    /// The value ends with this, folded likewise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends_with: Option<String>,
    /// The value contains this, folded likewise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contains: Option<String>,
    /// The value, as it came but without surrounding white space, matches this
    /// regular expression (linear time; anywhere in it unless `^` and `$` are
    /// written; case counts unless `(?i)` is).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub matches: Option<String>,
    /// The person is in this group, exactly.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// The person came by this identity provider.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub idp: Option<IdpName>,
    /// The person's e-mail address is in this domain; subdomains are others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email_domain: Option<String>,
    /// The agent signs in from one of these networks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<Vec<String>>", extend("items" = {"type": "string", "format": "network"}))]
    pub network: Option<Vec<IpNet>>,
}

/// What Flex is told when nothing matches.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum NoMatch {
    /// `flex_location` is sent empty: Flex falls back to the default edge.
    #[default]
    Clear,
    /// `flex_location` is left out: the worker keeps what it has.
    Omit,
    /// The login is refused.
    Refuse,
    /// This defined name is assigned.
    Assign(String),
}

/// What Flex is told while the list of defined locations was never obtained.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Unavailable {
    /// `flex_location` is left out: the worker keeps what it has.
    #[default]
    Omit,
    /// `flex_location` is sent empty: Flex falls back to the default edge.
    Clear,
    /// The login is refused.
    Refuse,
}
