//! What HTTP itself decides: the version, the form of the target, the host, the socket.

use crate::support::{Call, NOW, Reply, Served, World, send, send_as_it_is, send_http_2};
use axum::{Router, extract::Request, middleware, routing::get};
use bytes::Bytes;
use countersign_axum::{TlsSocket, TokenRule, protect};
use countersign_provider::Builder;
use http_body_util::Full;

const ALIAS: &str = "https://alias.example.net";

fn app(world: &World) -> Router {
    Router::new().route("/photos", get("photos")).layer(protect(&world.provider).token(TokenRule::None))
}

fn with_alias(builder: Builder) -> Builder {
    builder.tls_terminated_upstream(true).accept_origin(ALIAS)
}

/// The request of a call with another target on the request line.
fn aimed(call: &Call, target: &str) -> http::Request<Full<Bytes>> {
    call.head().uri(target).body(Full::default()).expect("a request")
}

#[tokio::test]
async fn the_authority_of_http_2_chooses_the_origin() {
    let world = World::with(with_alias);
    let server = Served::start(|_| app(&world)).await;
    let signed = || world.call("GET", "/photos").origin(ALIAS);
    let reply = send_http_2(&server, aimed(&signed(), "http://alias.example.net/photos")).await;
    assert_eq!((reply.status, reply.body.as_str()), (200, "photos"));
    let reply = send_http_2(&server, aimed(&signed(), "http://photos.example.net/photos")).await;
    assert_eq!(reply.problem(), "signature_invalid");
    let public = world.call("GET", "/photos");
    let reply = send_http_2(&server, aimed(&public, "http://photos.example.net/photos")).await;
    assert_eq!(reply.status, 200);
}

#[tokio::test]
async fn a_target_in_absolute_form_is_accepted_and_chooses_the_origin() {
    let world = World::with(with_alias);
    let server = Served::start(|_| app(&world)).await;
    let sent = async |call: Call, target: &str, host: &str| {
        let mut request = aimed(&call, target);
        request.headers_mut().insert("host", host.parse().unwrap());
        send_as_it_is(&server, request).await
    };
    let signed = || world.call("GET", "/photos?size=1").origin(ALIAS);
    let absolute = "http://alias.example.net/photos?size=1";
    assert_eq!(sent(signed(), absolute, "alias.example.net").await.status, 200);
    assert_eq!(sent(signed(), absolute, "photos.example.net").await.status, 200);
    let other = sent(signed(), "http://photos.example.net/photos?size=1", "alias.example.net").await;
    assert_eq!(other.problem(), "signature_invalid");
}

#[tokio::test]
async fn http_1_1_needs_exactly_one_host() {
    let world = World::new();
    let server = Served::start(|_| app(&world)).await;
    for hosts in [0, 2] {
        let mut request = aimed(&world.call("GET", "/photos"), "/photos");
        for _ in 0..hosts {
            request.headers_mut().append("host", "photos.example.net".parse().unwrap());
        }
        let reply = send_as_it_is(&server, request).await;
        assert_eq!((reply.status, reply.problem().as_str()), (400, "parameter_rejected"), "{hosts} hosts");
    }
    assert_eq!(world.call("GET", "/photos").send(&server).await.status, 200);
}

#[tokio::test]
async fn two_authorization_fields_are_refused() {
    let world = World::new();
    let server = Served::start(|_| app(&world)).await;
    let head = world.call("GET", "/photos").head().header("authorization", "Basic amFuZTpzZXNhbWU=");
    let reply = send(&server, head, "").await;
    assert_eq!((reply.status, reply.problem().as_str()), (400, "parameter_rejected"));
}

/// What a request over http is told that says it came over TLS.
async fn forwarded(world: &World, server: &Served) -> Reply {
    send(server, world.call("GET", "/photos").head().header("x-forwarded-proto", "https"), "").await
}

#[tokio::test]
async fn a_forwarded_protocol_counts_from_a_trusted_proxy_alone() {
    let world = World::with(|builder| builder);
    let server = Served::start(|_| app(&world)).await;
    assert_eq!(forwarded(&world, &server).await.problem(), "insecure_transport");
    let world = World::with(|builder| builder.trusted_proxy("127.0.0.0/8".parse().expect("a network")));
    let server = Served::start(|_| app(&world)).await;
    assert_eq!(forwarded(&world, &server).await.status, 200);
    assert_eq!(world.call("GET", "/photos").send(&server).await.problem(), "insecure_transport");
}

#[tokio::test]
async fn a_socket_of_ones_own_says_that_it_speaks_tls() {
    let world = World::with(|builder| builder);
    let marked = middleware::map_request(async |mut request: Request| {
        request.extensions_mut().insert(TlsSocket);
        request
    });
    let server = Served::start(|_| app(&world).layer(marked)).await;
    assert_eq!(world.call("GET", "/photos").send(&server).await.status, 200);
}

#[tokio::test]
async fn a_replay_is_refused_over_another_version_of_http() {
    let world = World::new();
    let server = Served::start(|_| app(&world)).await;
    let signed = world.call("GET", "/photos").set("oauth_timestamp", &NOW.to_string());
    assert_eq!(signed.send(&server).await.status, 200);
    let reply = send_http_2(&server, aimed(&signed, "http://photos.example.net/photos")).await;
    assert_eq!(reply.problem(), "nonce_used");
}
