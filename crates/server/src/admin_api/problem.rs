//! What a program is told when it is refused ([RFC 9457](https://www.rfc-editor.org/rfc/rfc9457)).

use super::revision;
use crate::{administration::Refusal, error::Error};
use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use countersign_store::{StoreError, StoreErrorKind};
use serde::Serialize;
use std::borrow::Cow;
use utoipa::ToSchema;

/// Why a request was refused.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem, example = json!({
    "type": "about:blank", "title": "Unprocessable Entity", "status": 422,
    "detail": "a name has visible characters, and none that hide or turn others", "field": "settings.name",
}))]
pub(super) struct Document {
    /// Always `about:blank`: the status says what kind it is.
    r#type: &'static str,
    /// The status in words.
    title: &'static str,
    /// The status.
    status: u16,
    /// What is wrong here.
    detail: Cow<'static, str>,
    /// The field or parameter that it is about, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<String>,
}

/// A refusal on its way.
#[derive(Debug)]
pub(crate) struct Problem {
    status: StatusCode,
    detail: Cow<'static, str>,
    field: Option<String>,
    retry_after: Option<u64>,
}

impl Problem {
    pub(super) fn new(status: StatusCode, detail: impl Into<Cow<'static, str>>) -> Self {
        Self { status, detail: detail.into(), field: None, retry_after: None }
    }

    /// A value that is well-formed and cannot be.
    pub(super) fn invalid(field: &str, detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, detail).about(field)
    }

    /// A request that cannot be read.
    pub(super) fn malformed(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, detail)
    }

    /// What is asked for does not fit the state that things are in.
    pub(super) fn conflict(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::CONFLICT, detail)
    }

    /// The same words for what never was, is gone, and could not be.
    pub(super) fn absent() -> Self {
        Self::new(StatusCode::NOT_FOUND, "there is nothing of that name")
    }

    /// A store that does not answer.
    pub(super) fn unavailable() -> Self {
        let told = "the service does not answer at the moment";
        Self { retry_after: Some(RETRY_AFTER), ..Self::new(StatusCode::SERVICE_UNAVAILABLE, told) }
    }

    #[must_use]
    pub(super) fn about(mut self, field: &str) -> Self {
        self.field = Some(field.into());
        self
    }

    /// Whether nothing was changed, for certain.
    pub(super) fn changed_nothing(&self) -> bool {
        self.status.is_client_error()
    }
}

/// For a command that does the same as a request.
impl From<Problem> for Error {
    fn from(problem: Problem) -> Self {
        Self::Refused(problem.detail.into_owned())
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        if error.kind() == StoreErrorKind::Conflict {
            return Self::conflict("it exists already");
        }
        let cause = std::error::Error::source(&error).map(tracing::field::display);
        tracing::error!(%error, cause, "store failure behind the administration's API");
        Self { retry_after: Some(error.retry_after().unwrap_or(RETRY_AFTER)), ..Self::unavailable() }
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Absent => Self::absent(),
            Refusal::Stale => revision::stale(),
            Refusal::Already(name, what) => Self::conflict(format!("{name} is {what} already")),
            Refusal::LastAdministrator(name) => Self::conflict(format!("{name} is the last administrator")),
            Refusal::Status(status) => Self::conflict(format!("the application is {}", status.as_str())),
            Refusal::NoRecipient => {
                Self::invalid("to", "there is no other account of that name that may sign in")
            }
            Refusal::OwnerOnly => Self::conflict("this application is for its owner alone, and stays theirs"),
            Refusal::OtherKind => {
                Self::invalid("public_key", "an application keeps to the kind of key that it has")
            }
            Refusal::TwoKeys => Self::conflict("there are two keys already: remove one first"),
            Refusal::LastKey => Self::conflict("the last key stays: add another one first"),
            Refusal::Store(error) => error.into(),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = self.status;
        tracing::debug!(target: "countersign::rejection", status = status.as_u16(), detail = &*self.detail, field = self.field, "refused");
        let title = status.canonical_reason().unwrap_or("Refused");
        let document = Document {
            r#type: "about:blank",
            title,
            status: status.as_u16(),
            detail: self.detail,
            field: self.field,
        };
        let mut response = (status, axum::Json(document)).into_response();
        let fields = response.headers_mut();
        fields.insert(header::CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
        if let Some(seconds) = self.retry_after {
            fields.insert(header::RETRY_AFTER, seconds.into());
        }
        if status == StatusCode::UNAUTHORIZED {
            fields.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

pub(crate) const MEDIA_TYPE: &str = "application/problem+json";
/// Seconds after which a store may answer again, where it does not say.
const RETRY_AFTER: u64 = 60;
