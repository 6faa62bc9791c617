//! The URL: where Memcached is, the prefix of keys, and how long anything may take.

use crate::error::OpenError;
use countersign_core::percent;
use std::time::Duration;

pub(crate) struct Address {
    /// As the client reads it.
    pub(crate) target: String,
    /// For people.
    pub(crate) place: String,
    pub(crate) prefix: String,
    pub(crate) connect: Duration,
    pub(crate) response: Duration,
    pub(crate) danger_nonces: bool,
}

impl Address {
    pub(crate) fn parse(url: &str) -> Result<Self, OpenError> {
        let (base, query) = url.split_once('?').unwrap_or((url, ""));
        let (target, place) = target(base)?;
        let mut read = Self {
            target,
            place,
            prefix: "countersign:".to_owned(),
            connect: PATIENCE,
            response: PATIENCE,
            danger_nonces: false,
        };
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            match pair.split_once('=').unwrap_or((pair, "")) {
                ("prefix", value) => read.prefix = prefix(value)?,
                ("connect_timeout_ms", value) => read.connect = milliseconds(value)?,
                ("response_timeout_ms", value) => read.response = milliseconds(value)?,
                ("danger_nonces", "") => read.danger_nonces = true,
                _ => return Err(bad(UNKNOWN)),
            }
        }
        Ok(read)
    }
}

fn target(base: &str) -> Result<(String, String), OpenError> {
    let (scheme, rest) = base.split_once("://").ok_or_else(|| bad("it has no ://"))?;
    match scheme {
        "memcached" => {
            let host = rest.strip_suffix('/').unwrap_or(rest);
            if host.contains('@') {
                return Err(bad("Memcached is spoken to without a user or a password"));
            }
            if host.is_empty() || host.contains(['/', '#', ',', '[', ' ']) {
                return Err(bad(
                    "it does not read memcached://host[:port], with one host that is no IPv6 address",
                ));
            }
            let (name, port) = host.rsplit_once(':').unwrap_or((host, "11211"));
            let port = port.parse::<u16>().ok().filter(|port| *port > 0 && !name.is_empty());
            let port = port.ok_or_else(|| bad("its port is not a number from 1 to 65535"))?;
            Ok((format!("tcp://{name}:{port}"), format!("{name}:{port}")))
        }
        "memcached+unix" if rest.starts_with('/') => Ok((format!("unix://{rest}"), rest.to_owned())),
        "memcached+unix" => Err(bad("it does not read memcached+unix:///path")),
        _ => Err(bad("its scheme is not memcached or memcached+unix")),
    }
}

/// A key has at most 250 bytes, none of them a space or a control character.
fn prefix(value: &str) -> Result<String, OpenError> {
    let bytes = percent::decode(value.as_bytes()).map_err(|_| bad("its prefix has a broken escape"))?;
    let plain = bytes.len() <= LONGEST_PREFIX && bytes.iter().all(u8::is_ascii_graphic);
    let text = plain.then(|| String::from_utf8(bytes.into_owned()).ok()).flatten();
    text.ok_or_else(|| bad("its prefix has more than 100 characters, or others than visible ones of ASCII"))
}

fn milliseconds(value: &str) -> Result<Duration, OpenError> {
    let number = value.parse().ok().filter(|number| (1..=60_000).contains(number));
    number.map(Duration::from_millis).ok_or_else(|| bad("a timeout is 1 to 60000 milliseconds, as digits"))
}

fn bad(reason: &'static str) -> OpenError {
    OpenError::BadUrl { reason }
}

const UNKNOWN: &str = "what stands after the ? is not known: use prefix, connect_timeout_ms, response_timeout_ms or danger_nonces";
/// How long anything may take where the URL says nothing.
const PATIENCE: Duration = Duration::from_secs(2);
const LONGEST_PREFIX: usize = 100;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_says_where_and_how_long() {
        let address = Address::parse("memcached://h:7000/?prefix=a%3A&response_timeout_ms=50").unwrap();
        assert_eq!((&*address.target, &*address.place, &*address.prefix), ("tcp://h:7000", "h:7000", "a:"));
        assert_eq!((address.connect, address.response), (PATIENCE, Duration::from_millis(50)));
        assert!(!address.danger_nonces);
        let address = Address::parse("memcached+unix:///run/m.sock?danger_nonces").unwrap();
        assert_eq!((&*address.target, address.danger_nonces), ("unix:///run/m.sock", true));
        assert_eq!(Address::parse("memcached://h").unwrap().place, "h:11211");
    }

    #[test]
    fn a_url_that_cannot_work_is_refused_without_what_it_holds() {
        for (url, told) in [
            ("127.0.0.1:11211", "no ://"),
            ("redis://h", "scheme"),
            ("memcached://", "does not read"),
            ("memcached://me:s3cret@h", "without a user"),
            ("memcached://h1,h2", "one host"),
            ("memcached://[::1]:1", "IPv6"),
            ("memcached://h:0", "port"),
            ("memcached://h:99999", "port"),
            ("memcached+unix://run/m.sock", "memcached+unix:///path"),
            ("memcached://h?x=s3cret", "after the ?"),
            ("memcached://h?danger_nonces=yes", "after the ?"),
            ("memcached://h?prefix=%zz", "broken escape"),
            ("memcached://h?prefix=a%20b", "prefix"),
            ("memcached://h?prefix=a%0d%0a", "prefix"),
            ("memcached://h?connect_timeout_ms=0", "1 to 60000"),
        ] {
            let Err(error) = Address::parse(url) else { panic!("{url} is accepted") };
            let text = error.to_string();
            assert!(text.contains(told) && !text.contains("s3cret"), "{url}: {text}");
        }
    }
}
