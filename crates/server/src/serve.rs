//! Listens, serves HTTP/1.1 and HTTP/2, over TLS where it has a certificate, and drains on shutdown.

use crate::{
    app::App,
    config::{Config, Limits, Tls},
    edge,
    error::Error,
    gate::{Gate, Routes},
    metrics::Metrics,
    pace::{Bounded, Late},
    stall::{Activity, Answer, Watched},
    tls,
};
use axum::{body::Body, extract::ConnectInfo};
use countersign_axum::TlsSocket;
use http::{Request, Response};
use hyper::{body::Incoming, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::conn::auto::Builder,
};
use std::{convert::Infallible, future::Future, net::SocketAddr, sync::Arc, time::Duration};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinSet,
};
use tokio_rustls::{TlsAcceptor, server::TlsStream};

/// A socket that listens, and what will answer on it.
pub struct Ready {
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    /// The address that was bound: its port is known even where 0 was asked for.
    pub address: SocketAddr,
}

impl Ready {
    /// Binds the address of `listen`.
    ///
    /// # Errors
    ///
    /// [`Error::Listen`].
    pub async fn bind(address: SocketAddr) -> Result<Self, Error> {
        Self::bind_for("listen", address).await
    }

    /// Binds the address that this key names.
    pub(crate) async fn bind_for(key: &'static str, address: SocketAddr) -> Result<Self, Error> {
        let failed = |source| Error::Listen { key, address: address.to_string(), source };
        let listener = TcpListener::bind(address).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        Ok(Self { listener, tls: None, address })
    }

    /// Speaks TLS on it, where there is a certificate.
    ///
    /// # Errors
    ///
    /// [`Error::Config`] for files that cannot be used.
    pub fn secured(self, settings: &Tls) -> Result<Self, Error> {
        Ok(Self { tls: tls::acceptor(settings)?, ..self })
    }
}

/// Serves until `stop` is done, then lets open requests finish, for ten seconds at most.
///
/// When it returns, no connection is left that could hold a store open.
pub async fn serve(ready: Ready, app: &App, stop: impl Future<Output = ()>) {
    serve_behind(ready, Routes::of(app).into(), app.config.limits, stop).await;
}

/// Serves what is counted, for Prometheus, until it is dropped.
pub(crate) async fn serve_metrics(ready: Ready, metrics: &Metrics, limits: Limits) {
    serve_behind(ready, Routes::from(metrics.router()).into(), limits, std::future::pending()).await;
}

/// Passes everything on to the upstream of the first route, as it came: what the benches compare the verified way with.
#[doc(hidden)]
pub async fn unverified(ready: Ready, config: &Config) {
    serve_behind(ready, Routes::from(edge::unverified(config)).into(), config.limits, std::future::pending())
        .await;
}

/// Serves what a gate lets through; else as [`serve`].
pub(crate) async fn serve_behind(ready: Ready, gate: Gate, limits: Limits, stop: impl Future<Output = ()>) {
    let limit = Duration::from_secs(limits.stall);
    let server = Arc::new(Server { builder: builder(&limits), gate, limit, tls: ready.tls.clone() });
    let (stopping, told) = watch::channel(false);
    let mut connections = JoinSet::new();
    let mut stop = std::pin::pin!(stop);
    let mut accepts = true;
    loop {
        let accepted = tokio::select! {
            accepted = ready.listener.accept() => accepted,
            Some(_) = connections.join_next() => continue,
            () = &mut stop => break,
        };
        match accepted {
            Ok((stream, peer)) => {
                accepts = true;
                connections.spawn(Arc::clone(&server).connection(stream, peer, told.clone()));
            }
            Err(error) => {
                // Out of file descriptors, most likely: others must close first. Told once, or strangers would fill the log.
                if std::mem::replace(&mut accepts, false) {
                    tracing::warn!(%error, "cannot accept connections");
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
    server.gate.stops();
    for (stream, peer) in waiting(ready) {
        connections.spawn(Arc::clone(&server).connection(stream, peer, told.clone()));
    }
    stopping.send_replace(true);
    let all = async { while connections.join_next().await.is_some() {} };
    if tokio::time::timeout(DRAIN, all).await.is_err() {
        tracing::warn!("connections were still open and are closed now");
        connections.shutdown().await;
    }
}

/// Closes the socket; gives back who is connected already, as far as the system has told them.
fn waiting(ready: Ready) -> Vec<(TcpStream, SocketAddr)> {
    // Asked itself: the runtime knows of those only that came before it last looked.
    let Ok(listener) = ready.listener.into_std() else { return Vec::new() };
    let accepted = std::iter::from_fn(|| listener.accept().ok());
    let streams = accepted.filter_map(|(stream, peer)| {
        stream.set_nonblocking(true).ok()?;
        Some((TcpStream::from_std(stream).ok()?, peer))
    });
    streams.collect()
}

/// What every connection is served with.
struct Server {
    builder: Builder<TokioExecutor>,
    gate: Gate,
    limit: Duration,
    tls: Option<TlsAcceptor>,
}

/// Who is at the other end of a connection, and what happens on it.
struct Line {
    peer: SocketAddr,
    over_tls: bool,
    activity: Arc<Activity>,
}

impl Server {
    async fn connection(
        self: Arc<Self>,
        stream: TcpStream,
        peer: SocketAddr,
        stopping: watch::Receiver<bool>,
    ) {
        let _ = stream.set_nodelay(true);
        // The rest is for an end in good order: of HTTP/2, which says goodbye first.
        let activity = Activity::new(self.limit * 9 / 10);
        let line = Line { peer, over_tls: self.tls.is_some(), activity: Arc::clone(&activity) };
        let stream = Watched::new(stream, &activity);
        match &self.tls {
            None => self.conversation(stream, &line, stopping).await,
            Some(tls) => {
                if let Some(stream) = handshake(tls, stream, &activity, stopping.clone()).await {
                    self.conversation(stream, &line, stopping).await;
                }
            }
        }
    }

    async fn conversation(
        &self,
        stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
        line: &Line,
        stopping: watch::Receiver<bool>,
    ) {
        let activity = &line.activity;
        let service = service_fn(|request| self.answer(request, line));
        let stream = TokioIo::new(stream);
        let mut connection = std::pin::pin!(self.builder.serve_connection_with_upgrades(stream, service));
        tokio::select! {
            result = &mut connection => return ended(result),
            () = stop(stopping, activity) => {}
            () = activity.stalled() => {}
        }
        connection.as_mut().graceful_shutdown();
        tokio::select! {
            result = &mut connection => ended(result),
            () = activity.stalled_for(self.limit / 10) => tracing::debug!("connection stalled"),
        }
    }

    fn answer(
        &self,
        request: Request<Incoming>,
        line: &Line,
    ) -> impl Future<Output = Result<Response<Answer>, Infallible>> + use<> {
        let (handling, late) = (line.activity.begin(), Late::on(&line.activity.left));
        let mut request = request.map(|body| bounded(body, self.limit, &late));
        request.extensions_mut().insert(ConnectInfo(line.peer));
        request.extensions_mut().insert(late);
        if line.over_tls {
            request.extensions_mut().insert(TlsSocket);
        }
        let answer = self.gate.routes().answer(request);
        async move { Ok(answer.await?.map(|body| handling.answer(body))) }
    }
}

/// Agrees on TLS, in the time that a connection may ask for nothing.
async fn handshake(
    tls: &TlsAcceptor,
    stream: Watched<TcpStream>,
    activity: &Activity,
    stopping: watch::Receiver<bool>,
) -> Option<TlsStream<Watched<TcpStream>>> {
    tokio::select! {
        agreed = tls.accept(stream) => {
            agreed.map_err(|error| tracing::debug!(%error, "no TLS was agreed on")).ok()
        }
        () = stop(stopping, activity) => None,
        () = activity.stalled() => {
            tracing::debug!("no TLS was agreed on in time");
            None
        }
    }
}

fn ended(result: Result<(), Box<dyn std::error::Error + Send + Sync>>) {
    if let Err(error) = result {
        tracing::debug!(%error, "connection closed");
    }
}

/// Done when the server stops, and a connection that is new has had its time to ask for something.
async fn stop(mut stopping: watch::Receiver<bool>, activity: &Activity) {
    // OK because a sender that is gone has stopped too
    let _ = stopping.wait_for(|stopping| *stopping).await;
    // OK because who asks for nothing is closed as who has asked before
    let _ = tokio::time::timeout(FIRST_REQUEST, activity.begun()).await;
}

fn builder(limits: &Limits) -> Builder<TokioExecutor> {
    let stall = Duration::from_secs(limits.stall);
    // More than is let through, so that it can be told apart what is too long: the router measures.
    let head = limits.target + limits.headers + ROOM;
    let list = u32::try_from(head).unwrap_or(u32::MAX).min(LONGEST_LIST);
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(stall)
        .max_buf_size(head)
        .half_close(false)
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(stall / 2)
        .keep_alive_timeout(stall / 2)
        .max_header_list_size(list)
        .max_concurrent_streams(200);
    builder
}

/// A body that must not stall; most requests have none.
fn bounded(body: Incoming, limit: Duration, late: &Late) -> Body {
    if hyper::body::Body::is_end_stream(&body) {
        Body::empty()
    } else {
        Body::new(Bounded::new(body, limit, late.clone()))
    }
}

/// How long open requests may take to finish at shutdown.
const DRAIN: Duration = Duration::from_secs(10);
/// How long a connection may take at shutdown to ask for the first time.
const FIRST_REQUEST: Duration = Duration::from_secs(1);
/// How much longer a head may be than is let through, and still be answered with what is too long about it.
const ROOM: usize = 64 << 10;
/// A longer path would not reach the router, but break the stream.
const LONGEST_LIST: u32 = 65_535;
