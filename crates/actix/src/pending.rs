//! A request that waits for its resource owner: an extractor for your own page, behind your own sign-in.

use crate::{
    answer::{Failure, response},
    body::{FormLimit, read},
    endpoints::provider,
};
use actix_web::{
    FromRequest, HttpRequest, HttpResponse, Responder,
    body::BoxBody,
    dev::Payload,
    http::{Method, header::HeaderValue},
};
use countersign_provider::{
    Answer, Next, Pending as Waiting, page,
    visit::{self, Visit},
};
use countersign_store::ResourceOwner;
use std::{ops::Deref, pin::Pin};

/// The request for access that a browser brings: `oauth_token` in the query of a GET, or in the form of a POST.
///
/// Dereferences to [`countersign_provider::Pending`]. The provider must be in `app_data`, where [`endpoints`](crate::endpoints())
/// puts it.
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

    async fn brought(request: HttpRequest, body: Payload) -> Result<Self, Failure> {
        let provider = provider(&request)?;
        let address = crate::arrival(provider, &request)?;
        let Visit { token, granted } = if request.method() == Method::POST {
            let field = |name| request.headers().get(name).map(HeaderValue::as_bytes);
            visit::from_own_page(provider, field("sec-fetch-site"), field("origin"))?;
            Visit::of_form(&read(&request, body, FormLimit::of(&request)).await?)?
        } else if visit::is_denied(request.query_string()) {
            return Err(Failure::denied());
        } else {
            Visit::of_query(request.query_string())?
        };
        Ok(Self { waiting: provider.pending(&token).await?.answered_from(address), granted })
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

impl Responder for ConsentPage {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        response(self.0)
    }
}

/// What follows an answer: a redirect to the client, or for `oob` a plain page with the code.
#[derive(Clone, Debug)]
pub struct Answered(pub Next);

impl Responder for Answered {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        response(page::answered(self.0))
    }
}

impl FromRequest for Pending {
    type Error = Failure;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Failure>>>>;

    fn from_request(request: &HttpRequest, body: &mut Payload) -> Self::Future {
        Box::pin(Self::brought(request.clone(), body.take()))
    }
}
