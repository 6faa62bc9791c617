//! An upgraded connection, a WebSocket: bytes both ways, until one side ends it or both are silent.
//!
//! No other protocol gets through: over HTTP/2 (`h2c`) a client could send the upstream any request that it likes, unverified.

use super::gateway::{Failure, Proxied, names, strip_hop_by_hop};
use axum::{
    body::Body,
    http::{HeaderValue, Request, Response, StatusCode, Version, header},
};
use hyper::{body::Incoming, upgrade::OnUpgrade};
use hyper_util::rt::TokioIo;
use std::{
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf, copy_bidirectional},
    time::sleep,
};

/// The client's side of the connection, where it asks for a WebSocket and nothing else.
pub(super) fn asked_for(request: &mut Request<Body>) -> Option<OnUpgrade> {
    let fields = request.headers();
    let asks = fields.get_all(header::CONNECTION).iter().any(|value| names(value, "upgrade"));
    let mut wanted = fields.get_all(header::UPGRADE).iter();
    let websocket = wanted.next().is_some_and(is_websocket) && wanted.next().is_none();
    let possible = asks && websocket && request.version() == Version::HTTP_11;
    possible.then(|| hyper::upgrade::on(request))
}

/// The upstream's answer to it, once the two sides are joined.
///
/// # Errors
///
/// [`Failure`] where nobody asked, or for something else.
pub(super) fn switched(
    mut response: Response<Incoming>,
    client: Option<OnUpgrade>,
) -> Result<Response<Body>, Failure> {
    let agreed = response.headers().get(header::UPGRADE).is_some_and(is_websocket);
    let client = client.filter(|_| agreed).ok_or(Failure::BadGateway)?;
    join(client, hyper::upgrade::on(&mut response));
    strip_hop_by_hop(response.headers_mut());
    let mut answer = Response::new(Body::empty());
    *answer.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    *answer.headers_mut() = std::mem::take(response.headers_mut());
    answer.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
    answer.headers_mut().insert(header::UPGRADE, HeaderValue::from_static(PROTOCOL));
    answer.extensions_mut().insert(Proxied);
    Ok(answer)
}

fn is_websocket(value: &HeaderValue) -> bool {
    value.as_bytes().eq_ignore_ascii_case(PROTOCOL.as_bytes())
}

/// Joins the two sides once both have switched over.
fn join(client: OnUpgrade, upstream: OnUpgrade) {
    tokio::spawn(async move {
        let (client, upstream) = match tokio::try_join!(client, upstream) {
            Ok(both) => both,
            Err(error) => return tracing::debug!(%error, "an upgrade failed"),
        };
        let moved = Arc::new(AtomicU64::new(0));
        let mut client = Counted { socket: TokioIo::new(client), moved: Arc::clone(&moved) };
        let mut upstream = Counted { socket: TokioIo::new(upstream), moved: Arc::clone(&moved) };
        tokio::select! {
            ended = copy_bidirectional(&mut client, &mut upstream) => {
                if let Err(error) = ended {
                    tracing::debug!(%error, "an upgraded connection broke off");
                }
            }
            () = silence(&moved) => tracing::debug!("an upgraded connection was silent for too long"),
        }
    });
}

/// Done when nothing has moved for as long as a tunnel may be silent.
async fn silence(moved: &AtomicU64) {
    let mut before = u64::MAX;
    loop {
        let now = moved.load(Ordering::Relaxed);
        if now == before {
            return;
        }
        before = now;
        sleep(SILENCE).await;
    }
}

/// A socket whose reads are counted.
struct Counted<S> {
    socket: S,
    moved: Arc<AtomicU64>,
}

impl<S: AsyncRead + Unpin> AsyncRead for Counted<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let read = Pin::new(&mut self.socket).poll_read(context, buffer);
        if read.is_ready() {
            self.moved.fetch_add(1, Ordering::Relaxed);
        }
        read
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Counted<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.socket).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_shutdown(context)
    }
}

/// What a connection may be upgraded to.
pub(super) const PROTOCOL: &str = "websocket";
/// One to two hours of silence end a tunnel.
const SILENCE: Duration = Duration::from_secs(3600);
