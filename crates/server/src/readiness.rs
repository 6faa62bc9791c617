//! Whether the server can serve: anybody may ask, and the stores are asked once a second at most.

use crate::{app::App, stores::Stores};
use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use countersign_core::Timestamp;
use countersign_provider::{Clock, System};
use countersign_store::StoreError;
use std::{error::Error, future::Future, time::Duration};
use tokio::{sync::Mutex, time::Instant};

/// What was found last.
#[derive(Default)]
pub(crate) struct Readiness(Mutex<Option<Verdict>>);

struct Verdict {
    at: Instant,
    is_ready: bool,
}

/// The stores can be read and written, and their clocks are near this machine's.
pub(crate) async fn ready(State(app): State<App>) -> Response {
    match app.readiness.of(check(&app.stores)).await {
        true => "ready\n".into_response(),
        false => (StatusCode::SERVICE_UNAVAILABLE, "store unavailable\n").into_response(),
    }
}

impl Readiness {
    /// What was found a moment ago, or is found by the check: who asks meanwhile waits for that.
    ///
    /// Only a change is logged.
    async fn of(&self, check: impl Future<Output = Result<(), StoreError>>) -> bool {
        let mut last = self.0.lock().await;
        let known = last.as_ref().filter(|verdict| verdict.at.elapsed() < PAUSE);
        if let Some(verdict) = known {
            return verdict.is_ready;
        }
        let was_ready = last.as_ref().is_none_or(|verdict| verdict.is_ready);
        let found = check.await;
        match &found {
            Err(error) if was_ready => {
                tracing::error!(%error, cause = error.source().map(tracing::field::display), "not ready");
            }
            Ok(()) if !was_ready => tracing::info!("ready again"),
            _ => {}
        }
        let is_ready = found.is_ok();
        *last = Some(Verdict { at: Instant::now(), is_ready });
        is_ready
    }
}

async fn check(stores: &Stores) -> Result<(), StoreError> {
    let rows = &stores.rows;
    rows.check().await?;
    rows.check_writable(System.now()).await?;
    if let Some(clock) = rows.clock().await? {
        near(System.now(), clock)?;
    }
    stores.cache.check(System.now()).await
}

/// Whether the clocks of this machine and the database may be called the same: nonces are forgotten by both.
fn near(here: Timestamp, there: Timestamp) -> Result<(), StoreError> {
    let apart = here.seconds().abs_diff(there.seconds());
    if apart <= CLOCKS_APART {
        return Ok(());
    }
    Err(StoreError::unavailable(format!(
        "the clocks of this machine and of the database differ by {apart} seconds: set them right"
    )))
}

/// How long a verdict counts.
const PAUSE: Duration = Duration::from_secs(1);
/// Seconds that two clocks may differ by.
const CLOCKS_APART: u64 = 5;

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;
    use tokio::{task, time::advance};

    #[test]
    fn clocks_may_differ_by_five_seconds_to_both_sides() {
        let apart = |here, there| near(Timestamp::from_seconds(here), Timestamp::from_seconds(there));
        assert!(apart(100, 105).is_ok() && apart(105, 100).is_ok());
        for (here, there) in [(100, 106), (106, 100), (0, u64::MAX)] {
            assert!(apart(here, there).unwrap_err().is_retryable());
        }
    }

    #[tokio::test(start_paused = true)]
    async fn flood_of_questions_is_one_look_at_the_stores_a_second() {
        let (readiness, looks, away) = (Readiness::default(), Cell::new(0), Cell::new(false));
        let ask = || {
            readiness.of(async {
                looks.set(looks.get() + 1);
                task::yield_now().await;
                if away.get() { Err(StoreError::unavailable("away")) } else { Ok(()) }
            })
        };
        assert_eq!(tokio::join!(ask(), ask(), ask()), (true, true, true));
        assert_eq!(looks.get(), 1, "who asks meanwhile waits for the same");
        away.set(true);
        advance(PAUSE / 2).await;
        assert!(ask().await && looks.get() == 1);
        advance(PAUSE / 2).await;
        assert!(!ask().await && !ask().await && looks.get() == 2);
        away.set(false);
        advance(PAUSE).await;
        assert!(ask().await && looks.get() == 3);
    }
}
