//! Tells a connection that has stalled from one that is slow or busy, whatever version of HTTP it speaks.
//!
//! A connection has stalled when it does not take what was written to it, when an answer or a body crawls or stands, or
//! when it asks for nothing. It is busy, and left alone, while a handler works on a request.

use crate::pace::Pace;
use axum::body::Body;
use bytes::{Buf, Bytes};
use hyper::body::{Body as HttpBody, Frame, SizeHint};
use std::{
    collections::BTreeMap,
    future::Future,
    io,
    pin::Pin,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, ready},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    sync::watch,
    time::{Instant, Sleep, sleep_until},
};

/// What happens on one connection.
pub(crate) struct Activity {
    limit: Duration,
    /// Whether a request's body was left before its end, so that more of it may come.
    pub(crate) left: Arc<AtomicBool>,
    /// Whether anything was ever asked for.
    begun: watch::Sender<bool>,
    state: Mutex<State>,
}

struct State {
    /// Requests that handlers work on.
    handling: usize,
    /// When a request came, was answered, or an answer had gone.
    last: Instant,
    /// Since when the other side has taken nothing of what is to be written.
    blocked: Option<Instant>,
    /// Answers that are on their way.
    sending: BTreeMap<u64, Pace>,
    next: u64,
}

impl Activity {
    pub(crate) fn new(limit: Duration) -> Arc<Self> {
        let (last, sending) = (Instant::now(), BTreeMap::new());
        Arc::new(Self {
            limit,
            left: Arc::default(),
            begun: watch::Sender::new(false),
            state: Mutex::new(State { handling: 0, last, blocked: None, sending, next: 0 }),
        })
    }

    /// Done when the connection has stalled.
    pub(crate) async fn stalled(&self) {
        loop {
            // What begins while this sleeps has its own deadline after this one.
            let deadline = self.deadline();
            if deadline <= Instant::now() {
                return;
            }
            sleep_until(deadline).await;
        }
    }

    /// Done when it has stalled, and nothing has begun since for so long.
    pub(crate) async fn stalled_for(&self, grace: Duration) {
        loop {
            self.stalled().await;
            sleep_until(Instant::now() + grace).await;
            if self.deadline() <= Instant::now() {
                return;
            }
        }
    }

    fn deadline(&self) -> Instant {
        let state = self.state();
        let busy = state.handling > 0 || !state.sending.is_empty();
        let quiet = if busy { Instant::now() } else { state.last } + self.limit;
        let blocked = state.blocked.map(|since| since + self.limit);
        let sending = state.sending.values().filter_map(|pace| pace.deadline(self.limit));
        sending.chain(blocked).fold(quiet, Instant::min)
    }

    /// Done when the first request has come.
    pub(crate) async fn begun(&self) {
        // OK because the sender is this one's own
        let _ = self.begun.subscribe().wait_for(|begun| *begun).await;
    }

    /// A request has come; it is worked on until this is dropped.
    pub(crate) fn begin(self: &Arc<Self>) -> Handling {
        let mut state = self.state();
        state.handling += 1;
        state.last = Instant::now();
        self.begun.send_if_modified(|begun| !std::mem::replace(begun, true));
        Handling(Arc::clone(self))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// See [`Activity::begin`].
pub(crate) struct Handling(Arc<Activity>);

impl Handling {
    /// The answer, watched until the last byte of it is written.
    pub(crate) fn answer(self, body: Body) -> Answer {
        if body.is_end_stream() {
            return Answer { body, sending: None };
        }
        let mut state = self.0.state();
        let id = state.next;
        state.next += 1;
        state.sending.insert(id, Pace::running());
        drop(state);
        Answer { body, sending: Some(Arc::new(Sending { activity: Arc::clone(&self.0), id })) }
    }
}

impl Drop for Handling {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.handling -= 1;
        state.last = Instant::now();
    }
}

/// An answer on its way.
struct Sending {
    activity: Arc<Activity>,
    id: u64,
}

impl Drop for Sending {
    fn drop(&mut self) {
        let mut state = self.activity.state();
        state.sending.remove(&self.id);
        state.last = Instant::now();
    }
}

impl Sending {
    fn pace(&self, change: impl FnOnce(&mut Pace)) {
        if let Some(pace) = self.activity.state().sending.get_mut(&self.id) {
            change(pace);
        }
    }
}

/// The body of an answer.
pub(crate) struct Answer {
    body: Body,
    sending: Option<Arc<Sending>>,
}

impl HttpBody for Answer {
    type Data = Part;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Part>, axum::Error>>> {
        let polled = Pin::new(&mut self.body).poll_frame(context);
        if let Some(sending) = &self.sending {
            // Where the answer is still being made, the other side is not the one that is late.
            sending.pace(if polled.is_pending() { Pace::pause } else { Pace::run });
        }
        let frame = ready!(polled);
        let part = |bytes| Part { bytes, sending: self.sending.clone() };
        Poll::Ready(frame.map(|frame| frame.map(|frame| frame.map_data(part))))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// Bytes of an answer, which tell when they are written.
pub(crate) struct Part {
    bytes: Bytes,
    sending: Option<Arc<Sending>>,
}

impl Buf for Part {
    fn remaining(&self) -> usize {
        self.bytes.remaining()
    }

    fn chunk(&self) -> &[u8] {
        self.bytes.chunk()
    }

    fn advance(&mut self, count: usize) {
        self.bytes.advance(count);
        if let Some(sending) = &self.sending {
            sending.pace(|pace| pace.moved(count));
        }
    }
}

/// The socket, which tells when nothing can be written to it.
pub(crate) struct Watched<S> {
    socket: S,
    activity: Arc<Activity>,
    blocked: bool,
    /// Until when what still comes is read, once nothing more is written.
    closing: Option<Pin<Box<Sleep>>>,
}

impl<S> Watched<S> {
    pub(crate) fn new(socket: S, activity: &Arc<Activity>) -> Self {
        Self { socket, activity: Arc::clone(activity), blocked: false, closing: None }
    }

    fn note<T>(&mut self, written: Poll<T>) -> Poll<T> {
        if written.is_pending() != self.blocked {
            self.blocked = written.is_pending();
            let (now, mut state) = (Instant::now(), self.activity.state());
            state.blocked = self.blocked.then_some(now);
            state.last = if self.blocked { state.last } else { now };
        }
        written
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Watched<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_read(context, buffer)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Watched<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.socket).poll_write(context, bytes);
        self.note(written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.socket).poll_write_vectored(context, bytes);
        self.note(written)
    }

    fn is_write_vectored(&self) -> bool {
        self.socket.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_flush(context)
    }

    /// Where a body was left, more of it comes, and a socket that is closed on it takes the answer back by a reset: so it is
    /// read for a moment and dropped ([RFC 9112 §9.6](https://www.rfc-editor.org/rfc/rfc9112#section-9.6)).
    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        if this.closing.is_none() {
            ready!(Pin::new(&mut this.socket).poll_shutdown(context))?;
        }
        if !this.activity.left.load(Ordering::Relaxed) {
            return Poll::Ready(Ok(()));
        }
        let moment = this.closing.get_or_insert_with(|| Box::pin(sleep_until(Instant::now() + MOMENT)));
        let mut waste = [0; 4096];
        while moment.as_mut().poll(context).is_pending() {
            let mut waste = ReadBuf::new(&mut waste);
            let read = ready!(Pin::new(&mut this.socket).poll_read(context, &mut waste));
            if read.is_err() || waste.filled().is_empty() {
                break;
            }
        }
        Poll::Ready(Ok(()))
    }
}

/// How long a body that nobody reads may still come.
const MOMENT: Duration = Duration::from_secs(2);

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::time::sleep;

    const LIMIT: Duration = Duration::from_secs(9);
    const GRACE: Duration = Duration::from_secs(1);

    // The clock is paused: it moves when everything waits, and nobody does.
    #[tokio::test(start_paused = true)]
    async fn a_request_that_begins_in_the_grace_is_left_alone_until_it_is_answered() {
        let activity = Activity::new(LIMIT);
        let watched = Arc::clone(&activity);
        let closing = tokio::spawn(async move { watched.stalled_for(GRACE).await });
        sleep(LIMIT + GRACE / 2).await;
        let handling = activity.begin();
        sleep(10 * LIMIT).await;
        assert!(!closing.is_finished(), "a handler works");
        drop(handling);
        sleep(LIMIT / 2).await;
        assert!(!closing.is_finished(), "something was asked a moment ago");
        sleep(LIMIT + GRACE).await;
        assert!(closing.is_finished(), "nothing is asked any more");
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_that_nobody_takes_has_stalled() {
        let activity = Activity::new(LIMIT);
        let answer = activity.begin().answer(Body::from("an answer"));
        let began = Instant::now();
        activity.stalled().await;
        assert_eq!(began.elapsed(), LIMIT);
        drop(answer);
    }
}
