//! How long an upstream may take to answer, when the request's body may take any time to arrive.

use axum::body::Body;
use bytes::Bytes;
use hyper::body::{Body as HttpBody, Frame, SizeHint};
use std::{
    pin::{Pin, pin},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll},
    time::Duration,
};
use tokio::time::{Instant, sleep_until};

/// How far a request has got.
#[derive(Clone)]
pub(super) struct Progress(Arc<Mutex<State>>);

struct State {
    /// Since when the upstream is the one that is waited for; `None` while the client is.
    since: Option<Instant>,
    /// Whether the client's body ended before its end.
    broke_off: bool,
}

impl Default for Progress {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(State { since: Some(Instant::now()), broke_off: false })))
    }
}

impl Progress {
    /// The body, watched and without trailers: each piece that goes on gives the upstream its whole time again.
    pub(super) fn watch(&self, body: Body) -> Body {
        if body.is_end_stream() { body } else { Body::new(Watched { body, progress: self.clone() }) }
    }

    /// What the work comes to; `None` where the upstream was waited for so long.
    pub(super) async fn within<F: Future>(&self, limit: Duration, work: F) -> Option<F::Output> {
        let mut work = pin!(work);
        loop {
            let deadline = self.state().since.unwrap_or_else(Instant::now) + limit;
            tokio::select! {
                biased;
                done = &mut work => return Some(done),
                () = sleep_until(deadline) => {}
            }
            if self.state().since.is_some_and(|since| since + limit <= Instant::now()) {
                return None;
            }
        }
    }

    /// Whether the client is at fault for what went wrong.
    pub(super) fn broke_off(&self) -> bool {
        self.state().broke_off
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Watched {
    body: Body,
    progress: Progress,
}

impl HttpBody for Watched {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let polled = Pin::new(&mut self.body).poll_frame(context);
        let mut state = self.progress.state();
        state.since = polled.is_ready().then(Instant::now);
        state.broke_off |= matches!(polled, Poll::Ready(Some(Err(_))));
        drop(state);
        match polled {
            // Fields once more, and whoever reads them after the body takes them for fields: a client's own end here.
            Poll::Ready(Some(Ok(frame))) if frame.is_trailers() => Poll::Ready(None),
            polled => polled,
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::time::sleep;

    const LIMIT: Duration = Duration::from_secs(9);

    // The clock is paused: it moves when everything waits, and nobody does.
    #[tokio::test(start_paused = true)]
    async fn an_upstream_that_is_silent_is_given_up() {
        let began = Instant::now();
        assert_eq!(Progress::default().within(LIMIT, std::future::pending::<()>()).await, None);
        assert_eq!(began.elapsed(), LIMIT);
    }

    #[tokio::test(start_paused = true)]
    async fn time_in_which_the_client_is_waited_for_does_not_count() {
        let progress = Progress::default();
        let work = async {
            progress.state().since = None;
            sleep(10 * LIMIT).await;
            progress.state().since = Some(Instant::now());
            sleep(LIMIT / 2).await;
        };
        assert_eq!(progress.within(LIMIT, work).await, Some(()));
    }
}
