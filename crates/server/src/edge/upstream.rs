//! Where requests go on to, and the connections that are kept to it.

use axum::{
    body::Body,
    http::{Uri, uri::Authority},
};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::{TokioExecutor, TokioTimer},
};
use std::{
    str::FromStr,
    sync::{Mutex, PoisonError},
    task::{Context, Poll},
    time::Duration,
};
use tower_service::Service;

/// An upstream: `http://host:port` speaks HTTP/1.1, `h2c://host:port` HTTP/2 in the clear.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Upstream {
    pub(super) authority: Authority,
    pub(super) speaks_http_2: bool,
}

impl FromStr for Upstream {
    /// The end of a sentence that begins with "an upstream that".
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let shape = || {
            format!("must read http://host:port, or h2c://host:port for HTTP/2, without a path: not `{text}`")
        };
        let (scheme, rest) = text.split_once("://").ok_or_else(shape)?;
        let speaks_http_2 = match scheme {
            "http" => false,
            "h2c" => true,
            "https" => {
                return Err(
                    "is https, which is not spoken to upstreams: use http on a network of your own".into()
                );
            }
            _ => return Err(shape()),
        };
        let authority: Authority = rest.trim_end_matches('/').parse().map_err(|_| shape())?;
        let port = authority.as_str().rsplit(':').next().filter(|port| !port.contains(']'));
        let has_port = port.is_some_and(|port| port.parse::<u16>().is_ok_and(|port| port > 0));
        if authority.host().is_empty() || authority.as_str().contains('@') || !has_port {
            return Err(shape());
        }
        Ok(Self { authority, speaks_http_2 })
    }
}

/// A client whose connections all go to one upstream, whatever the URI of a request names.
pub(super) type UpstreamClient = Client<Fixed, Body>;

/// One client for each upstream, shared by the routes that lead to it.
#[derive(Default)]
pub(super) struct Clients(Mutex<Vec<(Upstream, UpstreamClient)>>);

impl Clients {
    pub(super) fn client(&self, upstream: &Upstream) -> UpstreamClient {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, client)) = known.iter().find(|(other, _)| other == upstream) {
            return client.clone();
        }
        let client = client(upstream);
        known.push((upstream.clone(), client.clone()));
        client
    }
}

fn client(upstream: &Upstream) -> UpstreamClient {
    let mut connector = HttpConnector::new();
    connector.set_nodelay(true);
    connector.set_connect_timeout(Some(CONNECT));
    connector.set_keepalive(Some(KEEP_ALIVE));
    // OK because an authority alone makes a URI of this kind
    let target = Uri::builder().scheme("http").authority(upstream.authority.clone()).path_and_query("/");
    let target = target.build().unwrap_or_default();
    Client::builder(TokioExecutor::new())
        .timer(TokioTimer::new())
        .pool_timer(TokioTimer::new())
        .pool_idle_timeout(IDLE)
        .http2_only(upstream.speaks_http_2)
        .http2_adaptive_window(true)
        .build(Fixed { connector, target })
}

/// Connects to one place.
#[derive(Clone)]
pub(super) struct Fixed {
    connector: HttpConnector,
    target: Uri,
}

impl Service<Uri> for Fixed {
    type Response = <HttpConnector as Service<Uri>>::Response;
    type Error = <HttpConnector as Service<Uri>>::Error;
    type Future = <HttpConnector as Service<Uri>>::Future;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.connector.poll_ready(context)
    }

    fn call(&mut self, _: Uri) -> Self::Future {
        self.connector.call(self.target.clone())
    }
}

/// How long an upstream may take to accept a connection.
const CONNECT: Duration = Duration::from_secs(5);
/// How long a connection is kept that nothing uses: less than most servers keep theirs.
const IDLE: Duration = Duration::from_secs(4);
const KEEP_ALIVE: Duration = Duration::from_secs(60);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_upstream_is_a_scheme_and_an_authority() {
        for (text, speaks_http_2) in
            [("http://127.0.0.1:9000", false), ("h2c://api:9000/", true), ("http://[::1]:1", false)]
        {
            assert_eq!(text.parse::<Upstream>().unwrap().speaks_http_2, speaks_http_2);
        }
        for text in [
            "",
            "api:9000",
            "http://",
            "http://a/b",
            "http://u@a:1",
            "ftp://a:1",
            "https://a:1",
            "http://a?b",
            "http://a",
            "http://a:0",
            "http://a:99999",
            "http://[::1]",
        ] {
            text.parse::<Upstream>().unwrap_err();
        }
    }
}
