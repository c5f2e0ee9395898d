//! How each part is, as a chip beside its name.

use crate::admin::{
    AccountGlance, CertificateGlance, Lasting, ListGlance, Protocol, ProviderGlance,
};

/// How a part is, as a chip: its class and its word.
pub(super) type Chip = (&'static str, &'static str);

pub(super) const fn list(list: &ListGlance) -> Chip {
    if list.defined.is_none() {
        ("bad", "never obtained")
    } else if list.stale {
        ("warn", "stale")
    } else if list.trouble.is_some() {
        ("warn", "not refreshed")
    } else {
        ("good", "fresh")
    }
}

pub(super) const fn account(account: &AccountGlance) -> Chip {
    if account.enabled {
        ("good", "on")
    } else {
        ("off", "switched off")
    }
}

pub(super) const fn provider(provider: &ProviderGlance) -> Chip {
    if !provider.enabled {
        ("off", "switched off")
    } else if provider.unusable {
        ("bad", "unusable")
    } else if provider.trouble.is_some() {
        ("warn", "not refreshed")
    } else {
        ("good", "fresh")
    }
}

pub(super) const fn certificate(certificate: &CertificateGlance) -> Chip {
    match certificate.lasting {
        Lasting::Good => ("good", "fine"),
        Lasting::Soon => ("warn", "ends soon"),
        Lasting::Over => ("bad", "over"),
    }
}

/// What an identity provider speaks, in words.
pub(super) const fn protocol(provider: &ProviderGlance) -> &'static str {
    match provider.protocol {
        Protocol::Saml => "SAML 2.0",
        Protocol::Oidc => "OpenID Connect",
    }
}
