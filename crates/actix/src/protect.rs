//! The middleware that lets only signed requests through.

use crate::{
    answer::response,
    body::read,
    view::{View, has_form, hide_credentials},
};
use actix_web::{
    Error, HttpMessage, HttpResponse,
    body::EitherBody,
    dev::{Payload, Service, ServiceRequest, ServiceResponse, Transform, forward_ready},
    http::header,
};
use countersign_provider::{Audience, BodyHash, Policy, Provider, Rejection, TokenRule, VerifiedRequest};
use std::{
    future::{Ready, ready},
    pin::Pin,
    rc::Rc,
    sync::Arc,
};

/// Verifies every request before it reaches what is behind, or answers 400, 401, 403, 413 or 503: for `wrap` of a route, a
/// resource, a scope or an app.
///
/// By default a token of any scope is needed, over https. The path and the query that the client sent are verified, whatever
/// scopes stand around; only a middleware further out that rewrites the target, as actix's `NormalizePath` does, changes what is
/// verified: wrap it first, so that it stands inside.
///
/// # Panics
///
/// When a request arrives of which a middleware further out keeps a clone, as actix's own routing does.
///
/// # Examples
///
/// ```
/// use actix_web::{App, web};
/// use countersign_actix::{Authorized, protect};
/// # use countersign_provider::Provider;
/// # use countersign_store::MemoryStore;
/// # let provider = Provider::builder("https://photos.example.net").store(MemoryStore::default()).build()?;
///
/// async fn photos(caller: Authorized) -> String {
///     format!("the photos of {}", caller.resource_owner())
/// }
///
/// let app = App::new()
///     .service(web::resource("/photos").wrap(protect(&provider).scope("photos")).get(photos));
/// # let _ = app;
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

    async fn verify(&self, request: &mut ServiceRequest) -> Result<(), Rejection> {
        hide_credentials(request.headers_mut());
        let is_form = has_form(request.request())?;
        let verified = self.verified(request, is_form).await?;
        request.extensions_mut().insert::<VerifiedRequest>(verified);
        if is_form {
            // Extractors would decode the body once more by this field, which nobody signed.
            request.headers_mut().remove(header::CONTENT_ENCODING);
        }
        Ok(())
    }

    async fn verified(
        &self,
        request: &mut ServiceRequest,
        is_form: bool,
    ) -> Result<VerifiedRequest, Rejection> {
        let (head, payload) = request.parts_mut();
        let view = View::new(head);
        let incoming = view.incoming();
        if !is_form && !self.provider.reads_body(&incoming, &self.policy) {
            return self.provider.protect(&incoming, &self.policy).await;
        }
        let held = read(head, payload.take(), self.policy.form_limit).await?;
        let incoming = if is_form { incoming.form(&held) } else { incoming.body(&held) };
        let verified = self.provider.protect(&incoming, &self.policy).await?;
        *payload = Payload::from(held);
        Ok(verified)
    }
}

/// A refusal as [`protect`] answers it, for checks of your own on a resource.
#[must_use]
pub fn refusal(provider: &Provider, rejection: &Rejection) -> HttpResponse {
    // At a resource the form of the answer does not depend on `Accept`.
    response(provider.refuse(rejection, Audience::Resource, None))
}

impl<S, B> Transform<S, ServiceRequest> for ProtectLayer
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: 'static,
{
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = Error;
    type InitError = ();
    type Transform = Protect<S>;
    type Future = Ready<Result<Protect<S>, ()>>;

    fn new_transform(&self, inner: S) -> Self::Future {
        ready(Ok(Protect { inner: Rc::new(inner), layer: self.clone() }))
    }
}

/// The service that [`ProtectLayer`] makes.
#[derive(Clone, Debug)]
pub struct Protect<S> {
    inner: Rc<S>,
    layer: ProtectLayer,
}

impl<S, B> Service<ServiceRequest> for Protect<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: 'static,
{
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Error>>>>;

    forward_ready!(inner);

    fn call(&self, mut request: ServiceRequest) -> Self::Future {
        let (inner, layer) = (Rc::clone(&self.inner), self.layer.clone());
        Box::pin(async move {
            match layer.verify(&mut request).await {
                Ok(()) => Ok(inner.call(request).await?.map_into_left_body()),
                Err(rejection) => {
                    let refused = refusal(&layer.provider, &rejection);
                    Ok(request.into_response(refused).map_into_right_body())
                }
            }
        })
    }
}
