//! The way to the collector: the server's own HTTP client, on its runtime.

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full, Limited};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use opentelemetry_http::{HttpClient, HttpError};
use std::{
    fmt,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};
use tokio::runtime::Handle;

/// Sends what the exporter's thread has collected. A failure is told in the log once, until it works again.
pub(super) struct Collector {
    client: Client<HttpConnector, Full<Bytes>>,
    runtime: Handle,
    failed: AtomicBool,
}

impl Collector {
    pub(super) fn new(runtime: Handle) -> Self {
        let mut connector = HttpConnector::new();
        connector.set_connect_timeout(Some(LONGEST));
        let client = Client::builder(TokioExecutor::new()).build(connector);
        Self { client, runtime, failed: AtomicBool::new(false) }
    }

    fn tell(&self, failure: Option<&str>) {
        let had_failed = self.failed.swap(failure.is_some(), Ordering::Relaxed);
        match failure {
            Some(error) if !had_failed => {
                tracing::warn!(
                    error,
                    "the collector takes no spans: they are lost, and no request waits for that"
                );
            }
            None if had_failed => tracing::info!("the collector takes spans again"),
            _ => {}
        }
    }
}

impl fmt::Debug for Collector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Collector")
    }
}

#[async_trait]
impl HttpClient for Collector {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let asked = self.client.request(request.map(Full::new));
        let answered = async move {
            let (parts, body) = asked.await?.into_parts();
            let body = Limited::new(body, LARGEST).collect().await?.to_bytes();
            Ok::<_, HttpError>(Response::from_parts(parts, body))
        };
        // The exporter's thread is none of the runtime's, which alone can connect.
        let in_time = async move { tokio::time::timeout(LONGEST, answered).await };
        let answered = self.runtime.spawn(in_time).await;
        let answered = answered.map_err(HttpError::from).and_then(|in_time| in_time?);
        match &answered {
            Ok(response) if response.status().is_success() => self.tell(None),
            Ok(response) => self.tell(Some(&response.status().to_string())),
            Err(error) => self.tell(Some(&crate::error::chain(&**error))),
        }
        answered
    }
}

/// How long one attempt may take.
const LONGEST: Duration = Duration::from_secs(5);
/// Bytes of an answer: what is said of refused spans is short.
const LARGEST: usize = 64 << 10;
