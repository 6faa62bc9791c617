//! Spans, by the API of OpenTelemetry itself: what is in one is written here, and nothing else can come into it.

use super::collector::Collector;
use crate::{
    config::{Config, config_error},
    edge::Edge,
    error::Error,
    metrics::Places,
};
use axum::extract::{ConnectInfo, Request};
use countersign_axum::ProblemCode;
use countersign_provider::Provider;
use http::{HeaderMap, Method, Response};
use opentelemetry::{
    Context, KeyValue,
    propagation::TextMapPropagator,
    trace::{SpanKind, Status, TraceContextExt, Tracer as _, TracerProvider},
};
use opentelemetry_http::{HeaderExtractor, HeaderInjector};
use opentelemetry_otlp::{SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::{
    Resource,
    propagation::TraceContextPropagator,
    trace::{BatchConfigBuilder, BatchSpanProcessor, SdkTracer, SdkTracerProvider},
};
use std::{net::SocketAddr, sync::Arc, time::Duration};
use tokio::runtime::Handle;

/// Begins the spans of requests. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Tracer(Arc<Inner>);

struct Inner {
    all: SdkTracerProvider,
    tracer: SdkTracer,
    places: Places,
    /// Knows whom to believe.
    provider: Provider,
}

/// In the extensions of a request that is traced.
#[derive(Clone)]
struct Traced {
    tracer: Tracer,
    context: Context,
}

/// A request that is to be answered; its span ends when this is dropped.
pub(crate) struct Asked(Span);

/// A request that an upstream is to answer.
pub(crate) struct Hop(Span);

/// One that ends when it is dropped: without an answer, unless there was one.
struct Span {
    context: Context,
    answered: bool,
}

impl Tracer {
    /// `None` where nobody collects them.
    ///
    /// # Errors
    ///
    /// [`Error::Config`] for an address that cannot be one.
    pub(crate) fn open(config: &Config, edge: &Edge, provider: &Provider) -> Result<Option<Self>, Error> {
        let Some(collector) = config.telemetry.collector() else { return Ok(None) };
        let runtime = Handle::try_current().map_err(|error| Error::System(std::io::Error::other(error)))?;
        let exporter = SpanExporter::builder()
            .with_http()
            .with_http_client(Collector::new(runtime))
            .with_endpoint(format!("{collector}/v1/traces"))
            .build()
            .map_err(|error| config_error("telemetry.otlp", &error.to_string()))?;
        let often = BatchConfigBuilder::default().with_scheduled_delay(EVERY).build();
        let processor = BatchSpanProcessor::builder(exporter).with_batch_config(often).build();
        let version = KeyValue::new("service.version", env!("CARGO_PKG_VERSION"));
        let resource =
            Resource::builder_empty().with_service_name("countersign").with_attribute(version).build();
        let all = SdkTracerProvider::builder().with_span_processor(processor).with_resource(resource).build();
        let tracer = all.tracer("countersign");
        let places = Places::new(config, edge);
        Ok(Some(Self(Arc::new(Inner { all, tracer, places, provider: provider.clone() }))))
    }

    /// A request has come.
    ///
    /// # Security
    ///
    /// Whose request it continues is believed from a trusted proxy alone: a stranger could join other people's traces, or have
    /// all of their own sampled. What a request said of it goes no further.
    pub(crate) fn begin(&self, request: &mut Request) -> Asked {
        let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0.ip());
        let is_trusted = peer.is_some_and(|peer| self.0.provider.trusts(peer));
        let parent = if is_trusted { told(request.headers()) } else { Context::new() };
        for field in FIELDS {
            request.headers_mut().remove(field);
        }
        let (method, endpoint) = (method(request.method()), self.0.places.of(request.uri().path()).name());
        let attributes =
            [KeyValue::new("http.request.method", method), KeyValue::new("countersign.endpoint", endpoint)];
        let named = self.0.tracer.span_builder(format!("{method} {endpoint}"));
        let span = named
            .with_kind(SpanKind::Server)
            .with_attributes(attributes)
            .start_with_context(&self.0.tracer, &parent);
        let context = parent.with_span(span);
        request.extensions_mut().insert(Traced { tracer: self.clone(), context: context.clone() });
        Asked(Span { context, answered: false })
    }

    /// Sends what is left, for a few seconds at most.
    pub(crate) async fn end(&self) {
        let all = self.0.all.clone();
        // Of a thread that may wait: the runtime is what sends.
        let ended = tokio::task::spawn_blocking(move || all.shutdown_with_timeout(LAST)).await;
        if !matches!(ended, Ok(Ok(()))) {
            tracing::warn!("the collector did not take the last spans in time");
        }
    }
}

impl Asked {
    pub(crate) fn answered<B>(mut self, response: &Response<B>) {
        let problem = response.extensions().get::<ProblemCode>().map_or(DONE, |code| code.0);
        self.0.answered(response, problem);
    }
}

impl Hop {
    pub(crate) fn answered<B>(mut self, response: &Response<B>) {
        self.0.answered(response, DONE);
    }
}

impl Span {
    fn answered<B>(&mut self, response: &Response<B>, outcome: &'static str) {
        self.answered = true;
        let (span, status) = (self.context.span(), response.status());
        span.set_attribute(KeyValue::new("http.response.status_code", i64::from(status.as_u16())));
        span.set_attribute(KeyValue::new(OUTCOME, outcome));
        if status.is_server_error() {
            span.set_status(Status::error(""));
        }
    }
}

impl Drop for Span {
    fn drop(&mut self) {
        let span = self.context.span();
        if !self.answered {
            span.set_attribute(KeyValue::new(OUTCOME, "unanswered"));
        }
        span.end();
    }
}

/// Begins the span of a hop to an upstream, and writes into the request's fields what the upstream is to continue.
pub(crate) fn hop(request: &mut Request) -> Option<Hop> {
    let Traced { tracer, context } = request.extensions_mut().remove::<Traced>()?;
    let method = KeyValue::new("http.request.method", method(request.method()));
    let named = tracer.0.tracer.span_builder("upstream").with_kind(SpanKind::Client);
    let span = named.with_attributes([method]).start_with_context(&tracer.0.tracer, &context);
    let context = context.with_span(span);
    TraceContextPropagator::new().inject_context(&context, &mut HeaderInjector(request.headers_mut()));
    Some(Hop(Span { context, answered: false }))
}

/// What the fields of a request say of whose it is a part.
fn told(fields: &HeaderMap) -> Context {
    TraceContextPropagator::new().extract_with_context(&Context::new(), &HeaderExtractor(fields))
}

/// One of few: a client may make up any other.
fn method(method: &Method) -> &'static str {
    const KNOWN: [&str; 9] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "CONNECT", "TRACE"];
    KNOWN.into_iter().find(|known| *known == method.as_str()).unwrap_or("_OTHER")
}

const FIELDS: [&str; 2] = ["traceparent", "tracestate"];
const OUTCOME: &str = "countersign.outcome";
const DONE: &str = "done";
/// How long a span may wait to be sent.
const EVERY: Duration = Duration::from_secs(1);
/// How long the last ones may take.
const LAST: Duration = Duration::from_secs(3);
