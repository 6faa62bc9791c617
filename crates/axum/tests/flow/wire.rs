//! A server at an address, a client that sends exactly what it is told, and what comes back.

use crate::flow::world::Credentials;
use bytes::Bytes;
use countersign_core::percent;
use http::{HeaderMap, Request, request};
use http_body_util::{BodyExt, Full};
use hyper_util::rt::{TokioExecutor, TokioIo};
use std::net::SocketAddr;
use tokio::net::TcpStream;

/// A server behind a real listener, until it is dropped; each framework has its own `start`.
pub(crate) struct Served {
    pub(crate) address: SocketAddr,
    origin: String,
    stop: Option<Box<dyn FnOnce() + Send>>,
}

impl Served {
    pub(crate) fn new(address: SocketAddr, stop: impl FnOnce() + Send + 'static) -> Self {
        Self { address, origin: format!("http://{address}"), stop: Some(Box::new(stop)) }
    }

    pub(crate) fn origin(&self) -> &str {
        &self.origin
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            stop();
        }
    }
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Reply {
    pub(crate) async fn read<B>(response: http::Response<B>) -> Self
    where
        B: http_body::Body,
        B::Error: std::fmt::Debug,
    {
        let (parts, body) = response.into_parts();
        let body = body.collect().await.expect("a whole body").to_bytes().to_vec();
        Self {
            status: parts.status.as_u16(),
            headers: parts.headers,
            body: String::from_utf8(body).expect("text"),
        }
    }

    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        let mut all = self.headers.get_all(name).iter();
        let value = all.next().map(|value| value.to_str().expect("text"));
        assert!(all.next().is_none(), "{name} comes twice");
        value
    }

    /// A value of a form-encoded body.
    pub(crate) fn value(&self, name: &str) -> Option<String> {
        value(&self.body, name)
    }

    /// A value of a refusal, in either form.
    pub(crate) fn told(&self, name: &str) -> Option<String> {
        match self.field("content-type") {
            Some("application/problem+json") => {
                let body: serde_json::Value = serde_json::from_str(&self.body).expect("JSON");
                Some(body.get(name)?.as_str().expect("text").into())
            }
            _ => self.value(name),
        }
    }

    pub(crate) fn problem(&self) -> String {
        self.told("oauth_problem").unwrap_or_default()
    }

    pub(crate) fn credentials(&self) -> Credentials {
        Credentials::read(&self.body)
    }
}

/// Sends a request over HTTP/1.1, with a `Host` unless it has one.
pub(crate) async fn send(server: &Served, request: request::Builder, body: &str) -> Reply {
    let mut request = request.body(Full::from(body.to_owned())).expect("a request");
    let host = server.address.to_string().parse().expect("a host");
    request.headers_mut().entry("host").or_insert(host);
    send_as_it_is(server, request).await
}

/// Sends a request over HTTP/1.1 with the fields that it has and no others.
pub(crate) async fn send_as_it_is(server: &Served, request: Request<Full<Bytes>>) -> Reply {
    let socket = TokioIo::new(TcpStream::connect(server.address).await.expect("a connection"));
    let (mut sender, connection) = hyper::client::conn::http1::handshake(socket).await.expect("HTTP/1.1");
    tokio::spawn(connection);
    Reply::read(sender.send_request(request).await.expect("an answer")).await
}

/// Sends a request over HTTP/2 with prior knowledge.
pub(crate) async fn send_http_2(server: &Served, request: Request<Full<Bytes>>) -> Reply {
    let socket = TokioIo::new(TcpStream::connect(server.address).await.expect("a connection"));
    let handshake = hyper::client::conn::http2::handshake(TokioExecutor::new(), socket);
    let (mut sender, connection) = handshake.await.expect("HTTP/2");
    tokio::spawn(connection);
    Reply::read(sender.send_request(request).await.expect("an answer")).await
}

/// A value of form-encoded text.
pub(crate) fn value(form: &str, name: &str) -> Option<String> {
    let pairs = form.split('&').filter_map(|pair| pair.split_once('='));
    let (_, value) = pairs.into_iter().find(|(known, _)| *known == name)?;
    let value = percent::decode(value.as_bytes()).expect("escapes").into_owned();
    Some(String::from_utf8(value).expect("text"))
}
