//! Reads a form body, which is signed, up to a limit.

use bytes::Bytes;
use countersign_provider::{Problem, Rejection};
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

/// The default limit of a form body: 1 MiB.
pub(crate) const FORM_LIMIT: usize = 1 << 20;
