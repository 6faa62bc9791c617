//! A button that is pressed twice: the browser sends its form twice and shows what the second one is told, so both are told the same.
//!
//! Kept in this process, for as long as somebody may press again; another node answers the second one as it answers everybody who comes later.

use super::error::page_error;
use crate::app::App;
use axum::{http::StatusCode, response::Response};
use countersign_provider::Next;
use quick_cache::sync::Cache;
use std::{
    convert::Infallible,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::sync::OnceCell;

/// What followed a resource owner's answer.
#[derive(Clone, Debug)]
pub(crate) struct Answered {
    pub(super) next: Next,
    /// Who asked.
    pub(super) client: String,
    /// For how long a code is good.
    pub(super) seconds: u64,
}

/// Answers of the last moments, by what was sent in which session.
pub(crate) struct Answers(Cache<[u8; 32], Arc<Slot>>);

struct Slot {
    made: Instant,
    answered: OnceCell<Answered>,
}

impl Default for Answers {
    fn default() -> Self {
        Self(Cache::new(MOST))
    }
}

impl Answers {
    /// What the first form was told, or what this one is, if it is the first. It is answered to its end though the browser may be gone:
    /// that is how it sends the second one.
    ///
    /// # Errors
    ///
    /// What `answer` says; nobody else is told that.
    pub(crate) async fn once(
        &self,
        app: &App,
        sent: [u8; 32],
        answer: impl Future<Output = Result<Answered, Box<Response>>> + Send + 'static,
    ) -> Result<Answered, Box<Response>> {
        let slot = self.slot(sent);
        let work = async move { slot.answered.get_or_try_init(|| answer).await.cloned() };
        let broken =
            |_| Err(Box::new(page_error(app, StatusCode::INTERNAL_SERVER_ERROR, "error-unavailable")));
        tokio::spawn(work).await.unwrap_or_else(broken)
    }

    fn slot(&self, sent: [u8; 32]) -> Arc<Slot> {
        if self.0.get(&sent).is_some_and(|slot| slot.made.elapsed() > AGAIN) {
            self.0.remove(&sent);
        }
        let new = || Ok::<_, Infallible>(Arc::new(Slot { made: Instant::now(), answered: OnceCell::new() }));
        let Ok(slot) = self.0.get_or_insert_with(&sent, new);
        slot
    }
}

/// Within what time a second press is one of the same hand.
const AGAIN: Duration = Duration::from_secs(30);
/// Answers that are kept: people give them, one at a time.
const MOST: usize = 1000;
