//! The provider's answers and refusals as responses.

use crate::authorized::NotProtected;
use actix_web::{
    HttpResponse, ResponseError,
    body::BoxBody,
    http::{
        StatusCode,
        header::{HeaderName, HeaderValue},
    },
};
use countersign_provider::{Answer, Problem, Rejection, page};
use std::fmt;

/// Turns a framework-free answer into a response.
pub(crate) fn response(answer: Answer) -> HttpResponse {
    let mut response = HttpResponse::with_body(status(answer.status), BoxBody::new(answer.body));
    for (name, value) in answer.fields {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value.as_ref())) {
            response.headers_mut().append(name, value);
        }
    }
    response
}

fn status(code: u16) -> StatusCode {
    // OK because the status table holds valid codes alone
    StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

/// Why a page cannot go on: a plain page for a person, with the status of the [`Rejection`] inside.
#[derive(Debug)]
pub struct Failure(Why);

#[derive(Debug)]
enum Why {
    Denied,
    Mistaken(NotProtected),
    Rejected(Rejection),
}

impl Failure {
    /// The owner refused before: there is nothing to answer any more, and nothing wrong.
    pub(crate) const fn denied() -> Self {
        Self(Why::Denied)
    }

    /// What is wrong; `None` where the page only says that access was refused, or the route has no provider.
    #[must_use]
    pub fn rejection(&self) -> Option<&Rejection> {
        if let Why::Rejected(rejection) = &self.0 { Some(rejection) } else { None }
    }
}

impl From<Rejection> for Failure {
    fn from(rejection: Rejection) -> Self {
        Self(Why::Rejected(rejection))
    }
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        Self(Why::Rejected(problem.into()))
    }
}

impl From<NotProtected> for Failure {
    fn from(mistake: NotProtected) -> Self {
        Self(Why::Mistaken(mistake))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Why::Denied => f.write_str("access was denied"),
            Why::Mistaken(mistake) => mistake.fmt(f),
            Why::Rejected(rejection) => rejection.fmt(f),
        }
    }
}

impl ResponseError for Failure {
    fn status_code(&self) -> StatusCode {
        match &self.0 {
            Why::Denied => StatusCode::OK,
            Why::Mistaken(mistake) => mistake.status_code(),
            Why::Rejected(rejection) => status(rejection.status()),
        }
    }

    fn error_response(&self) -> HttpResponse {
        match &self.0 {
            Why::Denied => response(page::denied()),
            Why::Mistaken(mistake) => mistake.error_response(),
            Why::Rejected(rejection) => response(page::failure(rejection)),
        }
    }
}
