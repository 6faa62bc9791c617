//! A request that waits for its resource owner: an extractor for your own page, behind your own sign-in.

use crate::{
    answer::{Failure, response},
    body::{FormLimit, read},
};
use axum::{
    extract::{FromRef, FromRequest, Request},
    response::{IntoResponse, Response},
};
use countersign_provider::{
    Answer, Next, Pending as Waiting, Provider, page,
    visit::{self, Visit},
};
use countersign_store::ResourceOwner;
use http::{HeaderValue, Method};
use std::ops::Deref;

/// The request for access that a browser brings: `oauth_token` in the query of a GET, or in the form of a POST.
///
/// Dereferences to [`countersign_provider::Pending`].
///
/// # Errors
///
/// As an extractor: a page with the status of a [`Failure`] for a request that is unknown, expired or answered.
///
/// # Security
///
/// A POST is refused unless it comes from a page of your own: by `Sec-Fetch-Site`, or by `Origin` in older browsers. It must
/// come after your sign-in: `Pending` does not know who the owner is. A GET grants nothing, whatever its query says.
#[derive(Debug)]
pub struct Pending {
    waiting: Waiting,
    granted: bool,
}

impl Pending {
    /// A plain page that asks: escaped, unframeable. Its form posts `decision` to the page's own address.
    #[must_use]
    pub fn page(&self) -> ConsentPage {
        ConsentPage(page::consent(self))
    }

    /// Grants if the form says `decision=grant`, denies otherwise.
    ///
    /// # Errors
    ///
    /// [`Failure`] where another answer was first, or a store failed.
    pub async fn answer(self, owner: impl Into<ResourceOwner>) -> Result<Answered, Failure> {
        if self.granted {
            return self.grant(owner).await;
        }
        Ok(Answered(self.waiting.deny_by(owner).await?))
    }

    /// Grants, whatever the form says.
    ///
    /// # Errors
    ///
    /// [`Failure`] where another answer was first, or a store failed.
    pub async fn grant(self, owner: impl Into<ResourceOwner>) -> Result<Answered, Failure> {
        Ok(Answered(self.waiting.grant(owner).await?))
    }

    /// Denies, whatever the form says.
    ///
    /// # Errors
    ///
    /// [`Failure`] where another answer was first, or a store failed.
    pub async fn deny(self) -> Result<Answered, Failure> {
        Ok(Answered(self.waiting.deny().await?))
    }
}

impl Deref for Pending {
    type Target = Waiting;

    fn deref(&self) -> &Waiting {
        &self.waiting
    }
}

/// See [`Pending::page`].
#[derive(Clone, Debug)]
pub struct ConsentPage(Answer);

impl IntoResponse for ConsentPage {
    fn into_response(self) -> Response {
        response(self.0)
    }
}

/// What follows an answer: a redirect to the client, or for `oob` a plain page with the code.
#[derive(Clone, Debug)]
pub struct Answered(pub Next);

impl IntoResponse for Answered {
    fn into_response(self) -> Response {
        response(page::answered(self.0))
    }
}

impl<S> FromRequest<S> for Pending
where
    S: Send + Sync,
    Provider: FromRef<S>,
{
    type Rejection = Failure;

    async fn from_request(request: Request, state: &S) -> Result<Self, Failure> {
        let provider = Provider::from_ref(state);
        let (parts, body) = request.into_parts();
        let address = crate::arrival(&provider, &parts)?;
        let query = parts.uri.query().unwrap_or_default();
        let Visit { token, granted } = if parts.method == Method::POST {
            let field = |name| parts.headers.get(name).map(HeaderValue::as_bytes);
            visit::from_own_page(&provider, field("sec-fetch-site"), field("origin"))?;
            Visit::of_form(&read(body, FormLimit::of(&parts.extensions)).await?)?
        } else if visit::is_denied(query) {
            return Err(Failure::denied());
        } else {
            Visit::of_query(query)?
        };
        Ok(Self { waiting: provider.pending(&token).await?.answered_from(address), granted })
    }
}
