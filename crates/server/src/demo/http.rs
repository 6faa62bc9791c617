//! One request on one connection, and the text of both messages.

use http_body_util::{BodyExt, Full};
use hyper::{Request, Response, body::Bytes, client::conn::http1, header};
use hyper_util::rt::TokioIo;
use std::{fmt::Write, net::SocketAddr};
use tokio::net::TcpStream;

/// What is sent.
pub(super) struct Sent<'a> {
    pub(super) method: &'a str,
    pub(super) target: &'a str,
    pub(super) fields: Vec<(&'static str, String)>,
    pub(super) form: Option<String>,
}

/// What came back.
pub(super) struct Received {
    pub(super) status: u16,
    pub(super) fields: Vec<(String, String)>,
    pub(super) body: String,
}

impl Sent<'_> {
    pub(super) async fn send(&self, address: SocketAddr) -> Result<Received, String> {
        self.try_send(address).await.map_err(|error| format!("{} {}: {error}", self.method, self.target))
    }

    async fn try_send(
        &self,
        address: SocketAddr,
    ) -> Result<Received, Box<dyn std::error::Error + Send + Sync>> {
        let stream = TokioIo::new(TcpStream::connect(address).await?);
        let (mut sender, connection) = http1::handshake(stream).await?;
        tokio::spawn(connection);
        let mut request =
            Request::builder().method(self.method).uri(self.target).header(header::HOST, address.to_string());
        for (name, value) in &self.fields {
            request = request.header(*name, value);
        }
        if self.form.is_some() {
            request = request.header(header::CONTENT_TYPE, countersign_core::FORM);
        }
        let body = Full::new(Bytes::from(self.form.clone().unwrap_or_default()));
        let response: Response<_> = sender.send_request(request.body(body)?).await?;
        let (parts, body) = response.into_parts();
        let text =
            |value: &hyper::header::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        Ok(Received {
            status: parts.status.as_u16(),
            fields: parts.headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect(),
            body: String::from_utf8_lossy(&body.collect().await?.to_bytes()).into_owned(),
        })
    }

    /// The message as a person reads it; long header values on a line for each parameter.
    pub(super) fn text(&self, address: SocketAddr) -> String {
        let mut text = format!("{} {} HTTP/1.1\nHost: {address}", self.method, self.target);
        for (name, value) in &self.fields {
            // OK because writing to a string cannot fail
            let _ = write!(text, "\n{name}: {}", value.replace(", ", ",\n    "));
        }
        if let Some(form) = &self.form {
            let _ = write!(text, "\nContent-Type: {}\n\n{form}", countersign_core::FORM);
        }
        text
    }
}

impl Received {
    pub(super) fn field(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The value of a parameter of a form-encoded body.
    pub(super) fn form_value(&self, name: &str) -> Result<String, String> {
        value_of(&self.body, name)
            .ok_or_else(|| format!("the answer holds no {name}: {} {}", self.status, self.body))
    }

    /// The value of a hidden field of an HTML form.
    pub(super) fn hidden(&self, name: &str) -> Result<String, String> {
        let start = format!("name=\"{name}\" value=\"");
        let rest = self.body.split_once(&start).map(|(_, rest)| rest);
        let value = rest.and_then(|rest| rest.split('"').next());
        value.map(Into::into).ok_or_else(|| format!("the page has no field {name} (status {})", self.status))
    }

    pub(super) fn expect(self, status: u16, what: &str) -> Result<Self, String> {
        if self.status == status {
            Ok(self)
        } else {
            Err(format!("{what}: {} instead of {status}: {}", self.status, self.body))
        }
    }

    pub(super) fn text(&self) -> String {
        let shown = |(name, _): &&(String, String)| {
            ["location", "www-authenticate", "content-type"].contains(&name.as_str())
        };
        let mut text = format!("HTTP/1.1 {}", self.status);
        for (name, value) in self.fields.iter().filter(shown) {
            let _ = write!(text, "\n{name}: {value}");
        }
        if !self.body.starts_with("<!") && !self.body.is_empty() {
            let _ = write!(text, "\n\n{}", self.body.trim_end());
        }
        text
    }
}

/// The decoded value of a parameter in a query or a form.
pub(super) fn value_of(text: &str, name: &str) -> Option<String> {
    let query = text.split_once('?').map_or(text, |(_, query)| query);
    let value = query.split('&').filter_map(|pair| pair.split_once('=')).find(|(known, _)| *known == name)?.1;
    String::from_utf8(countersign_core::percent::decode(value.as_bytes()).ok()?.into_owned()).ok()
}
