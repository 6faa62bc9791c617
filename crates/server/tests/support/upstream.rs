//! An upstream by hand: it keeps every request as it came, byte for byte, and answers what it is told to.

use super::until;
use std::{
    io::{self, BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread,
};

/// A request as it came.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) method: String,
    pub(crate) target: String,
    /// Names as they were spelt.
    pub(crate) fields: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    /// What stood behind the last chunk.
    pub(crate) trailers: Vec<String>,
}

/// What makes an answer; the connection is closed after an error.
type Answering = dyn Fn(&Seen, &mut BufReader<TcpStream>) -> io::Result<()> + Send + Sync;

/// It listens as long as the test runs.
pub(crate) struct Upstream {
    pub(crate) address: SocketAddr,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Upstream {
    /// Answers 200 with a short text.
    pub(crate) fn start() -> Self {
        Self::answering(|_, line| {
            line.get_mut()
                .write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 8\r\nX-Upstream: here\r\n\r\nupstream")
        })
    }

    pub(crate) fn answering(
        answer: impl Fn(&Seen, &mut BufReader<TcpStream>) -> io::Result<()> + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        let (seen, answer) =
            (Arc::<Mutex<Vec<Seen>>>::default(), Arc::<Answering>::from(Box::new(answer) as Box<Answering>));
        let kept = Arc::clone(&seen);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (kept, answer) = (Arc::clone(&kept), Arc::clone(&answer));
                // OK because a connection that breaks is the other side's trouble
                thread::spawn(move || serve(stream, &kept, &*answer).unwrap_or_default());
            }
        });
        Self { address, seen }
    }

    /// Every request so far.
    pub(crate) fn seen(&self) -> MutexGuard<'_, Vec<Seen>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The one request that came; none is left behind.
    #[track_caller]
    pub(crate) fn only(&self) -> Seen {
        until("the upstream sees a request", || !self.seen().is_empty());
        let mut seen = self.seen();
        assert_eq!(seen.len(), 1, "{seen:?}");
        seen.remove(0)
    }
}

impl Seen {
    /// The values of a field.
    pub(crate) fn all(&self, name: &str) -> Vec<&str> {
        let found = self.fields.iter().filter(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str()).collect()
    }
}

fn serve(stream: TcpStream, kept: &Mutex<Vec<Seen>>, answer: &Answering) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut line = BufReader::new(stream);
    while let Some(seen) = read(&mut line)? {
        kept.lock().unwrap_or_else(PoisonError::into_inner).push(seen.clone());
        answer(&seen, &mut line)?;
    }
    Ok(())
}

/// The next request of a connection; `None` where it ended.
pub(crate) fn read(line: &mut BufReader<TcpStream>) -> io::Result<Option<Seen>> {
    let Some(mut seen) = head(line)? else { return Ok(None) };
    let mut body = Vec::new();
    if seen.all("transfer-encoding") == ["chunked"] {
        loop {
            let size = text(line)?;
            let size = u64::from_str_radix(&size, 16).map_err(|_| io::Error::other(size))?;
            if size == 0 {
                seen.trailers =
                    std::iter::from_fn(|| text(line).ok().filter(|line| !line.is_empty())).collect();
                break;
            }
            line.take(size).read_to_end(&mut body)?;
            text(line)?;
        }
    } else if let [length] = *seen.all("content-length") {
        line.take(length.parse().map_err(io::Error::other)?).read_to_end(&mut body)?;
    }
    seen.body = body;
    Ok(Some(seen))
}

/// The head of a request, its body unread.
pub(crate) fn head(line: &mut BufReader<TcpStream>) -> io::Result<Option<Seen>> {
    let start = text(line)?;
    let mut words = start.split(' ').map(str::to_owned);
    let (Some(method), Some(target)) = (words.next(), words.next()) else { return Ok(None) };
    let mut seen = Seen { method, target, fields: Vec::new(), body: Vec::new(), trailers: Vec::new() };
    while let Some((name, value)) = text(line)?.split_once(':') {
        seen.fields.push((name.into(), value.trim().into()));
    }
    Ok(Some(seen))
}

fn text(line: &mut BufReader<TcpStream>) -> io::Result<String> {
    let mut bytes = Vec::new();
    line.read_until(b'\n', &mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).trim_end_matches(['\r', '\n']).to_owned())
}
