//! Who called: extractors for handlers behind [`protect`](crate::protect()).

use axum::{
    extract::FromRequestParts,
    response::{IntoResponse, Response},
};
use countersign_provider::{Misuse, VerifiedRequest};
use countersign_store::{ResourceOwner, TokenRecord};
use http::{StatusCode, request::Parts};
use std::ops::Deref;

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

/// The route is not protected as its handler expects: a mistake of whoever wrote it, never of a client.
#[derive(Clone, Copy, Debug)]
pub struct NotProtected(Misuse);

impl IntoResponse for NotProtected {
    fn into_response(self) -> Response {
        (StatusCode::INTERNAL_SERVER_ERROR, self.0.to_string()).into_response()
    }
}

impl<S: Sync> FromRequestParts<S> for AuthorizedClient {
    type Rejection = NotProtected;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, NotProtected> {
        let verified = parts.extensions.get::<VerifiedRequest>().cloned();
        verified.map(Self).ok_or(NotProtected(Misuse::Unprotected))
    }
}

impl<S: Sync> FromRequestParts<S> for Authorized {
    type Rejection = NotProtected;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, NotProtected> {
        let AuthorizedClient(verified) = AuthorizedClient::from_request_parts(parts, state).await?;
        if verified.token().is_none() {
            return Err(NotProtected(Misuse::TokenNotNeeded));
        }
        Ok(Self(verified))
    }
}
