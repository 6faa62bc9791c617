//! Envoy's `ext_authz` over gRPC: the same question, with the body in it.

use super::{
    Counted, identity,
    question::{Question, Told, Verdict, refusal},
    routes::Route,
};
use crate::{app::App, config::Config, wire};
use axum::{Router, extract::ConnectInfo, http::HeaderName};
use countersign_axum::ProblemCode;
use countersign_provider::{Answer, Problem};
use envoy_types::{
    ext_authz::v3::{
        CheckResponseExt, DeniedHttpResponseBuilder, OkHttpResponseBuilder,
        pb::{Authorization, AuthorizationServer, CheckRequest, CheckResponse, HttpStatusCode},
    },
    pb::envoy::service::auth::v3::attribute_context::HttpRequest,
};
use std::net::SocketAddr;
use tonic::{Request, Response, Status, async_trait};

/// The service at the path that the protocol fixes.
pub(super) fn routes(app: &App) -> Router<App> {
    let largest = largest_body(&app.config) + HEAD;
    let service = AuthorizationServer::new(Checker(app.clone())).max_decoding_message_size(largest);
    Router::new().route_service(&format!("{SERVICE}/{{*verb}}"), service)
}

fn largest_body(config: &Config) -> usize {
    let own = config.route.iter().filter_map(|route| route.policy.form_limit);
    own.fold(config.limits.form, usize::max)
}

struct Checker(App);

#[async_trait]
impl Authorization for Checker {
    async fn check(&self, request: Request<CheckRequest>) -> Result<Response<CheckResponse>, Status> {
        let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
        // Envoy takes an error for a denial, unless it is told to let everything through then.
        let peer = peer
            .filter(|peer| self.0.provider.trusts(*peer))
            .ok_or_else(|| Status::permission_denied("only a proxy in `trusted_proxies` may ask here"))?;
        let asked = request.into_inner().attributes.and_then(|attributes| attributes.request?.http);
        let asked = asked.ok_or_else(|| Status::invalid_argument("no HTTP request is asked about"))?;
        let fields = Fields::of(&asked);
        let question = Question {
            method: &asked.method,
            target: &asked.path,
            authority: Some(asked.host.as_str()).filter(|host| !host.is_empty()),
            fields: fields.named(&READ).collect(),
            content_types: fields.named(&["content-type"]).map(|(_, value)| value).collect(),
            peer,
        };
        let app = &self.0;
        let (verdict, keeps_authorization) = match question.admitted(app).and_then(|()| question.route(app)) {
            Ok(route) => {
                let verdict = match body(&asked, &fields, route) {
                    Ok(body) => question.verdict(app, route, body).await,
                    Err(problem) => Verdict::Refused(refusal(app, &problem.into())),
                };
                (verdict, route.keeps_authorization())
            }
            Err(verdict) => (verdict, false),
        };
        let code = verdict.problem().map(ProblemCode);
        let mut response = Response::new(answered(verdict, &fields, keeps_authorization));
        response.extensions_mut().insert(Counted);
        code.map(|code| response.extensions_mut().insert(code));
        Ok(response)
    }
}

/// The body, if it came along whole.
fn body<'a>(asked: &'a HttpRequest, fields: &Fields<'_>, route: &Route) -> Result<Option<&'a [u8]>, Problem> {
    let body = if asked.raw_body.is_empty() { asked.body.as_bytes() } else { &asked.raw_body };
    let partial = fields.named(&["x-envoy-auth-partial-body"]).any(|(_, told)| told == b"true");
    let length = fields.named(&["content-length"]).next().map(|(_, length)| length);
    let whole = length.is_none_or(|length| length == body.len().to_string().as_bytes());
    // HTTP/1 says in its head that there is none; HTTP/2 may say nothing and send one.
    let framed = length.is_some() || fields.named(&["transfer-encoding"]).next().is_some();
    let bodyless = !framed && asked.protocol.starts_with("HTTP/1");
    if partial || !whole || (body.is_empty() && length.is_none() && !bodyless) {
        return Ok(None);
    }
    let most = route.policy().form_limit;
    if body.len() > most { Err(Problem::BodyTooLarge(most)) } else { Ok(Some(body)) }
}

fn answered(verdict: Verdict, fields: &Fields<'_>, keeps_authorization: bool) -> CheckResponse {
    match verdict {
        Verdict::Accepted(told) => accepted(*told, fields, keeps_authorization),
        Verdict::Nothing => {
            let mut denied = DeniedHttpResponseBuilder::new();
            denied.set_http_status(HttpStatusCode::NotFound);
            for (name, value) in wire::ALWAYS {
                denied.add_header(name.as_str(), value, None, false);
            }
            denied.set_body(super::NO_ROUTE);
            let mut response = CheckResponse::with_status(Status::permission_denied("no route"));
            response.set_http_response(denied);
            response
        }
        Verdict::Refused(answer) => refused(answer),
    }
}

/// What is known of the caller is set, and whatever else a client wrote in such fields goes.
fn accepted(told: Told, fields: &Fields<'_>, keeps_authorization: bool) -> CheckResponse {
    let mut accepted = OkHttpResponseBuilder::new();
    let whence = identity::whence(&told.verified);
    let who = told.who.into_iter().filter_map(|(name, value)| Some((name, value?)));
    let told: Vec<_> = who.chain(whence).collect();
    for (name, value) in &told {
        // OK because what is told is visible ASCII
        let value = value.to_str().unwrap_or_default();
        accepted.add_header(name.as_str(), value, None, false);
    }
    let is_told = |name: &str| told.iter().any(|(known, _): &(HeaderName, _)| known == name);
    // Those of the caller in any case: Envoy may show less than it passes on.
    let callers = identity::NAMES;
    let unknown = callers.iter().map(HeaderName::as_str);
    let gone = unknown.chain(fields.names().filter(|name| identity::is_spoofed(name)));
    for name in gone.filter(|name| !is_told(name)) {
        accepted.remove_header(name);
    }
    if !keeps_authorization {
        accepted.remove_header("authorization");
    }
    let mut response = CheckResponse::with_status(Status::ok("verified"));
    response.set_http_response(accepted);
    response
}

fn refused(answer: Answer) -> CheckResponse {
    let mut denied = DeniedHttpResponseBuilder::new();
    // OK because the status table holds codes that Envoy knows
    let status = HttpStatusCode::try_from(i32::from(answer.status)).unwrap_or(HttpStatusCode::Forbidden);
    denied.set_http_status(status);
    let code = answer.problem.unwrap_or_default();
    denied.add_header("x-oauth-problem", code, None, false);
    for (name, value) in answer.fields {
        denied.add_header(name, value, None, false);
    }
    denied.set_body(answer.body);
    let mut response = CheckResponse::with_status(Status::permission_denied(code));
    response.set_http_response(denied);
    response
}

/// The header fields, however Envoy packs them.
struct Fields<'a>(Vec<(&'a str, &'a [u8])>);

impl<'a> Fields<'a> {
    fn of(asked: &'a HttpRequest) -> Self {
        Self(match &asked.header_map {
            Some(map) => map
                .headers
                .iter()
                .map(|field| {
                    let raw =
                        if field.raw_value.is_empty() { field.value.as_bytes() } else { &field.raw_value };
                    (field.key.as_str(), raw)
                })
                .collect(),
            None => asked.headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect(),
        })
    }

    fn named(&self, names: &'static [&'static str]) -> impl Iterator<Item = (&'a str, &'a [u8])> {
        self.0.iter().copied().filter(|(name, _)| names.contains(name))
    }

    fn names(&self) -> impl Iterator<Item = &'a str> {
        self.0.iter().map(|(name, _)| *name)
    }
}

/// Where the protocol has its service.
pub(super) const SERVICE: &str = "/envoy.service.auth.v3.Authorization";
/// What Envoy itself says of the client; a client may have written all else.
const READ: [&str; 3] = ["authorization", "x-forwarded-for", "x-forwarded-proto"];
/// What a question holds beside the body.
const HEAD: usize = 1 << 20;
