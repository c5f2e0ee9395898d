//! What Flex is as a SAML service provider, by its SSO profile.

use crate::saml::{SsoProfile, SsoSettings, SsoWord, WrittenUrl};

/// Flex as a service provider: whom we answer, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlexSp {
    /// Its entity ID: the issuer of its requests and the audience of our assertions.
    pub entity_id: String,
    /// Its assertion consumer service: the only address that responses go to.
    pub acs_url: WrittenUrl,
}

impl FlexSp {
    /// Derives Flex's values from the configured profile and account.
    ///
    /// # Errors
    /// When the values don't make a URL, which a checked configuration rules out.
    pub fn new(sso: &SsoSettings, account_sid: &str) -> Result<Self, url::ParseError> {
        match sso {
            SsoSettings::Word(SsoWord::Legacy) | SsoSettings::Profile(SsoProfile::Legacy {}) => {
                let acs = format!("https://iam.twilio.com/v1/Accounts/{account_sid}/saml2");
                let entity_id = format!("{acs}/metadata");
                Ok(Self {
                    entity_id,
                    acs_url: acs.parse()?,
                })
            }
            SsoSettings::Profile(SsoProfile::Enhanced { connection }) => Ok(Self {
                entity_id: format!("urn:flex:{connection}"),
                acs_url: format!(
                    "https://login.flex.us1.twilio.com/login/callback?connection={connection}"
                )
                .parse()?,
            }),
            SsoSettings::Profile(SsoProfile::Custom { entity_id, acs_url }) => Ok(Self {
                entity_id: entity_id.clone(),
                acs_url: acs_url.clone(),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_profile_has_its_values() {
        let of = |json: &str| {
            let sso: SsoSettings = serde_json::from_str(json).unwrap();
            let sp = FlexSp::new(&sso, "AC1").unwrap();
            (sp.entity_id, sp.acs_url.to_string())
        };
        let legacy = (
            "https://iam.twilio.com/v1/Accounts/AC1/saml2/metadata".to_owned(),
            "https://iam.twilio.com/v1/Accounts/AC1/saml2".to_owned(),
        );
        assert_eq!(of("\"legacy\""), legacy);
        assert_eq!(of("{\"profile\":\"legacy\"}"), legacy);
        assert_eq!(
            of("{\"profile\":\"enhanced\",\"connection\":\"JQ2\"}"),
            (
                "urn:flex:JQ2".to_owned(),
                "https://login.flex.us1.twilio.com/login/callback?connection=JQ2".to_owned()
            )
        );
        assert_eq!(
            of(
                "{\"profile\":\"custom\",\"entity_id\":\"e\",\"acs_url\":\"https://a.example/acs?x=1\"}"
            ),
            ("e".to_owned(), "https://a.example/acs?x=1".to_owned())
        );
        // As written: Flex compares it byte for byte.
        assert_eq!(
            of(
                "{\"profile\":\"custom\",\"entity_id\":\"e\",\"acs_url\":\"https://Flex.Example.com:443\"}"
            ),
            ("e".to_owned(), "https://Flex.Example.com:443".to_owned())
        );
    }
}
