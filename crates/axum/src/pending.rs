//! A request that waits for its resource owner: an extractor for your own page, behind your own sign-in.

use crate::{
    answer::{Failure, escaped, page},
    body::{FormLimit, read},
};
use axum::{
    extract::{FromRef, FromRequest, Request},
    response::{IntoResponse, Redirect, Response},
};
use bytes::Bytes;
use countersign_core::percent;
use countersign_provider::{Next, Pending as Waiting, Problem, Provider};
use countersign_store::ResourceOwner;
use http::{HeaderMap, Method, StatusCode, header};
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
/// come after your sign-in: `Pending` does not know who the owner is.
#[derive(Debug)]
pub struct Pending {
    waiting: Waiting,
    granted: bool,
}

impl Pending {
    /// A plain page that asks: escaped, unframeable. Its form posts `decision` to the page's own address.
    #[must_use]
    pub fn page(&self) -> ConsentPage {
        let list =
            self.scopes().iter().map(|scope| format!("<li>{}</li>", escaped(scope))).collect::<String>();
        let to = self.destination();
        ConsentPage(format!(
            "<p><strong>{}</strong> asks for access.</p><ul>{list}</ul><p>{}</p>\
             <form method=\"post\"><input type=\"hidden\" name=\"oauth_token\" value=\"{}\">\
             <button name=\"decision\" value=\"grant\">Allow</button> \
             <button name=\"decision\" value=\"deny\">Deny</button></form>",
            escaped(&self.client().name),
            to.as_deref().map_or_else(
                || "You will be shown a code.".into(),
                |to| format!("After your answer you go to {}.", escaped(to))
            ),
            escaped(self.token()),
        ))
    }

    /// Grants if the form says `decision=grant`, denies otherwise.
    ///
    /// # Errors
    ///
    /// [`Failure`] where another answer was first, or a store failed.
    pub async fn answer(self, owner: impl Into<ResourceOwner>) -> Result<Answered, Failure> {
        if self.granted { self.grant(owner).await } else { self.deny().await }
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
pub struct ConsentPage(String);

impl IntoResponse for ConsentPage {
    fn into_response(self) -> Response {
        page(StatusCode::OK, "Allow access?", &self.0)
    }
}

/// What follows an answer: a redirect to the client, or for `oob` a plain page with the code.
#[derive(Clone, Debug)]
pub struct Answered(pub Next);

impl IntoResponse for Answered {
    fn into_response(self) -> Response {
        match self.0 {
            Next::Redirect(url) => (UNCACHED, Redirect::to(&url)).into_response(),
            Next::ShowVerifier(code) => {
                let body = format!(
                    "<p>Type this code into the application:</p><p><code id=\"verifier\">{code}</code></p>"
                );
                page(StatusCode::OK, "Access allowed", &body)
            }
            // Relative: it leads back to wherever the page is mounted.
            Next::ShowDenied => (UNCACHED, Redirect::to(DENIED)).into_response(),
        }
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
        crate::arrival(&provider, &parts)?;
        let request = Request::from_parts(parts, body);
        let posted = request.method() == Method::POST;
        if posted && !is_same_origin(&provider, request.headers()) {
            return Err(Problem::PermissionDenied("the form came from another site".into()).into());
        }
        let query = request.uri().query().unwrap_or_default();
        if !posted && DENIED.strip_prefix('?') == Some(query) {
            return Err(Failure::denied());
        }
        let text = if posted {
            let most = FormLimit::of(request.extensions());
            read(request.into_body(), most).await?
        } else {
            Bytes::copy_from_slice(query.as_bytes())
        };
        let token = field(&text, "oauth_token")
            .filter(|token| !token.is_empty())
            .ok_or(Problem::ParametersAbsent(vec!["oauth_token"]))?;
        let granted = field(&text, "decision").as_deref() == Some("grant");
        Ok(Self { waiting: provider.pending(&token).await?, granted })
    }
}

/// A browser says where a POST comes from; what says nothing is no browser, and has no cookie to abuse.
fn is_same_origin(provider: &Provider, headers: &HeaderMap) -> bool {
    let text = |name| headers.get(name).map(|value: &http::HeaderValue| value.to_str().unwrap_or("?"));
    match (text("sec-fetch-site"), text("origin")) {
        (Some(site), _) => site == "same-origin" || site == "none",
        (None, Some(origin)) => provider.is_own_origin(origin),
        (None, None) => true,
    }
}

fn field(form: &[u8], name: &str) -> Option<String> {
    let pairs = form.split(|byte| *byte == b'&').filter_map(|pair| {
        let at = pair.iter().position(|byte| *byte == b'=')?;
        Some((&pair[..at], &pair[at + 1..]))
    });
    let mut found = pairs.filter(|(key, _)| *key == name.as_bytes()).map(|(_, value)| value);
    match (found.next(), found.next()) {
        (Some(value), None) => String::from_utf8(percent::decode(value).ok()?.into_owned()).ok(),
        _ => None,
    }
}

const UNCACHED: [(header::HeaderName, &str); 2] =
    [(header::CACHE_CONTROL, "no-store"), (header::X_CONTENT_TYPE_OPTIONS, "nosniff")];
/// Where the browser is sent after a denial that no callback is told of.
const DENIED: &str = "?denied";
