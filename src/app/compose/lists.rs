//! The lists of defined locations, and the clients of Twilio's API that some of them come by.

use std::collections::BTreeMap;

use super::{Purpose, Seams};
use crate::{
    config::{Config, FlexConfig},
    identity::FlexName,
    locations,
    settings::{Problem, SettingPath},
    twilio,
};

/// The lists, each with where it comes from.
pub(super) fn locations_of(
    config: &Config,
    clients: &BTreeMap<FlexName, twilio::Client>,
    seams: &Seams,
    purpose: Purpose<'_>,
    problems: &mut Vec<Problem>,
) -> locations::Registry {
    let earlier = purpose.earlier().map(|watches| &watches.locations);
    let watches = config.flex.iter().filter_map(|(name, settings)| {
        let Some(source) = location_source(settings, clients.get(name), purpose) else {
            if settings.twilio.is_none() {
                problems.push(no_credentials(name));
            }
            return None;
        };
        let plan = locations::Plan {
            flex: name.clone(),
            account_sid: settings.account_sid.clone(),
            refresh: settings.defined.refresh().get(),
            store: config.store.path().to_owned(),
        };
        let (clock, random) = (seams.clock.clone(), seams.random.clone());
        let earlier = earlier.and_then(|known| known.get(name)).map(|one| &**one);
        let watch = locations::Watch::open_after(earlier, plan, source, clock, random);
        Some(if purpose.looks() {
            watch.looking()
        } else {
            watch
        })
    });
    watches.collect()
}

/// The clients of Twilio's API, of the accounts that have credentials for it.
pub(super) fn clients_of(
    config: &Config,
    seams: &Seams,
    purpose: Purpose<'_>,
    problems: &mut Vec<Problem>,
) -> BTreeMap<FlexName, twilio::Client> {
    if matches!(purpose, Purpose::LookOffline) {
        return BTreeMap::new();
    }
    let clients = config.flex.iter().filter_map(|(name, settings)| {
        let made = twilio::Client::new(
            settings.twilio.as_ref()?,
            &settings.account_sid,
            twilio::Limits::default(),
            seams.clock.clone(),
            seams.random.clone(),
        );
        let at = || {
            let flex = SettingPath::root().join("flex");
            flex.join(name.as_str()).join("twilio")
        };
        made.map_err(|found| problems.extend(found.into_iter().map(|one| one.under(&at()))))
            .ok()
            .map(|client| (name.clone(), client))
    });
    clients.collect()
}

fn location_source(
    settings: &FlexConfig,
    client: Option<&twilio::Client>,
    purpose: Purpose<'_>,
) -> Option<Box<dyn locations::LocationSource>> {
    match &settings.defined {
        locations::Settings::File { path, .. } => {
            Some(Box::new(locations::FileSource(path.clone())))
        }
        locations::Settings::Twilio { .. } if matches!(purpose, Purpose::LookOffline) => {
            Some(Box::new(locations::Unasked))
        }
        locations::Settings::Twilio { .. } => {
            let client = client?.clone();
            Some(Box::new(locations::TwilioSource(client)))
        }
    }
}

/// The list comes from Twilio, and nothing says with which credentials.
fn no_credentials(name: &FlexName) -> Problem {
    let at = SettingPath::root().join("flex").join(name.as_str());
    let message = "the list of locations comes from Twilio, but there are no credentials";
    let mend = "Give an API key and its secret here.";
    Problem::error(at.join("twilio"), message, mend)
}
