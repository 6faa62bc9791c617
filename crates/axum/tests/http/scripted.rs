//! A body that comes as it is told to: in pieces, unannounced, broken off.

use bytes::Bytes;
use http_body::{Frame, SizeHint};
use std::{
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
};

pub(crate) struct Scripted {
    chunks: std::vec::IntoIter<&'static str>,
    announced: u64,
    breaks_off: bool,
    only_after: Option<Arc<AtomicBool>>,
}

impl Scripted {
    pub(crate) fn new<const N: usize>(chunks: [&'static str; N]) -> Self {
        let chunks = Vec::from(chunks).into_iter();
        Self { chunks, announced: 0, breaks_off: false, only_after: None }
    }

    pub(crate) fn announcing(self, announced: u64) -> Self {
        Self { announced, ..self }
    }

    pub(crate) fn breaking_off(self) -> Self {
        Self { breaks_off: true, ..self }
    }

    /// Panics if it is read before `reached` is set.
    pub(crate) fn only_after(self, reached: &Arc<AtomicBool>) -> Self {
        Self { only_after: Some(Arc::clone(reached)), ..self }
    }
}

impl http_body::Body for Scripted {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        let early = self.only_after.as_ref().is_some_and(|reached| !reached.load(Ordering::SeqCst));
        assert!(!early, "the body is read too early");
        Poll::Ready(match self.chunks.next() {
            Some(chunk) => Some(Ok(Frame::data(Bytes::from(chunk)))),
            None if self.breaks_off => Some(Err(io::ErrorKind::UnexpectedEof.into())),
            None => None,
        })
    }

    fn size_hint(&self) -> SizeHint {
        let mut hint = SizeHint::new();
        hint.set_lower(self.announced);
        hint
    }
}
