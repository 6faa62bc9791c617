//! HTTP/1.1 by hand: what goes over the wire is what the test wrote.

use super::{PATIENCE, server::Server};
use rustix::net::{AddressFamily, SocketType, bind, connect, socket, sockopt::set_socket_recv_buffer_size};
use std::{
    io::{self, BufRead, BufReader, Read, Write},
    net::{IpAddr, SocketAddr, TcpStream},
};

/// A request, written out field by field.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) target: String,
    pub(crate) fields: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

/// What came back.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) fields: Vec<(String, String)>,
    pub(crate) body: String,
}

/// An open connection.
pub(crate) struct Line(BufReader<TcpStream>);

impl Request {
    pub(crate) fn new(method: &str, target: &str) -> Self {
        Self { method: method.into(), target: target.into(), fields: Vec::new(), body: Vec::new() }
    }

    pub(crate) fn get(target: &str) -> Self {
        Self::new("GET", target)
    }

    pub(crate) fn field(mut self, name: &str, value: &str) -> Self {
        self.fields.push((name.into(), value.into()));
        self
    }

    pub(crate) fn form(mut self, body: &str) -> Self {
        self.body = body.into();
        self.field("Content-Type", "application/x-www-form-urlencoded")
    }

    /// The bytes that are sent to a server of that URL.
    pub(crate) fn bytes(&self, public_url: &str) -> Vec<u8> {
        let host = public_url.split_once("://").map_or(public_url, |(_, rest)| rest);
        let mut head = format!("{} {} HTTP/1.1\r\nHost: {host}\r\n", self.method, self.target);
        for (name, value) in &self.fields {
            head += &format!("{name}: {value}\r\n");
        }
        if !self.body.is_empty() || self.method == "POST" {
            head += &format!("Content-Length: {}\r\n", self.body.len());
        }
        [head.as_bytes(), b"\r\n", &self.body].concat()
    }

    /// Sends it from another address of the machine.
    pub(crate) fn send_from(&self, source: &str, server: &Server) -> Answer {
        let source = source.parse().expect("an address");
        let bytes = self.bytes(&server.public_url);
        let sent = Line::open_from(source, server.address).and_then(|mut line| line.exchange(&bytes));
        sent.unwrap_or_else(|error| panic!("no answer from {source} to {}: {error}", self.target))
    }

    /// Sends it on a connection of its own.
    pub(crate) fn send(&self, server: &Server) -> Answer {
        let bytes = self.bytes(&server.public_url);
        Line::open(server.address).and_then(|mut line| line.exchange(&bytes)).unwrap_or_else(|error| {
            panic!("no answer to {} {}: {error}", self.method, self.target);
        })
    }
}

impl Line {
    pub(crate) fn open(address: SocketAddr) -> io::Result<Self> {
        Self::over(TcpStream::connect(address)?)
    }

    /// From this address of the machine.
    pub(crate) fn open_from(source: IpAddr, address: SocketAddr) -> io::Result<Self> {
        let socket = socket(AddressFamily::INET, SocketType::STREAM, None)?;
        bind(&socket, &SocketAddr::new(source, 0))?;
        connect(&socket, &address)?;
        Self::over(TcpStream::from(socket))
    }

    /// With little room for what is not read yet: what more there is waits at the other side.
    pub(crate) fn open_narrow(address: SocketAddr) -> io::Result<Self> {
        let socket = socket(AddressFamily::INET, SocketType::STREAM, None)?;
        set_socket_recv_buffer_size(&socket, 64 << 10)?;
        connect(&socket, &address)?;
        Self::over(TcpStream::from(socket))
    }

    fn over(stream: TcpStream) -> io::Result<Self> {
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        Ok(Self(BufReader::new(stream)))
    }

    /// Sends bytes and reads one answer.
    pub(crate) fn exchange(&mut self, bytes: &[u8]) -> io::Result<Answer> {
        self.send(bytes)?;
        self.answer()
    }

    pub(crate) fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.get_mut().write_all(bytes)
    }

    /// Says that nothing more will be sent.
    pub(crate) fn finish(&mut self) -> io::Result<()> {
        self.0.get_mut().shutdown(std::net::Shutdown::Write)
    }

    /// Reads one answer, without those of class 1xx.
    pub(crate) fn answer(&mut self) -> io::Result<Answer> {
        loop {
            let answer = self.one()?;
            if answer.status >= 200 {
                return Ok(answer);
            }
        }
    }

    /// Whether the other side has closed, once all that it sent is read; fails where it does neither in time.
    pub(crate) fn is_closed(&mut self) -> io::Result<bool> {
        let mut rest = Vec::new();
        match self.0.read_to_end(&mut rest) {
            Ok(_) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::ConnectionReset => Ok(true),
            Err(error) => Err(error),
        }
    }

    /// Reads so many bytes, of whatever they are.
    pub(crate) fn take(&mut self, length: usize) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; length];
        self.0.read_exact(&mut bytes)?;
        Ok(bytes)
    }

    /// Reads so many bytes, or all that come, and forgets them; how many there were.
    pub(crate) fn drain(&mut self, most: u64) -> io::Result<u64> {
        io::copy(&mut (&mut self.0).take(most), &mut io::sink())
    }

    /// Reads the head of an answer, and leaves what follows.
    pub(crate) fn head(&mut self) -> io::Result<Answer> {
        let start = self.line()?;
        let status = start.split(' ').nth(1).and_then(|code| code.parse().ok()).ok_or_else(|| bad(&start))?;
        let mut answer = Answer { status, fields: Vec::new(), body: String::new() };
        loop {
            let line = self.line()?;
            let Some((name, value)) = line.split_once(':') else { break };
            answer.fields.push((name.to_ascii_lowercase(), value.trim().into()));
        }
        Ok(answer)
    }

    fn one(&mut self) -> io::Result<Answer> {
        let mut answer = self.head()?;
        let mut body = Vec::new();
        if answer.field("transfer-encoding") == Some("chunked") {
            loop {
                let size = self.line()?;
                let size = u64::from_str_radix(&size, 16).map_err(|_| bad(&size))?;
                (&mut self.0).take(size).read_to_end(&mut body)?;
                self.line()?;
                if size == 0 {
                    break;
                }
            }
        } else if let Some(length) = answer.field("content-length") {
            let length: u64 = length.parse().map_err(|_| bad(length))?;
            if (&mut self.0).take(length).read_to_end(&mut body)? as u64 != length {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        answer.body = String::from_utf8_lossy(&body).into_owned();
        Ok(answer)
    }

    fn line(&mut self) -> io::Result<String> {
        let mut line = String::new();
        if self.0.read_line(&mut line)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(line.trim_end_matches(['\r', '\n']).to_owned())
    }
}

fn bad(text: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("not HTTP: {text:?}"))
}

impl Answer {
    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{:?}\n{}", self.fields, self.body);
        self
    }

    #[track_caller]
    pub(crate) fn expect_one_of(self, statuses: &[u16]) -> Self {
        assert!(statuses.contains(&self.status), "{} {:?}\n{}", self.status, self.fields, self.body);
        self
    }

    /// Asserts status and `oauth_problem`, the latter in the challenge, a form or a problem document.
    #[track_caller]
    pub(crate) fn refused(self, status: u16, code: &str) -> Self {
        let answer = self.expect(status);
        let said = answer.problem();
        assert_eq!(said.as_deref(), Some(code), "{:?}\n{}", answer.fields, answer.body);
        answer
    }

    /// The `oauth_problem` of a refusal.
    pub(crate) fn problem(&self) -> Option<String> {
        let document: Option<serde_json::Value> = serde_json::from_str(&self.body).ok();
        let told = document.and_then(|document| Some(document["oauth_problem"].as_str()?.to_owned()));
        told.or_else(|| value_of(&self.body, "oauth_problem"))
    }

    /// The value of a parameter of a form-encoded body.
    #[track_caller]
    pub(crate) fn value(&self, name: &str) -> String {
        value_of(&self.body, name).unwrap_or_else(|| panic!("no {name}: {} {}", self.status, self.body))
    }

    #[track_caller]
    pub(crate) fn location(&self) -> &str {
        self.field("location").unwrap_or_else(|| panic!("no redirect: {} {}", self.status, self.body))
    }

    /// The value of a hidden field of an HTML form.
    pub(crate) fn hidden(&self, name: &str) -> Option<String> {
        let (_, rest) = self.body.split_once(&format!("name=\"{name}\" value=\""))?;
        rest.split('"').next().map(Into::into)
    }
}

/// The decoded value of a parameter in a query or a form.
pub(crate) fn value_of(text: &str, name: &str) -> Option<String> {
    let query = text.split_once('?').map_or(text, |(_, query)| query);
    let value = query.split('&').filter_map(|pair| pair.split_once('=')).find(|(known, _)| *known == name)?.1;
    String::from_utf8(countersign_core::percent::decode(value.as_bytes()).ok()?.into_owned()).ok()
}

/// `name=value&…`.
pub(crate) fn form(pairs: &[(&str, &str)]) -> String {
    let pairs: Vec<_> = pairs
        .iter()
        .map(|(name, value)| format!("{name}={}", countersign_core::percent::encode(value)))
        .collect();
    pairs.join("&")
}
