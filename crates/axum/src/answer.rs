//! The provider's answers and refusals as responses.

use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use countersign_provider::{Answer, Problem, Rejection};
use http::{HeaderValue, StatusCode, header};
use std::borrow::Cow;

/// Turns a framework-free answer into a response.
pub(crate) fn response<R: From<String>>(answer: Answer) -> http::Response<R> {
    let mut response = http::Response::new(R::from(answer.body));
    // OK because the status table holds valid codes alone
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
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
        let Some(rejection) = self.0 else {
            return page(StatusCode::OK, "Access denied", "<p>You can close this page.</p>");
        };
        let status = StatusCode::from_u16(rejection.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        page(status, "This request cannot go on", &format!("<p>{}</p>", escaped(told(rejection.problem()))))
    }
}

/// What to do next, in a resource owner's words.
fn told(problem: &Problem) -> &'static str {
    match problem {
        Problem::TokenRejected => {
            "This link was already used, or never existed. Go back to the application and start again."
        }
        Problem::TokenExpired => "This link has expired. Go back to the application and start again.",
        Problem::ClientRefused | Problem::ClientUnknown => {
            "The application may not ask for access at the moment."
        }
        Problem::InsecureTransport => "Use https to open this page.",
        Problem::StoreUnavailable => "The service is busy. Try again in a moment.",
        Problem::PermissionDenied(_) => {
            "The form came from another site. Open this page again and answer there."
        }
        _ => "The request is not complete. Go back to the application and start again.",
    }
}

/// A page that cannot be framed, runs nothing and loads nothing.
pub(crate) fn page(status: StatusCode, title: &str, body: &str) -> Response {
    let html = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" \
         content=\"width=device-width\"><title>{title}</title></head><body><main><h1>{title}</h1>{body}</main></body></html>"
    );
    let fields = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "same-origin"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; base-uri 'none'; frame-ancestors 'none'"),
    ];
    (status, fields, html).into_response()
}

/// Text for HTML.
pub(crate) fn escaped(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut out, char| {
        match char {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
        out
    })
}
