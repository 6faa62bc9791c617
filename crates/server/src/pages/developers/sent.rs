//! Who asks, and what a form of theirs holds.

use super::keys;
use crate::{
    app::App,
    pages::{
        OrPage, PageForm, Refused,
        confirm::Confirmation,
        error::{forged, not_found, not_utf8, page_error, unread},
        is_same_origin, to_sign_in,
    },
    session::Session,
};
use axum::{
    extract::{FromRequest, FromRequestParts, Multipart, Path, Request},
    http::{Method, StatusCode, header, request::Parts},
};
use countersign_core::ClientId;
use countersign_store::Application;

/// Whoever is signed in; anybody else is sent to sign in first.
pub(super) struct Developer(pub(super) Session);

impl FromRequestParts<App> for Developer {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refused> {
        match app.session(&parts.headers).await.or_page(app)? {
            Some(session) => Ok(Self(session)),
            None if parts.method == Method::POST => {
                Err(page_error(app, StatusCode::FORBIDDEN, "error-signed-out").into())
            }
            None => {
                let here = parts.uri.path_and_query().map_or("/developers", |here| here.as_str());
                Err(to_sign_in(app, here).into())
            }
        }
    }
}

/// An application of the account that asks, named in the path.
///
/// # Security
///
/// Another account's is not there: whoever asks learns nothing of it.
pub(super) struct Own {
    pub(super) session: Session,
    pub(super) application: Application,
}

impl FromRequestParts<App> for Own {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refused> {
        let Developer(session) = Developer::from_request_parts(parts, app).await?;
        let nothing = || Refused::from(not_found(app));
        let Path(id) = Path::<String>::from_request_parts(parts, app).await.map_err(|_| nothing())?;
        let id = ClientId::new(&id).map_err(|_| nothing())?;
        let found = app.stores.rows.application(&id).await.or_page(app)?;
        let own = found.filter(|found| found.profile.owner.as_ref() == Some(&session.account));
        Ok(Self { session, application: own.ok_or_else(nothing)? })
    }
}

/// The fields of a form that a page of this session sent.
pub(in crate::pages) struct Fields(Vec<(String, String)>);

impl FromRequest<App> for Fields {
    type Rejection = Refused;

    /// In either of the two forms that a browser sends: a file comes in parts.
    async fn from_request(request: Request, app: &App) -> Result<Self, Refused> {
        let media_type = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        if !media_type.is_some_and(comes_in_parts) {
            return Ok(PageForm::from_request(request, app).await.map(|PageForm(fields)| Self(fields))?);
        }
        let refused = |status| Refused::from(unread(app, status));
        let parts = Multipart::from_request(request, app).await;
        let mut parts = parts.map_err(|rejection| refused(rejection.status()))?;
        let mut fields = Vec::new();
        while let Some(part) = parts.next_field().await.map_err(|error| refused(error.status()))? {
            let name = part.name().unwrap_or_default().to_owned();
            let is_file = name == keys::FILE;
            let bytes = part.bytes().await.map_err(|error| refused(error.status()))?;
            let text = match String::from_utf8(bytes.into()) {
                Ok(text) => text,
                // What is not text is no PEM either, and is told so by whoever reads the field.
                Err(error) if is_file => String::from_utf8_lossy(error.as_bytes()).into_owned(),
                Err(_) => return Err(not_utf8(app).into()),
            };
            fields.push((name, text));
        }
        Ok(Self(fields))
    }
}

/// Whether a media type is that of a form in parts, whatever its parameters.
fn comes_in_parts(media_type: &str) -> bool {
    let media = media_type.split(';').next().unwrap_or_default();
    media.trim().eq_ignore_ascii_case("multipart/form-data")
}

/// A form of whoever is signed in.
pub(super) struct Sent {
    pub(super) session: Session,
    pub(super) fields: Fields,
}

impl FromRequest<App> for Sent {
    type Rejection = Refused;

    async fn from_request(request: Request, app: &App) -> Result<Self, Refused> {
        let (mut parts, body) = request.into_parts();
        let Developer(session) = Developer::from_request_parts(&mut parts, app).await?;
        let same_origin = is_same_origin(app, &parts.headers);
        let fields = Fields::from_request(Request::from_parts(parts, body), app).await?;
        if !same_origin || !session.csrf.matches(fields.text("csrf")) {
            return Err(forged(app).into());
        }
        Ok(Self { session, fields })
    }
}

/// A form about an application of the account that sent it.
pub(super) struct SentOwn {
    pub(super) own: Own,
    pub(super) fields: Fields,
}

impl FromRequest<App> for SentOwn {
    type Rejection = Refused;

    async fn from_request(request: Request, app: &App) -> Result<Self, Refused> {
        let (mut parts, body) = request.into_parts();
        let own = Own::from_request_parts(&mut parts, app).await?;
        let Sent { fields, .. } = Sent::from_request(Request::from_parts(parts, body), app).await?;
        Ok(Self { own, fields })
    }
}

impl Fields {
    /// The field of that name; empty where there is none.
    pub(in crate::pages) fn text(&self, name: &'static str) -> &str {
        self.all(name).next().unwrap_or_default()
    }

    /// Every value of that name.
    pub(in crate::pages) fn all(&self, name: &'static str) -> impl Iterator<Item = &str> {
        self.0.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The lines of a field that hold something, each once.
    pub(in crate::pages) fn lines(&self, name: &'static str) -> Vec<String> {
        let mut lines: Vec<String> = Vec::new();
        for line in self.text(name).lines().map(str::trim).filter(|line| !line.is_empty()) {
            if !lines.iter().any(|known| known == line) {
                lines.push(line.into());
            }
        }
        lines
    }

    /// What it holds to confirm something that cannot be undone.
    pub(in crate::pages) fn confirmation(&self) -> Confirmation {
        Confirmation { password: self.text("password").into(), named: self.text("named").into() }
    }

    pub(in crate::pages) fn is_on(&self, name: &'static str) -> bool {
        !self.text(name).is_empty()
    }
}
