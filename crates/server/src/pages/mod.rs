//! Pages: templates in the binary, one file per page, headers that let nothing else in.

pub(crate) mod account;
pub(crate) mod assets;
pub(crate) mod consent;
pub(crate) mod developers;
pub(crate) mod error;
pub(crate) mod help;
pub(crate) mod home;
mod moment;
mod refused;
pub(crate) mod signed_in;
mod time;
pub(crate) mod verifier;

pub(crate) use refused::{OrPage, Refused};

use crate::{app::App, sign_in::proxy};
use axum::{
    Form,
    extract::{FromRequest, FromRequestParts, Query, Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header, request::Parts},
    middleware::Next,
    response::{Html, IntoResponse, Redirect, Response},
};
use countersign_core::percent;
use minijinja::{Environment, UndefinedBehavior, context, value::Serde};
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::net::IpAddr;

/// The templates.
pub(crate) struct Pages {
    templates: Environment<'static>,
}

macro_rules! templates {
    ($($name:literal),+) => {
        [$(($name, include_str!(concat!("../../templates/", $name)))),+]
    };
}

impl Pages {
    pub(crate) fn new(site_name: &str, base: &str) -> Self {
        let mut templates = Environment::new();
        templates.set_undefined_behavior(UndefinedBehavior::Lenient);
        for (name, source) in TEMPLATES.into_iter().chain(developers::TEMPLATES) {
            // OK because the templates are part of the binary: a test renders each
            templates.add_template(name, source).expect("a template of ours");
        }
        templates.add_filter("time", time::filter);
        templates.add_global("site_name", site_name.to_owned());
        templates.add_global("base", base.to_owned());
        Self { templates }
    }

    /// Renders a page; `form_to` is where its form may lead besides this site.
    pub(crate) fn show(
        &self,
        status: StatusCode,
        name: &str,
        values: Value,
        form_to: Option<&str>,
    ) -> Response {
        let policy = format!("form-action 'self'{}", form_to.map(|to| format!(" {to}")).unwrap_or_default());
        self.render(status, name, values, &policy)
    }

    /// The same for a page whose values can be copied: our own script may run on it.
    pub(crate) fn show_with_script(&self, name: &str, values: Value) -> Response {
        self.render(StatusCode::OK, name, values, "script-src 'self'; form-action 'self'")
    }

    fn render(&self, status: StatusCode, name: &str, values: Value, allowed: &str) -> Response {
        let page = self
            .templates
            .get_template(name)
            .and_then(|page| page.render(context! { ..minijinja::Value::from(Serde(values)) }));
        match page {
            Ok(html) => with_safe_fields((status, Html(html)).into_response(), allowed),
            Err(error) => {
                tracing::error!(%error, name, "a page does not render");
                (StatusCode::INTERNAL_SERVER_ERROR, "this page cannot be shown\n").into_response()
            }
        }
    }
}

fn with_safe_fields(mut response: Response, allowed: &str) -> Response {
    let policy = format!(
        "default-src 'none'; style-src 'self'; img-src 'self'; {allowed}; frame-ancestors 'none'; base-uri 'none'"
    );
    let fixed = [
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "same-origin"),
    ];
    for (name, value) in fixed {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    // OK because a destination is made of URI characters that were checked when the request began
    if let Ok(policy) = HeaderValue::try_from(policy) {
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    response
}

/// Where a visitor of a page comes from, in the request's extensions.
#[derive(Clone, Copy)]
pub(crate) struct Visitor(pub(crate) Option<IpAddr>);

/// Refuses http where it is not allowed, before a password or an answer is asked for.
pub(crate) async fn arrive(State(app): State<App>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    match countersign_axum::arrival(&app.provider, &parts) {
        Ok(address) => {
            parts.extensions.insert(Visitor(address));
            proxy::enter(&app, Visitor(address), Request::from_parts(parts, body), next).await
        }
        Err(rejection) => error::rejected(&app, &rejection),
    }
}

/// For a page that asks for no secret: it is shown over http too, but nobody is signed in there.
pub(crate) async fn greet(State(app): State<App>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let arrival = countersign_axum::arrival(&app.provider, &parts);
    let request = Request::from_parts(parts, body);
    match arrival {
        Ok(address) => proxy::enter(&app, Visitor(address), request, next).await,
        Err(_) => next.run(request).await,
    }
}

/// A form that a page of ours sent; anything else is told on a page.
pub(crate) struct PageForm<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequest<App> for PageForm<T> {
    type Rejection = Response;

    async fn from_request(request: Request, app: &App) -> Result<Self, Response> {
        let form = Form::from_request(request, app).await;
        form.map(|Form(form)| Self(form)).map_err(|rejection| {
            let large = rejection.status() == StatusCode::PAYLOAD_TOO_LARGE;
            let status = if large { StatusCode::PAYLOAD_TOO_LARGE } else { StatusCode::BAD_REQUEST };
            error::page_error(app, status, "The form is not complete.")
        })
    }
}

/// The query of a link to a page of ours; anything else is told on a page.
pub(crate) struct PageQuery<T>(pub(crate) T);

impl<T: DeserializeOwned + Send> FromRequestParts<App> for PageQuery<T> {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let query = Query::from_request_parts(parts, app).await;
        let told = |_| error::page_error(app, StatusCode::BAD_REQUEST, "The address is not complete.");
        query.map(|Query(query)| Self(query)).map_err(told)
    }
}

/// Whether a POST comes from a page of ours, as far as the browser says; a token in the form is asked for as well.
pub(crate) fn is_same_origin(app: &App, headers: &HeaderMap) -> bool {
    let text = |name| headers.get(name).map(|value: &HeaderValue| value.to_str().unwrap_or("?"));
    match (text("sec-fetch-site"), text("origin")) {
        (Some(site), _) => site == "same-origin",
        (None, Some(origin)) => app.provider.is_own_origin(origin),
        (None, None) => true,
    }
}

/// To another page, or to an application.
pub(crate) fn see(url: &str) -> Response {
    ([(header::CACHE_CONTROL, "no-store")], Redirect::to(url)).into_response()
}

/// To the sign-in page, and from there to a path of ours.
pub(crate) fn to_sign_in(app: &App, here: &str) -> Response {
    see(&format!("{}/login?next={}", app.base, percent::encode(here)))
}

const TEMPLATES: [(&str, &str); 13] = templates![
    "base.html",
    "account.html",
    "login.html",
    "leaving.html",
    "signup.html",
    "consent.html",
    "connections.html",
    "verifier.html",
    "denied.html",
    "signed_out.html",
    "error.html",
    "help.html",
    "home.html"
];
