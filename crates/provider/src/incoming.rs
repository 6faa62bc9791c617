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
    pub(crate) form: &'a [u8],
    pub(crate) peer: Option<IpAddr>,
    pub(crate) tls: bool,
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
            form: b"",
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
        self.form = form;
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
