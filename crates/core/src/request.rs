//! A request as borrowed text, and what is read from it before any key is known.

use crate::{
    authorization,
    base_string::BaseString,
    body_hash,
    error::ParseError,
    origin::Origin,
    params::{Parameter, Params, Source, pairs},
    percent::Raw,
    protocol::{Picker, ProtocolParams},
};
use alloc::{borrow::Cow, string::String};
use core::fmt;

/// A request as it was received: method, target, `Authorization` header and form body, all borrowed.
///
/// # Examples
///
/// ```
/// use countersign_core::{Origin, RequestView};
///
/// let origin: Origin = "http://photos.example.net".parse()?;
/// let request = RequestView::new("GET", &origin, "/photos?size=original&file=vacation.jpg")
///     .authorization(br#"OAuth oauth_consumer_key="dpf43f3p2l4k3l03", oauth_signature="x""#)
///     .parse()?;
/// assert_eq!(request.protocol().client(), Some("dpf43f3p2l4k3l03"));
/// assert_eq!(request.parameters().count(), 3); // all but the signature
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy)]
pub struct RequestView<'a> {
    method: &'a str,
    origin: &'a Origin,
    path: &'a str,
    query: &'a str,
    authorization: Authorization<'a>,
    form: &'a [u8],
    max_parameters: usize,
}

#[derive(Clone, Copy)]
enum Authorization<'a> {
    None,
    One(&'a [u8]),
    Many,
}

impl<'a> RequestView<'a> {
    /// A request without header and body; `path_and_query` is the raw text that the client sent.
    #[must_use]
    pub fn new(method: &'a str, origin: &'a Origin, path_and_query: &'a str) -> Self {
        let (path, query) = path_and_query.split_once('?').unwrap_or((path_and_query, ""));
        let path = if path.is_empty() { "/" } else { path };
        Self {
            method,
            origin,
            path,
            query,
            authorization: Authorization::None,
            form: b"",
            max_parameters: 2000,
        }
    }

    /// Adds an `Authorization` field; a second call stands for a second field, which is refused.
    #[must_use]
    pub fn authorization(mut self, value: &'a [u8]) -> Self {
        self.authorization = match self.authorization {
            Authorization::None => Authorization::One(value),
            _ => Authorization::Many,
        };
        self
    }

    /// Adds the body, which is signed if [`is_form`] says so of its media type.
    #[must_use]
    pub fn body(self, content_type: &str, body: &'a [u8]) -> Self {
        if is_form(content_type) { self.form(body) } else { self }
    }

    /// Adds a body of type `application/x-www-form-urlencoded`.
    #[must_use]
    pub fn form(mut self, body: &'a [u8]) -> Self {
        self.form = body;
        self
    }

    /// Refuses more than `most` parameters; the default is 2,000.
    #[must_use]
    pub fn max_parameters(mut self, most: usize) -> Self {
        self.max_parameters = most;
        self
    }

    /// Reads the parameters of all three places ([RFC 5849 §3.4.1.3.1]).
    ///
    /// # Errors
    ///
    /// [`ParseError`]: nothing here depends on a key, so nothing here tells about one.
    ///
    /// [RFC 5849 §3.4.1.3.1]: https://www.rfc-editor.org/rfc/rfc5849#section-3.4.1.3.1
    pub fn parse(self) -> Result<ParsedRequest<'a>, ParseError> {
        let mut reader =
            Reader { params: Params::new(), picker: Picker::default(), most: self.max_parameters };
        for (name, value) in pairs(self.query.as_bytes()) {
            reader.read(Source::Query, name, value)?;
        }
        let realm = match self.authorization {
            Authorization::None => None,
            Authorization::One(field) => reader.read_header(field)?,
            Authorization::Many => return Err(ParseError::ManyAuthorizations),
        };
        for (name, value) in pairs(self.form) {
            reader.read(Source::Body, name, value)?;
        }
        let Reader { mut params, picker, .. } = reader;
        let protocol = picker.finish()?;
        params.sort();
        Ok(ParsedRequest { view: self, params, protocol, realm })
    }
}

struct Reader<'a> {
    params: Params<'a>,
    picker: Picker<'a>,
    most: usize,
}

impl<'a> Reader<'a> {
    #[inline]
    fn read(&mut self, source: Source, name: Raw<'a>, value: Raw<'a>) -> Result<(), ParseError> {
        if self.picker.pick(source, name, value)? {
            return Ok(());
        }
        if self.params.len() >= self.most {
            return Err(ParseError::TooManyParameters(self.most));
        }
        self.params.push(source, name, value)
    }

    fn read_header(&mut self, field: &'a [u8]) -> Result<Option<&'a [u8]>, ParseError> {
        let mut realm = None;
        let Some(pairs) = authorization::parameters(field) else { return Ok(None) };
        for pair in pairs {
            let (name, value) = pair?;
            if !name.text.eq_ignore_ascii_case(authorization::REALM.as_bytes()) {
                self.read(Source::Header, name, value)?;
            } else if realm.replace(value.text).is_some() {
                return Err(ParseError::Duplicate(authorization::REALM));
            }
        }
        Ok(realm)
    }
}

/// A well-formed request that carries credentials: nothing is verified yet.
#[derive(Clone)]
pub struct ParsedRequest<'a> {
    view: RequestView<'a>,
    params: Params<'a>,
    protocol: ProtocolParams<'a>,
    realm: Option<&'a [u8]>,
}

impl<'a> ParsedRequest<'a> {
    /// The method as it was sent.
    #[must_use]
    pub fn method(&self) -> &'a str {
        self.view.method
    }

    /// The origin that the base string names.
    #[must_use]
    pub fn origin(&self) -> &'a Origin {
        self.view.origin
    }

    /// The raw path as it was sent, `/` for an empty one; the origin's own path is not in it.
    #[must_use]
    pub fn path(&self) -> &'a str {
        self.view.path
    }

    /// The base string URI: scheme, authority and path ([RFC 5849 §3.4.1.2]).
    ///
    /// [RFC 5849 §3.4.1.2]: https://www.rfc-editor.org/rfc/rfc5849#section-3.4.1.2
    #[must_use]
    pub fn base_uri(&self) -> String {
        [self.view.origin.as_str(), self.view.path].concat()
    }

    /// The parameters of the base string, sorted, each with where it came from.
    pub fn parameters(&self) -> impl ExactSizeIterator<Item = Parameter<'_>> {
        self.params.iter()
    }

    /// The hash that the request states of a body that is no form, if it states one: the value of `oauth_body_hash`.
    ///
    /// # Errors
    ///
    /// [`ParseError::Duplicate`] for two of them.
    pub fn body_hash(&self) -> Result<Option<Cow<'_, [u8]>>, ParseError> {
        body_hash::stated(self.parameters())
    }

    /// The protocol parameters.
    #[must_use]
    pub fn protocol(&self) -> &ProtocolParams<'a> {
        &self.protocol
    }

    /// The header's realm, which is not signed.
    #[must_use]
    pub fn realm(&self) -> Option<String> {
        self.realm.and_then(authorization::unquoted)
    }

    /// Builds the signature base string: one allocation ([RFC 5849 §3.4.1.1]).
    ///
    /// [RFC 5849 §3.4.1.1]: https://www.rfc-editor.org/rfc/rfc5849#section-3.4.1.1
    #[must_use]
    pub fn base_string(&self) -> BaseString {
        BaseString::build(self.view.method, self.view.origin, self.view.path, &self.params)
    }
}

/// Method, origin and path alone: header, query and form hold secrets.
impl fmt::Debug for RequestView<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { method, origin, path, .. } = self;
        write!(f, "RequestView({method} {origin}{path})")
    }
}

/// The request as its view shows it, and which protocol parameters it holds.
impl fmt::Debug for ParsedRequest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ParsedRequest({:?}, {:?})", self.view, self.protocol)
    }
}

/// Whether a `Content-Type` is `application/x-www-form-urlencoded`: any case, parameters such as charset allowed.
#[must_use]
pub fn is_form(content_type: &str) -> bool {
    content_type.split(';').next().is_some_and(|media| media.trim().eq_ignore_ascii_case(FORM))
}

/// The media type whose bodies are signed ([RFC 5849 §3.4.1.3.1]).
///
/// [RFC 5849 §3.4.1.3.1]: https://www.rfc-editor.org/rfc/rfc5849#section-3.4.1.3.1
pub const FORM: &str = "application/x-www-form-urlencoded";
