//! `/forward-auth`: a proxy in front asks whether a request is signed, and is told who called.

use super::{
    Counted,
    preset::{BodyRule, Missing, PATH, Way},
    question::{Question, Verdict, refusal},
};
use crate::app::App;
use axum::{
    Router,
    body::Body,
    extract::{ConnectInfo, Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
    routing::any,
};
use countersign_provider::{Answer, Policy, Problem, Provider};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::Body as _;
use serde_json::json;
use std::{
    net::{IpAddr, SocketAddr},
    sync::atomic::{AtomicBool, Ordering},
};

/// The path at which proxies ask, and all below it.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route(PATH, any(ask))
        .route("/forward-auth/", any(ask))
        .route("/forward-auth/{*target}", any(ask))
}

async fn ask(
    State(app): State<App>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request,
) -> Response {
    let Some(way) = app.edge.way else { return StatusCode::NOT_FOUND.into_response() };
    if !app.provider.trusts(peer.ip()) {
        tracing::debug!(target: "countersign::rejection", %peer, "no trusted proxy asks");
        return document(StatusCode::FORBIDDEN, "only a proxy in `trusted_proxies` may ask here");
    }
    let (parts, body) = request.into_parts();
    match question(way, &parts, peer.ip()) {
        Ok(question) => {
            let verdict = judged(&app, way, &question, &parts.headers, body).await;
            let mut response = answered(&app, way, verdict);
            response.extensions_mut().insert(Counted);
            response
        }
        Err(missing) => {
            warn_once(missing);
            answered(&app, way, Verdict::Refused(refusal(&app, &missing.problem().into())))
        }
    }
}

fn question(way: Way, parts: &Parts, peer: IpAddr) -> Result<Question<'_>, Missing> {
    let (method, target) = way.asked(parts.method.as_str(), &parts.uri, &parts.headers)?;
    let fields = parts.headers.iter().filter(|(name, _)| READ.contains(&name.as_str()));
    let fields = fields.map(|(name, value)| (name.as_str(), value.as_bytes())).collect();
    let content_types = parts.headers.get_all(header::CONTENT_TYPE).iter().map(HeaderValue::as_bytes);
    let authority = parts.uri.authority().map(axum::http::uri::Authority::as_str);
    Ok(Question { method, target, authority, fields, content_types: content_types.collect(), peer })
}

async fn judged(app: &App, way: Way, question: &Question<'_>, fields: &HeaderMap, body: Body) -> Verdict {
    let route = match question.admitted(app).and_then(|()| question.route(app)) {
        Ok(route) => route,
        Err(verdict) => return verdict,
    };
    let policy = route.policy();
    let body = match question.needs_body(app, policy) {
        // Envoy keeps what it is not told to pass on: without its type a form would go by unread.
        Ok(false)
            if way.body == BodyRule::Buffered
                && !body.is_end_stream()
                && question.content_types.is_empty() =>
        {
            Err(Problem::ParameterRejected(None, TYPELESS.into()))
        }
        Ok(false) => Ok(None),
        Ok(true) => whole(way, fields, body, policy).await,
        Err(problem) => Err(problem),
    };
    match body {
        Ok(body) => question.verdict(app, route, body.as_deref()).await,
        Err(problem) => Verdict::Refused(refusal(app, &problem.into())),
    }
}

/// The client's body, if it came along whole.
async fn whole(
    way: Way,
    fields: &HeaderMap,
    body: Body,
    policy: &Policy,
) -> Result<Option<bytes::Bytes>, Problem> {
    let says = |name: &str, value: &str| fields.get(name).is_some_and(|told| told == value);
    let comes = match way.body {
        BodyRule::Kept => false,
        BodyRule::Sent => true,
        BodyRule::Marked => says("x-original-body", "whole"),
        BodyRule::Buffered => !says("x-envoy-auth-partial-body", "true"),
    };
    if !comes {
        return Ok(None);
    }
    match Limited::new(body, policy.form_limit).collect().await {
        Ok(all) => Ok(Some(all.to_bytes()).filter(|all| way.body == BodyRule::Marked || !all.is_empty())),
        Err(error) if error.is::<LengthLimitError>() => Err(Problem::BodyTooLarge(policy.form_limit)),
        Err(_) => Err(Problem::BodyRequired),
    }
}

fn answered(app: &App, way: Way, verdict: Verdict) -> Response {
    match verdict {
        Verdict::Accepted(told) => {
            let mut response = StatusCode::OK.into_response();
            // Every field, an empty one for what a request has not: none of a client's own survives in the proxy then.
            let who = told.who.into_iter().map(|(name, value)| (name, value.unwrap_or(EMPTY)));
            response.headers_mut().extend(who);
            response
        }
        Verdict::Nothing => {
            let status = if way.knows_few_statuses { StatusCode::FORBIDDEN } else { StatusCode::NOT_FOUND };
            document(status, super::NO_ROUTE)
        }
        Verdict::Refused(answer) => refused(way, &app.provider, answer),
    }
}

pub(super) fn refused(way: Way, provider: &Provider, answer: Answer) -> Response {
    let status = match answer.status {
        400 if way.knows_few_statuses => 401,
        405 | 413 | 429 if way.knows_few_statuses => 403,
        other => other,
    };
    let challenged = answer.status == 401;
    let code = answer.problem.unwrap_or_default();
    let mut response = countersign_axum::response::<Body>(answer);
    // OK because the status table holds valid codes alone
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::FORBIDDEN);
    let fields = response.headers_mut();
    fields.insert(PROBLEM, HeaderValue::from_static(code));
    if status == 401 && !challenged {
        let challenge = HeaderValue::from_str(&provider.challenge(code)).ok();
        fields.extend(challenge.map(|challenge| (header::WWW_AUTHENTICATE, challenge)));
    }
    response
}

pub(super) fn document(status: StatusCode, detail: &str) -> Response {
    let title = status.canonical_reason();
    let document =
        json!({ "type": "about:blank", "title": title, "status": status.as_u16(), "detail": detail });
    (status, [(header::CONTENT_TYPE, "application/problem+json")], document.to_string()).into_response()
}

/// A set-up that cannot work is for the operator to see, but no stranger may fill the log with it.
fn warn_once(missing: Missing) {
    static WARNED: AtomicBool = AtomicBool::new(false);
    if !WARNED.swap(true, Ordering::Relaxed) {
        tracing::warn!("forward-auth is set up wrongly: {}", missing.told());
    }
}

/// What each proxy says of a client in; `Forwarded` is none of it, so a client may have written one.
const READ: [&str; 5] = ["authorization", "host", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto"];
const TYPELESS: &str =
    "a body without Content-Type came along: name `content-type` in the proxy's `allowed_headers`";
const EMPTY: HeaderValue = HeaderValue::from_static("");
/// The code of a refusal, for proxies that pass on no body.
const PROBLEM: HeaderName = HeaderName::from_static("x-oauth-problem");
