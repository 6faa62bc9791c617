//! How fast a body moves, and what becomes of one that stands or crawls.

use bytes::Bytes;
use hyper::body::{Body as HttpBody, Frame, SizeHint};
use std::{
    future::Future,
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, ready},
    time::Duration,
};
use tokio::time::{Instant, Sleep, sleep_until};

/// How fast a body moves, by the time that one side takes for it: while the other side is waited for, nothing counts.
#[derive(Clone, Copy, Default)]
pub(crate) struct Pace {
    since: Option<Instant>,
    spent: Duration,
    bytes: u64,
}

impl Pace {
    pub(crate) fn running() -> Self {
        Self { since: Some(Instant::now()), ..Self::default() }
    }

    pub(crate) fn run(&mut self) {
        self.since.get_or_insert_with(Instant::now);
    }

    pub(crate) fn pause(&mut self) {
        self.spent += self.since.take().map_or(Duration::ZERO, |since| since.elapsed());
    }

    pub(crate) fn moved(&mut self, bytes: usize) {
        self.bytes += bytes as u64;
        if self.since.is_some() {
            self.pause();
            self.run();
        }
    }

    /// When it is too slow, unless something moves before.
    pub(crate) fn deadline(&self, limit: Duration) -> Option<Instant> {
        let whole = limit + Duration::from_secs(self.bytes / SLOWEST);
        self.since.map(|since| since + whole.saturating_sub(self.spent).min(limit))
    }
}

/// Whether a request's body came too late: in the request's extensions.
#[derive(Clone, Debug, Default)]
pub(crate) struct Late {
    late: Arc<AtomicBool>,
    /// The connection's: whether a body of its was left before its end.
    left: Arc<AtomicBool>,
}

impl Late {
    pub(crate) fn on(left: &Arc<AtomicBool>) -> Self {
        Self { left: Arc::clone(left), ..Self::default() }
    }

    pub(crate) fn is_late(&self) -> bool {
        self.late.load(Ordering::Relaxed)
    }
}

/// A body whose sender must not let it stand; whoever reads it may take any time.
pub(crate) struct Bounded<B: HttpBody> {
    body: B,
    limit: Duration,
    pace: Pace,
    may_crawl: bool,
    timer: Option<Pin<Box<Sleep>>>,
    late: Late,
    ended: bool,
}

impl<B: HttpBody> Bounded<B> {
    /// One that must not crawl either.
    pub(crate) fn new(body: B, limit: Duration, late: Late) -> Self {
        Self { body, limit, pace: Pace::default(), may_crawl: false, timer: None, late, ended: false }
    }

    /// One that may come a byte at a time, such as a stream of events.
    pub(crate) fn patient(body: B, limit: Duration) -> Self {
        let mut patient = Self::new(body, limit, Late::default());
        patient.may_crawl = true;
        patient
    }

    fn moved(&mut self, bytes: usize) {
        if self.may_crawl {
            self.pace = Pace::default();
        }
        self.pace.pause();
        self.pace.moved(bytes);
    }

    /// Done when the sender is too late; asked only while it is waited for.
    fn poll_late(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let begins = self.pace.deadline(self.limit).is_none();
        self.pace.run();
        let deadline = self.pace.deadline(self.limit).unwrap_or_else(Instant::now);
        let timer = self.timer.get_or_insert_with(|| Box::pin(sleep_until(deadline)));
        if begins {
            timer.as_mut().reset(deadline);
        }
        timer.as_mut().poll(context)
    }
}

impl<B: HttpBody> Drop for Bounded<B> {
    fn drop(&mut self) {
        if !self.ended && !self.body.is_end_stream() {
            self.late.left.store(true, Ordering::Relaxed);
        }
    }
}

impl<B> HttpBody for Bounded<B>
where
    B: HttpBody<Data = Bytes> + Unpin,
    B::Error: Into<axum::BoxError>,
{
    type Data = Bytes;
    type Error = axum::BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::BoxError>>> {
        if let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(context) {
            let data = frame.as_ref().and_then(|frame| frame.as_ref().ok()?.data_ref());
            let bytes = data.map_or(0, Bytes::len);
            self.ended = frame.is_none();
            self.moved(bytes);
            return Poll::Ready(frame.map(|frame| frame.map_err(Into::into)));
        }
        ready!(self.poll_late(context));
        self.late.late.store(true, Ordering::Relaxed);
        Poll::Ready(Some(Err(io::Error::from(io::ErrorKind::TimedOut).into())))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// A body gets a second more for this many bytes.
const SLOWEST: u64 = 1024;

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::time::sleep;

    const LIMIT: Duration = Duration::from_secs(9);

    // The clock is paused: it moves when everything waits, and nobody does.
    #[tokio::test(start_paused = true)]
    async fn time_that_the_other_side_takes_does_not_count() {
        let mut pace = Pace::running();
        sleep(LIMIT / 2).await;
        pace.pause();
        sleep(10 * LIMIT).await;
        assert!(pace.deadline(LIMIT).is_none(), "paused");
        pace.run();
        assert_eq!(pace.deadline(LIMIT), Some(Instant::now() + LIMIT / 2));
    }

    #[tokio::test(start_paused = true)]
    async fn what_moves_gets_more_time_and_what_crawls_does_not() {
        let mut pace = Pace::running();
        sleep(LIMIT / 2).await;
        pace.moved(1);
        assert_eq!(pace.deadline(LIMIT), Some(Instant::now() + LIMIT / 2));
        pace.moved(1 << 20);
        assert_eq!(pace.deadline(LIMIT), Some(Instant::now() + LIMIT));
    }
}
