//! A request as an integration hands it over: plain borrowed text, of no framework.

use std::net::IpAddr;

/// A request as it arrived on the socket.
///
/// # Examples
///
/// ```
/// use countersign_provider::Incoming;
///
/// let fields = [("host", &b"photos.example.net"[..]), ("authorization", b"OAuth oauth_consumer_key=\"x\"")];
/// let incoming = Incoming::new("GET", "/photos?size=original", &fields).tls(true);
/// assert_eq!(incoming.path(), "/photos");
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Incoming<'a> {
    pub(crate) method: &'a str,
    pub(crate) path_and_query: &'a str,
    pub(crate) authority: Option<&'a str>,
    pub(crate) needs_host: bool,
    pub(crate) fields: &'a [(&'a str, &'a [u8])],
    pub(crate) body: Body<'a>,
    pub(crate) peer: Option<IpAddr>,
    pub(crate) tls: bool,
}

/// What was handed over of a body.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Body<'a> {
    /// Nothing: nobody asked for it.
    Absent,
    /// A form, which is signed parameter by parameter.
    Form(&'a [u8]),
    /// Anything else, to be hashed.
    Other(&'a [u8]),
}

impl<'a> Body<'a> {
    pub(crate) const fn is_form(self) -> bool {
        matches!(self, Self::Form(_))
    }

    pub(crate) const fn as_form(self) -> &'a [u8] {
        if let Self::Form(form) = self { form } else { b"" }
    }

    pub(crate) const fn bytes(self) -> Option<&'a [u8]> {
        match self {
            Self::Absent => None,
            Self::Form(bytes) | Self::Other(bytes) => Some(bytes),
        }
    }
}

impl<'a> Incoming<'a> {
    /// A request of HTTP/1.1 without a form body: raw path and query, and header fields with lower-case names (of which
    /// only [`FIELDS`] are read).
    #[must_use]
    pub fn new(method: &'a str, path_and_query: &'a str, fields: &'a [(&'a str, &'a [u8])]) -> Self {
        Self {
            method,
            path_and_query,
            authority: None,
            needs_host: true,
            fields,
            body: Body::Absent,
            peer: None,
            tls: false,
        }
    }

    /// The authority of an absolute-form target, or HTTP/2's `:authority`: it wins over `Host`.
    #[must_use]
    pub fn authority(mut self, authority: Option<&'a str>) -> Self {
        self.authority = authority;
        self
    }

    /// Whether exactly one `Host` field must be there: true for HTTP/1.1, the default.
    #[must_use]
    pub fn needs_host(mut self, needs_host: bool) -> Self {
        self.needs_host = needs_host;
        self
    }

    /// The body, if its media type is `application/x-www-form-urlencoded`.
    #[must_use]
    pub fn form(mut self, form: &'a [u8]) -> Self {
        self.body = Body::Form(form);
        self
    }

    /// The body, if it is no form and [`Provider::reads_body`](crate::Provider::reads_body) asks for it; an empty one too.
    #[must_use]
    pub fn body(mut self, body: &'a [u8]) -> Self {
        self.body = Body::Other(body);
        self
    }

    /// Who is at the other end of the socket.
    #[must_use]
    pub fn peer(mut self, peer: Option<IpAddr>) -> Self {
        self.peer = peer;
        self
    }

    /// Whether the socket itself speaks TLS.
    #[must_use]
    pub fn tls(mut self, tls: bool) -> Self {
        self.tls = tls;
        self
    }

    /// The raw path.
    #[must_use]
    pub fn path(&self) -> &'a str {
        self.path_and_query.split('?').next().unwrap_or_default()
    }

    pub(crate) fn all(&self, name: &str) -> impl Iterator<Item = &'a [u8]> {
        self.fields.iter().filter(move |(field, _)| *field == name).map(|(_, value)| *value)
    }
}

/// The header fields that a provider reads.
pub const FIELDS: [&str; 6] =
    ["authorization", "forwarded", "host", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto"];
