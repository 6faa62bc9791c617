//! A request that a proxy in front asks about: what it was, as that proxy tells it, and the verdict.

use super::{
    identity::Who,
    routes::{Found, Route},
};
use crate::app::App;
use axum::http::Method;
use countersign_provider::{
    Answer, Audience, Incoming, Policy, Problem, Rejection, VerifiedRequest, media_type::has_form,
};
use std::net::IpAddr;

/// The request as the client sent it.
pub(super) struct Question<'a> {
    pub(super) method: &'a str,
    /// Raw path and query.
    pub(super) target: &'a str,
    pub(super) authority: Option<&'a str>,
    /// What the provider reads of the fields, names in lower case.
    pub(super) fields: Vec<(&'a str, &'a [u8])>,
    pub(super) content_types: Vec<&'a [u8]>,
    /// The proxy that asks: a trusted one.
    pub(super) peer: IpAddr,
}

/// What is told to the proxy.
pub(super) enum Verdict {
    Accepted(Box<Told>),
    Refused(Answer),
    /// No route is there.
    Nothing,
}

/// Who called, and what else an upstream is told of it.
pub(super) struct Told {
    pub(super) who: Who,
    pub(super) verified: VerifiedRequest,
}

impl Verdict {
    /// The code of a refusal.
    pub(super) fn problem(&self) -> Option<&'static str> {
        match self {
            Self::Refused(answer) => answer.problem,
            Self::Accepted(_) | Self::Nothing => None,
        }
    }
}

impl Question<'_> {
    /// Counts the request for whoever sent it.
    ///
    /// # Errors
    ///
    /// The verdict where that address asks too often.
    pub(super) fn admitted(&self, app: &App) -> Result<(), Verdict> {
        let Some(addresses) = &app.addresses else { return Ok(()) };
        let address = app.provider.address(&self.incoming()).unwrap_or(Some(self.peer));
        let refused = |wait| Verdict::Refused(refusal(app, &Problem::RateLimited(wait).into()));
        addresses.take(address).map_err(refused)
    }

    /// The route that the request belongs to.
    ///
    /// # Errors
    ///
    /// The verdict where there is none, or none that takes it.
    pub(super) fn route<'r>(&self, app: &'r App) -> Result<&'r Route, Verdict> {
        let refused = |problem: Problem| Verdict::Refused(refusal(app, &problem.into()));
        let path = self.target.split('?').next().unwrap_or_default();
        // A fragment is no part of a target, but proxies pass it on, and upstreams end the path there.
        let is_odd = |byte: u8| byte <= b' ' || byte == 0x7f || byte == b'#';
        if !path.starts_with('/') || self.target.bytes().any(is_odd) {
            return Err(refused(Problem::ParameterRejected(
                None,
                "the target is none that a client may send".into(),
            )));
        }
        if self.target.len() > app.config.limits.target {
            return Err(refused(Problem::ParameterRejected(None, "the request target is too long".into())));
        }
        let method = Method::from_bytes(self.method.as_bytes());
        let method = method.map_err(|_| refused(Problem::ConflictingForwarded))?;
        match app.edge.routes.find(&method, path) {
            Found::Route(route) => Ok(route),
            Found::Nothing => {
                tracing::debug!(target: "countersign::rejection", method = self.method, path, "no such route");
                Err(Verdict::Nothing)
            }
            Found::Refused(problem) => Err(refused(problem)),
        }
    }

    /// Whether the body decides: a form is signed, and so may a hash of anything else be.
    ///
    /// # Errors
    ///
    /// Where its media type is not told plainly.
    pub(super) fn needs_body(&self, app: &App, policy: &Policy) -> Result<bool, Problem> {
        Ok(self.has_form()? || app.provider.reads_body(&self.incoming(), policy))
    }

    /// Verifies it; `body` is the whole of it, or nothing where it stayed with the proxy.
    pub(super) async fn verdict(&self, app: &App, route: &Route, body: Option<&[u8]>) -> Verdict {
        let verified = match self.verified(app, route.policy(), body).await {
            Ok(verified) => verified,
            Err(rejection) => return Verdict::Refused(refusal(app, &rejection)),
        };
        match route.identity().who(&verified) {
            Ok(who) => Verdict::Accepted(Box::new(Told { who, verified })),
            Err(error) => {
                tracing::error!(%error, "an identity cannot be signed");
                Verdict::Refused(refusal(app, &Problem::StoreUnavailable.into()))
            }
        }
    }

    async fn verified(
        &self,
        app: &App,
        policy: &Policy,
        body: Option<&[u8]>,
    ) -> Result<VerifiedRequest, Rejection> {
        let incoming = match (body, self.has_form()?) {
            (Some(form), true) => self.incoming().form(form),
            (Some(other), false) => self.incoming().body(other),
            (None, true) => return Err(Problem::BodyNotForwarded.into()),
            (None, false) => self.incoming(),
        };
        match app.provider.protect(&incoming, policy).await {
            Err(rejection) if body.is_none() && *rejection.problem() == Problem::BodyRequired => {
                Err(Problem::BodyNotForwarded.into())
            }
            verdict => verdict,
        }
    }

    fn has_form(&self) -> Result<bool, Problem> {
        has_form(self.content_types.iter().copied())
    }

    fn incoming(&self) -> Incoming<'_> {
        Incoming::new(self.method, self.target, &self.fields)
            .authority(self.authority)
            .needs_host(false)
            .peer(Some(self.peer))
    }
}

pub(super) fn refusal(app: &App, rejection: &Rejection) -> Answer {
    app.provider.refuse(rejection, Audience::Resource, None)
}
