//! The application that a page is about.

use crate::{
    administration::applications::find,
    app::App,
    pages::{
        OrPage, Refused,
        admin::{Administrator, address},
        error::not_found,
        see,
    },
};
use axum::{
    extract::{FromRequestParts, Path},
    http::request::Parts,
    response::Response,
};
use countersign_core::ClientId;
use countersign_store::Application;

/// An application, named in the path by its identifier with an `@`.
pub(super) struct Named(pub(super) Application);

impl FromRequestParts<App> for Named {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refused> {
        let nothing = || Refused::from(not_found(app));
        Administrator::from_request_parts(parts, app).await?;
        let Path(id) = Path::<String>::from_request_parts(parts, app).await.map_err(|_| nothing())?;
        let id = id.strip_prefix('@').and_then(|id| ClientId::new(id).ok()).ok_or_else(nothing)?;
        find(app, &id).await.or_page(app).map(Self)
    }
}

/// To the application's page, which says what was done.
pub(super) fn to(app: &App, id: &ClientId, told: &str) -> Response {
    see(&format!("{}{}?told={told}", app.base, address::application(id, "")))
}
