//! Which callbacks a client may name, and how the answer is appended ([RFC 5849 §2.1], [§2.2]).
//!
//! Raw text is compared with raw text; whatever a URL parser would rewrite is refused, so that no two readers can
//! disagree about where a browser is sent.
//!
//! [RFC 5849 §2.1]: https://www.rfc-editor.org/rfc/rfc5849#section-2.1
//! [§2.2]: https://www.rfc-editor.org/rfc/rfc5849#section-2.2

use countersign_core::percent;
use countersign_store::{Callback, ClientRecord};
use std::net::{Ipv4Addr, Ipv6Addr};

/// Checks a callback against what is registered for the client.
///
/// # Errors
///
/// One sentence on why it is refused.
///
/// # Security
///
/// A callback that is accepted here is where a browser will be sent with a verifier.
pub fn check(client: &ClientRecord, text: &str) -> Result<Callback, &'static str> {
    if text == "oob" {
        let refused = "the client may not use `oob`: register a callback, or let the operator allow it";
        return if client.allow_oob { Ok(Callback::OutOfBand) } else { Err(refused) };
    }
    let named = Parts::parse(text)?;
    let registered = |known: &String| Parts::parse(known).is_ok_and(|known| named.equals(&known));
    let prefix = |known: &String| Parts::parse(known).is_ok_and(|known| named.lies_below(&known));
    if client.callbacks.iter().any(registered) || client.callback_prefixes.iter().any(prefix) {
        Ok(Callback::Url(text.into()))
    } else {
        Err("the callback is not registered for this client: scheme, authority and path must be the same")
    }
}

/// Checks a callback that is about to be registered.
///
/// # Errors
///
/// One sentence on why no request could ever name it.
pub fn check_registered(text: &str) -> Result<(), &'static str> {
    Parts::parse(text).map(|_| ())
}

/// Appends parameters to the stored bytes; the callback's own query stays byte for byte.
pub(crate) fn append(callback: &str, parameters: &[(&str, &str)]) -> String {
    let mut out = String::from(callback);
    for (name, value) in parameters {
        let first = !out.contains('?');
        let glued = out.ends_with('?') || out.ends_with('&');
        out.push_str(if first {
            "?"
        } else if glued {
            ""
        } else {
            "&"
        });
        out.push_str(&percent::encode(name));
        out.push('=');
        out.push_str(&percent::encode(value));
    }
    out
}

/// Where a browser is sent, for a page to show: scheme and authority, or the scheme alone of a private-use URI.
#[must_use]
pub fn destination(callback: &str) -> String {
    match Parts::parse(callback) {
        Ok(Parts { scheme, authority: Some(authority), .. }) => format!("{scheme}://{authority}"),
        Ok(Parts { scheme, .. }) => format!("{scheme}:"),
        Err(_) => String::new(),
    }
}

#[derive(Debug)]
struct Parts<'a> {
    scheme: &'a str,
    authority: Option<&'a str>,
    path: &'a str,
}

impl<'a> Parts<'a> {
    fn parse(text: &'a str) -> Result<Self, &'static str> {
        if text.len() > MOST {
            return Err("the callback is longer than 2,048 bytes");
        }
        if !text.is_ascii() {
            return Err(
                "the callback holds a character beyond ASCII: such a host is written as xn--, and the rest in escapes such as %C3%A4",
            );
        }
        if !text.bytes().all(|byte| byte.is_ascii_alphanumeric() || URI_CHARACTERS.contains(&byte)) {
            return Err(
                "the callback holds a character that no URI has: a space, a backslash, a control character or a fragment",
            );
        }
        if percent::decode(text.as_bytes()).is_err() {
            return Err("the callback holds a broken escape");
        }
        let (scheme, rest) = text.split_once(':').ok_or("the callback is not an absolute URI, nor `oob`")?;
        let starts = scheme.bytes().next().is_some_and(|byte| byte.is_ascii_lowercase());
        if !starts
            || !scheme
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"+-.".contains(&byte))
        {
            return Err("the callback is not an absolute URI with a lower-case scheme, nor `oob`");
        }
        if ["javascript", "data", "vbscript", "file", "blob", "about"].contains(&scheme) {
            return Err("a callback may not have this scheme");
        }
        let before_query = rest.split('?').next().unwrap_or_default();
        let Some(hierarchical) = before_query.strip_prefix("//") else {
            if is_web(scheme) {
                return Err("the callback has no authority");
            }
            check_segments(before_query)?;
            return Ok(Self { scheme, authority: None, path: before_query });
        };
        let (authority, path) = hierarchical.split_at(hierarchical.find('/').unwrap_or(hierarchical.len()));
        if is_web(scheme) {
            check_authority(scheme, authority)?;
        }
        check_segments(path)?;
        Ok(Self { scheme, authority: Some(authority), path })
    }

    fn equals(&self, registered: &Self) -> bool {
        self.same_authority(registered) && self.path == registered.path
    }

    /// Whole path segments: `/app` covers `/app` and `/app/x`, never `/apple`.
    fn lies_below(&self, prefix: &Self) -> bool {
        let folder = prefix.path.strip_suffix('/').unwrap_or(prefix.path);
        let below =
            self.path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        self.same_authority(prefix) && below
    }

    fn same_authority(&self, registered: &Self) -> bool {
        if self.scheme != registered.scheme {
            return false;
        }
        let (Some(named), Some(known)) = (self.authority, registered.authority) else {
            return self.authority == registered.authority;
        };
        let any_port = is_web(self.scheme) && loopback(named).is_some();
        named == known || (any_port && loopback(named) == loopback(known))
    }
}

fn is_web(scheme: &str) -> bool {
    scheme == "http" || scheme == "https"
}

/// The loopback host of an authority, literally one of these; each matches only itself, in either of its spellings.
fn loopback(authority: &str) -> Option<&'static str> {
    let names = |host: &str| {
        authority.strip_prefix(host).is_some_and(|rest| rest.is_empty() || rest.starts_with(':'))
    };
    let known = ["127.0.0.1", "[::1]", "localhost", MAPPED].into_iter().find(|host| names(host));
    known.or_else(|| names("[::ffff:7f00:1]").then_some(MAPPED))
}

/// Lower case, no userinfo, a port from 1 to 65535 that is not the default one: what a parser would leave as it is.
fn check_authority(scheme: &str, authority: &str) -> Result<(), &'static str> {
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (authority, None),
    };
    let literal = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let plain = match literal {
        Some(address) => is_plain_ipv6(address),
        None => is_plain_host(host),
    };
    if !plain {
        return Err(
            "the callback's host is not written as a browser would write it: lower case, no userinfo, no escapes",
        );
    }
    let default = if scheme == "http" { "80" } else { "443" };
    match port {
        None => Ok(()),
        Some(port) if port == default => Err("leave the default port out of the callback"),
        Some(port) => {
            let digits = !port.starts_with('0') && port.bytes().all(|byte| byte.is_ascii_digit());
            let usable = digits && port.parse::<u16>().is_ok();
            if usable { Ok(()) } else { Err("the callback's port must be a number from 1 to 65535") }
        }
    }
}

/// An IPv6 address in its canonical form; one that stands for an IPv4 address also as browsers write it, without dots.
fn is_plain_ipv6(address: &str) -> bool {
    let Ok(parsed) = address.parse::<Ipv6Addr>() else { return false };
    let [.., high, low] = parsed.segments();
    let as_in_browsers = || format!("::ffff:{high:x}:{low:x}") == address;
    parsed.to_string() == address || (parsed.to_ipv4_mapped().is_some() && as_in_browsers())
}

/// A name in lower case, or an IPv4 address in its one canonical form: a browser reads `0x7f.1` as `127.0.0.1`.
fn is_plain_host(host: &str) -> bool {
    let name = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-._".contains(&byte);
    let labels = host.strip_suffix('.').unwrap_or(host).split('.');
    let last = labels.clone().next_back().unwrap_or_default();
    let numeric = last.bytes().all(|byte| byte.is_ascii_digit()) || last.starts_with("0x");
    if numeric {
        return host.parse::<Ipv4Addr>().is_ok();
    }
    host.bytes().all(name) && labels.into_iter().all(|label| !label.is_empty())
}

/// No `.` and no `..`, however they, or the separators beside them, are escaped: a server may decode before it walks.
fn check_segments(path: &str) -> Result<(), &'static str> {
    // OK because `parse` has refused broken escapes
    let decoded = percent::decode(path.as_bytes()).unwrap_or_default();
    let segments = decoded.split(|byte| matches!(byte, b'/' | b'\\'));
    // Some servers take what stands behind a `;` for parameters of the segment.
    let mut names = segments.map(|segment| segment.split(|byte| *byte == b';').next().unwrap_or_default());
    if names.any(|name| name == b"." || name == b"..") {
        return Err("the callback's path holds a dot segment");
    }
    Ok(())
}

const MOST: usize = 2048;
/// `127.0.0.1` for who speaks IPv6 alone.
const MAPPED: &str = "[::ffff:127.0.0.1]";
/// RFC 3986's characters but `#`, which starts a fragment, and `'`, which a browser escapes.
const URI_CHARACTERS: &[u8] = b"-._~:/?[]@!$&()*+,;=%";

#[cfg(test)]
mod tests {
    use super::*;
    use countersign_core::{ClientId, Secret};
    use countersign_store::ClientKey;

    fn client() -> ClientRecord {
        let mut client =
            ClientRecord::new(ClientId::new("c").unwrap(), "Printer", ClientKey::Secret(Secret::from("s")));
        client.callbacks = [
            "https://printer.example.com/ready",
            "http://127.0.0.1/back",
            "http://localhost/back",
            "https://localhost/back",
            "com.example.app:/done",
        ]
        .map(Into::into)
        .into();
        client.callback_prefixes =
            vec!["https://below.example.com/app/".into(), "com.example.app:/below".into()];
        client
    }

    #[test]
    fn registered_callbacks_are_accepted() {
        for good in [
            "https://printer.example.com/ready",
            "https://printer.example.com/ready?session=1&x=%2F",
            "http://127.0.0.1/back",
            "http://127.0.0.1:49152/back",
            "http://localhost:1/back?a",
            "com.example.app:/done",
            "com.example.app:/below/x",
            "https://below.example.com/app",
            "https://below.example.com/app/a%2Fb..c",
            "https://localhost:8443/back",
            "https://below.example.com/app/",
            "https://below.example.com/app/x/y?q=1",
        ] {
            assert_eq!(check(&client(), good), Ok(Callback::Url(good.into())), "{good}");
        }
    }

    #[test]
    fn open_redirects_are_refused() {
        for bad in [
            "",
            "/ready",
            "//printer.example.com/ready",
            "OOB",
            "oob ",
            "http://printer.example.com/ready",
            "HTTPS://printer.example.com/ready",
            "https://PRINTER.example.com/ready",
            "https://printer.example.com:443/ready",
            "https://printer.example.com:444/ready",
            "https://printer.example.com:/ready",
            "https://printer.example.com:0/ready",
            "https://printer.example.com:99999/ready",
            "https://printer.example.com:+1/ready",
            "https://printer.example.com/Ready",
            "https://printer.example.com/ready/",
            "https://printer.example.com/ready/x",
            "https://printer.example.com/ready#f",
            "https://printer.example.com/./ready",
            "https://printer.example.com/x/../ready",
            "https://printer.example.com/x/%2e%2E/ready",
            "https://printer.example.com.evil.example/ready",
            "https://evil.example/?https://printer.example.com/ready",
            "https://evil.example\\@printer.example.com/ready",
            "https://user@printer.example.com/ready",
            "https://printer.example.com@evil.example/ready",
            "https://printer.example.com/ready?\r\nSet-Cookie: a=b",
            "https://printer.example.com/ready?a b",
            "https://printer.example.com/ready?%zz",
            "javascript:alert(1)",
            "data:text/html,x",
            "vbscript:x",
            "http://127.0.0.2/back",
            "http://127.0.0.1.evil.example/back",
            "http://localhost.evil.example/back",
            "http://[::1]/back",
            "http://[::ffff:7f00:1]/back",
            "http://[::ffff:127.0.0.1]/back",
            "https://127.0.0.1:9/back",
            "http://0x7f.1/back",
            "http://127.1/back",
            "com.example.app:/other",
            "com.example.other:/done",
            "https://below.example.com/apple",
            "https://below.example.com/app/../x",
            "https://below.example.com/app/%2e%2e/x",
            "https://below.example.com/app/..%2fx",
            "https://below.example.com/app/..%2F..%2fx",
            "https://below.example.com/app/..%5cx",
            "https://below.example.com/app/x%2f%2e.",
            "https://below.example.com/app/..;/x",
            "https://below.example.com/app/%2e%2e%3ba=b/x",
            "com.example.app:/below/../done",
            "com.example.app:/below/%2e%2e/done",
            "https://below.example.com/",
            "https://printer.example.com/ready'",
            "https://printer.exämple.com/ready",
            "https://[::1]:80",
            "https:/printer.example.com/ready",
            "https:///ready",
        ] {
            assert!(check(&client(), bad).is_err(), "{bad}");
        }
        let long = format!("https://printer.example.com/ready?{}", "a".repeat(2048));
        assert!(check(&client(), &long).is_err());
    }

    #[test]
    fn loopback_as_a_mapped_address_is_one_host_in_both_spellings_and_no_other() {
        let [dotted, plain] = ["http://[::ffff:127.0.0.1]/", "http://[::ffff:7f00:1]/"];
        for registered in [dotted, plain] {
            let mut client = client();
            client.callbacks = vec![registered.into()];
            for good in [dotted, plain, "http://[::ffff:7f00:1]:9/", "http://[::ffff:127.0.0.1]:9/"] {
                assert_eq!(check(&client, good), Ok(Callback::Url(good.into())), "{registered} {good}");
            }
            for bad in
                ["http://127.0.0.1/", "http://[::1]/", "http://[::ffff:7f00:2]/", "https://[::ffff:7f00:1]/"]
            {
                assert!(check(&client, bad).is_err(), "{registered} {bad}");
            }
        }
        assert_eq!(check_registered("http://[::ffff:c000:201]/"), Ok(()));
        for bad in
            ["http://[::FFFF:7f00:1]/", "http://[::ffff:7f00:0001]/", "http://[0:0:0:0:0:ffff:7f00:1]/"]
        {
            assert!(check_registered(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn host_in_other_letters_is_told_how_it_is_written() {
        let told = check_registered("https://ä.example/").expect_err("not ASCII");
        assert!(told.contains("xn--") && !told.contains("a space"), "{told}");
        assert_eq!(check_registered("https://xn--4ca.example/"), Ok(()));
        assert!(check_registered("https://a.example/#b").is_err_and(|told| told.contains("a fragment")));
    }

    #[test]
    fn oob_needs_permission() {
        let mut client = client();
        assert!(check(&client, "oob").is_err());
        client.allow_oob = true;
        assert_eq!(check(&client, "oob"), Ok(Callback::OutOfBand));
    }

    #[test]
    fn the_answer_is_appended_and_the_query_kept_byte_for_byte() {
        let answer = [("oauth_token", "a+b"), ("oauth_verifier", "c")];
        for (callback, expected) in [
            ("https://a/b", "https://a/b?oauth_token=a%2Bb&oauth_verifier=c"),
            ("https://a/b?", "https://a/b?oauth_token=a%2Bb&oauth_verifier=c"),
            ("https://a/b?x=%2f&y", "https://a/b?x=%2f&y&oauth_token=a%2Bb&oauth_verifier=c"),
            ("https://a/b?x&", "https://a/b?x&oauth_token=a%2Bb&oauth_verifier=c"),
        ] {
            assert_eq!(append(callback, &answer), expected);
        }
    }
}
