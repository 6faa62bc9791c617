//! What is counted, for Prometheus: on a socket of its own, by labels that nobody outside chooses.
//!
//! ```text
//!   serve ─▶ Meter (endpoint, status, problem, seconds) ─┐
//!   stores ─▶ Measured (verb, outcome, seconds) ─────────┼─▶ registry ─▶ GET /metrics
//!                        └─▶ Live (nonces) ──────────────┘
//! ```
//!
//! Every counter is made at the start or with its first use, and is an atomic number from then on: a request takes no lock and
//! allocates nothing to be counted.

mod endpoint;
mod live;
mod requests;
mod stores;

#[cfg(feature = "otel")]
pub(crate) use endpoint::Places;
pub(crate) use requests::Meter;
pub(crate) use stores::{At, Measured};

use axum::{
    Router,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use countersign_provider::{Clock, System};
use live::Live;
use prometheus::{
    Histogram, HistogramOpts, IntCounter, IntCounterVec, IntGauge, Opts, Registry, TEXT_FORMAT, TextEncoder,
};
use requests::Requests;
use std::sync::Arc;
use stores::Calls;

/// What is counted. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Metrics(Arc<All>);

struct All {
    registry: Registry,
    requests: Requests,
    calls: Calls,
    live: Live,
    nonces: IntGauge,
}

impl Default for Metrics {
    fn default() -> Self {
        let registry = Registry::new();
        let version = Opts::new("countersign_build_info", "The version that runs.")
            .const_label("version", env!("CARGO_PKG_VERSION"));
        let built = registered(&registry, IntGauge::with_opts(version));
        built.set(1);
        let nonces = Opts::new(
            "countersign_live_nonces",
            "Nonces that this process has claimed and that are still remembered.",
        );
        Self(Arc::new(All {
            requests: Requests::new(&registry),
            calls: Calls::new(&registry),
            live: Live::default(),
            nonces: registered(&registry, IntGauge::with_opts(nonces)),
            registry,
        }))
    }
}

impl Metrics {
    /// What Prometheus reads.
    fn text(&self) -> Result<String, prometheus::Error> {
        self.0.nonces.set(self.0.live.at(System.now()));
        TextEncoder::new().encode_to_string(&self.0.registry.gather())
    }

    /// The routes of the socket for Prometheus.
    pub(crate) fn router(&self) -> Router {
        Router::new().route("/metrics", get(show)).with_state(self.clone())
    }
}

async fn show(State(metrics): State<Metrics>) -> Response {
    match metrics.text() {
        Ok(text) => ([(header::CONTENT_TYPE, TEXT_FORMAT)], text).into_response(),
        Err(error) => {
            tracing::error!(%error, "metrics cannot be written");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

fn counters(registry: &Registry, name: &str, help: &str, labels: &[&str]) -> IntCounterVec {
    registered(registry, IntCounterVec::new(Opts::new(name, help), labels))
}

fn counter(registry: &Registry, name: &str, help: &str) -> IntCounter {
    registered(registry, IntCounter::new(name, help))
}

/// A histogram of seconds under one label.
fn seconds(registry: &Registry, name: &str, help: &str, label: (&str, &str)) -> Histogram {
    let options = HistogramOpts::new(name, help).const_label(label.0, label.1).buckets(BUCKETS.to_vec());
    registered(registry, Histogram::with_opts(options))
}

fn registered<C: prometheus::core::Collector + Clone + 'static>(
    registry: &Registry,
    made: Result<C, prometheus::Error>,
) -> C {
    // OK because names and labels are written here, each once: a test reads them all
    let made = made.expect("a name of ours");
    registry.register(Box::new(made.clone())).expect("a name of ours, once");
    made
}

/// From a cached request to one that a store has nearly given up.
const BUCKETS: [f64; 13] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_ours_and_is_explained() {
        let text = Metrics::default().text().expect("text");
        let named = text.lines().filter_map(|line| line.strip_prefix("# HELP "));
        let named: Vec<_> = named.map(|line| line.split_once(' ').expect("a name and its meaning")).collect();
        assert!(named.len() >= 5, "{text}");
        for (name, help) in named {
            assert!(name.starts_with("countersign_") && help.ends_with('.'), "{name} {help}");
        }
    }
}
