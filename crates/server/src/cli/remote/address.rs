//! Where a server is.

use crate::{admin_api::ROOT, error::Error, loopback::is_any_loopback};
use http::Uri;
use std::fmt;

/// The public address of a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Address {
    pub(super) is_tls: bool,
    /// A name or an address, without brackets.
    pub(super) host: String,
    pub(super) port: u16,
    /// What stands in `Host`.
    pub(super) authority: String,
    /// What stands before every path.
    pub(super) base: String,
}

impl Address {
    /// Reads `https://HOST`, with a port and a path where the server is there.
    pub(super) fn read(url: &str) -> Result<Self, Error> {
        let refused = |why: &str| Error::Refused(format!("--remote (or COUNTERSIGN_REMOTE): {why}"));
        let wrong = "write the server's address, such as https://photos.example.net";
        let uri: Uri = url.parse().map_err(|_| refused(wrong))?;
        let is_tls = match uri.scheme_str() {
            Some("https") => true,
            Some("http") => false,
            _ => return Err(refused(wrong)),
        };
        let authority = uri.authority().ok_or_else(|| refused(wrong))?;
        if authority.as_str().contains('@') {
            return Err(refused("the address names no user: the API key is read from COUNTERSIGN_API_KEY"));
        }
        if uri.query().is_some() {
            return Err(refused("the address has no query"));
        }
        let port = authority.port_u16().unwrap_or(if is_tls { 443 } else { 80 });
        let host = authority.host().trim_start_matches('[').trim_end_matches(']').to_ascii_lowercase();
        if host.is_empty() || authority.as_str().ends_with(':') {
            return Err(refused(wrong));
        }
        let path = uri.path().trim_end_matches('/');
        let base = path.strip_suffix(ROOT).unwrap_or(path).trim_end_matches('/').to_owned();
        Ok(Self { is_tls, host, port, authority: authority.as_str().into(), base })
    }

    /// Whether nobody on the way can read what is sent: nobody is on the way to this machine itself.
    pub(super) fn is_private(&self, insecure_http: bool) -> bool {
        self.is_tls || insecure_http || is_any_loopback(&self.host)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}{}", if self.is_tls { "https" } else { "http" }, self.authority, self.base)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_read_with_its_port_and_path_and_written_back() {
        for (url, host, port, base) in [
            ("https://photos.example.net", "photos.example.net", 443, ""),
            ("https://photos.example.net/", "photos.example.net", 443, ""),
            ("https://photos.example.net/auth/", "photos.example.net", 443, "/auth"),
            ("https://photos.example.net/auth/admin/api/v1/", "photos.example.net", 443, "/auth"),
            ("http://127.0.0.1:8080", "127.0.0.1", 8080, ""),
            ("http://[::1]:8080", "::1", 8080, ""),
        ] {
            let read = Address::read(url).expect(url);
            assert_eq!((read.host.as_str(), read.port, read.base.as_str()), (host, port, base), "{url}");
            let written = Address::read(&read.to_string()).expect("again");
            assert_eq!(written, read);
        }
    }

    #[test]
    fn what_is_no_address_is_refused_and_a_password_in_it_is_not_told_again() {
        for url in [
            "",
            "photos.example.net",
            "ftp://a.example",
            "https://",
            "https://a.example:",
            "https:///x",
            "/x",
            "https://a b",
        ] {
            assert!(Address::read(url).is_err(), "{url}");
        }
        let told = Address::read("https://jane:precious@a.example").unwrap_err().to_string();
        assert!(told.contains("no user") && !told.contains("precious"), "{told}");
        assert!(
            Address::read("https://a.example/?key=precious")
                .is_err_and(|error| !error.to_string().contains("precious"))
        );
    }

    #[test]
    fn http_is_private_to_this_machine_alone() {
        let is_private = |url: &str, insecure| Address::read(url).expect(url).is_private(insecure);
        for url in [
            "http://127.0.0.1",
            "http://127.9.9.9:1",
            "http://[::1]",
            "http://localhost:8080",
            "https://a.example",
        ] {
            assert!(is_private(url, false), "{url}");
        }
        for url in [
            "http://a.example",
            "http://192.0.2.1",
            "http://localhost.example",
            "http://127.0.0.1.example",
            "http://0.0.0.0",
            "http://[::]",
        ] {
            assert!(!is_private(url, false) && is_private(url, true), "{url}");
        }
    }
}
