//! Waiting, at the start of a server, for what it cannot be without.

use crate::error::Error;
use std::time::{Duration, Instant};

/// How long is still waited.
pub(super) struct Patience {
    until: Instant,
    told: Option<Instant>,
}

impl Patience {
    pub(super) fn new(whole: Duration) -> Self {
        Self { until: Instant::now() + whole, told: None }
    }

    /// Pauses after an error that may pass, and says so from time to time.
    ///
    /// # Errors
    ///
    /// The same error, where it stays or patience has ended.
    pub(super) async fn after(&mut self, error: Error) -> Result<(), Error> {
        let left = self.until.saturating_duration_since(Instant::now());
        if left.is_zero() || !matches!(error, Error::Away { .. }) {
            return Err(error);
        }
        if self.told.is_none_or(|told| told.elapsed() >= OFTEN) {
            self.told = Some(Instant::now());
            tracing::warn!("waiting, {} more seconds at most: {error}", left.as_secs().max(1));
        }
        tokio::time::sleep(PAUSE.min(left)).await;
        Ok(())
    }
}

const PAUSE: Duration = Duration::from_millis(500);
const OFTEN: Duration = Duration::from_secs(5);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::config_error;

    fn away() -> Error {
        Error::Away { place: "database.url".into(), message: "not there".into() }
    }

    #[tokio::test]
    async fn only_what_may_pass_is_waited_for() {
        let mut patience = Patience::new(Duration::from_secs(60));
        assert!(patience.after(config_error("database.url", "wrong password")).await.is_err());
        assert!(patience.after(away()).await.is_ok());
    }

    #[tokio::test]
    async fn patience_ends_with_the_error_itself() {
        let error = Patience::new(Duration::ZERO).after(away()).await.unwrap_err();
        assert_eq!(error.to_string(), "database.url: not there");
    }
}
