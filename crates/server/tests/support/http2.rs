//! HTTP/2 over plain TCP, by prior knowledge.

use super::{
    PATIENCE,
    http::{Answer, Request},
    server::Server,
};
use http_body_util::{BodyExt, Full};
use hyper::{body::Bytes, client::conn::http2, header::HOST};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::{net::TcpStream, time::timeout};

/// Sends requests on one connection, all at once; the answers are in their order.
pub(crate) fn send(server: &Server, requests: &[Request]) -> Vec<Answer> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async { timeout(PATIENCE, exchange(server, requests)).await.expect("answers in time") })
}

async fn exchange(server: &Server, requests: &[Request]) -> Vec<Answer> {
    let stream = TcpStream::connect(server.address).await.expect("a connection");
    let (sender, connection) =
        http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.expect("HTTP/2");
    tokio::spawn(connection);
    let sent = requests.iter().map(|request| {
        let mut sender = sender.clone();
        let uri = format!("{}{}", server.public_url, request.target);
        let mut built = hyper::Request::builder().method(request.method.as_str()).uri(uri);
        for (name, value) in &request.fields {
            built = built.header(name, value);
        }
        let built = built.body(Full::<Bytes>::from(request.body.clone())).expect("a request");
        assert!(!built.headers().contains_key(HOST), "the authority says it");
        tokio::spawn(async move { sender.send_request(built).await.expect("an answer") })
    });
    let mut answers = Vec::new();
    for answer in sent.collect::<Vec<_>>() {
        let (parts, body) = answer.await.expect("a task").into_parts();
        let text =
            |value: &hyper::header::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        answers.push(Answer {
            status: parts.status.as_u16(),
            fields: parts.headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect(),
            body: String::from_utf8_lossy(&body.collect().await.expect("a body").to_bytes()).into_owned(),
        });
    }
    answers
}
