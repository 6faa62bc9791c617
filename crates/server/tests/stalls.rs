//! Connections that stand still or crawl on purpose: closed within the limit, which is a second here.

mod support;

use http_body_util::{BodyExt, Empty};
use hyper::body::Bytes;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use std::{
    future::Future,
    io::{self, ErrorKind, Read, Write},
    net::TcpStream,
    time::{Duration, Instant},
};
use support::{PATIENCE, client::Call, http::Line, http2, place::Place, server::Server};
use tokio::time::timeout;

fn impatient() -> (Place, Server) {
    let place = Place::new();
    let server = place.server().set("COUNTERSIGN_LIMITS_STALL", "1").start();
    (place, server)
}

fn run<T>(test: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async { timeout(PATIENCE, test).await.expect("the server closes in time") })
}

#[test]
fn requests_whose_answers_nobody_reads_are_cut_off() {
    let (_place, server) = impatient();
    let mut line = Line::open(server.address).expect("a connection");
    let many = "GET /login HTTP/1.1\r\nHost: h\r\n\r\n".repeat(100);
    let error = loop {
        if let Err(error) = line.send(many.as_bytes()) {
            break error;
        }
    };
    assert!([ErrorKind::ConnectionReset, ErrorKind::BrokenPipe].contains(&error.kind()), "{error}");
}

/// Asks by HTTP/2, whose client answers pings by itself, and gives when the server has closed.
async fn asks_once(server: &Server, window: u32, reads: bool) {
    let stream = tokio::net::TcpStream::connect(server.address).await.expect("a connection");
    let mut builder = hyper::client::conn::http2::Builder::new(TokioExecutor::new());
    builder.timer(TokioTimer::new()).initial_stream_window_size(window);
    let (mut sender, connection) =
        builder.handshake::<_, Empty<Bytes>>(TokioIo::new(stream)).await.expect("HTTP/2");
    let closed = tokio::spawn(connection);
    let request = hyper::Request::get(format!("{}/login", server.public_url)).body(Empty::new());
    let answer = sender.send_request(request.expect("a request")).await.expect("an answer");
    assert_eq!(answer.status(), 200);
    if reads {
        answer.into_body().collect().await.expect("a body");
        closed.await.expect("a task").expect("an end in good order");
    } else {
        // OK because it may be cut off in any way
        let _ = closed.await.expect("a task");
        drop(answer);
    }
}

#[test]
fn stream_whose_answer_is_given_no_room_is_cut_off_though_pings_are_answered() {
    let (_place, server) = impatient();
    run(asks_once(&server, 0, false));
}

#[test]
fn stream_whose_answer_is_given_room_for_one_byte_is_cut_off() {
    let (_place, server) = impatient();
    run(asks_once(&server, 1, false));
}

#[test]
fn idle_http2_connection_is_closed_though_pings_are_answered() {
    let (_place, server) = impatient();
    run(asks_once(&server, 1 << 16, true));
}

/// Sends a form of so many bytes in pieces, one whenever no answer came for a fifth of a second; gives the answer.
fn drips(server: &Server, path: &str, length: usize, piece: usize) -> io::Result<String> {
    let mut stream = TcpStream::connect(server.address)?;
    stream.set_read_timeout(Some(Duration::from_millis(200)))?;
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: h\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {length}\r\n\r\n"
    );
    stream.write_all(head.as_bytes())?;
    let (start, mut answer) = (Instant::now(), [0; 4096]);
    let mut left = length;
    while start.elapsed() < PATIENCE {
        let now = piece.min(left);
        stream.write_all(&vec![b'a'; now])?;
        left -= now;
        match stream.read(&mut answer) {
            Ok(length) => return Ok(String::from_utf8_lossy(&answer[..length]).into_owned()),
            Err(error) if [ErrorKind::WouldBlock, ErrorKind::TimedOut].contains(&error.kind()) => {}
            Err(error) => return Err(error),
        }
    }
    Err(ErrorKind::TimedOut.into())
}

#[test]
fn form_that_drips_is_answered_with_408() {
    let (_place, server) = impatient();
    std::thread::scope(|scope| {
        for path in ["/oauth/token", "/echo", "/login"] {
            let server = &server;
            scope.spawn(move || {
                let answer = drips(server, path, 1000, 1).unwrap_or_else(|error| panic!("{path}: {error}"));
                assert!(answer.starts_with("HTTP/1.1 408 "), "{path}: {answer}");
            });
        }
    });
}

#[test]
fn form_that_is_only_slow_arrives() {
    let (_place, server) = impatient();
    // Three times as long as a stall may last.
    let answer = drips(&server, "/oauth/token", 8 << 10, 512).expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 401 "), "{answer}");
}

#[test]
fn request_that_the_server_is_slow_to_answer_is_not_cut_off() {
    let place = Place::new();
    let client = place.add_client(&["--name", "Printer", "--two-legged"]);
    let server = place.server().set("COUNTERSIGN_LIMITS_STALL", "1").start();
    let lock = rusqlite::Connection::open(place.database()).expect("the database");
    lock.execute_batch("BEGIN EXCLUSIVE").expect("the lock");
    // Each waits for the lock for seconds.
    let calls = [(); 2].map(|()| Call::get("/api/whoami", &client).request(&server.public_url));
    std::thread::scope(|scope| {
        let first = scope.spawn(|| calls[0].send(&server));
        let second = scope.spawn(|| http2::send(&server, &calls[1..]).remove(0));
        for answer in [first, second] {
            answer.join().expect("an answer").refused(503, "store_unavailable");
        }
    });
}
