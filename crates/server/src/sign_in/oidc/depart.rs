//! Off to an issuer.
//!
//! By a page that leads on at once and not by a redirect: some browsers hold `form-action` against every redirect that follows a
//! form, and nobody knows over which sites an issuer leads its visitors.

use super::{
    Issuer,
    issuer::Failure,
    journey::{Journey, LIFE, Purpose},
};
use crate::{
    app::App,
    login::{form_at, safe_path},
    pages::{self, PageForm},
    sign_in::Told,
    words::text,
};
use axum::{
    extract::{Path, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::Response,
};
use countersign_provider::{Clock, System};
use serde::Deserialize;
use serde_json::json;

/// The button of an issuer.
#[derive(Deserialize)]
pub(super) struct Wish {
    #[serde(default)]
    next: String,
    #[serde(default)]
    csrf: String,
}

/// By a form, so that no link of another site can send somebody off.
pub(super) async fn sign_in(
    State(app): State<App>,
    Path(id): Path<String>,
    headers: HeaderMap,
    PageForm(wish): PageForm<Wish>,
) -> Response {
    let Some(issuer) = app.issuers.find(&id) else { return pages::error::not_found(&app) };
    if !app.sent_by_us(&headers, &wish.csrf) {
        return pages::error::forged_at(&app, &form_at(&wish.next), "ways-to-sign-in");
    }
    set_out(&app, issuer, Purpose::SignIn, safe_path(&wish.next), "").await
}

/// The page that leads on to an issuer. `session` is the secret of the session that asks to be connected, or empty.
pub(crate) async fn set_out(
    app: &App,
    issuer: &Issuer,
    purpose: Purpose,
    next: &str,
    session: &str,
) -> Response {
    let journey = Journey::begin(&issuer.settings.id, purpose, next, System.now());
    let address = match issuer.address(&journey, session).await {
        Ok(address) => address,
        Err(failure) => return failure.page(app, issuer, next),
    };
    let values = json!({ "issuer": issuer.settings.shown(), "address": address });
    let mut page = app.pages.show(StatusCode::OK, "leaving.html", values, None);
    let fields = page.headers_mut();
    // OK because a URL is made of visible ASCII
    if let Ok(refresh) = HeaderValue::try_from(format!("0; url={address}")) {
        fields.insert(header::REFRESH, refresh);
    }
    fields.insert(header::SET_COOKIE, app.set_cookie(app.journey_cookie(), &journey.cookie(), LIFE));
    page
}

impl Failure {
    /// The page for somebody who is not signed in because of it.
    pub(super) fn page(&self, app: &App, issuer: &Issuer, next: &str) -> Response {
        let name = issuer.settings.shown();
        let (status, message) = match self {
            Self::Away => (StatusCode::SERVICE_UNAVAILABLE, text("ways-issuer-away")),
            Self::Refused => (StatusCode::FORBIDDEN, text("ways-issuer-refused")),
            Self::Unbelievable => (StatusCode::BAD_GATEWAY, text("ways-issuer-unbelievable")),
        };
        let (message, advice) = (message.word("issuer", name), text("ways-try-in-a-minute"));
        let mut page = Told { status, message, advice, name: None, next: Some(next) }.page(app);
        if status == StatusCode::SERVICE_UNAVAILABLE {
            page.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(60));
        }
        page
    }
}
