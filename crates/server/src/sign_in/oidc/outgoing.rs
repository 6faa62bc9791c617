//! Requests to an issuer: each on a connection of its own, limited in time and size, and following nowhere.

use crate::{config::Oidc, loopback::is_loopback, trust};
use bytes::Bytes;
use http::{
    HeaderValue, Request, Response, Uri, Version,
    header::{CONNECTION, HOST},
};
use http_body_util::{BodyExt, Full, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use openidconnect::{AsyncHttpClient, HttpRequest, HttpResponse};
use rustls::pki_types::{InvalidDnsNameError, ServerName};
use std::{pin::Pin, time::Duration};
use thiserror::Error;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    sync::Semaphore,
    time::timeout,
};
use tokio_rustls::TlsConnector;

/// What asks one issuer.
pub(super) struct Outgoing {
    tls: TlsConnector,
    /// Whether http will do, to this machine.
    plain: bool,
    /// However many sign in at once, an issuer that hangs holds no more connections than these.
    turns: Semaphore,
}

/// Why there is no answer.
#[derive(Debug, Error)]
pub(super) enum Problem {
    #[error("http is spoken to issuers on this machine alone")]
    Insecure,
    #[error("too many requests wait for an answer already")]
    Busy,
    #[error("no connection")]
    Connection(#[source] std::io::Error),
    #[error("no answer")]
    Http(#[from] hyper::Error),
    #[error("no answer in time")]
    Late,
    #[error("no address of a server")]
    NoHost,
    #[error("no name that a certificate could have")]
    NoName(#[from] InvalidDnsNameError),
    #[error("an answer that breaks off or is larger than {MOST} bytes")]
    TooLarge(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl Outgoing {
    /// Believes the certificates of the issuer's file, else the system's.
    ///
    /// # Errors
    ///
    /// What is wrong with the file.
    pub(super) fn new(settings: &Oidc) -> Result<Self, String> {
        let file = &settings.root_certificates;
        // Where the system has none, no certificate is believed.
        let roots = if file.as_os_str().is_empty() { trust::of_system() } else { trust::of_file(file)? };
        let tls = trust::connector(roots)?;
        Ok(Self { tls, plain: settings.is_plain(), turns: Semaphore::new(TURNS) })
    }

    /// Whether a URL of the issuer's may be asked, or a browser sent to.
    pub(super) fn allows(&self, uri: &Uri) -> bool {
        match uri.scheme_str() {
            Some("https") => true,
            Some("http") => self.plain && uri.host().is_some_and(is_loopback),
            _ => false,
        }
    }

    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, Problem> {
        let _turn = self.turns.try_acquire().map_err(|_| Problem::Busy)?;
        timeout(LONGEST, self.exchange(request)).await.map_err(|_| Problem::Late)?
    }

    async fn exchange(&self, request: HttpRequest) -> Result<HttpResponse, Problem> {
        let uri = request.uri();
        if !self.allows(uri) {
            return Err(Problem::Insecure);
        }
        let secure = uri.scheme_str() == Some("https");
        let host = uri.host().ok_or(Problem::NoHost)?.trim_matches(['[', ']']).to_owned();
        let port = uri.port_u16().unwrap_or(if secure { 443 } else { 80 });
        let request = on_its_own(request)?;
        let stream = TcpStream::connect((host.as_str(), port)).await.map_err(Problem::Connection)?;
        if !secure {
            return over(stream, request).await;
        }
        let name = ServerName::try_from(host)?;
        let stream = self.tls.connect(name, stream).await.map_err(Problem::Connection)?;
        over(stream, request).await
    }
}

impl<'c> AsyncHttpClient<'c> for Outgoing {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, Problem>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.send(request))
    }
}

/// The request as it goes over a connection that ends after it.
fn on_its_own(request: HttpRequest) -> Result<Request<Full<Bytes>>, Problem> {
    let (mut parts, body) = request.into_parts();
    let host = parts.uri.authority().and_then(|authority| HeaderValue::try_from(authority.as_str()).ok());
    parts.headers.insert(HOST, host.ok_or(Problem::NoHost)?);
    parts.headers.insert(CONNECTION, HeaderValue::from_static("close"));
    let target = parts.uri.path_and_query().map_or("/", http::uri::PathAndQuery::as_str);
    parts.uri = target.parse().map_err(|_| Problem::NoHost)?;
    parts.version = Version::HTTP_11;
    Ok(Request::from_parts(parts, Full::from(body)))
}

async fn over<S>(stream: S, request: Request<Full<Bytes>>) -> Result<HttpResponse, Problem>
where
    S: AsyncRead + AsyncWrite + Unpin + Send,
{
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    let answer = async {
        let (parts, body) = sender.send_request(request).await?.into_parts();
        let body = Limited::new(body, MOST).collect().await.map_err(Problem::TooLarge)?;
        Ok(Response::from_parts(parts, body.to_bytes().into()))
    };
    tokio::pin!(answer);
    tokio::select! {
        answer = &mut answer => answer,
        ended = connection => {
            ended?;
            // What came before its end is there still.
            answer.await
        }
    }
}

/// How long an issuer may take for one answer, its connection included.
const LONGEST: Duration = Duration::from_secs(5);
/// The largest answer, in bytes.
const MOST: usize = 256 << 10;
/// How many requests may wait for an issuer at once.
const TURNS: usize = 32;

#[cfg(test)]
mod tests;
