//! Listens, serves HTTP/1.1 and HTTP/2, and drains on shutdown.

use crate::{app::App, error::Error};
use axum::{Router, body::Body, extract::ConnectInfo};
use http::Request;
use hyper::{body::Incoming, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::{conn::auto::Builder, graceful::GracefulShutdown},
};
use std::{future::Future, net::SocketAddr, time::Duration};
use tokio::net::{TcpListener, TcpStream};
use tower_http::timeout::TimeoutBody;
use tower_service::Service;

/// A socket that listens, and what will answer on it.
pub struct Ready {
    listener: TcpListener,
    /// The address that was bound: its port is known even where 0 was asked for.
    pub address: SocketAddr,
}

impl Ready {
    /// Binds the address.
    ///
    /// # Errors
    ///
    /// [`Error::Listen`].
    pub async fn bind(address: SocketAddr) -> Result<Self, Error> {
        let failed = |source| Error::Listen { address: address.to_string(), source };
        let listener = TcpListener::bind(address).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        Ok(Self { listener, address })
    }
}

/// Serves until `stop` is done, then lets open requests finish, for ten seconds at most.
pub async fn serve(ready: Ready, app: &App, stop: impl Future<Output = ()>) {
    let (builder, router) = (builder(app), app.router());
    let stall = Duration::from_secs(app.config.limits.stall);
    let graceful = GracefulShutdown::new();
    let mut stop = std::pin::pin!(stop);
    loop {
        let accepted = tokio::select! {
            accepted = ready.listener.accept() => accepted,
            () = &mut stop => break,
        };
        match accepted {
            Ok((stream, peer)) => connection(&builder, &router, &graceful, stall, stream, peer),
            Err(error) => {
                // Out of file descriptors, most likely: others must close first.
                tracing::warn!(%error, "cannot accept a connection");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
    drop(ready);
    tokio::select! {
        () = graceful.shutdown() => {}
        () = tokio::time::sleep(DRAIN) => tracing::warn!("connections were still open and are closed now"),
    }
}

fn builder(app: &App) -> Builder<TokioExecutor> {
    let limits = &app.config.limits;
    let stall = Duration::from_secs(limits.stall);
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(stall)
        .max_buf_size(limits.headers)
        .half_close(false)
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(stall / 2)
        .keep_alive_timeout(stall / 2)
        .max_header_list_size(u32::try_from(limits.headers).unwrap_or(u32::MAX))
        .max_concurrent_streams(200);
    builder
}

fn connection(
    builder: &Builder<TokioExecutor>,
    router: &Router,
    graceful: &GracefulShutdown,
    stall: Duration,
    stream: TcpStream,
    peer: SocketAddr,
) {
    let _ = stream.set_nodelay(true);
    let router = router.clone();
    let service = service_fn(move |request: Request<Incoming>| {
        let mut request = request.map(|body| bounded(body, stall));
        request.extensions_mut().insert(ConnectInfo(peer));
        router.clone().call(request)
    });
    let (builder, watcher) = (builder.clone(), graceful.watcher());
    tokio::spawn(async move {
        // Until the first bytes tell which version is spoken, nothing else looks at the time.
        if tokio::time::timeout(stall, first_bytes(&stream)).await.is_err() {
            return;
        }
        let connection = builder.serve_connection(TokioIo::new(stream), service).into_owned();
        if let Err(error) = watcher.watch(connection).await {
            tracing::debug!(%error, "connection closed");
        }
    });
}

/// Waits until what came cannot be the beginning of HTTP/2's preface any more, or is all of it.
async fn first_bytes(stream: &TcpStream) {
    let mut bytes = [0; PREFACE.len()];
    while let Ok(count) = stream.peek(&mut bytes).await {
        if count == 0 || count == PREFACE.len() || !PREFACE.starts_with(&bytes[..count]) {
            return;
        }
        // Few bytes that came alone: there is nothing to wake up for but more of them.
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// A body that must not stall; most requests have none.
fn bounded(body: Incoming, stall: Duration) -> Body {
    if hyper::body::Body::is_end_stream(&body) {
        Body::empty()
    } else {
        Body::new(TimeoutBody::new(stall, body))
    }
}

/// How long open requests may take to finish at shutdown.
const DRAIN: Duration = Duration::from_secs(10);
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
