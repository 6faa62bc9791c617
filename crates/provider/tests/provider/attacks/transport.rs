//! http is refused wherever secrets would travel, and nobody can pretend.

use crate::support::{ACCEPTED, World, two_legged};
use countersign_provider::{BuildError, Provider};
use countersign_store::MemoryStore;

const INSECURE: (u16, &str) = (400, "insecure_transport");

#[tokio::test]
async fn http_is_refused_at_endpoints_and_resources() {
    let world = World::new();
    let (temporary, verifier) = world.granted().await;
    let token = world.token().await;
    let told = [
        world.initiate(&world.initiation().sign().over_http()).await.told(),
        world.exchange(&world.redemption(&temporary, &verifier).sign().over_http()).await.told(),
        world.protect(&world.request(&token).sign().over_http()).await.told(),
        world.protect_by(&world.call("GET", "/").sign().over_http(), &two_legged()).await.told(),
    ];
    assert_eq!(told, [INSECURE; 4]);
}

#[tokio::test]
async fn http_is_refused_before_anything_is_read_or_loaded() {
    let world = World::new();
    let said = world.initiate(&world.initiation().forged().sign().over_http()).await;
    assert_eq!((said.told(), world.store.verbs()), (INSECURE, vec![]));
}

#[tokio::test]
async fn a_route_may_let_http_through_for_itself_alone() {
    let world = World::new();
    let wire = || world.call("GET", "/").sign().over_http();
    assert_eq!(world.protect_by(&wire(), &two_legged().danger_allow_http()).await.told(), ACCEPTED);
    assert_eq!(world.protect_by(&wire(), &two_legged()).await.told(), INSECURE);
}

#[tokio::test]
async fn insecure_http_lets_everything_through() {
    let world = World::with(|builder| builder.danger_insecure_http(true));
    let temporary = world.initiate(&world.initiation().sign().over_http()).await.credentials();
    let verifier = world.grant(&temporary).await;
    let wire = world.redemption(&temporary, &verifier).sign().over_http();
    let token = world.exchange(&wire).await.credentials();
    assert_eq!(world.protect(&world.request(&token).sign().over_http()).await.told(), ACCEPTED);
}

#[tokio::test]
async fn tls_that_ends_upstream_counts_where_it_is_said_so() {
    let world = World::with(|builder| builder.tls_terminated_upstream(true));
    assert_eq!(world.initiate(&world.initiation().sign().over_http()).await.told(), ACCEPTED);
}

#[tokio::test]
async fn a_forwarded_protocol_counts_from_a_trusted_proxy_alone() {
    let world = World::with(|builder| builder.trusted_proxy("10.0.0.0/8".parse().expect("a network")));
    for (name, value) in [
        ("x-forwarded-proto", "https"),
        ("x-forwarded-proto", "HTTPS"),
        ("forwarded", "for=198.51.100.7;proto=https"),
        ("forwarded", "Proto=\"https\""),
    ] {
        let wire = || world.initiation().sign().over_http().field(name, value);
        assert_eq!(world.initiate(&wire().from("10.1.2.3")).await.told(), ACCEPTED, "{value}");
        for stranger in ["192.0.2.1", "127.0.0.1", "::1", "11.0.0.1"] {
            assert_eq!(world.initiate(&wire().from(stranger)).await.told(), INSECURE, "{stranger}");
        }
    }
    let http = world.initiation().sign().over_http().from("10.1.2.3");
    assert_eq!(world.initiate(&http.clone()).await.told(), INSECURE);
    assert_eq!(world.initiate(&http.field("x-forwarded-proto", "http")).await.told(), INSECURE);
}

#[tokio::test]
async fn nobody_is_trusted_by_default() {
    let world = World::new();
    for peer in ["127.0.0.1", "::1", "10.0.0.1", "192.168.0.1"] {
        let wire = world.initiation().sign().over_http().field("x-forwarded-proto", "https").from(peer);
        assert_eq!(world.initiate(&wire).await.told(), INSECURE, "{peer}");
    }
}

#[tokio::test]
async fn the_consent_page_is_refused_over_http_too() {
    let world = World::new();
    let wire = world.initiation().sign();
    let (fields, http) = (wire.fields(), wire.clone().over_http());
    let arrival = |wire: &crate::support::Wire| world.provider.arrival(&wire.incoming(&fields));
    assert_eq!(arrival(&wire).unwrap(), Some("192.0.2.1".parse().unwrap()));
    assert_eq!(arrival(&http).unwrap_err().code(), "insecure_transport");
}

#[test]
fn a_provider_over_http_must_be_meant() {
    let built = |settings: fn(countersign_provider::Builder) -> countersign_provider::Builder| {
        settings(Provider::builder("http://photos.example.net").store(MemoryStore::default())).build()
    };
    assert!(matches!(built(|builder| builder), Err(BuildError::InsecureOrigin(_))));
    assert!(built(|builder| builder.danger_insecure_http(true)).is_ok());
    assert!(built(|builder| builder.tls_terminated_upstream(true)).is_ok());
}

#[tokio::test]
async fn a_verified_request_tells_what_was_signed_and_from_where() {
    let world = World::with(|builder| {
        let proxy = "10.0.0.0/8".parse().expect("a network");
        builder.trusted_proxy(proxy).accept_origin("https://alias.example.net")
    });
    let host = "alias.example.net";
    let call = world.call("GET", "/").origin("https://alias.example.net");
    let wire = call.sign().over_http().from("10.0.0.1").field("x-forwarded-proto", "https");
    let wire = wire.field("x-forwarded-host", host).field("x-forwarded-for", "198.51.100.7");
    let verified = world.protect_by(&wire, &two_legged()).await.verified.expect("a verified request");
    assert_eq!((verified.origin().as_str(), verified.is_secure()), ("https://alias.example.net", true));
    assert_eq!(verified.address(), Some("198.51.100.7".parse().expect("an address")));
}
