//! Who called: extractors for handlers behind [`protect`](crate::protect()).

use actix_web::{FromRequest, HttpMessage, HttpRequest, ResponseError, dev::Payload};
use countersign_provider::{Misuse, VerifiedRequest};
use countersign_store::{ResourceOwner, TokenRecord};
use std::{
    fmt,
    future::{Ready, ready},
    ops::Deref,
};

/// A verified request with a token: the client, and the resource owner on whose behalf it calls.
///
/// Dereferences to [`VerifiedRequest`].
///
/// # Errors
///
/// As an extractor: 500 with [`NotProtected`] where the route has no [`protect`](crate::protect()) layer, or one that lets
/// requests without a token through.
#[derive(Clone, Debug)]
pub struct Authorized(VerifiedRequest);

impl Authorized {
    /// On whose behalf.
    #[must_use]
    pub fn resource_owner(&self) -> &ResourceOwner {
        &self.token().owner
    }

    /// With which token credentials.
    #[must_use]
    #[expect(clippy::missing_panics_doc, reason = "the extractor builds it around a token alone")]
    pub fn token(&self) -> &TokenRecord {
        // OK because the extractor refuses a request without a token
        self.0.token().expect("a 3-legged request has a token")
    }

    pub(crate) fn of(request: &HttpRequest) -> Result<Self, NotProtected> {
        let AuthorizedClient(verified) = AuthorizedClient::of(request)?;
        if verified.token().is_none() {
            return Err(NotProtected(Misuse::TokenNotNeeded));
        }
        Ok(Self(verified))
    }
}

/// A verified request, with a token or without.
///
/// Dereferences to [`VerifiedRequest`].
///
/// # Errors
///
/// As an extractor: 500 with [`NotProtected`] where the route has no [`protect`](crate::protect()) layer.
#[derive(Clone, Debug)]
pub struct AuthorizedClient(VerifiedRequest);

impl AuthorizedClient {
    fn of(request: &HttpRequest) -> Result<Self, NotProtected> {
        let verified = request.extensions().get::<VerifiedRequest>().cloned();
        verified.map(Self).ok_or(NotProtected(Misuse::Unprotected))
    }
}

impl Deref for Authorized {
    type Target = VerifiedRequest;

    fn deref(&self) -> &VerifiedRequest {
        &self.0
    }
}

impl Deref for AuthorizedClient {
    type Target = VerifiedRequest;

    fn deref(&self) -> &VerifiedRequest {
        &self.0
    }
}

/// The route is not set up as its handler expects: a mistake of whoever wrote it, never of a client. Answered with 500.
#[derive(Clone, Copy, Debug)]
pub struct NotProtected(pub(crate) Misuse);

impl fmt::Display for NotProtected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl ResponseError for NotProtected {}

impl FromRequest for AuthorizedClient {
    type Error = NotProtected;
    type Future = Ready<Result<Self, NotProtected>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Self::of(request))
    }
}

impl FromRequest for Authorized {
    type Error = NotProtected;
    type Future = Ready<Result<Self, NotProtected>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Self::of(request))
    }
}
