//! What streams through the inline proxy: a GiB each way in little memory, and whatever comes slowly but surely.

mod support;

use std::{
    io::{self, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    thread,
    time::Duration,
};
use support::{
    client::{Call, Pair},
    http::{Line, Request},
    place::Place,
    server::Server,
    until,
    upstream::head,
};

/// A server that cuts off what stalls for a second, in front of an upstream that is told what to do with a connection.
fn started(
    serve: impl Fn(&mut BufReader<TcpStream>) -> io::Result<()> + Send + Sync + 'static,
) -> (Place, Pair, Server) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("an address");
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            // OK because a connection that breaks is the other side's trouble
            serve(&mut BufReader::new(stream)).unwrap_or_default();
        }
    });
    let place = Place::new();
    let route = "[[route]]\npath = \"/x\"\nupstream = \"http://UPSTREAM\"\ntimeout = 3\npolicy = { token = \"none\" }";
    let route = route.replace("UPSTREAM", &address.to_string());
    std::fs::write(place.path().join("countersign.toml"), route).expect("a file");
    let client = place.add_client(&["--name", "Printer", "--two-legged"]);
    let server = place.server().set("COUNTERSIGN_LIMITS_STALL", "1");
    let server = server.set("COUNTERSIGN_LOG_LEVEL", "info,countersign_server=debug").start();
    (place, client, server)
}

fn signed(method: &str, client: &Pair, server: &Server) -> Request {
    Call::new(method, "/x", client).request(&server.public_url)
}

/// The most that the server's memory grew by, in MiB, while something was done.
fn growth(server: &Server, work: impl FnOnce()) -> u64 {
    let Some(before) = server.peak_memory() else {
        println!("SKIPPED: the memory of a process is not told here");
        work();
        return 0;
    };
    work();
    let growth = (server.peak_memory().expect("still told") - before) / 1024;
    println!("the server's memory grew by {growth} MiB at most");
    growth
}

#[test]
fn a_gib_is_uploaded_in_little_memory() {
    let (_place, client, server) = started(|line| {
        let seen = head(line)?.ok_or(io::ErrorKind::UnexpectedEof)?;
        assert_eq!(seen.all("content-length"), [GIB.to_string()]);
        let taken = io::copy(&mut line.take(GIB), &mut io::sink())?;
        write!(line.get_mut(), "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{taken}")
    });
    let request = signed("PUT", &client, &server).field("Content-Length", &GIB.to_string());
    let grown = growth(&server, || {
        let mut line = Line::open(server.address).expect("a connection");
        line.send(&request.bytes(&server.public_url)).expect("sent");
        for _ in 0..GIB / PIECE.len() as u64 {
            line.send(&PIECE).expect("taken");
        }
        assert_eq!(line.answer().expect("an answer").expect(200).body, GIB.to_string());
    });
    assert!(grown < 32, "{grown} MiB");
}

#[test]
fn a_gib_is_downloaded_in_little_memory() {
    let (_place, client, server) = started(|line| {
        head(line)?;
        write!(line.get_mut(), "HTTP/1.1 200 OK\r\nContent-Length: {GIB}\r\n\r\n")?;
        (0..GIB / PIECE.len() as u64).try_for_each(|_| line.get_mut().write_all(&PIECE))
    });
    let request = signed("GET", &client, &server);
    let grown = growth(&server, || {
        let mut line = Line::open(server.address).expect("a connection");
        line.send(&request.bytes(&server.public_url)).expect("sent");
        assert_eq!(line.head().expect("a head").field("content-length"), Some(&*GIB.to_string()));
        assert_eq!(line.drain(GIB).expect("bytes"), GIB);
    });
    assert!(grown < 32, "{grown} MiB");
}

#[test]
fn a_reader_that_stops_does_not_fill_the_memory() {
    let (_place, client, server) = started(|line| {
        head(line)?;
        write!(line.get_mut(), "HTTP/1.1 200 OK\r\nContent-Length: {GIB}\r\n\r\n")?;
        (0..GIB / PIECE.len() as u64).try_for_each(|_| line.get_mut().write_all(&PIECE))
    });
    let request = signed("GET", &client, &server);
    let grown = growth(&server, || {
        let mut line = Line::open(server.address).expect("a connection");
        line.send(&request.bytes(&server.public_url)).expect("sent");
        line.head().expect("a head");
        // It reads nothing until the server gives up on it: what is left then is what the kernel holds.
        until("the stalled connection is closed", || {
            String::from_utf8_lossy(&server.log()).contains("connection stalled")
        });
        assert!(line.drain(GIB).is_ok_and(|taken| taken < GIB));
    });
    assert!(grown < 32, "{grown} MiB");
}

#[test]
fn events_that_come_now_and_then_are_not_cut_off() {
    let (_place, client, server) = started(|line| {
        head(line)?;
        write!(
            line.get_mut(),
            "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
        )?;
        // Longer than a client may stall, and less than an upstream may.
        line.get_ref().set_read_timeout(Some(Duration::from_millis(1500)))?;
        for _ in 0..3 {
            let waited = line.read(&mut [0]).expect_err("the server neither closes nor says anything");
            assert_eq!(waited.kind(), io::ErrorKind::WouldBlock);
            line.get_mut().write_all(b"data\n")?;
        }
        line.get_mut().shutdown(std::net::Shutdown::Both)
    });
    let answer = signed("GET", &client, &server).send(&server).expect(200);
    assert_eq!(answer.body, "data\ndata\ndata\n");
}

#[test]
fn an_answer_that_stands_still_is_given_up() {
    let (_place, client, server) = started(|line| {
        head(line)?;
        write!(line.get_mut(), "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")?;
        // Until the other side gives up; OK because a reset is an end too.
        let _ = line.read(&mut [0]);
        Ok(())
    });
    let request = signed("GET", &client, &server);
    let mut line = Line::open(server.address).expect("a connection");
    line.send(&request.bytes(&server.public_url)).expect("sent");
    line.head().expect("a head").expect(200);
    assert!(line.is_closed().expect("an end"));
}

#[test]
fn whoever_still_sends_when_it_is_refused_is_told_why() {
    let (_place, _, server) = started(|_| Ok(()));
    let large = vec![b'a'; 8 << 20];
    for (kind, status, code) in [
        ("application/octet-stream", 401, "parameter_absent"),
        ("application/x-www-form-urlencoded", 413, "body_too_large"),
    ] {
        let request = Request { body: large.clone(), ..Request::new("PUT", "/x") };
        // Sent to the last byte before the answer is looked at.
        request.field("Content-Type", kind).send(&server).refused(status, code);
    }
}

#[test]
fn a_body_that_stands_still_is_told_so() {
    let (_place, client, server) = started(|line| {
        head(line)?;
        // Until the other side gives up; OK because a reset is an end too.
        let _ = line.read_to_end(&mut Vec::new());
        Ok(())
    });
    let request = signed("PUT", &client, &server).field("Content-Length", "100");
    let mut line = Line::open(server.address).expect("a connection");
    line.send(&request.bytes(&server.public_url)).expect("sent");
    line.send(b"half").expect("sent");
    line.answer().expect("an answer").expect(408);
}

const GIB: u64 = 1 << 30;
static PIECE: [u8; 1 << 16] = [7; 1 << 16];
