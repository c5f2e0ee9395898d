//! The parts of a checked configuration, joined; `lists` has those that Twilio's API takes part in.
//!
//! Must never: ask anybody, or write anything but what opening a part needs.

mod keeping;
mod lists;

use std::{collections::BTreeMap, sync::Arc};

use chrono::TimeDelta;
use rustls_pki_types::{CertificateDer, pem::PemObject};

use crate::{
    clock::{Clock, Random},
    config::{Config, FlexConfig, IdpConfig},
    identity::{FlexName, IdpInitiated, IdpName},
    keys::{AssertionKeys, Keys, NoKeys},
    locations,
    login::{Bridge, Claims, FlexAccount, Idp, SamlIdp, Upstream},
    mapping::Mapping,
    oidc::{self, OidcSettings, RelyingParty},
    saml::{
        IdpSettings, encryption::Decryption, idp::FlexSp, signature::TrustedCertificates,
        sp::Endpoints,
    },
    settings::{Problem, SettingPath},
    upstream,
};

use super::running::Watches;
pub use keeping::journal_keeping;
use keeping::keeping;
use lists::{clients_of, locations_of};

/// What one configuration is made of.
pub struct Parts {
    /// What logins see.
    pub bridge: Bridge,
    /// The lists of defined locations.
    pub locations: locations::Registry,
    /// The identity providers' metadata.
    pub upstream: upstream::Registry,
    /// The OpenID Connect providers.
    pub oidc: oidc::Registry,
}

/// What the parts are made for.
#[derive(Clone, Copy)]
pub(super) enum Purpose<'a> {
    /// To serve; what the running ones know of the same sources goes on.
    Serve(Option<&'a Watches>),
    /// To look: nothing is written to the disk.
    Look,
    /// To look without asking anybody: secrets for that need not be there.
    LookOffline,
}

impl<'a> Purpose<'a> {
    const fn earlier(self) -> Option<&'a Watches> {
        match self {
            Self::Serve(earlier) => earlier,
            Self::Look | Self::LookOffline => None,
        }
    }

    const fn looks(self) -> bool {
        !matches!(self, Self::Serve(_))
    }
}

/// Time and randomness, as shared by all parts.
#[derive(Clone)]
pub(super) struct Seams {
    pub clock: Arc<dyn Clock>,
    pub random: Arc<dyn Random>,
}

impl Parts {
    /// Makes the parts. Copies on disk are read; nobody is asked yet.
    ///
    /// # Errors
    /// What could not be made; paths as seen from the whole file.
    pub(super) fn compose(
        config: &Config,
        keys: &Keys,
        seams: &Seams,
        purpose: Purpose<'_>,
    ) -> Result<Self, Vec<Problem>> {
        let mut problems = Vec::new();
        let upstream = upstream_of(config, seams, purpose, &mut problems);
        let clients = clients_of(config, seams, purpose, &mut problems);
        let locations = locations_of(config, &clients, seams, purpose, &mut problems);
        let idp = config.idp.iter().filter_map(|(name, settings)| {
            let one = match settings {
                IdpConfig::Saml(settings) => {
                    saml(name, settings, config, upstream.get(name)?.clone(), keys)
                }
                IdpConfig::Oidc(settings) => match oidc(name, settings, config, seams, purpose) {
                    Ok(one) => one,
                    Err(problem) => {
                        let at = SettingPath::root().join("idp").join(name.as_str());
                        problems.push(problem.under(&at));
                        return None;
                    }
                },
            };
            Some((name.clone(), one))
        });
        let idp: BTreeMap<IdpName, Idp> = idp.collect();
        let oidc = idp.values().filter_map(Idp::oidc);
        let oidc = oidc.map(|one| one.provider.clone()).collect();
        let keeping = keeping(config, keys, seams, purpose)
            .map_err(|problem| problems.push(problem))
            .unwrap_or_default();
        let mut flex = BTreeMap::new();
        for (name, settings) in &config.flex {
            let Some(watch) = locations.get(name) else {
                continue;
            };
            match account(name, settings, config, keys, watch.clone()) {
                Ok(account) => {
                    let twilio = clients.get(name).cloned();
                    flex.insert(name.clone(), FlexAccount { twilio, ..account });
                }
                Err(found) => {
                    let at = SettingPath::root().join("flex").join(name.as_str());
                    problems.extend(found.into_iter().map(|problem| problem.under(&at)));
                }
            }
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        let bridge = Bridge {
            https: config.public_url.is_https(),
            idp,
            flex,
            cookie: keys.cookie.clone(),
            assertion: keys.assertion.clone(),
            keeping,
        };
        Ok(Self {
            bridge,
            locations,
            upstream,
            oidc,
        })
    }
}

fn upstream_of(
    config: &Config,
    seams: &Seams,
    purpose: Purpose<'_>,
    problems: &mut Vec<Problem>,
) -> upstream::Registry {
    let earlier = purpose.earlier().map(|watches| &watches.upstream);
    let watches = config.idp.iter().filter_map(|(name, settings)| {
        let IdpConfig::Saml(settings) = settings else {
            return None;
        };
        let at = SettingPath::root()
            .join("idp")
            .join(name.as_str())
            .join("metadata");
        let source = upstream::Source::new(&settings.metadata, upstream::Limits::default())
            .map_err(|problem| problems.push(problem.under(&at)))
            .ok()?;
        let plan = upstream::Plan {
            idp: name.clone(),
            store: config.store.path().to_owned(),
        };
        let (clock, random) = (seams.clock.clone(), seams.random.clone());
        let earlier = earlier.and_then(|known| known.get(name)).map(|one| &**one);
        let watch = upstream::Watch::open_after(earlier, plan, source, clock, random);
        Some(if purpose.looks() {
            watch.looking()
        } else {
            watch
        })
    });
    watches.collect()
}

fn oidc(
    name: &IdpName,
    settings: &OidcSettings,
    config: &Config,
    seams: &Seams,
    purpose: Purpose<'_>,
) -> Result<Idp, Problem> {
    let public_url = &config.public_url;
    let redirect_uri = format!("{public_url}/oidc/rp/{name}/callback");
    let redirect_uri = redirect_uri.parse().map_err(|error| {
        let message = format!("this makes no redirect URI: {error}");
        Problem::error(SettingPath::root(), message, "Check `public_url`.")
    })?;
    let (clock, random) = (seams.clock.clone(), seams.random.clone());
    let make = match purpose {
        Purpose::LookOffline => RelyingParty::before_setup,
        Purpose::Serve(_) | Purpose::Look => RelyingParty::new,
    };
    let party = make(name, settings, redirect_uri, clock, random)?;
    Ok(Idp {
        name: name.clone(),
        upstream: Upstream::Oidc(Arc::new(party)),
        enabled: settings.enabled,
        display: settings.name.clone().unwrap_or_else(|| name.to_string()),
        initiates: initiates(name, &settings.idp_initiated, config),
    })
}

fn saml(
    name: &IdpName,
    settings: &IdpSettings,
    config: &Config,
    metadata: Arc<upstream::Watch>,
    keys: &Keys,
) -> Idp {
    let entity_id = format!("{}/saml/sp/{name}", config.public_url);
    Idp {
        name: name.clone(),
        upstream: Upstream::Saml(SamlIdp {
            endpoints: Endpoints {
                acs_url: format!("{entity_id}/acs"),
                entity_id,
            },
            metadata,
            skew: TimeDelta::from_std(settings.clock_skew.get()).unwrap_or(TimeDelta::zero()),
            second_opinion: settings.second_opinion,
            decryption: Decryption {
                keys: keys.decryption.clone(),
                allow_cbc: settings.allow_cbc,
            },
        }),
        enabled: settings.enabled,
        display: settings.name.clone().unwrap_or_else(|| name.to_string()),
        initiates: initiates(name, &settings.idp_initiated, config),
    }
}

/// The Flex account that the identity provider's unasked responses lead to.
fn initiates(name: &IdpName, switch: &IdpInitiated, config: &Config) -> Option<FlexName> {
    let named = || {
        let accounts = config.flex.iter();
        accounts.filter(|(_, account)| account.idp.contains(name))
    };
    match switch {
        IdpInitiated::Switch(false) => None,
        IdpInitiated::To(to) => Some(to.flex.clone()),
        IdpInitiated::Switch(true) => match named().count() {
            1 => named().next().map(|(flex, _)| flex.clone()),
            _ => None,
        },
    }
}

fn account(
    name: &FlexName,
    settings: &FlexConfig,
    config: &Config,
    keys: &Keys,
    locations: Arc<locations::Watch>,
) -> Result<FlexAccount, Vec<Problem>> {
    let public_url = &config.public_url;
    let entity_id = format!("{public_url}/saml/idp/{name}");
    let under = |at: &'static str| {
        move |found: Vec<Problem>| -> Vec<Problem> {
            let at = SettingPath::root().join(at);
            found
                .into_iter()
                .map(|problem| problem.under(&at))
                .collect()
        }
    };
    let sp = FlexSp::new(&settings.sso, &settings.account_sid).map_err(|error| {
        let at = SettingPath::root().join("sso");
        let mend = "Compare the values with Twilio Console's Single sign-on page.";
        vec![Problem::error(
            at,
            format!("these values make no address: {error}"),
            mend,
        )]
    })?;
    let link = format!("{public_url}/login/{name}");
    let link = link.parse().map_err(|error| {
        let message = format!("this makes no login link: {error}");
        vec![Problem::error(
            SettingPath::root(),
            message,
            "Check `public_url`.",
        )]
    })?;
    Ok(FlexAccount {
        name: name.clone(),
        idp: settings.idp.clone(),
        email_domains: settings.email_domains.clone(),
        name_ids: settings.name_ids,
        sp,
        sso_url: format!("{entity_id}/sso"),
        entity_id,
        claims: Claims::new(&settings.claims).map_err(under("claims"))?,
        assertion: signs_for(settings, config, keys).map_err(|problem| vec![problem])?,
        mapping: Mapping::new(settings.mapping.clone()).map_err(under("location"))?,
        locations,
        twilio: None,
        enabled: settings.enabled,
        request_certificates: request_certificates(settings).map_err(|problem| vec![problem])?,
        login_url: settings.login_url.clone(),
        link,
        pass_on: settings.pass_on.clone(),
        report_context: settings.report_authn_context.clone(),
    })
}

/// The keys of an account: the one that it has chosen signs.
fn signs_for(
    settings: &FlexConfig,
    config: &Config,
    keys: &Keys,
) -> Result<AssertionKeys, Problem> {
    let chosen = settings.assertion_key.as_deref();
    let place = config.keys.assertion_place(chosen).ok_or(NoKeys);
    place
        .and_then(|place| keys.assertion.signing_with(place))
        .map_err(|error| {
            let at = SettingPath::root().join("assertion_key");
            let mend = "Name the certificate of a pair in `keys.assertion`.";
            Problem::error(at, error.to_string(), mend)
        })
}

fn request_certificates(settings: &FlexConfig) -> Result<Option<TrustedCertificates>, Problem> {
    if settings.request_certificates.is_empty() {
        return Ok(None);
    }
    let at = SettingPath::root().join("request_certificates");
    let mend = "Name PEM files with the certificates that sign Flex's requests.";
    let mut certificates = Vec::new();
    for (index, path) in settings.request_certificates.iter().enumerate() {
        let problem = |why: String| {
            Problem::error(at.join(index), format!("{}: {why}", path.display()), mend)
        };
        let file = CertificateDer::pem_file_iter(path).map_err(|e| problem(e.to_string()))?;
        for certificate in file {
            let der = certificate.map_err(|error| problem(error.to_string()))?;
            certificates.push(der.to_vec());
        }
    }
    TrustedCertificates::new(certificates)
        .map(Some)
        .map_err(|error| Problem::error(at, error.to_string(), mend))
}
