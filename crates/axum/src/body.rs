//! Reads a form body, which is signed, up to a limit.

use bytes::Bytes;
use countersign_provider::{Policy, Problem, Rejection};
use http::Extensions;
use http_body::Body;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use std::error::Error;

/// The whole body.
///
/// # Errors
///
/// 413 for a body past the limit, 400 for one that breaks off.
pub(crate) async fn read<B>(body: B, most: usize) -> Result<Bytes, Rejection>
where
    B: Body<Data = Bytes>,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    if body.size_hint().lower() > most as u64 {
        return Err(Problem::BodyTooLarge(most).into());
    }
    match Limited::new(body, most).collect().await {
        Ok(whole) => Ok(whole.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(Problem::BodyTooLarge(most).into()),
        Err(_) => Err(Problem::BodyRequired.into()),
    }
}

/// The largest form body in bytes that [`initiate`](crate::initiate()), [`token`](crate::token()) and
/// [`Pending`](crate::Pending) read, 1 MiB by default; above it the answer is 413.
///
/// Put it into the requests' extensions, as `axum::Extension` does as a layer; [`protect`](crate::protect()) has
/// [a setting](crate::ProtectLayer::form_limit).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FormLimit(pub usize);

impl FormLimit {
    pub(crate) fn of(extensions: &Extensions) -> usize {
        extensions.get().map_or_else(|| Policy::default().form_limit, |Self(most)| *most)
    }
}
