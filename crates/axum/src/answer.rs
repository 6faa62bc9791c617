//! The provider's answers and refusals as responses.

use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use countersign_provider::{Answer, Problem, Rejection, page};
use http::{HeaderValue, StatusCode};
use std::borrow::Cow;

/// The code of a refusal, in the extensions of its response: for metrics and logs of your own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProblemCode(pub &'static str);

/// Turns a framework-free answer into a response.
pub fn response<R: From<String>>(answer: Answer) -> http::Response<R> {
    let mut response = http::Response::new(R::from(answer.body));
    // OK because the status table holds valid codes alone
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    if let Some(code) = answer.problem {
        response.extensions_mut().insert(ProblemCode(code));
    }
    let fields = response.headers_mut();
    fields.reserve(answer.fields.len());
    for (name, value) in answer.fields {
        let value = match value {
            Cow::Borrowed(fixed) => Bytes::from_static(fixed.as_bytes()),
            Cow::Owned(made) => Bytes::from(made),
        };
        if let Ok(value) = HeaderValue::from_maybe_shared(value) {
            fields.append(name, value);
        }
    }
    response
}

/// Why a page cannot go on: a plain page for a person, with the status of the [`Rejection`] inside.
#[derive(Debug)]
pub struct Failure(Option<Rejection>);

impl Failure {
    /// The owner refused before: there is nothing to answer any more, and nothing wrong.
    pub(crate) const fn denied() -> Self {
        Self(None)
    }

    /// What is wrong; `None` where the page only says that access was refused.
    #[must_use]
    pub fn rejection(&self) -> Option<&Rejection> {
        self.0.as_ref()
    }
}

impl From<Rejection> for Failure {
    fn from(rejection: Rejection) -> Self {
        Self(Some(rejection))
    }
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        Self(Some(problem.into()))
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        response(self.0.as_ref().map_or_else(page::denied, page::failure))
    }
}
