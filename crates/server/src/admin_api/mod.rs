//! `/admin/api/v1`: what administrators do, for programs.
//!
//! ```text
//!   authenticate (key, http) ─▶ May<scope> ─▶ Named · Asked · Given · Creation ─▶ handler ─▶ store verb ─▶ audit
//! ```
//!
//! One file for each resource; a handler that is routed here is in the OpenAPI document by that alone.

pub(crate) mod accounts;
pub(crate) mod api_keys;
pub(crate) mod application;
pub(crate) mod applications;
mod approval;
pub(crate) mod audit;
mod callback;
mod caller;
mod challenges;
pub(crate) mod client_keys;
mod creation;
pub(crate) mod identities;
mod input;
pub(crate) mod invitations;
pub(crate) mod key;
mod openapi;
pub(crate) mod page;
pub(crate) mod problem;
pub(crate) mod revision;
pub(crate) mod scope;
pub(crate) mod sessions;
mod text;
pub(crate) mod tokens;
mod transfer;
pub(crate) mod usage;

use crate::app::App;
use axum::{
    Json, Router,
    extract::DefaultBodyLimit,
    http::StatusCode,
    middleware,
    routing::{any, get},
};
use problem::Problem;
use utoipa::OpenApi;
use utoipa_axum::{router::OpenApiRouter, routes};

/// The routes, where they are switched on.
pub(crate) fn routes(app: &App) -> Router<App> {
    if !app.config.admin_api.enabled {
        return Router::new();
    }
    let (mut router, document) =
        OpenApiRouter::with_openapi(openapi::Described::openapi()).nest(ROOT, resources()).split_for_parts();
    let document = openapi::complete(document);
    // A program that mistypes an address reads the same kind of answer as from all others.
    for nowhere in ["/admin/api", "/admin/api/", "/admin/api/{*rest}"] {
        router = router.route(nowhere, any(absent));
    }
    router
        .method_not_allowed_fallback(method_not_allowed)
        .route_layer(middleware::from_fn_with_state(app.clone(), caller::authenticate))
        .route_layer(DefaultBodyLimit::max(LARGEST_BODY))
        // It tells nothing of what is stored, and tools want to read it before they have a key.
        .route(&format!("{ROOT}/openapi.json"), get(move || std::future::ready(Json(document.clone()))))
}

fn resources() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(applications::list_applications, applications::register_application))
        .routes(routes!(
            applications::get_application,
            applications::update_application,
            applications::delete_application
        ))
        .routes(routes!(approval::approve_application))
        .routes(routes!(approval::reject_application))
        .routes(routes!(approval::suspend_application))
        .routes(routes!(approval::resume_application))
        .routes(routes!(transfer::transfer_application))
        .routes(routes!(callback::check_callback))
        .routes(routes!(client_keys::add_key))
        .routes(routes!(client_keys::remove_key))
        .routes(routes!(accounts::list_accounts, accounts::create_account))
        .routes(routes!(accounts::get_account))
        .routes(routes!(accounts::disable_account))
        .routes(routes!(accounts::enable_account))
        .routes(routes!(accounts::set_role))
        .routes(routes!(accounts::set_password))
        .routes(routes!(sessions::list_sessions, sessions::end_sessions))
        .routes(routes!(sessions::end_session))
        .routes(routes!(identities::list_identities, identities::add_identity, identities::remove_identity))
        .routes(routes!(invitations::list_invitations, invitations::invite))
        .routes(routes!(invitations::withdraw_invitation))
        .routes(routes!(api_keys::list_api_keys, api_keys::create_api_key))
        .routes(routes!(api_keys::revoke_api_key))
        .routes(routes!(tokens::list_tokens, tokens::issue_token))
        .routes(routes!(tokens::get_token, tokens::revoke_token))
        .routes(routes!(challenges::get_challenge))
        .routes(routes!(challenges::accept_challenge))
        .routes(routes!(challenges::reject_challenge))
        .routes(routes!(audit::list_audit))
        .routes(routes!(usage::list_usage))
}

async fn absent() -> Problem {
    Problem::absent()
}

async fn method_not_allowed() -> Problem {
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, "this address does not take that kind of request")
}

/// Where the API is.
pub(crate) const ROOT: &str = "/admin/api/v1";
/// Bytes: the largest application with its keys is smaller.
const LARGEST_BODY: usize = 256 << 10;
