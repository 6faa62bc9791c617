//! Pages: templates in the binary, one file per page, headers that let nothing else in.

mod about;
pub(crate) mod account;
pub(crate) mod admin;
pub(crate) mod assets;
mod confirm;
pub(crate) mod consent;
pub(crate) mod developers;
pub(crate) mod error;
pub(crate) mod help;
pub(crate) mod home;
mod refused;
pub(crate) mod samples;
pub(crate) mod signed_in;
mod spoken;
mod templates;
pub(crate) mod twice;
pub(crate) mod verifier;

pub(crate) use refused::{OrPage, Refused};
pub(crate) use spoken::{spoken, toward};
pub(crate) use templates::Setting;
use templates::templates;

use crate::{app::App, login::form_at, look::Look, sign_in::proxy, words::Words};
use axum::{
    Form,
    body::Bytes,
    extract::{FromRequest, FromRequestParts, Query, Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header, request::Parts},
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};
use countersign_core::percent;
use minijinja::{Environment, context};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;
use std::net::IpAddr;

/// The templates, in each language.
pub(crate) struct Pages {
    words: Words,
    /// In the order of the languages.
    templates: Vec<Environment<'static>>,
    strict: bool,
}

impl Pages {
    /// Ours, with what an operator puts over them.
    ///
    /// # Errors
    ///
    /// For a template of theirs that cannot be read.
    pub(crate) fn new(look: &Look, words: Words, setting: &Setting<'_>) -> Result<Self, minijinja::Error> {
        Self::of(look, words, setting, false)
    }

    /// The same for a proof: what would be a gap on a page is an error.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    pub(crate) fn strict(look: &Look, words: Words, setting: &Setting<'_>) -> Result<Self, minijinja::Error> {
        Self::of(look, words, setting, true)
    }

    fn of(look: &Look, words: Words, setting: &Setting<'_>, strict: bool) -> Result<Self, minijinja::Error> {
        let languages = words.languages().iter();
        let templates = languages.map(|language| templates::all(look, language, setting, strict));
        Ok(Self { templates: templates.collect::<Result<_, _>>()?, words, strict })
    }

    /// In how many languages there are pages.
    pub(crate) fn languages(&self) -> usize {
        self.templates.len()
    }

    /// A page; `form_to` is where its form may lead besides this site.
    pub(crate) fn show(
        &self,
        status: StatusCode,
        name: &'static str,
        values: Value,
        form_to: Option<&str>,
    ) -> Response {
        let policy = format!("form-action 'self'{}", form_to.map(|to| format!(" {to}")).unwrap_or_default());
        carrying(status, name, values, &policy)
    }

    /// The same for a page whose values can be copied: our own script may run on it.
    pub(crate) fn show_with_script(&self, name: &'static str, values: Value) -> Response {
        carrying(StatusCode::OK, name, values, "script-src 'self'; form-action 'self'")
    }

    /// Renders a page in a language; `named` is that of the link, to be kept in what leads on from the page.
    ///
    /// # Errors
    ///
    /// For a template that wants what the page does not have.
    pub(crate) fn rendered(
        &self,
        language: usize,
        name: &str,
        values: Value,
        named: Option<&str>,
    ) -> Result<String, minijinja::Error> {
        let about = about::fields(&values).to_vec();
        let values = spoken::in_words(&self.words.languages()[language], values, self.strict)?;
        let keep_language = named.map_or_else(String::new, |tag| format!("?xoauth_lang_pref={tag}"));
        let page = self.templates[language].get_template(name)?;
        page.render(context! { keep_language, about, ..values })
    }
}

/// An answer that carries a page; it is rendered in the language of the request, by [`spoken`].
fn carrying(status: StatusCode, name: &'static str, values: Value, allowed: &str) -> Response {
    let mut response = with_safe_fields(status.into_response(), allowed);
    response.extensions_mut().insert(spoken::Page { name, values });
    response
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
        let (parts, body) = request.into_parts();
        let body = Bytes::from_request(Request::from_parts(parts.clone(), body), app).await;
        let body = body.map_err(|rejection| error::unread(app, rejection.status()))?;
        if !is_utf8(&body) {
            return Err(error::not_utf8(app));
        }
        let form = Form::from_request(Request::from_parts(parts, body.into()), app).await;
        form.map(|Form(form)| Self(form)).map_err(|rejection| error::unread(app, rejection.status()))
    }
}

/// Whether a form that was sent is text: what is not would become other text, and two passwords one.
fn is_utf8(form: &[u8]) -> bool {
    percent::decode(form).is_ok_and(|decoded| std::str::from_utf8(&decoded).is_ok())
}

/// The query of a link to a page of ours; anything else is told on a page.
pub(crate) struct PageQuery<T>(pub(crate) T);

impl<T: DeserializeOwned + Send> FromRequestParts<App> for PageQuery<T> {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let query = Query::from_request_parts(parts, app).await;
        let told = |_| error::page_error(app, StatusCode::BAD_REQUEST, "error-address-incomplete");
        query.map(|Query(query)| Self(query)).map_err(told)
    }
}

/// What was done, as the page to which that led says it once.
#[derive(Deserialize)]
pub(crate) struct Told {
    #[serde(default)]
    pub(crate) told: String,
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
    see(&[&app.base, &*form_at(here)].concat())
}

/// Every template of ours, by name.
pub(crate) fn sources() -> impl Iterator<Item = (&'static str, &'static str)> {
    TEMPLATES.into_iter().chain(developers::TEMPLATES).chain(admin::TEMPLATES)
}

const TEMPLATES: [(&str, &str); 15] = templates![
    "base.html",
    "account.html",
    "confirm.html",
    "login.html",
    "leaving.html",
    "signup.html",
    "consent.html",
    "connections.html",
    "verifier.html",
    "denied.html",
    "signed_out.html",
    "tied.html",
    "error.html",
    "help.html",
    "home.html"
];
