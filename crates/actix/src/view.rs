//! A request of actix-web as the provider's borrowed text.

use actix_web::{
    HttpRequest,
    http::{
        Uri, Version,
        header::{self, HeaderMap, HeaderName, HeaderValue},
        uri::{Authority, PathAndQuery},
    },
};
use countersign_provider::{FIELDS, Incoming, Provider, Rejection, media_type};
use smallvec::SmallVec;
use std::net::IpAddr;

/// Put it into a connection's data, by `HttpServer::on_connect`, where the socket speaks TLS without actix knowing, so that
/// requests count as https. A socket that actix itself binds with TLS needs nothing.
#[derive(Clone, Copy, Debug)]
pub struct TlsSocket;

/// The header fields that the provider reads, borrowed.
pub(crate) struct View<'a> {
    request: &'a HttpRequest,
    fields: SmallVec<[(&'a str, &'a [u8]); 8]>,
}

impl<'a> View<'a> {
    pub(crate) fn new(request: &'a HttpRequest) -> Self {
        let read = |name: &&HeaderName| FIELDS.contains(&name.as_str());
        let fields = request.headers().iter().filter(|(name, _)| read(name));
        Self { request, fields: fields.map(|(name, value)| (name.as_str(), value.as_bytes())).collect() }
    }

    pub(crate) fn incoming(&self) -> Incoming<'_> {
        // Raw, and whole in a scope too: what actix decodes and strips is a copy, for matching alone.
        let uri: &Uri = self.request.uri();
        let secure = self.request.app_config().secure() || self.request.conn_data::<TlsSocket>().is_some();
        let path_and_query = uri.path_and_query().map_or("/", PathAndQuery::as_str);
        Incoming::new(self.request.method().as_str(), path_and_query, &self.fields)
            .authority(uri.authority().map(Authority::as_str))
            .needs_host(self.request.version() == Version::HTTP_11)
            .peer(self.request.peer_addr().map(|peer| peer.ip()))
            .tls(secure)
    }
}

/// Who sent a request for a page of yours, refused over http unless that is allowed: call it before a sign-in page or a
/// consent page is shown. [`Pending`](crate::Pending) does.
///
/// # Errors
///
/// A [`Rejection`] over http, and where forwarded headers contradict each other.
pub fn arrival(provider: &Provider, request: &HttpRequest) -> Result<Option<IpAddr>, Rejection> {
    provider.arrival(&View::new(request).incoming())
}

/// Keeps credentials out of whatever logs header fields behind this point.
pub(crate) fn hide_credentials(headers: &mut HeaderMap) {
    // The map lends one value of a name at most, and there may be more.
    for mut value in headers.remove(header::AUTHORIZATION) {
        value.set_sensitive(true);
        headers.append(header::AUTHORIZATION, value);
    }
}

/// All `Accept` fields as the one list that they are.
pub(crate) fn accept(request: &HttpRequest) -> Option<String> {
    media_type::accept(all(request, header::ACCEPT))
}

/// Whether the body is a form, which is signed.
///
/// # Errors
///
/// See [`media_type::has_form`].
pub(crate) fn has_form(request: &HttpRequest) -> Result<bool, Rejection> {
    Ok(media_type::has_form(all(request, header::CONTENT_TYPE))?)
}

fn all(request: &HttpRequest, name: HeaderName) -> impl Iterator<Item = &[u8]> {
    request.headers().get_all(name).map(HeaderValue::as_bytes)
}
