//! Requests: how each part of the server has answered, and how long that took.

use super::{
    Metrics, counters,
    endpoint::{Endpoint, Places},
    seconds,
};
use crate::{config::Config, edge::Edge};
use countersign_axum::ProblemCode;
use http::Response;
use prometheus::{Histogram, IntCounter, IntCounterVec, Registry};
use std::{
    array,
    sync::{Arc, OnceLock},
    time::Instant,
};

/// Answers by endpoint, status and problem.
pub(super) struct Requests {
    answers: IntCounterVec,
    /// The same ones at a number, made when they are first needed: what never happens is not shown.
    known: Vec<OnceLock<IntCounter>>,
    seconds: [Histogram; Endpoint::ALL.len()],
}

impl Requests {
    pub(super) fn new(registry: &Registry) -> Self {
        let help = "Requests that were answered, by part of the server, HTTP status and code of the problem.";
        let answers =
            counters(registry, "countersign_requests_total", help, &["endpoint", "status", "problem"]);
        let help = "Seconds from the head of a request to the head of its answer.";
        let of = |endpoint: Endpoint| {
            seconds(registry, "countersign_request_seconds", help, ("endpoint", endpoint.name()))
        };
        let known = Endpoint::ALL.len() * STATUSES.len() * PROBLEMS.len();
        Self {
            answers,
            known: (0..known).map(|_| OnceLock::new()).collect(),
            seconds: array::from_fn(|at| of(Endpoint::ALL[at])),
        }
    }

    fn answered(&self, endpoint: Endpoint, status: u16, problem: &str, took: f64) {
        let status = STATUSES.iter().position(|known| *known == status).unwrap_or_default();
        let problem = PROBLEMS.iter().position(|known| *known == problem).unwrap_or_default();
        let at = (endpoint as usize * STATUSES.len() + status) * PROBLEMS.len() + problem;
        let made = || {
            let status = match STATUSES[status] {
                0 => "other".into(),
                known => known.to_string(),
            };
            self.answers.with_label_values(&[endpoint.name(), &status, PROBLEMS[problem]])
        };
        self.known[at].get_or_init(made).inc();
        self.seconds[endpoint as usize].observe(took);
    }
}

/// Counts the requests of a socket. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Meter {
    metrics: Metrics,
    places: Arc<Places>,
}

impl Meter {
    pub(crate) fn new(metrics: Metrics, config: &Config, edge: &Edge) -> Self {
        Self { metrics, places: Arc::new(Places::new(config, edge)) }
    }

    /// A request has come.
    pub(crate) fn begin(&self, path: &str) -> Asked {
        Asked {
            metrics: self.metrics.clone(),
            endpoint: self.places.of(path),
            began: Instant::now(),
            told: (GIVEN_UP, ""),
        }
    }
}

/// A request that is to be answered; counted when this is dropped, as given up where it was not.
pub(crate) struct Asked {
    metrics: Metrics,
    endpoint: Endpoint,
    began: Instant,
    /// Status, and code of the problem.
    told: (u16, &'static str),
}

impl Asked {
    /// It was.
    pub(crate) fn answered<B>(mut self, response: &Response<B>) {
        let problem = response.extensions().get::<ProblemCode>().map_or("", |code| code.0);
        self.told = (response.status().as_u16(), problem);
    }
}

impl Drop for Asked {
    fn drop(&mut self) {
        let (took, (status, problem)) = (self.began.elapsed().as_secs_f64(), self.told);
        self.metrics.0.requests.answered(self.endpoint, status, problem, took);
    }
}

/// The client did not wait for the answer: as nginx has it.
const GIVEN_UP: u16 = 499;
/// The statuses that are told apart: an upstream may answer with any number. 0 stands for all others.
const STATUSES: [u16; 38] = [
    0, 101, 200, 201, 202, 204, 206, 301, 302, 303, 304, 307, 308, 400, 401, 403, 404, 405, 406, 408, 409,
    410, 411, 412, 413, 414, 415, 416, 422, 429, 431, 499, 500, 501, 502, 503, 504, 505,
];
/// The codes of problems, and none.
const PROBLEMS: [&str; 24] = [
    "",
    "body_required",
    "body_too_large",
    "callback_rejected",
    "consumer_key_refused",
    "consumer_key_unknown",
    "insecure_transport",
    "method_not_allowed",
    "nonce_used",
    "parameter_absent",
    "parameter_rejected",
    "permission_denied",
    "permission_unknown",
    "rate_limited",
    "signature_invalid",
    "signature_method_rejected",
    "store_unavailable",
    "timestamp_refused",
    "token_expired",
    "token_rejected",
    "token_revoked",
    "user_refused",
    "verifier_invalid",
    "version_rejected",
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::App;
    use std::collections::BTreeSet;

    #[test]
    fn a_client_that_gives_up_is_counted() {
        let config = Config { insecure_http: true, ..Config::default() };
        let provider = App::without_stores(&config).expect("a provider");
        let (metrics, edge) = (Metrics::default(), Edge::new(&config, &provider, None));
        let meter = Meter::new(metrics.clone(), &config, &edge);
        drop(meter.begin("/login"));
        meter.begin("/login").answered(&Response::new(()));
        let text = metrics.text().expect("text");
        for status in ["200", "499"] {
            let line = format!("problem=\"\",status=\"{status}\"}} 1\n");
            assert!(text.contains(&line), "{line}{text}");
        }
    }

    #[test]
    fn every_code_of_the_provider_is_a_label() {
        let source = include_str!("../../../provider/src/rejection.rs");
        let (_, table) = source.split_once("pub const fn code(&self)").expect("the table of codes");
        let (table, _) = table.split_once("pub fn advice").expect("its end");
        let codes: BTreeSet<_> = table.split('"').skip(1).step_by(2).collect();
        let labels: BTreeSet<_> = PROBLEMS.into_iter().filter(|code| !code.is_empty()).collect();
        assert_eq!(codes, labels);
    }

    #[test]
    fn stranger_who_makes_up_statuses_and_codes_makes_no_labels() {
        let registry = Registry::new();
        let requests = Requests::new(&registry);
        for status in 0..1000 {
            requests.answered(Endpoint::Route, status, "made up", 0.0);
        }
        let families = registry.gather();
        let answers =
            families.iter().find(|family| family.name() == "countersign_requests_total").expect("answers");
        assert_eq!(answers.get_metric().len(), STATUSES.len());
        let sum: f64 = answers.get_metric().iter().map(|one| one.get_counter().get_value()).sum();
        assert!((sum - 1000.0).abs() < f64::EPSILON);
    }
}
