//! Who administrates, and the forms that they send.

use crate::{
    administration::Actor,
    app::App,
    pages::{
        Refused, Visitor, developers::sent::Fields, error, is_same_origin, signed_in::given, to_sign_in,
    },
    session::Session,
};
use axum::{
    extract::{FromRequest, FromRequestParts, OriginalUri, Request, State},
    http::{HeaderMap, Method, StatusCode, request::Parts},
    middleware::Next,
    response::Response,
};
use serde::de::DeserializeOwned;

/// Whoever is signed in and has the role, at this request.
#[derive(Clone, Debug)]
pub(super) struct Administrator(pub(super) Session);

impl Administrator {
    /// As whom the audit log names them: no API key is called so.
    pub(super) fn actor(&self, Visitor(address): Visitor) -> Actor {
        Actor::new(format!("administrator {}", self.0.account), address)
    }
}

/// Lets administrators in; what a handler forgets to ask is asked here.
///
/// # Security
///
/// For everybody else who is signed in there is nothing here, whatever the method: they learn no more than at any unknown address.
pub(super) async fn admit(State(app): State<App>, mut request: Request, next: Next) -> Response {
    match app.session(request.headers()).await {
        Ok(Some(session)) if session.admin => {
            request.extensions_mut().insert(Administrator(session));
            next.run(request).await
        }
        Ok(Some(_)) => nothing(&app, request.uri().clone(), request.headers().clone()).await,
        Ok(None) if [Method::GET, Method::HEAD].contains(request.method()) => {
            let here = request.uri().path_and_query().map_or("/admin", |here| here.as_str());
            to_sign_in(&app, here)
        }
        Ok(None) => error::page_error(&app, StatusCode::FORBIDDEN, "error-signed-out"),
        Err(error) => error::store(&app, &error),
    }
}

async fn nothing(app: &App, uri: axum::http::Uri, headers: HeaderMap) -> Response {
    error::nothing(State(app.clone()), OriginalUri(uri), headers).await
}

impl FromRequestParts<App> for Administrator {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        // OK because no page of these is outside of `admit`; one that were is closed to everyone
        parts.extensions.get::<Self>().cloned().ok_or_else(|| error::not_found(app))
    }
}

/// A form that an administrator sent from a page of ours, its values as text.
pub(super) struct AdministratorForm<T> {
    pub(super) administrator: Administrator,
    pub(super) given: T,
}

/// The same with fields that come several times, or as files.
pub(super) struct AdministratorFields {
    pub(super) administrator: Administrator,
    pub(super) fields: Fields,
}

impl FromRequest<App> for AdministratorFields {
    type Rejection = Refused;

    async fn from_request(request: Request, app: &App) -> Result<Self, Refused> {
        let (mut parts, body) = request.into_parts();
        let administrator = Administrator::from_request_parts(&mut parts, app).await?;
        let is_ours = is_same_origin(app, &parts.headers);
        let fields = Fields::from_request(Request::from_parts(parts, body), app).await?;
        if !is_ours || !administrator.0.csrf.matches(fields.text("csrf")) {
            return Err(error::forged(app).into());
        }
        Ok(Self { administrator, fields })
    }
}

impl<T: DeserializeOwned> FromRequest<App> for AdministratorForm<T> {
    type Rejection = Response;

    async fn from_request(request: Request, app: &App) -> Result<Self, Response> {
        let (mut parts, body) = request.into_parts();
        let administrator = Administrator::from_request_parts(&mut parts, app).await?;
        let given = given(Request::from_parts(parts, body), app, &administrator.0).await?;
        Ok(Self { administrator, given })
    }
}
