//! The load: keep-alive connections that write and read bytes, and as little HTTP as that needs.

use rustix::net::{AddressFamily, SocketType, bind, connect, socket};
use std::{
    hint::spin_loop,
    io::{ErrorKind, Read, Write},
    net::{IpAddr, SocketAddr, TcpStream},
    sync::Barrier,
    thread,
    time::{Duration, Instant},
};

/// One keep-alive connection.
pub(crate) struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
    end: usize,
}

/// An answer, borrowed.
pub(crate) struct Answer<'c> {
    pub(crate) status: u16,
    pub(crate) head: &'c str,
    pub(crate) body: &'c [u8],
}

impl Connection {
    pub(crate) fn open(address: SocketAddr) -> Self {
        Self::over(TcpStream::connect(address).unwrap())
    }

    /// From another address of the machine.
    pub(crate) fn open_from(source: IpAddr, address: SocketAddr) -> Self {
        let socket = socket(AddressFamily::INET, SocketType::STREAM, None).unwrap();
        bind(&socket, &SocketAddr::new(source, 0)).unwrap();
        connect(&socket, &address).unwrap();
        Self::over(socket.into())
    }

    fn over(stream: TcpStream) -> Self {
        stream.set_nodelay(true).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        Self { stream, buffer: vec![0; 64 << 10], end: 0 }
    }

    pub(crate) fn send(&mut self, request: &[u8]) {
        self.stream.write_all(request).unwrap();
    }

    /// Reads one answer to its end; there is never a second one behind it.
    pub(crate) fn receive(&mut self) -> Answer<'_> {
        self.end = 0;
        let (head, length) = loop {
            self.more();
            if let Some(at) = self.buffer[..self.end].windows(4).position(|four| four == b"\r\n\r\n") {
                let head = str::from_utf8(&self.buffer[..at]).unwrap();
                break (at, field(head, "content-length").map_or(0, |length| length.parse().unwrap()));
            }
        };
        while self.end < head + 4 + length {
            self.more();
        }
        let text = str::from_utf8(&self.buffer[..head]).unwrap();
        Answer { status: text[9..12].parse().unwrap(), head: text, body: &self.buffer[head + 4..self.end] }
    }

    fn more(&mut self) {
        let began = Instant::now();
        loop {
            match self.stream.read(&mut self.buffer[self.end..]) {
                Ok(0) => panic!("the server closed the connection"),
                Ok(read) => return self.end += read,
                Err(error) if error.kind() == ErrorKind::WouldBlock && began.elapsed() < PATIENCE => {
                    (0..100).for_each(|_| spin_loop());
                }
                Err(error) => panic!("no answer: {error}"),
            }
        }
    }

    /// Whether to sleep until an answer comes.
    pub(crate) fn sleeps(&self, sleeps: bool) {
        self.stream.set_nonblocking(!sleeps).unwrap();
    }
}

impl Answer<'_> {
    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}\n{}", self.head, String::from_utf8_lossy(self.body));
        self
    }

    pub(crate) fn field(&self, name: &str) -> &str {
        field(self.head, name).unwrap()
    }
}

fn field<'h>(head: &'h str, name: &str) -> Option<&'h str> {
    let fields = head.lines().skip(1).filter_map(|line| line.split_once(':'));
    fields.filter(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim()).next()
}

pub(crate) fn connections(address: SocketAddr) -> Vec<Connection> {
    (0..CONNECTIONS).map(|_| Connection::open(address)).collect()
}

/// The same from another address of the machine.
pub(crate) fn connections_from(source: IpAddr, address: SocketAddr) -> Vec<Connection> {
    (0..CONNECTIONS).map(|_| Connection::open_from(source, address)).collect()
}

/// Keeps all connections busy from one thread, however each request is answered.
pub(crate) fn send_all_to_any_end(connections: &mut [Connection], requests: &[Vec<u8>]) {
    send_each(connections, requests, |_| {});
}

/// Keeps all connections busy from one thread: takes the oldest answer, sends the next request in its place.
///
/// It never sleeps: to wake it up would be the server's work, and varies more than all the rest.
pub(crate) fn send_all(connections: &mut [Connection], requests: &[Vec<u8>], status: u16) {
    send_each(connections, requests, |answer| {
        answer.expect(status);
    });
}

fn send_each(connections: &mut [Connection], requests: &[Vec<u8>], mut told: impl FnMut(Answer<'_>)) {
    let busy = connections.len().min(requests.len());
    connections.iter().for_each(|one| one.sleeps(false));
    for (turn, request) in requests.iter().enumerate() {
        let connection = &mut connections[turn % busy];
        if turn >= busy {
            told(connection.receive());
        }
        connection.send(request);
    }
    for turn in requests.len()..requests.len() + busy {
        told(connections[turn % busy].receive());
    }
}

/// The same from a thread for each connection, none waiting for another: requests per second, and how long each took.
pub(crate) fn send_at_once(
    connections: &mut [Connection],
    requests: &[Vec<u8>],
    status: u16,
) -> (f64, Vec<Duration>) {
    let start = Barrier::new(connections.len());
    connections.iter().for_each(|one| one.sleeps(true));
    let share = requests.len() / connections.len();
    let run = |connection: &mut Connection, requests: &[Vec<u8>]| {
        start.wait();
        let began = Instant::now();
        let took = requests.iter().map(|request| {
            let sent = Instant::now();
            connection.send(request);
            connection.receive().expect(status);
            sent.elapsed()
        });
        let took: Vec<_> = took.collect();
        (began, Instant::now(), took)
    };
    let done: Vec<_> = thread::scope(|scope| {
        let threads: Vec<_> = connections
            .iter_mut()
            .zip(requests.chunks(share))
            .map(|(connection, requests)| scope.spawn(|| run(connection, requests)))
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let (first, last) =
        (done.iter().map(|one| one.0).min().unwrap(), done.iter().map(|one| one.1).max().unwrap());
    let sent: usize = done.iter().map(|one| one.2.len()).sum();
    let rate = sent as f64 / (last - first).as_secs_f64();
    (rate, done.into_iter().flat_map(|one| one.2).collect())
}

/// How many connections the load keeps open.
pub(crate) const CONNECTIONS: usize = 32;
const PATIENCE: Duration = Duration::from_secs(20);
