//! What is verified for others: requests on their way to an upstream, and questions of a proxy in front.
//!
//! ```text
//!   client ─▶ routes ─▶ protect ─▶ forward ─▶ upstream        inline: `upstream` of a [[route]]
//!    proxy ─▶ forward_auth ─▶ routes ─▶ provider              a question, answered with headers
//! ```
//!
//! Nothing is reachable that no `[[route]]` names.

mod ext_authz;
mod forward;
mod forward_auth;
mod gateway;
mod identity;
mod preset;
mod progress;
mod question;
mod routes;
mod tunnel;
mod upstream;

pub(crate) use gateway::Proxied;
pub(crate) use identity::is_ours;
pub(crate) use upstream::Upstream;

use crate::{
    app::App,
    config::{Config, Preset, is_at_or_below},
    jwt::Signer,
    pages, wire,
};
use axum::{
    Router,
    extract::{OriginalUri, Request, State},
    http::{HeaderValue, StatusCode, header},
    middleware,
    response::Response,
};
use countersign_provider::{Problem, Provider, Rejection};
use forward::Forward;
use identity::Identity;
use preset::Way;
use routes::{Found, Routes};
use std::{net::IpAddr, sync::Arc};
use tower_service::Service;
use upstream::Clients;

/// Everything behind or beside the server that it verifies requests for.
pub(crate) struct Edge {
    routes: Routes,
    /// How a proxy in front asks, if one may.
    way: Option<Way>,
    /// Where it asks, and all below.
    questions: &'static [&'static str],
}

/// Marks the answer to a question: whom it was about was counted with it.
#[derive(Clone, Copy)]
pub(crate) struct Counted;

impl Edge {
    pub(crate) fn new(config: &Config, provider: &Provider, signer: Option<&Arc<Signer>>) -> Self {
        let preset = config.forward_auth.preset;
        let questions: &[_] = match preset {
            Preset::Off => &[],
            Preset::Envoy => &[preset::PATH, ext_authz::SERVICE],
            _ => &[preset::PATH],
        };
        Self { routes: Routes::new(config, provider, signer), way: Way::of(preset), questions }
    }

    /// Whether a proxy in front may ask at all.
    pub(crate) fn is_for_questions(&self) -> bool {
        !self.questions.is_empty()
    }

    /// Whether a trusted proxy asks here about a request of somebody else.
    pub(crate) fn is_asked(&self, path: &str, peer: IpAddr, provider: &Provider) -> bool {
        self.questions.iter().any(|own| is_at_or_below(path, own)) && provider.trusts(peer)
    }

    /// Whether requests for a path go to an upstream.
    pub(crate) fn covers(&self, path: &str) -> bool {
        self.routes.covers(path)
    }
}

/// Where proxies in front ask; empty where none may.
pub(crate) fn questions(app: &App) -> Router<App> {
    match app.config.forward_auth.preset {
        Preset::Off => Router::new(),
        Preset::Envoy => forward_auth::routes().merge(ext_authz::routes(app)),
        _ => forward_auth::routes(),
    }
}

/// To a proxy that asks too often without a question in it.
pub(crate) fn too_many(app: &App, wait: u64) -> Response {
    let answer = question::refusal(app, &Problem::RateLimited(wait).into());
    match app.edge.way {
        Some(way) => forward_auth::refused(way, &app.provider, answer),
        None => countersign_axum::response(answer),
    }
}

/// Whatever is no page of the server's own: on to the upstream of its route, or nowhere.
pub(crate) async fn enter(State(app): State<App>, uri: OriginalUri, mut request: Request) -> Response {
    if let Some(name) = &app.proxy_header {
        // Who is signed in at a proxy is for this server's pages: an upstream hears of the token's owner, in other fields.
        request.headers_mut().remove(name);
    }
    match app.edge.routes.find(request.method(), request.uri().path()) {
        Found::Route(route) => match route.inline() {
            Some(mut inline) => {
                let Ok(response) = inline.call(request).await;
                response
            }
            None => nothing(app, uri, request).await,
        },
        Found::Nothing => nothing(app, uri, request).await,
        Found::Refused(problem) => countersign_axum::refusal(&app.provider, &Rejection::from(problem)),
    }
}

/// The first route's upstream without anything in front of it but what HTTP asks of a request.
pub(crate) fn unverified(config: &Config) -> Router {
    let forward = Forward::of(&config.route[0], &Clients::default(), Identity::new(None, ""));
    // OK because nothing but a bench calls it, with a route of its own
    let forward = forward.expect("a route with an upstream");
    Router::new()
        .fallback_service(forward)
        .layer(middleware::from_fn_with_state(config.limits, wire::well_formed))
}

async fn nothing(app: App, uri: OriginalUri, request: Request) -> Response {
    let (method, path) = (request.method(), request.uri().path());
    tracing::debug!(target: "countersign::rejection", %method, path, "no such page or route");
    let accepts = |value: &HeaderValue| value.to_str().is_ok_and(|types| types.contains("text/html"));
    let is_browser = request.headers().get_all(header::ACCEPT).iter().any(accepts);
    if app.config.route.is_empty() || is_browser {
        return pages::error::nothing(State(app), uri, request.headers().clone()).await;
    }
    forward_auth::document(StatusCode::NOT_FOUND, NO_ROUTE)
}

/// What is told where no route leads anywhere.
pub(crate) const NO_ROUTE: &str = "no [[route]] of this server covers the path";
