//! Sends a verified request on to its upstream, and the answer back: both stream.

use super::{
    gateway::{self, Failure, Proxied, strip_hop_by_hop},
    identity::{self, Identity},
    progress::Progress,
    tunnel,
    upstream::{Clients, Upstream, UpstreamClient},
};
use crate::{config::Route as Settings, pace::Bounded, trace};
use axum::{
    body::Body,
    http::{
        HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, Uri, Version, header,
        uri::{Authority, PathAndQuery, Scheme},
    },
    response::IntoResponse,
};
use countersign_provider::VerifiedRequest;
use hyper::body::Body as HttpBody;
use std::{
    convert::Infallible,
    error::Error,
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};
use tower_service::Service;

/// What is behind [`protect`](countersign_axum::protect()) on a route with an upstream.
#[derive(Clone)]
pub(crate) struct Forward(Arc<Inner>);

struct Inner {
    client: UpstreamClient,
    upstream: Upstream,
    preserve_host: bool,
    keep_authorization: bool,
    /// Whether the route is for some methods alone, so that a field must not name another one.
    chooses_methods: bool,
    timeout: Duration,
    identity: Identity,
}

impl Forward {
    /// None where the route has no upstream.
    pub(super) fn of(settings: &Settings, clients: &Clients, identity: Identity) -> Option<Self> {
        let upstream: Upstream = settings.upstream.parse().ok()?;
        Some(Self(Arc::new(Inner {
            client: clients.client(&upstream),
            upstream,
            preserve_host: settings.preserve_host,
            keep_authorization: settings.keep_authorization,
            chooses_methods: !settings.methods.is_empty(),
            timeout: Duration::from_secs(settings.timeout),
            identity,
        })))
    }
}

impl Service<Request<Body>> for Forward {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let inner = Arc::clone(&self.0);
        Box::pin(async move { Ok(inner.forward(request).await.unwrap_or_else(Failure::into_response)) })
    }
}

impl Inner {
    async fn forward(&self, mut request: Request<Body>) -> Result<Response<Body>, Failure> {
        let client = tunnel::asked_for(&mut request).filter(|_| !self.upstream.speaks_http_2);
        let hop = trace::hop(&mut request);
        let (sent, progress) = self.outgoing(request, client.is_some())?;
        let head_only = sent.method() == Method::HEAD;
        let mut response = self.answer(sent, &progress).await?;
        if let Some(hop) = hop {
            hop.answered(&response);
        }
        if response.status() == StatusCode::SWITCHING_PROTOCOLS {
            return tunnel::switched(response, client).inspect_err(|_| {
                tracing::warn!(upstream = %self.upstream.authority, "the upstream switched protocols unasked");
            });
        }
        let fields = response.headers_mut();
        // Both at once: the length does not count (RFC 9112 §6.3), and must not go on.
        if fields.contains_key(header::TRANSFER_ENCODING) {
            fields.remove(header::CONTENT_LENGTH);
        }
        let unknown = head_only && !fields.contains_key(header::CONTENT_LENGTH);
        strip_hop_by_hop(fields);
        response.extensions_mut().insert(Proxied);
        *response.version_mut() = Version::HTTP_11;
        Ok(response.map(|body| {
            if unknown {
                Body::new(gateway::Unsized)
            } else {
                Body::new(Bounded::patient(body, self.timeout))
            }
        }))
    }

    /// What the upstream says; asked once more where a kept connection turns out to be closed and that harms nobody.
    async fn answer(
        &self,
        request: Request<Body>,
        progress: &Progress,
    ) -> Result<Response<hyper::body::Incoming>, Failure> {
        let mut again = repeatable(&request);
        let mut request = request;
        loop {
            let answered = progress.within(self.timeout, self.client.request(request)).await;
            let Some(answered) = answered else {
                tracing::warn!(upstream = %self.upstream.authority, "the upstream did not answer in time");
                return Err(Failure::TimedOut);
            };
            let error = match answered {
                Ok(response) => return Ok(response),
                Err(error) => error,
            };
            if progress.broke_off() {
                tracing::debug!(error = chain(&error), "the client's body broke off");
                return Err(Failure::BrokeOff);
            }
            match again.take().filter(|_| was_closed(&error)) {
                Some(once_more) => request = once_more,
                None => {
                    let upstream = &self.upstream.authority;
                    tracing::warn!(%upstream, error = chain(&error), "no answer from the upstream");
                    return Err(Failure::BadGateway);
                }
            }
        }
    }

    /// The same request for the upstream: raw path and query, fields of this hop alone, and who called.
    fn outgoing(&self, request: Request<Body>, upgrade: bool) -> Result<(Request<Body>, Progress), Failure> {
        let (mut parts, body) = request.into_parts();
        let verified = parts.extensions.remove::<VerifiedRequest>();
        let fields = &mut parts.headers;
        self.strip(fields);
        fields.append(header::VIA, HeaderValue::from_static(VIA));
        if let Some(verified) = &verified {
            let who = self.identity.who(verified)?;
            fields.extend(who.into_iter().filter_map(|(name, value)| Some((name, value?))));
            fields.extend(identity::whence(verified));
        }
        if upgrade {
            fields.insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
            fields.insert(header::UPGRADE, HeaderValue::from_static(tunnel::PROTOCOL));
        }
        let signed = verified.as_ref().filter(|_| self.preserve_host);
        // OK because an origin's authority is one of a URI
        let host = signed.and_then(|verified| verified.origin().authority().parse().ok());
        let host = host.unwrap_or_else(|| self.upstream.authority.clone());
        let mut sent = Request::new(body);
        *sent.method_mut() = parts.method;
        *sent.uri_mut() = target(&parts.uri, host);
        *sent.version_mut() = if self.upstream.speaks_http_2 { Version::HTTP_2 } else { Version::HTTP_11 };
        *sent.headers_mut() = parts.headers;
        let progress = Progress::default();
        Ok((sent.map(|body| progress.watch(body)), progress))
    }

    /// Leaves out what concerns another hop, and what a client may not say.
    fn strip(&self, fields: &mut HeaderMap) {
        strip_hop_by_hop(fields);
        for name in [header::CONTENT_LENGTH, header::EXPECT, header::HOST, header::TRAILER] {
            fields.remove(name);
        }
        if !self.keep_authorization {
            fields.remove(header::AUTHORIZATION);
        }
        let overrides = |name: &str| self.chooses_methods && OVERRIDES.contains(&name);
        let unwanted = |name: &&HeaderName| identity::is_spoofed(name.as_str()) || overrides(name.as_str());
        let unwanted: Vec<_> = fields.keys().filter(unwanted).cloned().collect();
        for name in unwanted {
            fields.remove(name);
        }
        if !self.upstream.speaks_http_2 {
            join_crumbs(fields);
        }
    }
}

/// HTTP/2 may send a cookie in pieces, of which HTTP/1.1 knows nothing
/// ([RFC 9113 §8.2.3](https://www.rfc-editor.org/rfc/rfc9113#section-8.2.3)).
fn join_crumbs(fields: &mut HeaderMap) {
    let crumbs: Vec<&[u8]> = fields.get_all(header::COOKIE).iter().map(HeaderValue::as_bytes).collect();
    if crumbs.len() > 1
        && let Ok(whole) = HeaderValue::from_bytes(&crumbs.join(&b"; "[..]))
    {
        fields.insert(header::COOKIE, whole);
    }
}

/// The same request once more, if it may be sent twice: it changes nothing and has no body.
fn repeatable(request: &Request<Body>) -> Option<Request<Body>> {
    let safe = [Method::GET, Method::HEAD, Method::OPTIONS].contains(request.method());
    (safe && request.body().is_end_stream() && !request.headers().contains_key(header::UPGRADE)).then(|| {
        let mut again = Request::new(Body::empty());
        *again.method_mut() = request.method().clone();
        *again.uri_mut() = request.uri().clone();
        *again.version_mut() = request.version();
        *again.headers_mut() = request.headers().clone();
        again
    })
}

/// Whether the upstream closed the connection before it said anything.
fn was_closed(error: &(dyn Error + 'static)) -> bool {
    let closed = error.downcast_ref::<hyper::Error>().is_some_and(hyper::Error::is_incomplete_message);
    let reset = error
        .downcast_ref::<std::io::Error>()
        .is_some_and(|error| error.kind() == std::io::ErrorKind::ConnectionReset);
    closed || reset || error.source().is_some_and(was_closed)
}

/// Raw path and query, as they were signed.
fn target(uri: &Uri, host: Authority) -> Uri {
    let path_and_query = uri.path_and_query().cloned().unwrap_or_else(|| PathAndQuery::from_static("/"));
    let uri = Uri::builder().scheme(Scheme::HTTP).authority(host).path_and_query(path_and_query);
    // OK because all three parts are parsed already
    uri.build().unwrap_or_default()
}

fn chain(error: &dyn Error) -> String {
    match error.source() {
        Some(cause) => format!("{error}: {}", chain(cause)),
        None => error.to_string(),
    }
}

const VIA: &str = "1.1 countersign";
/// Fields by which frameworks let a POST stand for another method, unsigned.
const OVERRIDES: [&str; 3] = ["x-http-method", "x-http-method-override", "x-method-override"];
