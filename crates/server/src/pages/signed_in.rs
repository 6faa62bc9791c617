//! Who is signed in, and the forms that they send: what every page of an account begins with.

use super::{PageForm, error, is_same_origin, to_sign_in};
use crate::{app::App, session::Session};
use axum::{
    extract::{FromRequest, FromRequestParts, Request},
    http::{HeaderMap, StatusCode, request::Parts},
    response::Response,
};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;

/// Whoever looks at a page; who is not signed in is sent to sign in, and comes back to it.
pub(crate) struct SignedIn(pub(crate) Session);

impl FromRequestParts<App> for SignedIn {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        match app.session(&parts.headers).await {
            Ok(Some(session)) => Ok(Self(session)),
            Ok(None) => Err(to_sign_in(app, parts.uri.path_and_query().map_or("/", |here| here.as_str()))),
            Err(error) => Err(error::store(app, &error)),
        }
    }
}

/// A page for whoever is signed in.
pub(crate) fn page(
    app: &App,
    session: &Session,
    status: StatusCode,
    name: &'static str,
    values: Value,
) -> Response {
    app.pages.show(status, name, framed(session, values), None)
}

/// What a page shows, with what its frame and its forms need of whoever is signed in.
pub(crate) fn framed(session: &Session, mut values: Value) -> Value {
    values["account"] = session.account.as_str().into();
    values["csrf"] = session.csrf.expose().into();
    values["admin"] = session.admin.into();
    values
}

/// A form that whoever is signed in sent from a page of ours, its values as text.
pub(crate) struct OwnForm<T> {
    pub(crate) session: Session,
    pub(crate) headers: HeaderMap,
    pub(crate) given: T,
}

#[derive(Deserialize)]
struct Guarded<T> {
    #[serde(default)]
    csrf: String,
    #[serde(flatten)]
    given: T,
}

impl<T: DeserializeOwned> FromRequest<App> for OwnForm<T> {
    type Rejection = Response;

    async fn from_request(request: Request, app: &App) -> Result<Self, Response> {
        let headers = request.headers().clone();
        let session = match app.session(&headers).await {
            Ok(Some(session)) => session,
            Ok(None) => return Err(signed_out(app)),
            Err(error) => return Err(error::store(app, &error)),
        };
        let given = given(request, app, &session).await?;
        Ok(Self { session, headers, given })
    }
}

/// The form in a request of that session.
///
/// # Errors
///
/// A page for one that no page of ours sent, or that cannot be read.
pub(crate) async fn given<T: DeserializeOwned>(
    request: Request,
    app: &App,
    session: &Session,
) -> Result<T, Response> {
    let is_ours = is_same_origin(app, request.headers());
    let PageForm(Guarded { csrf, given }) = PageForm::from_request(request, app).await?;
    if is_ours && session.csrf.matches(&csrf) { Ok(given) } else { Err(error::forged(app)) }
}

fn signed_out(app: &App) -> Response {
    error::page_error(app, StatusCode::FORBIDDEN, "error-signed-out")
}
