//! Reads a form body, which is signed, up to a limit.

use actix_web::{
    HttpRequest,
    body::{BodyStream, to_bytes_limited},
    dev::Payload,
    http::header,
    web::Bytes,
};
use countersign_provider::{Policy, Problem, Rejection};

/// The whole body.
///
/// # Errors
///
/// 413 for a body past the limit, 400 for one that breaks off.
pub(crate) async fn read(request: &HttpRequest, body: Payload, most: usize) -> Result<Bytes, Rejection> {
    if announced(request) > Some(most as u64) {
        return Err(Problem::BodyTooLarge(most).into());
    }
    match to_bytes_limited(BodyStream::new(body), most).await {
        Ok(Ok(whole)) => Ok(whole),
        Ok(Err(_)) => Err(Problem::BodyRequired.into()),
        Err(_) => Err(Problem::BodyTooLarge(most).into()),
    }
}

/// What a client says of the length: enough to refuse a body without reading it, and no more than that.
fn announced(request: &HttpRequest) -> Option<u64> {
    request.headers().get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// The largest form body in bytes that [`initiate`](crate::initiate()), [`token`](crate::token()) and
/// [`Pending`](crate::Pending) read, 1 MiB by default; above it the answer is 413.
///
/// Put it into the `app_data` of an app, a scope or a resource; [`protect`](crate::protect()) has
/// [a setting](crate::ProtectLayer::form_limit).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FormLimit(pub usize);

impl FormLimit {
    pub(crate) fn of(request: &HttpRequest) -> usize {
        request.app_data().map_or_else(|| Policy::default().form_limit, |Self(most)| *most)
    }
}
