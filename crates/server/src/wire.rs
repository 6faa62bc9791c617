//! What HTTP itself asks of every request, and what every answer has.

use crate::{config::Limits, edge::Proxied, pace::Late};
use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Version, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

/// Refuses what breaks a rule of HTTP or a limit, before anything else looks at it.
pub(crate) async fn well_formed(State(limits): State<Limits>, request: Request, next: Next) -> Response {
    let (version, late) = (request.version(), request.extensions().get::<Late>().cloned());
    let mut response = match fault(&request, &limits) {
        Some(fault) => {
            tracing::debug!(target: "countersign::rejection", status = fault.0.as_u16(), advice = fault.1.trim_end(), "refused");
            fault.into_response()
        }
        None => next.run(request).await,
    };
    if late.is_some_and(|late| late.is_late()) {
        response = TOO_LATE.into_response();
    }
    let mut response = finished(response);
    let closes = [StatusCode::REQUEST_TIMEOUT, StatusCode::NOT_IMPLEMENTED].contains(&response.status());
    if closes && version < Version::HTTP_2 {
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

/// With what every answer of this server has.
pub(crate) fn finished(mut response: Response) -> Response {
    if response.extensions().get::<Proxied>().is_none() {
        for (name, value) in ALWAYS {
            response.headers_mut().entry(name).or_insert(HeaderValue::from_static(value));
        }
        if response.status().is_redirection() {
            // Where a redirect leads is nobody's business but that of who is sent there.
            let name = header::REFERRER_POLICY;
            response.headers_mut().entry(name).or_insert(HeaderValue::from_static("same-origin"));
        }
    }
    response
}

fn fault(request: &Request, limits: &Limits) -> Option<Fault> {
    let fields = request.headers();
    let target = request.uri().path_and_query().map_or(0, |target| target.as_str().len());
    if target > limits.target {
        return Some((StatusCode::URI_TOO_LONG, "the request target is too long\n"));
    }
    let size: usize =
        fields.iter().map(|(name, value)| name.as_str().len() + value.len() + PUNCTUATION).sum();
    if size > limits.headers {
        return Some((StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, "the header fields are too large\n"));
    }
    if !is_plainly_coded(fields) {
        return Some((StatusCode::NOT_IMPLEMENTED, "the only transfer coding is chunked\n"));
    }
    if request.method() == Method::CONNECT {
        return Some((StatusCode::NOT_IMPLEMENTED, "this is no proxy\n"));
    }
    if request.version() == Version::HTTP_11 && fields.get_all(header::HOST).iter().count() != 1 {
        return Some((StatusCode::BAD_REQUEST, "send exactly one Host header\n"));
    }
    None
}

/// Whether the body is what was sent, or chunks of it ([RFC 9112 §6.1](https://www.rfc-editor.org/rfc/rfc9112#section-6.1)).
fn is_plainly_coded(fields: &HeaderMap) -> bool {
    let mut codings = fields.get_all(header::TRANSFER_ENCODING).iter();
    match (codings.next(), codings.next()) {
        (None, _) => true,
        (Some(one), None) => one.as_bytes().trim_ascii().eq_ignore_ascii_case(b"chunked"),
        _ => false,
    }
}

type Fault = (StatusCode, &'static str);

const TOO_LATE: Fault = (StatusCode::REQUEST_TIMEOUT, "the request did not arrive in time\n");
/// What is set where nothing else was.
pub(crate) const ALWAYS: [(HeaderName, &str); 2] =
    [(header::CACHE_CONTROL, "no-store"), (header::X_CONTENT_TYPE_OPTIONS, "nosniff")];
/// Around the name and the value of a field: `: ` and the end of the line.
const PUNCTUATION: usize = 4;
