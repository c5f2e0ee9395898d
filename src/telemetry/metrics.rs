//! Metrics for Prometheus.

use std::{
    collections::BTreeSet,
    sync::{PoisonError, RwLock, atomic::AtomicU64},
    time::Duration,
};

use prometheus_client::{
    encoding::{EncodeLabelSet, text::encode},
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram, info::Info},
    registry::Registry,
};

use crate::{
    clock::Timestamp,
    identity::{FlexName, IdpName, LoginRecord, NoMatchCause, RefusalCode},
};

/// The label of a name that is not configured, or of a login that ended before it was known.
const UNKNOWN: &str = "unknown";
/// The label `code` of an accepted login.
const NO_CODE: &str = "none";

/// From half a millisecond to five seconds.
const DURATION_BUCKETS: [f64; 13] = [
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0,
];

/// The names that may be labels. Everything else is counted as `unknown`, so that
/// nobody outside can make new time series.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KnownNames {
    /// The configured Flex accounts.
    pub flex: BTreeSet<FlexName>,
    /// The configured identity providers.
    pub idp: BTreeSet<IdpName>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct LoginLabels {
    flex: String,
    idp: String,
    outcome: &'static str,
    code: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct NoMatchLabels {
    flex: String,
    cause: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct FlexLabel {
    flex: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct IdpLabel {
    idp: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct NameLabel {
    name: String,
}

type Seconds = Gauge<f64, AtomicU64>;

/// Every metric of the bridge.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    known: RwLock<KnownNames>,
    logins: Family<LoginLabels, Counter>,
    duration: Histogram,
    no_match: Family<NoMatchLabels, Counter>,
    locations_age: Family<FlexLabel, Seconds>,
    locations_defined: Family<FlexLabel, Gauge>,
    certificate_expiry: Family<NameLabel, Gauge>,
    metadata_age: Family<IdpLabel, Seconds>,
}

impl Metrics {
    /// The metrics of a bridge with these names, all at zero.
    #[must_use]
    pub fn new(known: KnownNames) -> Self {
        let mut metrics = Self {
            registry: Registry::with_prefix("flexbridge"),
            known: RwLock::new(known),
            logins: Family::default(),
            duration: Histogram::new(DURATION_BUCKETS),
            no_match: Family::default(),
            locations_age: Family::default(),
            locations_defined: Family::default(),
            certificate_expiry: Family::default(),
            metadata_age: Family::default(),
        };
        metrics.register();
        metrics.begin_at_zero();
        metrics
    }

    /// What an alert looks at is there before it first happens: Prometheus sees no increase in
    /// a series that begins with 1.
    fn begin_at_zero(&self) {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        for name in &known.flex {
            for cause in NoMatchCause::ALL {
                let (flex, cause) = (name.as_str().to_owned(), cause.as_str());
                drop(self.no_match.get_or_create(&NoMatchLabels { flex, cause }));
            }
        }
    }

    fn register(&mut self) {
        let registry = &mut self.registry;
        let version = Info::new(vec![("version", env!("CARGO_PKG_VERSION"))]);
        registry.register("build", "The version that runs", version);
        registry.register("logins", "Logins that ended", self.logins.clone());
        registry.register(
            "login_duration_seconds",
            "From the arrival of the identity provider's answer to our own",
            self.duration.clone(),
        );
        registry.register(
            "location_no_match",
            "Logins whose person matched no location",
            self.no_match.clone(),
        );
        registry.register(
            "locations_age_seconds",
            "Time since the list of defined locations was read",
            self.locations_age.clone(),
        );
        registry.register(
            "locations_defined",
            "Defined locations",
            self.locations_defined.clone(),
        );
        registry.register(
            "certificate_expiry_timestamp_seconds",
            "When a certificate expires, in seconds since 1970",
            self.certificate_expiry.clone(),
        );
        registry.register(
            "metadata_age_seconds",
            "Time since the identity provider's metadata was read",
            self.metadata_age.clone(),
        );
    }

    /// Takes over other configured names, and forgets the gauges of those that are gone.
    pub fn set_known(&self, known: KnownNames) {
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = known;
        self.locations_age.clear();
        self.locations_defined.clear();
        self.certificate_expiry.clear();
        self.metadata_age.clear();
        self.begin_at_zero();
    }

    /// Counts a login that ended.
    #[expect(clippy::cast_precision_loss, reason = "exact up to 285 years")]
    pub fn login_ended(&self, record: &LoginRecord) {
        let flex = self.flex_label(record.flex.as_ref());
        self.duration.observe(record.duration_us as f64 / 1e6);
        if let Some(cause) = record.no_match {
            self.no_match
                .get_or_create(&NoMatchLabels {
                    flex: flex.clone(),
                    cause: NoMatchCause::as_str(cause),
                })
                .inc();
        }
        self.logins
            .get_or_create(&LoginLabels {
                flex,
                idp: self.idp_label(record.idp.as_ref()),
                outcome: record.outcome.as_str(),
                code: record.code.map_or(NO_CODE, RefusalCode::as_str),
            })
            .inc();
    }

    /// Tells how old an account's list of defined locations is, and how many it holds.
    pub fn set_locations(&self, flex: &FlexName, age: Duration, defined: usize) {
        let label = FlexLabel {
            flex: self.flex_label(Some(flex)),
        };
        self.locations_age
            .get_or_create(&label)
            .set(age.as_secs_f64());
        self.locations_defined
            .get_or_create(&label)
            .set(i64::try_from(defined).unwrap_or(i64::MAX));
    }

    /// Tells when a certificate expires. `name` is a setting's path, such as `keys.assertion[0]`.
    pub fn set_certificate_expiry(&self, name: &str, expiry: Timestamp) {
        let name = name.to_owned();
        self.certificate_expiry
            .get_or_create(&NameLabel { name })
            .set(expiry.timestamp());
    }

    /// Tells how old an identity provider's metadata is.
    pub fn set_metadata_age(&self, idp: &IdpName, age: Duration) {
        let idp = self.idp_label(Some(idp));
        self.metadata_age
            .get_or_create(&IdpLabel { idp })
            .set(age.as_secs_f64());
    }

    /// All metrics in the `OpenMetrics` text format.
    #[must_use]
    pub fn encode(&self) -> String {
        let mut text = String::new();
        // Writing into a String can't fail.
        let _ = encode(&mut text, &self.registry);
        text
    }

    fn flex_label(&self, name: Option<&FlexName>) -> String {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        name.filter(|name| known.flex.contains(*name))
            .map_or(UNKNOWN, FlexName::as_str)
            .to_owned()
    }

    fn idp_label(&self, name: Option<&IdpName>) -> String {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        name.filter(|name| known.idp.contains(*name))
            .map_or(UNKNOWN, IdpName::as_str)
            .to_owned()
    }
}

#[cfg(test)]
#[path = "metrics_tests.rs"]
mod tests;
