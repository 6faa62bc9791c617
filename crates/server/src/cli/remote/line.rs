//! The connection to a server: opened when it is needed, kept for the next request, and never led elsewhere.

use super::{
    address::Address,
    fault::{Fault, Told},
};
use crate::{
    admin_api::{ROOT, revision},
    error::{Error, chain},
};
use bytes::Bytes;
use http::{HeaderValue, Method, StatusCode, header};
use http_body_util::{BodyExt, Full, Limited};
use hyper::{body::Incoming, client::conn::http1};
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use serde_json::Value;
use std::{cell::RefCell, error, time::Duration};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    time::timeout,
};
use tokio_rustls::TlsConnector;

/// A connection to a server.
pub(super) struct Line {
    pub(super) address: Address,
    key: HeaderValue,
    trust: Option<TlsConnector>,
    insecure_http: bool,
    open: RefCell<Option<Sender>>,
}

/// What is asked.
#[derive(Default)]
pub(super) struct Request {
    pub(super) method: Method,
    /// Below the API's root, with its query.
    pub(super) path: String,
    pub(super) body: Option<String>,
    /// By which name a creation may be sent again.
    pub(super) once: Option<String>,
    /// The revision that is meant, if one is.
    pub(super) seen: Option<u64>,
}

type Sender = http1::SendRequest<Full<Bytes>>;

/// Why no answer came.
enum Lost {
    /// It was never sent.
    Unsent(String),
    /// Nobody knows whether it was done.
    Unknown(String),
}

impl Line {
    pub(super) fn new(
        address: Address,
        key: HeaderValue,
        trust: Option<TlsConnector>,
        insecure_http: bool,
    ) -> Self {
        Self { address, key, trust, insecure_http, open: RefCell::default() }
    }

    /// Asks, once more where the connection was lost and that does no harm.
    pub(super) async fn ask(&self, request: &Request) -> Result<Value, Fault> {
        let (answer, is_repeated) = self.answer(request).await?;
        let mut told = self.read(answer).await;
        // The first one may be under way still.
        for _ in 0..OFTEN {
            match &told {
                Err(fault)
                    if is_repeated && fault.is(StatusCode::CONFLICT) && fault.is_about("Idempotency-Key") =>
                {
                    tokio::time::sleep(PAUSE).await;
                    told = self.read(self.answer(request).await?.0).await;
                }
                _ => break,
            }
        }
        told
    }

    /// What is answered, and whether it was asked for twice.
    async fn answer(&self, request: &Request) -> Result<(http::Response<Bytes>, bool), Error> {
        let may_repeat = request.method == Method::GET || request.once.is_some();
        let mut is_repeated = false;
        loop {
            // Whoever has just opened a connection knows that it is no old one that the server has closed.
            let is_new = self.open.borrow().is_none();
            match timeout(PATIENCE, self.exchange(request)).await {
                Err(_) => return Err(self.lost("it takes too long", request)),
                Ok(Ok(answer)) => return Ok((answer, is_repeated)),
                Ok(Err(Lost::Unsent(_))) if !is_new => {}
                Ok(Err(Lost::Unknown(_))) if may_repeat && !is_repeated => is_repeated = true,
                Ok(Err(Lost::Unsent(why))) => return Err(self.away(&why)),
                Ok(Err(Lost::Unknown(why))) => return Err(self.lost(&why, request)),
            }
        }
    }

    fn away(&self, why: &str) -> Error {
        Error::Away { place: self.address.to_string(), message: format!("cannot be reached: {why}") }
    }

    fn lost(&self, why: &str, request: &Request) -> Error {
        let message = if request.method == Method::GET {
            format!("no answer came: {why}")
        } else {
            format!("no answer came: {why}; it may have been done all the same: look before you try again")
        };
        Error::Away { place: self.address.to_string(), message }
    }

    async fn exchange(&self, request: &Request) -> Result<http::Response<Bytes>, Lost> {
        let kept = self.open.borrow_mut().take().filter(|sender| !sender.is_closed());
        let mut sender = match kept {
            Some(sender) => sender,
            None => timeout(CONNECTING, self.connect())
                .await
                .unwrap_or_else(|_| Err("it does not answer".into()))
                .map_err(|error| Lost::Unsent(chain(&*error)))?,
        };
        sender.ready().await.map_err(|error| Lost::Unsent(chain(&error)))?;
        let message = self.message(request).map_err(|error| Lost::Unsent(error.to_string()))?;
        let answer = sender.try_send_request(message).await.map_err(|mut lost| {
            let why = chain(lost.error());
            if lost.take_message().is_some() { Lost::Unsent(why) } else { Lost::Unknown(why) }
        })?;
        let whole = whole(answer).await.map_err(|error| Lost::Unknown(chain(&*error)))?;
        *self.open.borrow_mut() = Some(sender);
        Ok(whole)
    }

    fn message(&self, request: &Request) -> Result<http::Request<Full<Bytes>>, http::Error> {
        let target = format!("{}{ROOT}{}", self.address.base, request.path);
        let mut message = http::Request::builder()
            .method(&request.method)
            .uri(target)
            .header(header::HOST, &self.address.authority)
            .header(header::ACCEPT, "application/json")
            .header(header::USER_AGENT, concat!("countersign/", env!("CARGO_PKG_VERSION")))
            .header(header::AUTHORIZATION, &self.key);
        if let Some(once) = &request.once {
            message = message.header("Idempotency-Key", once);
        }
        if let Some(seen) = request.seen {
            message = message.header(header::IF_MATCH, revision::etag(seen));
        }
        match &request.body {
            Some(body) => {
                let message = message.header(header::CONTENT_TYPE, "application/json");
                message.body(Full::from(body.clone()))
            }
            None => message.body(Full::default()),
        }
    }

    async fn connect(&self) -> Result<Sender, Failure> {
        let stream = TcpStream::connect((self.address.host.as_str(), self.address.port)).await?;
        match &self.trust {
            Some(trust) => {
                let name = ServerName::try_from(self.address.host.clone())?;
                handshake(trust.connect(name, stream).await?).await
            }
            // A name that should be this machine's may be another's: then nothing was sent yet.
            None if !self.insecure_http && !stream.peer_addr()?.ip().is_loopback() => {
                Err("this is not this machine: write https://, or add --insecure-http".into())
            }
            None => handshake(stream).await,
        }
    }

    async fn read(&self, answer: http::Response<Bytes>) -> Result<Value, Fault> {
        let (parts, body) = answer.into_parts();
        if parts.status == StatusCode::NO_CONTENT {
            return Ok(Value::Null);
        }
        let mut value = serde_json::from_slice(&body).unwrap_or_default();
        tame(&mut value);
        if parts.status.is_success() && value != Value::Null {
            return Ok(value);
        }
        let told = Told::new(&parts, &value);
        if !told.is_of_the_api
            && matches!(parts.status, StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED)
        {
            return Err(self.other_version().await.into());
        }
        Err(Fault::Told(Box::new(told.at(&self.address))))
    }

    /// Why the server does not know what it was asked: its document says of which version it is.
    async fn other_version(&self) -> Error {
        let request = Request { path: "/openapi.json".into(), ..Request::default() };
        let version = match timeout(PATIENCE, self.exchange(&request)).await {
            Ok(Ok(answer)) if answer.status() == StatusCode::OK => {
                let document: Value = serde_json::from_slice(answer.body()).unwrap_or_default();
                document["info"]["version"].as_str().map(tamed)
            }
            _ => None,
        };
        let (address, own) = (&self.address, env!("CARGO_PKG_VERSION"));
        Error::Refused(match version {
            Some(version) => format!(
                "{address}: the server is of version {version} and cannot do this yet; this command is of version {own}"
            ),
            None => format!(
                "{address}: there is no administration's API: is the address right, and admin_api.enabled = true on the server?"
            ),
        })
    }
}

type Failure = Box<dyn error::Error + Send + Sync>;

async fn handshake(stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static) -> Result<Sender, Failure> {
    let (sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    // It ends with the sender; what goes wrong is told there.
    tokio::spawn(connection);
    Ok(sender)
}

async fn whole(answer: http::Response<Incoming>) -> Result<http::Response<Bytes>, Failure> {
    let (parts, body) = answer.into_parts();
    let bytes = Limited::new(body, LARGEST).collect().await?.to_bytes();
    Ok(http::Response::from_parts(parts, bytes))
}

/// Takes from all texts what would steer a terminal.
fn tame(value: &mut Value) {
    match value {
        Value::String(text) if text.contains(char::is_control) => *text = tamed(text),
        Value::Array(items) => items.iter_mut().for_each(tame),
        Value::Object(fields) => fields.values_mut().for_each(tame),
        _ => {}
    }
}

pub(super) fn tamed(text: &str) -> String {
    text.replace(|char: char| char.is_control() && char != '\n', "\u{fffd}")
}

const CONNECTING: Duration = Duration::from_secs(10);
/// For a whole exchange: a password's hash takes time where many are made.
const PATIENCE: Duration = Duration::from_secs(60);
/// How often, and how long apart, to ask for the answer of a creation that is under way.
const OFTEN: usize = 50;
const PAUSE: Duration = Duration::from_millis(200);
/// Bytes: the longest page is smaller.
const LARGEST: usize = 64 << 20;
