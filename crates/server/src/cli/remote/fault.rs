//! What a server refuses, and how that is told.

use super::{address::Address, line::tamed};
use crate::{admin_api::problem, error::Error};
use http::{StatusCode, header, response::Parts};
use serde_json::Value;

/// Why something was not done.
#[derive(Debug)]
pub(super) enum Fault {
    /// The server says why.
    Told(Box<Told>),
    /// It could not be asked.
    Failed(Error),
}

/// What the server says.
#[derive(Debug)]
pub(super) struct Told {
    pub(super) status: StatusCode,
    /// Whether the administration's API says it, and nobody before it.
    pub(super) is_of_the_api: bool,
    detail: String,
    /// The field that it is about.
    pub(super) field: Option<String>,
    /// Seconds after which to try again.
    retry_after: Option<String>,
    location: Option<String>,
    address: String,
}

impl Told {
    pub(super) fn new(parts: &Parts, document: &Value) -> Self {
        let field = |name: header::HeaderName| parts.headers.get(name).and_then(|value| value.to_str().ok());
        let media = field(header::CONTENT_TYPE).unwrap_or_default();
        let text = |name: &str| document[name].as_str().map(|text| text.replace('\n', " "));
        Self {
            status: parts.status,
            is_of_the_api: media.starts_with(problem::MEDIA_TYPE) && document["detail"].is_string(),
            detail: text("detail").unwrap_or_default(),
            field: text("field"),
            retry_after: field(header::RETRY_AFTER).map(tamed),
            location: field(header::LOCATION).map(tamed),
            address: String::new(),
        }
    }

    pub(super) fn at(self, address: &Address) -> Self {
        Self { address: address.to_string(), ..self }
    }

    fn error(self) -> Error {
        let Self { status, detail, address, .. } = &self;
        let again = self.retry_after.as_ref().map(|seconds| format!("; try again in {seconds} s"));
        let again = again.unwrap_or_default();
        Error::Refused(match status.as_u16() {
            401 if self.is_of_the_api => {
                format!("{address}: the API key is not taken: it is wrong, has expired or was revoked")
            }
            403 if self.is_of_the_api => format!("{address}: {detail}"),
            400 if self.is_of_the_api => {
                let field = self.field.as_deref().unwrap_or("the request");
                format!(
                    "{address}: {field}: {detail}; the server may be of another version than this command"
                )
            }
            404 | 409 | 412 | 422 if self.is_of_the_api => self.detail,
            429 => format!("{address}: it is asked too often{again}"),
            300..=399 => format!(
                "{address}: it leads on to {}, where no API key is sent: if that is your server, give its address",
                self.location.as_deref().unwrap_or("nowhere")
            ),
            _ if detail.is_empty() => format!("{address}: it answers {status}{again}"),
            _ => format!("{address}: it answers {status}: {detail}{again}"),
        })
    }
}

impl Fault {
    /// Whether it is that refusal.
    pub(super) fn is(&self, status: StatusCode) -> bool {
        matches!(self, Self::Told(told) if told.status == status && told.is_of_the_api)
    }

    /// Whether it is about that field.
    pub(super) fn is_about(&self, name: &str) -> bool {
        matches!(self, Self::Told(told) if told.is_of_the_api && told.field.as_deref() == Some(name))
    }

    /// The error, or this one where what was named is not there.
    pub(super) fn or_absent(self, absent: Error) -> Error {
        if self.is(StatusCode::NOT_FOUND) { absent } else { self.into() }
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Told(told) => told.error(),
            Fault::Failed(error) => error,
        }
    }
}
