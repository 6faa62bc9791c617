//! Nobody waits for a server without a bound.

use std::{future::Future, time::Duration};

/// An answer, or an error once `patience` is at its end.
pub(crate) async fn bounded<T>(patience: Duration, answer: impl Future<Output = T>) -> Result<T, Late> {
    tokio::time::timeout(patience, answer).await.map_err(|_| Late)
}

/// The server did not answer in time.
#[derive(Debug, thiserror::Error)]
#[error("the database did not answer in time")]
pub(crate) struct Late;
