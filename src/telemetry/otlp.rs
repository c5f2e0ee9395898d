//! Spans on their way to an OpenTelemetry collector, by OTLP over HTTP.
//!
//! A login only puts its spans into a bounded queue; a thread of the SDK's own sends them. A
//! collector that is away or slow costs spans, never time.

use std::{
    collections::{BTreeMap, HashMap},
    fmt,
    sync::{OnceLock, atomic::Ordering},
    time::Duration,
};

use opentelemetry::trace::TracerProvider as _;
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::{
    Resource,
    trace::{BatchConfigBuilder, BatchSpanProcessor, SdkTracerProvider, SpanLimits, Tracer},
};
use tracing_opentelemetry::OpenTelemetryLayer;
use tracing_subscriber::{Registry, reload};
use url::Url;

use super::{settings::OtlpSettings, spans::EXPORTED};
use crate::{
    outbound,
    settings::{Problem, Secret, SettingPath, is_loopback},
};

/// How long one attempt to send may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long the end waits for the last spans.
const LAST: Duration = Duration::from_secs(2);
/// How many spans wait to be sent; more are dropped.
const QUEUE: usize = 4_096;
/// The most of a collector's answer that is read, in bytes.
const LARGEST_ANSWER: usize = 64 * 1024;

/// The layer that spans go through, while there is a collector.
pub(super) type Exporting = Option<OpenTelemetryLayer<Registry, Tracer>>;

/// Where the layer is changed once the configuration is known; empty without a subscriber of ours.
pub(super) static LAYER: OnceLock<reload::Handle<Exporting, Registry>> = OnceLock::new();

/// Spans are exported as long as this is held.
pub struct SpanExport {
    provider: SdkTracerProvider,
}

impl SpanExport {
    /// Exports spans from here on. To be called within a Tokio runtime, after
    /// [`init`](super::init); without that nothing happens.
    ///
    /// # Errors
    /// What is wrong with the settings; paths as seen from `[telemetry]`.
    pub fn start(settings: &OtlpSettings) -> Result<Option<Self>, Problem> {
        let Some(layer) = LAYER.get() else {
            return Ok(None);
        };
        let provider = provider(settings)?;
        let exporting = tracing_opentelemetry::layer()
            .with_tracer(provider.tracer("flexbridge"))
            .with_location(false)
            .with_threads(false)
            .with_target(false)
            .with_tracked_inactivity(false);
        EXPORTED.store(true, Ordering::Release);
        layer.reload(Some(exporting)).map_err(|error| {
            let mend = "Leave `otlp` out, and tell us.";
            Problem::error(path(), format!("spans can't be exported: {error}"), mend)
        })?;
        Ok(Some(Self { provider }))
    }

    /// Sends what is left, for two seconds at most, and stops.
    pub async fn stop(self) {
        let stopped = tokio::task::spawn_blocking(move || {
            // It blocks until the thread that sends has ended.
            self.provider.shutdown_with_timeout(LAST)
        });
        if let Ok(Err(error)) = stopped.await {
            tracing::warn!(detail = %error, "the last spans could not be sent");
        }
    }
}

impl Drop for SpanExport {
    fn drop(&mut self) {
        EXPORTED.store(false, Ordering::Release);
        if let Some(layer) = LAYER.get() {
            // The subscriber is gone: then nobody makes spans either.
            let _ = layer.reload(None);
        }
    }
}

fn path() -> SettingPath {
    SettingPath::root().join("otlp")
}

fn provider(settings: &OtlpSettings) -> Result<SdkTracerProvider, Problem> {
    let headers = headers(&settings.headers)?;
    let cannot = |error: &dyn fmt::Display| {
        let mend = "Check `endpoint`; it looks like \"http://127.0.0.1:4318\".";
        Problem::error(path(), format!("spans can't be exported: {error}"), mend)
    };
    let exporter = SpanExporter::builder()
        .with_http()
        .with_protocol(Protocol::HttpBinary)
        .with_endpoint(address(&settings.endpoint))
        .with_timeout(PATIENCE)
        .with_headers(headers)
        .with_http_client(Transport::new(&settings.endpoint).map_err(|error| cannot(&error))?)
        .build()
        .map_err(|error| cannot(&error))?;
    let batches = BatchConfigBuilder::default()
        .with_max_queue_size(QUEUE)
        .with_scheduled_delay(Duration::from_secs(1))
        .build();
    let processor = BatchSpanProcessor::builder(exporter)
        .with_batch_config(batches)
        .build();
    let resource = Resource::builder_empty()
        .with_service_name("flexbridge")
        .with_attribute(opentelemetry::KeyValue::new(
            "service.version",
            env!("CARGO_PKG_VERSION"),
        ))
        .build();
    Ok(SdkTracerProvider::builder()
        .with_span_processor(processor)
        .with_resource(resource)
        .with_span_limits(SpanLimits::default())
        .build())
}

/// `endpoint` with `/v1/traces` behind it (OTLP §"OTLP/HTTP Request").
fn address(endpoint: &Url) -> String {
    format!("{}/v1/traces", endpoint.as_str().trim_end_matches('/'))
}

fn headers(
    sources: &BTreeMap<String, crate::settings::SecretSource>,
) -> Result<HashMap<String, String>, Problem> {
    let read = |(name, source): (&String, &crate::settings::SecretSource)| {
        let at = path().join("headers").join(name.as_str());
        let secret: Secret = source
            .read()
            .map_err(|error| source.problem(at.clone(), &error))?;
        let value = secret.expose().trim().to_owned();
        let fits = http::HeaderName::from_bytes(name.as_bytes()).is_ok()
            && http::HeaderValue::from_str(&value).is_ok();
        if !fits {
            let mend = "Write the header's name, and give its value in one line of ASCII.";
            return Err(Problem::error(at, "this makes no header", mend));
        }
        Ok((name.clone(), value))
    };
    sources.iter().map(read).collect()
}

/// Our HTTP client for the SDK's thread, which knows no Tokio: the work is done on our runtime.
struct Transport {
    client: reqwest::Client,
    runtime: tokio::runtime::Handle,
}

impl fmt::Debug for Transport {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Transport(…)")
    }
}

impl Transport {
    fn new(endpoint: &Url) -> Result<Self, reqwest::Error> {
        let builder = outbound::client().timeout(PATIENCE);
        let builder = if is_loopback(endpoint) {
            builder.no_proxy()
        } else {
            builder.https_only(true)
        };
        Ok(Self {
            client: builder.build()?,
            runtime: tokio::runtime::Handle::current(),
        })
    }
}

#[async_trait::async_trait]
impl HttpClient for Transport {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let client = self.client.clone();
        let sent = self
            .runtime
            .spawn(async move { send(&client, request).await });
        sent.await?
    }
}

async fn send(
    client: &reqwest::Client,
    request: Request<Bytes>,
) -> Result<Response<Bytes>, HttpError> {
    let response = client.execute(request.try_into()?).await?;
    let status = response.status();
    let body = outbound::body(response, LARGEST_ANSWER).await;
    let body = body.map_err(|failure| failure.detail)?;
    let mut answer = Response::new(Bytes::from(body));
    *answer.status_mut() = status;
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn traces_have_their_path_behind_the_collector() {
        for (endpoint, whole) in [
            ("http://127.0.0.1:4318", "http://127.0.0.1:4318/v1/traces"),
            (
                "https://otlp.example.com/x/",
                "https://otlp.example.com/x/v1/traces",
            ),
        ] {
            assert_eq!(address(&endpoint.parse().unwrap()), whole);
        }
    }
}
