//! Where a request came from: origin, transport and address, with forwarded headers counted from trusted proxies alone.

use crate::{forwarded::Forwarded, incoming::Incoming, rejection::Problem};
use countersign_core::{Origin, Scheme};
use ipnet::IpNet;
use std::{net::IpAddr, sync::Arc};

/// How the server is reached.
#[derive(Clone, Debug)]
pub(crate) struct Reach {
    pub(crate) public: Arc<Origin>,
    pub(crate) accepted: Vec<Arc<Origin>>,
    pub(crate) trusted: Vec<IpNet>,
    pub(crate) tls_terminated_upstream: bool,
}

/// What a request's surroundings came to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Surroundings<'p> {
    pub(crate) origin: &'p Arc<Origin>,
    pub(crate) secure: bool,
    pub(crate) address: Option<IpAddr>,
}

impl Reach {
    /// One origin per request, never tried in turn.
    pub(crate) fn of(&self, incoming: &Incoming<'_>) -> Result<Surroundings<'_>, Problem> {
        let hosts = incoming.all("host").count();
        // Proxies make one field of two by a comma.
        let mut named = incoming.all("host").chain(incoming.authority.map(str::as_bytes));
        if hosts > 1 || (hosts == 0 && incoming.needs_host) || named.any(|host| host.contains(&b',')) {
            return Err(Problem::BadHost);
        }
        let forwarded = self.forwarded(incoming)?;
        // A proxy may speak TLS with this server about a client that came without.
        let over_tls = |proto: &str| proto.eq_ignore_ascii_case("https");
        let secure =
            self.tls_terminated_upstream || forwarded.proto.as_deref().map_or(incoming.tls, over_tls);
        let address = self.client_address(incoming, &forwarded.hops);
        Ok(Surroundings { origin: self.origin(incoming, forwarded.host.as_deref(), secure), secure, address })
    }

    /// Where it came from, and nothing else.
    pub(crate) fn address(&self, incoming: &Incoming<'_>) -> Result<Option<IpAddr>, Problem> {
        Ok(self.client_address(incoming, &self.forwarded(incoming)?.hops))
    }

    /// What the other end says of who called it: nothing, unless it is a trusted proxy.
    fn forwarded(&self, incoming: &Incoming<'_>) -> Result<Forwarded, Problem> {
        let trusted = incoming.peer.is_some_and(|peer| self.trusts(peer));
        if trusted { Forwarded::read(incoming) } else { Ok(Forwarded::default()) }
    }

    fn origin(&self, incoming: &Incoming<'_>, forwarded: Option<&str>, secure: bool) -> &Arc<Origin> {
        if self.accepted.is_empty() {
            return &self.public;
        }
        let host = || incoming.all("host").next().and_then(|host| std::str::from_utf8(host).ok());
        let Some(authority) = forwarded.or(incoming.authority).or_else(host) else { return &self.public };
        let scheme = if secure { Scheme::Https } else { Scheme::Http };
        let named = || self.accepted.iter().filter(|origin| origin.has_authority(authority));
        let same_scheme = |origin: &&Arc<Origin>| origin.scheme() == scheme;
        // The same authority may be listed under both schemes, or under one and be public under the other.
        let public = Some(&self.public).filter(|origin| origin.has_authority(authority));
        named()
            .find(same_scheme)
            .or_else(|| public.filter(same_scheme))
            .or_else(|| named().next())
            .unwrap_or(&self.public)
    }

    pub(crate) fn trusts(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.trusted.iter().any(|network| network.contains(&address))
    }

    /// The right-most address that is no trusted proxy, or the last one before it that can be read: what stands further
    /// left, a client may have written.
    fn client_address(&self, incoming: &Incoming<'_>, hops: &[Option<IpAddr>]) -> Option<IpAddr> {
        let mut last = incoming.peer;
        for hop in hops.iter().rev().map_while(|hop| *hop) {
            last = Some(hop);
            if !self.trusts(hop) {
                break;
            }
        }
        last
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(url: &str) -> Arc<Origin> {
        Arc::new(url.parse().unwrap())
    }

    fn reach() -> Reach {
        Reach {
            public: origin("https://photos.example.net"),
            accepted: vec![origin("https://alias.example.net"), origin("http://both.example.net")],
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
        for unnamed in ["for=6.6.6.6, proto=https;host=x", "for=6.6.6.6, proto=https, for=10.0.0.7"] {
            let address = of(&[("host", "x"), ("forwarded", unnamed)], "10.0.0.1").unwrap().2;
            assert_ne!(address, "6.6.6.6", "{unnamed}");
        }
        let both = [("host", "x"), ("forwarded", "proto=https"), ("x-forwarded-for", "9.9.9.9")];
        assert_eq!(of(&both, "10.0.0.1").unwrap().2, "9.9.9.9");
        for hidden in ["6.6.6.6, unknown", "6.6.6.6, _hidden, 10.0.0.7", "6.6.6.6,"] {
            let address = of(&[("host", "x"), ("x-forwarded-for", hidden)], "10.0.0.1").unwrap().2;
            assert_ne!(address, "6.6.6.6", "{hidden}");
        }
    }

    #[test]
    fn a_host_that_a_client_wrote_says_nothing_of_https() {
        let fields = [("host", "x"), ("forwarded", "for=1.2.3.4;host=\"a.example;proto=https\"")];
        assert!(!of(&fields, "10.0.0.1").unwrap().1);
    }

    #[test]
    fn request_in_plain_text_does_not_become_https_by_the_tls_between_proxy_and_server() {
        let secure = |peer: &str, proto: &str, upstream| {
            let reach = Reach { tls_terminated_upstream: upstream, ..reach() };
            let fields = [("host", &b"x"[..]), ("x-forwarded-proto", proto.as_bytes())];
            let incoming = Incoming::new("GET", "/", &fields).peer(Some(peer.parse().unwrap())).tls(true);
            reach.of(&incoming).unwrap().secure
        };
        assert!(!secure("10.0.0.1", "http", false));
        assert!(secure("10.0.0.1", "https", false));
        assert!(secure("192.0.2.1", "http", false), "a stranger's word counts neither way");
        assert!(secure("10.0.0.1", "http", true), "the operator's word is the last");
        let fields = [("host", &b"x"[..])];
        let silent = Incoming::new("GET", "/", &fields).peer(Some("10.0.0.1".parse().unwrap())).tls(true);
        assert!(reach().of(&silent).unwrap().secure);
    }

    #[test]
    fn a_public_url_beside_its_http_twin_is_reached_over_https() {
        let mut reach = reach();
        reach.accepted = vec![origin("http://photos.example.net")];
        for (proto, expected) in
            [("https", "https://photos.example.net"), ("http", "http://photos.example.net")]
        {
            let fields = [("host", &b"photos.example.net"[..]), ("x-forwarded-proto", proto.as_bytes())];
            let incoming = Incoming::new("GET", "/", &fields).peer(Some("10.0.0.1".parse().unwrap()));
            assert_eq!(reach.of(&incoming).unwrap().origin.as_str(), expected);
        }
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
        assert_eq!(of(&[("host", "photos.example.net,a")], "192.0.2.1"), Err(Problem::BadHost));
    }
}
