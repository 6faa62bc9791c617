//! Scheme and authority as the client saw them, default ports dropped ([RFC 5849 §3.4.1.2]).
//!
//! [RFC 5849 §3.4.1.2]: https://www.rfc-editor.org/rfc/rfc5849#section-3.4.1.2

use crate::percent::encode;
use alloc::{boxed::Box, format, string::String};
use core::fmt;

/// The start of every URI that clients sign: `scheme://authority`, perhaps with a path put before theirs.
///
/// Lower-cased, and without the scheme's default port ([RFC 5849 §3.4.1.2]).
///
/// # Examples
///
/// ```
/// use countersign_core::Origin;
///
/// let origin: Origin = "HTTPS://Photos.Example.NET:443/".parse()?;
/// assert_eq!(origin.as_str(), "https://photos.example.net");
/// # Ok::<_, countersign_core::BadOrigin>(())
/// ```
///
/// [RFC 5849 §3.4.1.2]: https://www.rfc-editor.org/rfc/rfc5849#section-3.4.1.2
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Origin {
    text: Box<str>,
    /// The text as it stands in every base string.
    encoded: Box<str>,
    scheme: Scheme,
    authority_end: usize,
}

/// `http` or `https`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scheme {
    /// Plain text.
    Http,
    /// TLS.
    Https,
}

impl Scheme {
    /// As it stands in a URI.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }

    const fn default_port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
        }
    }
}

impl Origin {
    /// Builds an origin from its parts; the authority is `host` or `host:port`.
    ///
    /// # Errors
    ///
    /// [`BadOrigin`] for an authority with userinfo, a bad port, or a character that no host has.
    pub fn new(scheme: Scheme, authority: &str) -> Result<Self, BadOrigin> {
        let authority = normal_authority(scheme, authority)?;
        let text = format!("{}://{authority}", scheme.as_str());
        Ok(Self { authority_end: text.len(), encoded: encode(&text).into(), text: text.into(), scheme })
    }

    /// Puts `path` before the path of every request: for an API whose proxy strips a prefix.
    ///
    /// # Errors
    ///
    /// [`BadOrigin`] unless the path starts with `/` and holds no query, fragment or space.
    pub fn with_prefix(self, path: &str) -> Result<Self, BadOrigin> {
        let path = path.trim_end_matches('/');
        let plain = |byte: u8| byte.is_ascii_graphic() && byte != b'?' && byte != b'#';
        if path.is_empty() {
            return Ok(self);
        }
        if !path.starts_with('/') || !path.bytes().all(plain) {
            return Err(BadOrigin);
        }
        let text = format!("{}{path}", &self.text[..self.authority_end]);
        Ok(Self { encoded: encode(&text).into(), text: text.into(), ..self })
    }

    /// The whole text: `https://photos.example.net` or `https://example.net/photos`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    pub(crate) fn encoded(&self) -> &str {
        &self.encoded
    }

    /// The scheme.
    #[must_use]
    pub fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// `host` or `host:port`, normalised.
    #[must_use]
    pub fn authority(&self) -> &str {
        &self.text[self.scheme.as_str().len() + 3..self.authority_end]
    }

    /// The path that is put before the request's own, or nothing.
    #[must_use]
    pub fn prefix(&self) -> &str {
        &self.text[self.authority_end..]
    }

    /// Whether `authority`, as a client sent it, names this origin under this origin's scheme.
    #[must_use]
    pub fn has_authority(&self, authority: &str) -> bool {
        self.authority() == authority
            || normal_authority(self.scheme, authority).is_ok_and(|normal| normal == self.authority())
    }
}

impl core::str::FromStr for Origin {
    type Err = BadOrigin;

    fn from_str(text: &str) -> Result<Self, BadOrigin> {
        let (scheme, rest) = text.split_once("://").ok_or(BadOrigin)?;
        let scheme = match scheme {
            _ if scheme.eq_ignore_ascii_case("https") => Scheme::Https,
            _ if scheme.eq_ignore_ascii_case("http") => Scheme::Http,
            _ => return Err(BadOrigin),
        };
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        Self::new(scheme, authority)?.with_prefix(path)
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Origin({})", self.text)
    }
}

/// Not `http://host[:port][/path]` or the same with https.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an origin reads http://host or https://host, with a port and a path where needed, and nothing else")]
pub struct BadOrigin;

fn normal_authority(scheme: Scheme, authority: &str) -> Result<String, BadOrigin> {
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, port),
        _ => (authority, ""),
    };
    let in_host = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~%!$&'()*+,;=".contains(&byte);
    let literal = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let known = match literal {
        Some(address) => address.parse::<core::net::Ipv6Addr>().is_ok(),
        None => !host.is_empty() && host.bytes().all(in_host),
    };
    if !known {
        return Err(BadOrigin);
    }
    let mut normal = host.to_ascii_lowercase();
    if !port.is_empty() {
        let number: u16 = port
            .bytes()
            .all(|byte| byte.is_ascii_digit())
            .then_some(port)
            .and_then(|p| p.parse().ok())
            .ok_or(BadOrigin)?;
        if number == 0 {
            return Err(BadOrigin);
        }
        if number != scheme.default_port() {
            normal = format!("{normal}:{number}");
        }
    }
    Ok(normal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn default_port_is_dropped_and_host_lower_cased() {
        for (given, expected) in [
            ("http://EXAMPLE.com:80", "http://example.com"),
            ("https://example.com:443/", "https://example.com"),
            ("https://example.com:80", "https://example.com:80"),
            ("http://[::1]:8080", "http://[::1]:8080"),
            ("http://[::1]", "http://[::1]"),
            ("http://example.com:", "http://example.com"),
            ("https://example.com/Api/v1/", "https://example.com/Api/v1"),
            ("https://example.com//", "https://example.com"),
        ] {
            assert_eq!(given.parse::<Origin>().unwrap().as_str(), expected);
        }
    }

    #[test]
    fn what_is_no_origin_is_refused() {
        for bad in [
            "",
            "example.com",
            "ftp://example.com",
            "https://",
            "https://a@b",
            "https://a b",
            "https://a:99999",
            "https://a:0",
            "https://a:8x",
            "https://a/?q",
            "https://a/#f",
            "https://[::g]",
            "https://a:+8",
            "https://a\\b",
        ] {
            assert_eq!(bad.parse::<Origin>(), Err(BadOrigin), "{bad}");
        }
    }

    #[test]
    fn an_authority_is_compared_after_normalising() {
        let origin: Origin = "https://example.com/p".parse().unwrap();
        assert!(origin.has_authority("EXAMPLE.com:443") && origin.has_authority("example.com"));
        assert!(!origin.has_authority("example.com:80") && !origin.has_authority("x.example.com"));
        assert_eq!((origin.authority(), origin.prefix()), ("example.com", "/p"));
    }
}
