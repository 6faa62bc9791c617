//! The layer that lets only signed requests through: a plain tower layer, over any body that can be made of bytes.

use crate::{
    answer::response,
    body::read,
    view::{View, has_form, hide_credentials},
};
use bytes::Bytes;
use countersign_provider::{Audience, BodyHash, Policy, Provider, Rejection, TokenRule, VerifiedRequest};
use http::{Request, Response, request::Parts};
use http_body::Body;
use std::{
    error::Error,
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};
use tower_layer::Layer;
use tower_service::Service;

/// Verifies every request before it reaches what is behind, or answers 400, 401, 403, 413 or 503.
///
/// By default a token of any scope is needed, over https.
///
/// # Examples
///
/// ```
/// use axum::{Router, routing::get};
/// use countersign_axum::{Authorized, protect};
/// # use countersign_provider::Provider;
/// # use countersign_store::MemoryStore;
/// # let provider = Provider::builder("https://photos.example.net").store(MemoryStore::default()).build()?;
///
/// let app: Router = Router::new()
///     .route("/photos", get(async |caller: Authorized| format!("the photos of {}", caller.resource_owner())))
///     .route_layer(protect(&provider).scope("photos"));
/// # Ok::<_, countersign_provider::BuildError>(())
/// ```
pub fn protect(provider: &Provider) -> ProtectLayer {
    ProtectLayer { provider: provider.clone(), policy: Arc::new(Policy::default()) }
}

/// See [`protect`].
#[derive(Clone, Debug)]
#[must_use]
pub struct ProtectLayer {
    provider: Provider,
    policy: Arc<Policy>,
}

impl ProtectLayer {
    /// Asks for a scope too; call it again for each further one.
    pub fn scope(self, scope: impl Into<String>) -> Self {
        let policy = (*self.policy).clone().scope(scope);
        self.policy(policy)
    }

    /// Lets clients call without a token (2-legged), if their record allows it; see [`AuthorizedClient`](crate::AuthorizedClient).
    pub fn token(self, rule: TokenRule) -> Self {
        let policy = (*self.policy).clone().token(rule);
        self.policy(policy)
    }

    /// Replaces the whole policy.
    pub fn policy(mut self, policy: Policy) -> Self {
        self.policy = Arc::new(policy);
        self
    }

    /// What is made of `oauth_body_hash`; nothing by default.
    pub fn body_hash(self, rule: BodyHash) -> Self {
        let policy = (*self.policy).clone().body_hash(rule);
        self.policy(policy)
    }

    /// The largest body in bytes that is held to be verified, 1 MiB by default; above it the answer is 413.
    pub fn form_limit(self, bytes: usize) -> Self {
        let policy = (*self.policy).clone().form_limit(bytes);
        self.policy(policy)
    }

    async fn verify<B>(&self, parts: &mut Parts, body: B) -> Result<B, Rejection>
    where
        B: Body<Data = Bytes> + From<Bytes>,
        B::Error: Into<Box<dyn Error + Send + Sync>>,
    {
        hide_credentials(parts);
        let (verified, body) = self.verified(parts, body).await?;
        parts.extensions.insert::<VerifiedRequest>(verified);
        Ok(body)
    }

    async fn verified<B>(&self, parts: &Parts, body: B) -> Result<(VerifiedRequest, B), Rejection>
    where
        B: Body<Data = Bytes> + From<Bytes>,
        B::Error: Into<Box<dyn Error + Send + Sync>>,
    {
        let is_form = has_form(parts)?;
        let view = View::new(parts);
        let incoming = view.incoming();
        if !is_form && !self.provider.reads_body(&incoming, &self.policy) {
            return Ok((self.provider.protect(&incoming, &self.policy).await?, body));
        }
        let held = read(body, self.policy.form_limit).await?;
        let incoming = if is_form { incoming.form(&held) } else { incoming.body(&held) };
        let verified = self.provider.protect(&incoming, &self.policy).await?;
        Ok((verified, B::from(held)))
    }
}

/// A refusal as [`protect`] answers it, for checks of your own on a resource.
#[must_use]
pub fn refusal(provider: &Provider, rejection: &Rejection) -> axum::response::Response {
    refused(provider, rejection)
}

fn refused<R: From<String>>(provider: &Provider, rejection: &Rejection) -> Response<R> {
    response(provider.refuse(rejection, Audience::Resource, None))
}

impl<S> Layer<S> for ProtectLayer {
    type Service = Protect<S>;

    fn layer(&self, inner: S) -> Protect<S> {
        Protect { inner, layer: self.clone() }
    }
}

/// The service that [`ProtectLayer`] makes.
#[derive(Clone, Debug)]
pub struct Protect<S> {
    inner: S,
    layer: ProtectLayer,
}

impl<S, B, R> Service<Request<B>> for Protect<S>
where
    S: Service<Request<B>, Response = Response<R>> + Clone + Send + 'static,
    S::Future: Send,
    B: Body<Data = Bytes> + From<Bytes> + Send + 'static,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
    R: From<String>,
{
    type Response = Response<R>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Response<R>, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        // The clone is not known to be ready: it stays behind, and the ready one is called.
        let clone = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, clone);
        let layer = self.layer.clone();
        Box::pin(async move {
            let (mut parts, body) = request.into_parts();
            match layer.verify(&mut parts, body).await {
                Ok(body) => inner.call(Request::from_parts(parts, body)).await,
                // At a resource the form of the answer does not depend on `Accept`.
                Err(rejection) => Ok(refused(&layer.provider, &rejection)),
            }
        })
    }
}
