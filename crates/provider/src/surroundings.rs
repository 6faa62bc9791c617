//! Where a request came from: origin, transport and address, with forwarded headers counted from trusted proxies alone.

use crate::{incoming::Incoming, rejection::Problem};
use countersign_core::{Origin, Scheme};
use ipnet::IpNet;
use std::net::{IpAddr, SocketAddr};

/// How the server is reached.
#[derive(Clone, Debug)]
pub(crate) struct Reach {
    pub(crate) public: Origin,
    pub(crate) accepted: Vec<Origin>,
    pub(crate) trusted: Vec<IpNet>,
    pub(crate) tls_terminated_upstream: bool,
}

/// What a request's surroundings came to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Surroundings<'p> {
    pub(crate) origin: &'p Origin,
    pub(crate) secure: bool,
    pub(crate) address: Option<IpAddr>,
}

impl Reach {
    /// One origin per request, never tried in turn.
    pub(crate) fn of(&self, incoming: &Incoming<'_>) -> Result<Surroundings<'_>, Problem> {
        let hosts = incoming.all("host").count();
        if hosts > 1 || (hosts == 0 && incoming.needs_host) {
            return Err(Problem::BadHost);
        }
        let trusted = incoming.peer.is_some_and(|peer| self.trusts(peer));
        let forwarded = if trusted { Forwarded::read(incoming)? } else { Forwarded::default() };
        let secure = match &forwarded.proto {
            _ if incoming.tls || self.tls_terminated_upstream => true,
            Some(proto) => proto.eq_ignore_ascii_case("https"),
            None => false,
        };
        let address = if trusted { self.client_address(incoming, &forwarded.hops) } else { incoming.peer };
        Ok(Surroundings { origin: self.origin(incoming, forwarded.host.as_deref(), secure), secure, address })
    }

    fn origin(&self, incoming: &Incoming<'_>, forwarded: Option<&str>, secure: bool) -> &Origin {
        if self.accepted.is_empty() {
            return &self.public;
        }
        let host = || incoming.all("host").next().and_then(|host| std::str::from_utf8(host).ok());
        let Some(authority) = forwarded.or(incoming.authority).or_else(host) else { return &self.public };
        let scheme = if secure { Scheme::Https } else { Scheme::Http };
        let mut named = self.accepted.iter().filter(|origin| origin.has_authority(authority));
        let first = named.next();
        // The same authority may be listed under both schemes.
        first
            .filter(|origin| origin.scheme() == scheme)
            .or_else(|| named.find(|o| o.scheme() == scheme))
            .or(first)
            .unwrap_or(&self.public)
    }

    fn trusts(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.trusted.iter().any(|network| network.contains(&address))
    }

    /// The right-most address that is no trusted proxy: what stands further left, a client may have written.
    fn client_address(&self, incoming: &Incoming<'_>, hops: &[IpAddr]) -> Option<IpAddr> {
        let stranger = hops.iter().rev().find(|hop| !self.trusts(**hop));
        stranger.or(hops.first()).copied().or(incoming.peer)
    }
}

/// What a trusted proxy says of the request as the client sent it.
#[derive(Debug, Default)]
struct Forwarded {
    proto: Option<String>,
    host: Option<String>,
    /// Whom each proxy was called by, the first one first.
    hops: Vec<IpAddr>,
}

impl Forwarded {
    fn read(incoming: &Incoming<'_>) -> Result<Self, Problem> {
        let mut read = Self::default();
        for field in incoming.all("forwarded") {
            for pair in text(field)?.split([',', ';']) {
                let Some((name, value)) = pair.split_once('=') else { continue };
                let value = value.trim().trim_matches('"');
                match name.trim() {
                    name if name.eq_ignore_ascii_case("proto") => agree(&mut read.proto, value)?,
                    name if name.eq_ignore_ascii_case("host") => agree(&mut read.host, value)?,
                    name if name.eq_ignore_ascii_case("for") => read.hops.extend(node(value)),
                    _ => {}
                }
            }
        }
        for (name, slot) in [("x-forwarded-proto", &mut read.proto), ("x-forwarded-host", &mut read.host)] {
            for field in incoming.all(name) {
                for value in text(field)?.split(',') {
                    agree(slot, value.trim())?;
                }
            }
        }
        let mut hops = Vec::new();
        for field in incoming.all("x-forwarded-for") {
            hops.extend(text(field)?.split(',').filter_map(|hop| node(hop.trim())));
        }
        match (read.hops.is_empty(), hops.is_empty()) {
            (true, _) => read.hops = hops,
            (false, false) if read.hops != hops => return Err(Problem::ConflictingForwarded),
            _ => {}
        }
        Ok(read)
    }
}

/// The address of a node: `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `[2001:db8::1]:80`; none for an obscured one.
fn node(text: &str) -> Option<IpAddr> {
    let bare = || text.strip_prefix('[')?.strip_suffix(']')?.parse().ok();
    text.parse().ok().or_else(|| text.parse::<SocketAddr>().ok().map(|both| both.ip())).or_else(bare)
}

fn text(field: &[u8]) -> Result<&str, Problem> {
    std::str::from_utf8(field).map_err(|_| Problem::ConflictingForwarded)
}

fn agree(slot: &mut Option<String>, value: &str) -> Result<(), Problem> {
    match slot {
        Some(known) if !known.eq_ignore_ascii_case(value) => Err(Problem::ConflictingForwarded),
        Some(_) => Ok(()),
        None => {
            *slot = Some(value.into());
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reach() -> Reach {
        Reach {
            public: "https://photos.example.net".parse().unwrap(),
            accepted: vec![
                "https://alias.example.net".parse().unwrap(),
                "http://both.example.net".parse().unwrap(),
            ],
            trusted: vec!["10.0.0.0/8".parse().unwrap()],
            tls_terminated_upstream: false,
        }
    }

    fn of(fields: &[(&str, &str)], peer: &str) -> Result<(String, bool, String), Problem> {
        let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_bytes())).collect();
        let reach = reach();
        let incoming = Incoming::new("GET", "/", &fields).peer(Some(peer.parse().unwrap()));
        let found = reach.of(&incoming)?;
        Ok((found.origin.to_string(), found.secure, found.address.unwrap().to_string()))
    }

    #[test]
    fn forwarded_headers_of_strangers_are_ignored() {
        let spoofed = [
            ("host", "x"),
            ("x-forwarded-proto", "https"),
            ("x-forwarded-host", "alias.example.net"),
            ("forwarded", "proto=https;host=alias.example.net"),
            ("x-forwarded-for", "9.9.9.9"),
        ];
        for stranger in ["192.0.2.1", "127.0.0.1", "::1"] {
            assert_eq!(
                of(&spoofed, stranger),
                Ok(("https://photos.example.net".into(), false, stranger.into()))
            );
        }
        assert_eq!(
            of(&spoofed, "10.1.2.3"),
            Ok(("https://alias.example.net".into(), true, "9.9.9.9".into()))
        );
        assert!(of(&spoofed, "::ffff:10.1.2.3").unwrap().1);
    }

    #[test]
    fn conflicting_forwarded_headers_of_a_trusted_proxy_are_refused() {
        for conflict in [
            vec![("host", "x"), ("x-forwarded-proto", "https"), ("x-forwarded-proto", "http")],
            vec![("host", "x"), ("x-forwarded-proto", "https, http")],
            vec![("host", "x"), ("x-forwarded-proto", "https"), ("forwarded", "proto=http")],
            vec![("host", "x"), ("x-forwarded-host", "a"), ("forwarded", "for=1.2.3.4;host=b")],
        ] {
            assert_eq!(of(&conflict, "10.0.0.1"), Err(Problem::ConflictingForwarded), "{conflict:?}");
        }
    }

    #[test]
    fn an_address_that_a_client_wrote_is_not_taken() {
        let fields = [("host", "x"), ("x-forwarded-for", "6.6.6.6, 9.9.9.9, 10.0.0.7")];
        assert_eq!(of(&fields, "10.0.0.1").unwrap().2, "9.9.9.9");
    }

    #[test]
    fn an_unknown_authority_means_the_public_url() {
        for (host, expected) in [
            ("alias.example.net", "https://alias.example.net"),
            ("ALIAS.example.net:443", "https://alias.example.net"),
            ("both.example.net", "http://both.example.net"),
            ("evil.example.net", "https://photos.example.net"),
            ("alias.example.net.evil", "https://photos.example.net"),
        ] {
            assert_eq!(of(&[("host", host)], "192.0.2.1").unwrap().0, expected);
        }
    }

    #[test]
    fn exactly_one_host_is_asked_for() {
        assert_eq!(of(&[], "192.0.2.1"), Err(Problem::BadHost));
        assert_eq!(of(&[("host", "a"), ("host", "a")], "192.0.2.1"), Err(Problem::BadHost));
    }
}
