//! A request of the `http` crate as the provider's borrowed text.

use axum::extract::{ConnectInfo, OriginalUri};
use countersign_provider::{FIELDS, Incoming, Provider, Rejection, media_type};
use http::{Uri, Version, header, request::Parts};
use smallvec::SmallVec;
use std::net::{IpAddr, SocketAddr};

/// Put it into a request's extensions where your own socket speaks TLS, so that the request counts as https.
#[derive(Clone, Copy, Debug)]
pub struct TlsSocket;

/// The header fields that the provider reads, borrowed.
pub(crate) struct View<'a> {
    parts: &'a Parts,
    uri: &'a Uri,
    fields: SmallVec<[(&'a str, &'a [u8]); 8]>,
}

impl<'a> View<'a> {
    pub(crate) fn new(parts: &'a Parts) -> Self {
        // A nested router strips its prefix, but the client signed the whole path.
        let uri = parts.extensions.get::<OriginalUri>().map_or(&parts.uri, |original| &original.0);
        let read = |name: &&header::HeaderName| FIELDS.contains(&name.as_str());
        let fields = parts
            .headers
            .iter()
            .filter(|(name, _)| read(name))
            .map(|(name, value)| (name.as_str(), value.as_bytes()));
        Self { parts, uri, fields: fields.collect() }
    }

    pub(crate) fn incoming(&self) -> Incoming<'_> {
        let path_and_query = self.uri.path_and_query().map_or("/", http::uri::PathAndQuery::as_str);
        let peer = self.parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
        Incoming::new(self.parts.method.as_str(), path_and_query, &self.fields)
            .authority(self.uri.authority().map(http::uri::Authority::as_str))
            .needs_host(self.parts.version == Version::HTTP_11)
            .peer(peer)
            .tls(self.parts.extensions.get::<TlsSocket>().is_some())
    }
}

/// Who sent a request for a page of yours, refused over http unless that is allowed: call it before a sign-in page or a
/// consent page is shown. [`Pending`](crate::Pending) does.
///
/// # Errors
///
/// A [`Rejection`] over http, and where forwarded headers contradict each other.
pub fn arrival(provider: &Provider, parts: &Parts) -> Result<Option<IpAddr>, Rejection> {
    provider.arrival(&View::new(parts).incoming())
}

/// At which origin a request came, of those that a provider has; forwarded headers count from trusted proxies alone.
///
/// # Errors
///
/// A [`Rejection`] where headers contradict each other.
pub fn origin_of<'p>(provider: &'p Provider, parts: &Parts) -> Result<&'p str, Rejection> {
    provider.origin_of(&View::new(parts).incoming())
}

/// From which address a request came, whatever it asks for; forwarded headers count from trusted proxies alone.
///
/// # Errors
///
/// A [`Rejection`] where forwarded headers contradict each other.
pub fn address(provider: &Provider, parts: &Parts) -> Result<Option<IpAddr>, Rejection> {
    provider.address(&View::new(parts).incoming())
}

/// Keeps credentials out of whatever logs header fields behind this point.
pub(crate) fn hide_credentials(parts: &mut Parts) {
    for (_, value) in parts.headers.iter_mut().filter(|(name, _)| *name == header::AUTHORIZATION) {
        value.set_sensitive(true);
    }
}

/// All `Accept` fields as the one list that they are.
pub(crate) fn accept(parts: &Parts) -> Option<String> {
    media_type::accept(all(parts, header::ACCEPT))
}

/// Whether the body is a form, which is signed.
///
/// # Errors
///
/// See [`media_type::has_form`].
pub(crate) fn has_form(parts: &Parts) -> Result<bool, Rejection> {
    Ok(media_type::has_form(all(parts, header::CONTENT_TYPE))?)
}

fn all(parts: &Parts, name: header::HeaderName) -> impl Iterator<Item = &[u8]> {
    parts.headers.get_all(name).into_iter().map(header::HeaderValue::as_bytes)
}
