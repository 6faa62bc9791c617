//! The origin that a client signed: one per request, never guessed, never tried in turn.

use crate::support::{ACCEPTED, ORIGIN, Said, Wire, World, two_legged};
use countersign_provider::{Builder, Incoming};

const ALIAS: &str = "https://alias.example.net";
const INVALID: (u16, &str) = (401, "signature_invalid");
const REJECTED: (u16, &str) = (400, "parameter_rejected");

fn with_alias(builder: Builder) -> Builder {
    builder
        .accept_origin("HTTPS://Alias.Example.NET:443/")
        .trusted_proxy("10.0.0.0/8".parse().expect("a network"))
}

async fn protect(world: &World, wire: &Wire) -> Said {
    world.protect_by(wire, &two_legged()).await
}

#[tokio::test]
async fn a_client_may_sign_any_accepted_origin_that_it_calls() {
    let world = World::with(with_alias);
    for (signed, host) in [
        (ORIGIN, "photos.example.net"),
        (ALIAS, "alias.example.net"),
        (ALIAS, "ALIAS.example.net"),
        (ALIAS, "alias.example.net:443"),
        // What nobody configured means the public URL.
        (ORIGIN, "internal-7.cluster.local"),
        (ORIGIN, "alias.example.net:8443"),
    ] {
        let wire = world.call("GET", "/").origin(signed).sign().host(host);
        assert_eq!(protect(&world, &wire).await.told(), ACCEPTED, "{signed} at {host}");
    }
}

#[tokio::test]
async fn origins_are_never_tried_in_turn() {
    let world = World::with(with_alias);
    for (signed, host) in [
        (ORIGIN, "alias.example.net"),
        (ALIAS, "photos.example.net"),
        (ALIAS, "internal-7.cluster.local"),
        ("https://evil.example", "evil.example"),
    ] {
        let wire = world.call("GET", "/").origin(signed).sign().host(host);
        assert_eq!(protect(&world, &wire).await.told(), INVALID, "{signed} at {host}");
    }
}

#[tokio::test]
async fn the_host_does_not_matter_where_one_origin_is_accepted() {
    let world = World::new();
    let wire = world.call("GET", "/").sign().host("whatever.example");
    assert_eq!(protect(&world, &wire).await.told(), ACCEPTED);
    let wire = world.call("GET", "/").origin("https://whatever.example").sign();
    assert_eq!(protect(&world, &wire).await.told(), INVALID);
}

#[tokio::test]
async fn nothing_is_accepted_by_guessing() {
    let world = World::new();
    for signed in [
        "http://photos.example.net",
        "https://photos.example.net:8443",
        "https://www.photos.example.net",
        "https://photos.example.net/api",
    ] {
        let wire = world.call("GET", "/photos").origin(signed).sign().host("photos.example.net");
        assert_eq!(protect(&world, &wire).await.told(), INVALID, "{signed}");
    }
    for target in ["/photos/", "/photo", "//photos"] {
        let wire = world.call("GET", "/photos").sign().target(target);
        assert_eq!(protect(&world, &wire).await.told(), INVALID, "{target}");
    }
}

#[tokio::test]
async fn an_authority_of_the_target_wins_over_host() {
    let world = World::with(with_alias);
    let signed = || world.call("GET", "/").origin(ALIAS).sign();
    let absolute = signed().host("photos.example.net").absolute("alias.example.net");
    assert_eq!(protect(&world, &absolute).await.told(), ACCEPTED);
    let http_2 = signed().without("host").http_2("alias.example.net");
    assert_eq!(protect(&world, &http_2).await.told(), ACCEPTED);
    let other = signed().http_2("photos.example.net");
    assert_eq!(protect(&world, &other).await.told(), INVALID);
}

#[tokio::test]
async fn a_forwarded_host_counts_from_a_trusted_proxy_alone() {
    let world = World::with(with_alias);
    for (name, value) in
        [("x-forwarded-host", "alias.example.net"), ("forwarded", "proto=https;host=alias.example.net")]
    {
        let wire = || world.call("GET", "/").origin(ALIAS).sign().host("backend:8080").field(name, value);
        assert_eq!(protect(&world, &wire().from("10.0.0.1")).await.told(), ACCEPTED, "{name}");
        for stranger in ["192.0.2.1", "127.0.0.1"] {
            assert_eq!(protect(&world, &wire().from(stranger)).await.told(), INVALID, "{name}");
        }
    }
}

#[tokio::test]
async fn conflicting_forwarded_headers_of_a_trusted_proxy_are_refused() {
    let world = World::with(with_alias);
    for fields in [
        [("x-forwarded-proto", "https"), ("x-forwarded-proto", "http")],
        [("x-forwarded-proto", "https, http"), ("x-forwarded-host", "photos.example.net")],
        [("x-forwarded-proto", "https"), ("forwarded", "proto=http")],
        [("x-forwarded-host", "alias.example.net"), ("x-forwarded-host", "photos.example.net")],
        [("x-forwarded-host", "alias.example.net"), ("forwarded", "host=photos.example.net;proto=https")],
    ] {
        let wire = || {
            fields
                .into_iter()
                .fold(world.call("GET", "/").sign(), |wire, (name, value)| wire.field(name, value))
        };
        assert_eq!(protect(&world, &wire().from("10.0.0.1")).await.told(), REJECTED, "{fields:?}");
        assert_eq!(protect(&world, &wire().from("192.0.2.1")).await.told(), ACCEPTED, "ignored of strangers");
    }
}

#[tokio::test]
async fn a_missing_or_second_host_is_refused() {
    let world = World::new();
    let wire = world.call("GET", "/").sign();
    let missing = wire.clone().without("host");
    let twice = wire.clone().field("host", "photos.example.net");
    for wire in [missing.clone(), twice, missing.absolute("photos.example.net")] {
        assert_eq!(protect(&world, &wire).await.told(), REJECTED);
    }
    assert_eq!(protect(&world, &wire.without("host").http_2("photos.example.net")).await.told(), ACCEPTED);
}

#[tokio::test]
async fn the_address_is_read_from_either_kind_of_forwarded_header() {
    let world = World::with(with_alias);
    for (name, value) in [
        ("x-forwarded-for", "198.51.100.7"),
        ("x-forwarded-for", "203.0.113.9, 198.51.100.7, 10.0.0.2"),
        ("forwarded", "for=198.51.100.7;proto=https"),
        ("forwarded", "for=203.0.113.9, for=198.51.100.7;proto=https, for=10.0.0.2"),
        ("forwarded", "For=\"198.51.100.7:4711\""),
    ] {
        let wire = world.initiation().sign().field(name, value).from("10.0.0.1");
        assert_eq!(world.initiate(&wire).await.told(), ACCEPTED);
        let events = world.audit.events();
        let address = events.last().and_then(|event| event.address).unwrap();
        assert_eq!(address.to_string(), "198.51.100.7", "{name}: {value}");
    }
}

#[tokio::test]
async fn a_stranger_cannot_choose_its_address() {
    let world = World::with(with_alias);
    for (name, value) in [("x-forwarded-for", "198.51.100.7"), ("forwarded", "for=198.51.100.7")] {
        world.initiate(&world.initiation().sign().field(name, value)).await;
        let events = world.audit.events();
        assert_eq!(events.last().and_then(|event| event.address).unwrap().to_string(), "192.0.2.1");
    }
}

#[tokio::test]
async fn a_browser_is_told_of_no_origin_but_ours() {
    let world = World::with(with_alias);
    for (host, expected) in [
        ("photos.example.net", ORIGIN),
        ("alias.example.net", ALIAS),
        ("ALIAS.example.net:443", ALIAS),
        ("evil.example", ORIGIN),
        ("alias.example.net.evil.example", ORIGIN),
    ] {
        let fields = [("host", host.as_bytes()), ("x-forwarded-host", b"evil.example")];
        let incoming = Incoming::new("GET", "/authorize", &fields).tls(true);
        assert_eq!(world.provider.origin_of(&incoming).unwrap(), expected, "{host}");
    }
    let twice = [("host", &b"photos.example.net"[..]), ("host", b"alias.example.net")];
    assert!(world.provider.origin_of(&Incoming::new("GET", "/authorize", &twice).tls(true)).is_err());
}
