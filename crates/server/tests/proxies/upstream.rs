//! The API: answers everything with 200, and records each request as it arrived.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Mutex, PoisonError},
    thread,
};

/// It runs as long as the tests do.
pub(crate) struct Upstream {
    pub(crate) address: SocketAddr,
    seen: Arc<Mutex<Vec<Received>>>,
}

/// A request, field by field as it was sent.
#[derive(Debug, Default)]
pub(crate) struct Received {
    pub(crate) method: String,
    pub(crate) target: String,
    pub(crate) fields: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    /// What followed a chunked body.
    pub(crate) trailers: Vec<(String, String)>,
}

impl Upstream {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        let address = listener.local_addr().expect("an address");
        let seen = Arc::<Mutex<Vec<Received>>>::default();
        let kept = Arc::clone(&seen);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let kept = Arc::clone(&kept);
                thread::spawn(move || serve(stream, &kept));
            }
        });
        Self { address, seen }
    }

    /// What arrived since this was asked last.
    pub(crate) fn take(&self) -> Vec<Received> {
        std::mem::take(&mut *self.seen.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Received {
    /// The values of a field, by the name that most programs would take it for: any case, and any sign for a hyphen.
    pub(crate) fn values(&self, name: &str) -> Vec<&str> {
        let wanted = folded(name);
        let fields = self.fields.iter().chain(&self.trailers);
        fields.filter(|(name, _)| folded(name) == wanted).map(|(_, value)| value.as_str()).collect()
    }
}

fn folded(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' }).collect()
}

/// Requests of one connection, one after another.
fn serve(stream: TcpStream, seen: &Mutex<Vec<Received>>) {
    let mut reader = BufReader::new(stream);
    while let Some(received) = receive(&mut reader) {
        // Kept before it is answered: who has the answer finds it here.
        seen.lock().unwrap_or_else(PoisonError::into_inner).push(received);
        if reader.get_mut().write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nreceived").is_err() {
            return;
        }
    }
}

/// `None` where the connection ends, or what it brings is no request.
fn receive(reader: &mut BufReader<TcpStream>) -> Option<Received> {
    let start = line(reader)?;
    let mut words = start.splitn(2, ' ');
    let (method, rest) = (words.next()?.to_owned(), words.next()?);
    let target = rest.rsplit_once(' ')?.0.to_owned();
    let fields = fields(reader)?;
    let field = |wanted: &str| {
        fields.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, value)| value.clone())
    };
    let (mut body, mut trailers) = (Vec::new(), Vec::new());
    if field("transfer-encoding").is_some() {
        loop {
            let size = u64::from_str_radix(line(reader)?.split(';').next()?.trim(), 16).ok()?;
            if size == 0 {
                trailers = self::fields(reader)?;
                break;
            }
            reader.take(size).read_to_end(&mut body).ok()?;
            line(reader)?;
        }
    } else if let Some(length) = field("content-length") {
        reader.take(length.parse().ok()?).read_to_end(&mut body).ok()?;
    }
    Some(Received { method, target, fields, body, trailers })
}

fn fields(reader: &mut BufReader<TcpStream>) -> Option<Vec<(String, String)>> {
    let mut fields = Vec::new();
    loop {
        let line = line(reader)?;
        if line.is_empty() {
            return Some(fields);
        }
        let (name, value) = line.split_once(':')?;
        fields.push((name.to_owned(), value.trim().to_owned()));
    }
}

fn line(reader: &mut BufReader<TcpStream>) -> Option<String> {
    let mut line = Vec::new();
    reader.read_until(b'\n', &mut line).ok().filter(|read| *read > 0)?;
    Some(String::from_utf8_lossy(&line).trim_end_matches(['\r', '\n']).to_owned())
}
