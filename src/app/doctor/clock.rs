//! This machine's clock, against what the partners' answers say the time is.

use chrono::TimeDelta;
use futures_util::future::join_all;
use url::Url;

use super::{Finding, Patient, in_time};
use crate::{
    clock::Timestamp,
    config::{Config, IdpConfig},
    saml::MetadataSource,
    upstream::ask,
};

/// `Date` has whole seconds and travels a while.
const FINE: TimeDelta = TimeDelta::seconds(5);
/// As `clock_skew` is by default: beyond it assertions are refused.
const TOO_FAR: TimeDelta = TimeDelta::seconds(60);
/// How many servers are asked for the time.
const MOST_ASKED: usize = 8;

/// Somebody's time, and how far ours is ahead of it.
struct Told {
    by: String,
    ahead: TimeDelta,
}

pub(super) async fn look(patient: &Patient) -> Vec<Finding> {
    let asked = servers(&patient.config).into_iter().take(MOST_ASKED);
    let told = join_all(asked.map(|(url, private)| ask_time(patient, url, private)));
    vec![judge(
        told.await.into_iter().flatten().collect(),
        patient.now,
    )]
}

/// Whoever is asked anyway, each with whether it may be in a private network.
fn servers(config: &Config) -> Vec<(Url, bool)> {
    let accounts = config.flex.values().filter_map(|one| one.twilio.as_ref());
    let twilio = accounts.map(|one| (one.flex_api_url.clone(), false));
    let providers = config.idp.values().filter_map(|idp| match idp {
        IdpConfig::Saml(saml) => match &saml.metadata {
            MetadataSource::Url(url) => Some((url.url.clone(), url.allow_private)),
            MetadataSource::File(_) => None,
        },
        IdpConfig::Oidc(oidc) => Some((oidc.issuer.parse().ok()?, false)),
    });
    let mut servers: Vec<(Url, bool)> = Vec::new();
    for (mut url, private) in twilio.chain(providers) {
        // The time needs no path, and a query may hold a token.
        url.set_path("/");
        url.set_query(None);
        if servers.iter().all(|(known, _)| *known != url) {
            servers.push((url, private));
        }
    }
    servers
}

async fn ask_time(patient: &Patient, url: Url, private: bool) -> Option<Told> {
    let heard = in_time(ask(&url, private, None)).await?.ok()?;
    let ahead = patient.seams.clock.now() - heard.date()?;
    let by = url.host_str()?.to_owned();
    Some(Told { by, ahead })
}

/// The nearest counts: one partner's own clock may be wrong, ours can't be right by chance.
fn judge(told: Vec<Told>, now: Timestamp) -> Finding {
    let name = "clock";
    let nearest = told.into_iter().min_by_key(|one| one.ahead.abs());
    let Some(Told { by, ahead }) = nearest else {
        return Finding::warning(
            name,
            format!(
                "it says {}; no partner told the time, so it can't be judged",
                now.format("%Y-%m-%d %H:%M:%S UTC")
            ),
            "See whether `timedatectl` says that the clock is synchronised.",
        );
    };
    let seconds = ahead.num_seconds().abs();
    let mend = "Let the machine keep its clock by NTP (`timedatectl set-ntp true`): assertions are valid for minutes only.";
    let way = if ahead < TimeDelta::zero() {
        "behind"
    } else {
        "ahead"
    };
    match ahead.abs() {
        apart if apart <= FINE => Finding::ok(name, format!("agrees with {by}")),
        apart if apart <= TOO_FAR => {
            Finding::warning(name, format!("{seconds} s {way} of {by}"), mend)
        }
        _ => Finding::fails(name, format!("{seconds} s {way} of {by}"), mend),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::admin::Health;

    #[test]
    fn the_nearest_clock_counts() {
        for (ahead, health, seen) in [
            (&[][..], Health::Warning, "can't be judged"),
            (&[0], Health::Ok, "agrees with a0"),
            (&[-5, 900], Health::Ok, "agrees with a0"),
            (&[900, 6], Health::Warning, "6 s ahead of a1"),
            (&[-61], Health::Fails, "61 s behind of a0"),
            (&[61, 3_600], Health::Fails, "61 s ahead of a0"),
        ] {
            let told = ahead.iter().enumerate().map(|(index, seconds)| Told {
                by: format!("a{index}"),
                ahead: TimeDelta::seconds(*seconds),
            });
            let found = judge(told.collect(), Timestamp::UNIX_EPOCH);
            assert_eq!(found.health, health, "{ahead:?}");
            assert!(found.seen.contains(seen), "{}", found.seen);
        }
    }
}
