//! Forwarded headers: a stranger's say nothing, and a quoted value says nothing but itself.
//!
//! One line of the input is one header field, `name: value`.
#![no_main]

use countersign_provider::{FIELDS, Incoming, Problem, Provider, Rejection};
use countersign_store::MemoryStore;
use libfuzzer_sys::fuzz_target;
use std::{
    net::{IpAddr, SocketAddr},
    sync::LazyLock,
};

static PROVIDER: LazyLock<Provider> = LazyLock::new(|| {
    let builder = Provider::builder("https://photos.example.net").store(MemoryStore::default());
    builder.trusted_proxy("10.0.0.0/8".parse().expect("a network")).build().expect("a provider")
});

fuzz_target!(|input: &[u8]| {
    let line = |line: &'_ [u8]| {
        let at = line.windows(2).position(|two| two == b": ")?;
        let name = FIELDS.into_iter().find(|known| known.as_bytes() == &line[..at] && *known != "host")?;
        Some((name, line[at + 2..].to_vec()))
    };
    let mut lines: Vec<_> = input.split(|byte| *byte == b'\n').filter_map(line).collect();
    lines.push(("host", b"photos.example.net".to_vec()));

    assert!(refused_over_http(arrival(&lines, STRANGER)), "a stranger says whether it is https");
    check(&lines, arrival(&lines, PROXY));

    // The same text as one quoted host, in front of a proxy that says nothing else: never https, never an address.
    let quoted = |value: &[u8]| {
        let escaped = value.iter().flat_map(|byte| match byte {
            b'"' | b'\\' => vec![b'\\', *byte],
            byte => vec![*byte],
        });
        [b"for=192.0.2.7;host=\"".to_vec(), escaped.collect(), b"\"".to_vec()].concat()
    };
    let host = [("host", b"x".to_vec()), ("forwarded", quoted(input))];
    let arrived = arrival(&host, PROXY);
    assert!(
        refused_over_http(arrived) || std::str::from_utf8(input).is_err(),
        "a host says that it is https"
    );
    let both = [host.as_slice(), &[("x-forwarded-proto", b"https".to_vec())]].concat();
    if let Ok(address) = arrival(&both, PROXY) {
        assert_eq!(address, Some("192.0.2.7".parse().expect("an address")), "a host names an address");
    }
});

/// What is accepted came over https, and from an address that a field names or that the socket has.
fn check(lines: &[(&str, Vec<u8>)], arrived: Result<Option<IpAddr>, Rejection>) {
    let said = lines.iter().filter(|(name, _)| *name != "host");
    let text = said.map(|(_, value)| String::from_utf8_lossy(value)).collect::<Vec<_>>().join("\n");
    // A quoted value may be escaped where it need not be.
    let text = text.replace('\\', "");
    match arrived {
        Ok(address) => {
            assert!(text.to_ascii_lowercase().contains("https"), "https from nowhere");
            let address = address.expect("the socket has one");
            let tokens = text.split(|char: char| !char.is_ascii_hexdigit() && !".:[]".contains(char));
            let named = |token: &str| {
                let bare = token.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(token);
                let with_port = token.parse::<SocketAddr>().map(|both| both.ip());
                bare.parse::<IpAddr>().or(with_port).is_ok_and(|found| found == address)
            };
            assert!(address.to_string() == PROXY || tokens.into_iter().any(named), "{address} from nowhere");
        }
        Err(rejection) => {
            let problem = rejection.problem();
            let expected = [Problem::ConflictingForwarded, Problem::InsecureTransport];
            assert!(expected.contains(problem), "{problem:?}");
        }
    }
}

fn arrival(lines: &[(&str, Vec<u8>)], peer: &str) -> Result<Option<IpAddr>, Rejection> {
    let fields: Vec<_> = lines.iter().map(|(name, value)| (*name, value.as_slice())).collect();
    let peer = Some(peer.parse().expect("an address"));
    PROVIDER.arrival(&Incoming::new("GET", "/", &fields).peer(peer))
}

fn refused_over_http(arrived: Result<Option<IpAddr>, Rejection>) -> bool {
    arrived.is_err_and(|rejection| *rejection.problem() == Problem::InsecureTransport)
}

const PROXY: &str = "10.0.0.1";
const STRANGER: &str = "192.0.2.1";
