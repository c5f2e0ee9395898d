//! What is bound to the process, so that changing it takes a restart: the stores, the
//! administrator's token, where spans go.

use std::sync::Arc;

use super::running::StartError;
use crate::{
    config::Config,
    settings::SettingPath,
    store::{self, EmbeddedJournal, EmbeddedStore, Journal, RedisPlan, RedisStore, Store},
    telemetry::SpanExport,
    web::AdminAccess,
};

pub(super) type Stores = (Arc<dyn Store>, Arc<dyn Journal>);

pub(super) fn open_stores(settings: &store::Settings) -> Result<Stores, store::StoreUnavailable> {
    let journal = Arc::new(EmbeddedJournal::open(settings.path())?);
    let store: Arc<dyn Store> = match RedisPlan::read(settings)? {
        None => Arc::new(EmbeddedStore::open(settings.path())?),
        Some(plan) => Arc::new(RedisStore::new(&plan)?),
    };
    Ok((store, journal))
}

/// Where spans go is bound to the process, as its log is.
pub(super) fn export_spans(config: &Config) -> Result<Option<SpanExport>, StartError> {
    let started = config.telemetry.otlp.as_ref().map(SpanExport::start);
    let at = SettingPath::root().join("telemetry");
    started
        .transpose()
        .map(Option::flatten)
        .map_err(|problem| StartError::Parts(vec![problem.under(&at)]))
}

/// The token is bound to the process, as its address is.
pub(super) fn admin_access(config: &Config) -> Result<AdminAccess, StartError> {
    let token = config.listen.admin_token.as_ref().map(|source| {
        source.read().map_err(|error| {
            let at = SettingPath::root().join("listen").join("admin_token");
            StartError::Parts(vec![source.problem(at, &error)])
        })
    });
    Ok(AdminAccess {
        token: token.transpose()?,
        trusted_proxies: config.listen.trusted_proxies.clone(),
    })
}
