//! Waiting, at the start of a server, for what it cannot be without.

use crate::{error::Error, gate::Gate};
use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

/// How long is still waited.
pub(super) struct Patience<'a> {
    until: Instant,
    told: Option<Instant>,
    /// Where can be asked what is waited for.
    address: SocketAddr,
    gate: &'a Gate,
}

impl<'a> Patience<'a> {
    pub(super) fn new(whole: Duration, address: SocketAddr, gate: &'a Gate) -> Self {
        Self { until: Instant::now() + whole, told: None, address, gate }
    }

    /// Pauses after an error of a store that may pass, and says so from time to time.
    ///
    /// # Errors
    ///
    /// The same error, where it stays or patience has ended.
    pub(super) async fn after(&mut self, store: &'static str, error: Error) -> Result<(), Error> {
        let left = self.until.saturating_duration_since(Instant::now());
        if left.is_zero() || !matches!(error, Error::Away { .. }) {
            return Err(error);
        }
        self.gate.waits_for(store);
        if self.told.is_none_or(|told| told.elapsed() >= OFTEN) {
            self.told = Some(Instant::now());
            tracing::warn!(listening = %self.address, "waiting, {} more seconds at most: {error}", left.as_secs().max(1));
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
    use crate::config::{Config, config_error};

    fn gate() -> Gate {
        Gate::closed(&Config { insecure_http: true, ..Config::default() }).unwrap()
    }

    fn address() -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], 8080))
    }

    fn away() -> Error {
        Error::Away { place: "database.url".into(), message: "not there".into() }
    }

    #[tokio::test]
    async fn only_what_may_pass_is_waited_for() {
        let gate = gate();
        let mut patience = Patience::new(Duration::from_secs(60), address(), &gate);
        assert!(patience.after("it", config_error("database.url", "wrong password")).await.is_err());
        assert!(patience.after("it", away()).await.is_ok());
    }

    #[tokio::test]
    async fn patience_ends_with_the_error_itself() {
        let gate = gate();
        let error = Patience::new(Duration::ZERO, address(), &gate).after("it", away()).await.unwrap_err();
        assert_eq!(error.to_string(), "database.url: not there");
    }
}
