//! The state of the bridge at a glance: what is configured, how fresh what it knows is,
//! and how long its certificates last. No secrets, and nobody is asked.

use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    clock::Timestamp,
    identity::{FlexName, IdpName},
    keys::SigningKey,
    login::{Bridge, FlexAccount, Idp, Upstream},
};

/// Certificates that end sooner than this are said to, in days.
pub const SOON_DAYS: i64 = 30;

/// The state at a glance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Glance {
    /// As of when.
    pub at: Timestamp,
    /// The version that runs.
    pub version: &'static str,
    /// The Flex accounts.
    pub accounts: Vec<AccountGlance>,
    /// The identity providers.
    pub providers: Vec<ProviderGlance>,
    /// Our certificates and those of the identity providers.
    pub certificates: Vec<CertificateGlance>,
}

/// A Flex account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct AccountGlance {
    /// Its configured name.
    pub name: FlexName,
    /// Whether it is switched on.
    pub enabled: bool,
    /// Who signs its agents in.
    pub idp: Vec<IdpName>,
    /// What Flex is called as a service provider.
    pub flex_entity_id: String,
    /// Our entity ID towards it.
    pub entity_id: String,
    /// The Single Sign-On URL for Twilio Console.
    pub sso_url: String,
    /// The account's Flex login link.
    pub login_url: Option<String>,
    /// Its defined locations.
    pub locations: ListGlance,
    /// Whether the bridge has credentials for Twilio's API.
    pub twilio_api: bool,
}

/// A list of defined locations.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ListGlance {
    /// Where it comes from.
    pub source: String,
    /// How many are defined; null if it was never obtained.
    pub defined: Option<usize>,
    /// How old it is, in seconds.
    pub age_seconds: Option<u64>,
    /// Whether it is older than it should get.
    pub stale: bool,
    /// How many entries are odd.
    pub oddities: usize,
    /// Why the last refresh failed, and what to do.
    pub trouble: Option<String>,
}

/// What an identity provider speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Protocol {
    /// SAML 2.0.
    Saml,
    /// OpenID Connect.
    Oidc,
}

/// An identity provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ProviderGlance {
    /// Its configured name.
    pub name: IdpName,
    /// What people call it.
    pub display: String,
    /// Whether it is switched on.
    pub enabled: bool,
    /// What it speaks.
    pub protocol: Protocol,
    /// Its entity ID or issuer; null if it was never obtained.
    pub is: Option<String>,
    /// Where it sends people back to: the ACS URL or redirect URI.
    pub answers_at: String,
    /// How old what is known of it is, in seconds; null if it was never obtained.
    pub age_seconds: Option<u64>,
    /// Until when its metadata may be used, if it says.
    pub valid_until: Option<Timestamp>,
    /// Whether nobody can sign in there: what is known of it is over, or was never obtained.
    pub unusable: bool,
    /// Why the last refresh failed, and what to do.
    pub trouble: Option<String>,
}

/// How a certificate is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Lasting {
    /// It lasts.
    Good,
    /// It ends within 30 days.
    Soon,
    /// It is over.
    Over,
}

/// A certificate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct CertificateGlance {
    /// Whose and where, such as `keys.assertion[0]` or `idp.hq`.
    pub place: String,
    /// What it is for.
    pub purpose: &'static str,
    /// Its subject.
    pub subject: String,
    /// SHA-256 of it, as hex.
    pub sha256: String,
    /// When it ends.
    pub not_after: Timestamp,
    /// Whole days until then; negative once it is over.
    pub days_left: i64,
    /// How it is.
    pub lasting: Lasting,
}

/// Looks at everything once.
#[must_use]
pub fn glance(bridge: &Bridge, now: Timestamp) -> Glance {
    Glance {
        at: now,
        version: env!("CARGO_PKG_VERSION"),
        accounts: bridge.flex.values().map(account).collect(),
        providers: bridge.idp.values().map(|idp| provider(idp, now)).collect(),
        certificates: certificates(bridge, now),
    }
}

fn account(account: &FlexAccount) -> AccountGlance {
    let status = account.locations.status();
    let trouble = status
        .failure
        .map(|failure| format!("{}: {} {}", failure.code, failure.detail, failure.mend));
    AccountGlance {
        name: account.name.clone(),
        enabled: account.enabled,
        idp: account.idp.clone(),
        flex_entity_id: account.sp.entity_id.clone(),
        entity_id: account.entity_id.clone(),
        sso_url: account.sso_url.clone(),
        login_url: account.login_url.as_ref().map(ToString::to_string),
        locations: ListGlance {
            source: status.source,
            defined: status.count,
            age_seconds: status.age_seconds,
            stale: status.stale,
            oddities: status.oddities,
            trouble: trouble.or(status.disk_problem),
        },
        twilio_api: account.twilio.is_some(),
    }
}

fn provider(idp: &Idp, now: Timestamp) -> ProviderGlance {
    let common = ProviderGlance {
        name: idp.name.clone(),
        display: idp.display.clone(),
        enabled: idp.enabled,
        protocol: Protocol::Saml,
        is: None,
        answers_at: String::new(),
        age_seconds: None,
        valid_until: None,
        unusable: true,
        trouble: None,
    };
    match &idp.upstream {
        Upstream::Saml(saml) => {
            let status = saml.metadata.status(now);
            let trouble = status.failure.map(|failure| {
                let code = failure.code;
                format!("{code}: {} {}", failure.detail, failure.mend)
            });
            ProviderGlance {
                unusable: status.entity_id.is_none() || status.expired,
                is: status.entity_id,
                answers_at: saml.endpoints.acs_url.clone(),
                age_seconds: status.age_seconds,
                valid_until: status.valid_until,
                trouble: trouble.or(status.disk_problem),
                ..common
            }
        }
        Upstream::Oidc(party) => {
            let status = party.provider.status(now);
            let trouble = status
                .failure
                .map(|failure| format!("{failure} {}", failure.mend()));
            ProviderGlance {
                protocol: Protocol::Oidc,
                is: Some(status.issuer),
                answers_at: party.redirect_uri.to_string(),
                age_seconds: status.age_seconds,
                unusable: status.age_seconds.is_none(),
                trouble,
                ..common
            }
        }
    }
}

fn certificates(bridge: &Bridge, now: Timestamp) -> Vec<CertificateGlance> {
    let assertion = bridge.assertion.all().enumerate();
    let ours = assertion.map(|(index, key)| {
        let mut accounts = bridge.flex.values();
        let signs =
            accounts.any(|account| account.assertion.signing().fingerprint() == key.fingerprint());
        let purpose = match (signs, index) {
            (true, _) => "signs what Flex receives",
            (false, 0) => "signs for no Flex account",
            (false, _) => "published, ready to take over",
        };
        of_key(format!("keys.assertion[{index}]"), purpose, key, now)
    });
    let theirs = bridge.idp.values().filter_map(|idp| {
        let status = idp.saml()?.metadata.status(now);
        let place = format!("idp.{}", idp.name);
        Some(status.certificates.into_iter().map(move |one| {
            let (days_left, lasting) = lasting(one.not_after, now);
            CertificateGlance {
                place: place.clone(),
                purpose: "the identity provider signs with it",
                subject: one.subject,
                sha256: one.fingerprint,
                not_after: one.not_after,
                days_left,
                lasting,
            }
        }))
    });
    ours.chain(theirs.flatten()).collect()
}

fn of_key(
    place: String,
    purpose: &'static str,
    key: &SigningKey,
    now: Timestamp,
) -> CertificateGlance {
    let (days_left, lasting) = lasting(key.not_after(), now);
    CertificateGlance {
        place,
        purpose,
        subject: key.subject().to_owned(),
        sha256: key.fingerprint().to_owned(),
        not_after: key.not_after(),
        days_left,
        lasting,
    }
}

fn lasting(not_after: Timestamp, now: Timestamp) -> (i64, Lasting) {
    let left = not_after - now;
    let lasting = if left.num_seconds() < 0 {
        Lasting::Over
    } else if left.num_days() < SOON_DAYS {
        Lasting::Soon
    } else {
        Lasting::Good
    };
    (left.num_days(), lasting)
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;

    #[test]
    fn a_certificate_lasts_ends_soon_or_is_over() {
        let now = Timestamp::UNIX_EPOCH;
        for (hours, expected) in [
            (24 * 31, (31, Lasting::Good)),
            (24 * 30, (30, Lasting::Good)),
            (24 * 30 - 1, (29, Lasting::Soon)),
            (1, (0, Lasting::Soon)),
            (-1, (0, Lasting::Over)),
            (-49, (-2, Lasting::Over)),
        ] {
            assert_eq!(
                lasting(now + TimeDelta::hours(hours), now),
                expected,
                "{hours}"
            );
        }
    }
}
