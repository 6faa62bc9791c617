//! Sends a verified request on to its upstream, and the answer back: both stream.

use super::{
    gateway::{Failure, Proxied, names, strip_hop_by_hop},
    identity::{self, Identity},
    progress::Progress,
    tunnel,
    upstream::{Clients, Upstream, UpstreamClient},
};
use crate::{config::Route as Settings, pace::Bounded};
use axum::{
    body::Body,
    http::{
        HeaderName, HeaderValue, Request, Response, StatusCode, Uri, Version, header,
        uri::{Authority, PathAndQuery, Scheme},
    },
    response::IntoResponse,
};
use countersign_provider::VerifiedRequest;
use hyper::upgrade::OnUpgrade;
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
        let upgrade = self.upgrade(&mut request);
        let (sent, progress) = self.outgoing(request, upgrade.as_ref().map(|(wanted, _)| wanted))?;
        let answered = progress.within(self.timeout, self.client.request(sent)).await;
        let mut response = match answered {
            Some(Ok(response)) => response,
            Some(Err(error)) => {
                tracing::warn!(upstream = %self.upstream.authority, error = chain(&error), "no answer from the upstream");
                return Err(Failure::BadGateway);
            }
            None => {
                tracing::warn!(upstream = %self.upstream.authority, "the upstream did not answer in time");
                return Err(Failure::TimedOut);
            }
        };
        if response.status() == StatusCode::SWITCHING_PROTOCOLS {
            return self.switched(response, upgrade);
        }
        strip_hop_by_hop(response.headers_mut());
        response.extensions_mut().insert(Proxied);
        Ok(response.map(|body| Body::new(Bounded::patient(body, self.timeout))))
    }

    /// The upgrade that a client asks for, and its side of the connection.
    fn upgrade(&self, request: &mut Request<Body>) -> Option<(HeaderValue, OnUpgrade)> {
        let asks = request.headers().get_all(header::CONNECTION).iter().any(|value| names(value, "upgrade"));
        let wanted = request.headers().get(header::UPGRADE).filter(|_| asks)?.clone();
        let possible = request.version() == Version::HTTP_11 && !self.upstream.speaks_http_2;
        possible.then(|| (wanted, hyper::upgrade::on(request)))
    }

    fn switched(
        &self,
        mut response: Response<hyper::body::Incoming>,
        upgrade: Option<(HeaderValue, OnUpgrade)>,
    ) -> Result<Response<Body>, Failure> {
        let Some((_, client)) = upgrade else {
            tracing::warn!(upstream = %self.upstream.authority, "the upstream switched protocols unasked");
            return Err(Failure::BadGateway);
        };
        tunnel::join(client, hyper::upgrade::on(&mut response));
        let mut answer = Response::new(Body::empty());
        *answer.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
        let switched_to = response.headers_mut().remove(header::UPGRADE);
        strip_hop_by_hop(response.headers_mut());
        *answer.headers_mut() = std::mem::take(response.headers_mut());
        answer.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
        answer.headers_mut().extend(switched_to.map(|value| (header::UPGRADE, value)));
        answer.extensions_mut().insert(Proxied);
        Ok(answer)
    }

    /// The same request for the upstream: raw path and query, fields of this hop alone, and who called.
    fn outgoing(
        &self,
        request: Request<Body>,
        upgrade: Option<&HeaderValue>,
    ) -> Result<(Request<Body>, Progress), Failure> {
        let (mut parts, body) = request.into_parts();
        let verified = parts.extensions.remove::<VerifiedRequest>();
        let fields = &mut parts.headers;
        strip_hop_by_hop(fields);
        for name in [header::CONTENT_LENGTH, header::EXPECT, header::HOST, header::TRAILER] {
            fields.remove(name);
        }
        if !self.keep_authorization {
            fields.remove(header::AUTHORIZATION);
        }
        let reserved: Vec<HeaderName> =
            fields.keys().filter(|name| identity::is_reserved(name.as_str())).cloned().collect();
        for name in reserved {
            fields.remove(name);
        }
        fields.append(header::VIA, HeaderValue::from_static(VIA));
        if let Some(verified) = &verified {
            let who = self.identity.who(verified)?;
            fields.extend(who.into_iter().filter_map(|(name, value)| Some((name, value?))));
            fields.extend(identity::whence(verified));
        }
        if let Some(wanted) = upgrade {
            fields.insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
            fields.insert(header::UPGRADE, wanted.clone());
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
