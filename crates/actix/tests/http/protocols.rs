//! What HTTP itself decides: the version, the form of the target, the host, the socket.

use crate::support::{Call, FORM, NOW, Reply, Served, World, send, send_as_it_is, send_http_2, tell};
use actix_service::{IntoServiceFactory, ServiceFactory, map_config};
use actix_web::{App, dev::AppConfig, web};
use bytes::Bytes;
use countersign_actix::{TlsSocket, TokenRule, protect};
use countersign_provider::{Builder, Provider};
use http_body_util::Full;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

const ALIAS: &str = "https://alias.example.net";

fn served(world: &World) -> Served {
    let provider = world.provider.clone();
    Served::start(move |_| App::new().configure(photos(&provider)))
}

fn photos(provider: &Provider) -> impl FnOnce(&mut web::ServiceConfig) + use<> {
    let layer = protect(provider).token(TokenRule::None);
    move |config| {
        let photos = web::resource("/photos").wrap(layer).get(async || "photos").post(async || "kept");
        config
            .service(photos.put(async |body: Bytes| body))
            .route("/open", web::get().to(async || "open to everybody"));
    }
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
    let server = served(&world);
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
    let server = served(&world);
    let sent = async |call: Call, target: &str, host: &str| {
        let mut request = aimed(&call, target);
        request.headers_mut().insert("host", host.parse().expect("a host"));
        send_as_it_is(&server, request).await
    };
    let signed = || world.call("GET", "/photos?size=1").origin(ALIAS);
    let absolute = "http://alias.example.net/photos?size=1";
    assert_eq!(sent(signed(), absolute, "alias.example.net").await.status, 200);
    assert_eq!(sent(signed(), absolute, "photos.example.net").await.status, 200);
    let other = sent(signed(), "http://photos.example.net/photos?size=1", "alias.example.net").await;
    assert_eq!(other.problem(), "signature_invalid");
}

/// Without one actix itself refuses the request, before any middleware.
#[tokio::test]
async fn http_1_1_needs_exactly_one_host() {
    let world = World::new();
    let server = served(&world);
    for hosts in [0, 2] {
        let mut request = aimed(&world.call("GET", "/photos"), "/photos");
        for _ in 0..hosts {
            request.headers_mut().append("host", "photos.example.net".parse().expect("a host"));
        }
        assert_eq!(send_as_it_is(&server, request).await.status, 400, "{hosts} hosts");
    }
    assert_eq!(world.call("GET", "/photos").send(&server).await.status, 200);
}

/// What a request over http is told that says it came over TLS.
async fn forwarded(world: &World, server: &Served) -> Reply {
    send(server, world.call("GET", "/photos").head().header("x-forwarded-proto", "https"), "").await
}

#[tokio::test]
async fn a_forwarded_protocol_counts_from_a_trusted_proxy_alone() {
    let world = World::with(|builder| builder);
    let server = served(&world);
    assert_eq!(forwarded(&world, &server).await.problem(), "insecure_transport");
    let world = World::with(|builder| builder.trusted_proxy("127.0.0.0/8".parse().expect("a network")));
    let server = served(&world);
    assert_eq!(forwarded(&world, &server).await.status, 200);
    assert_eq!(world.call("GET", "/photos").send(&server).await.problem(), "insecure_transport");
}

#[tokio::test]
async fn a_socket_of_ones_own_says_that_it_speaks_tls() {
    let world = World::with(|builder| builder);
    let provider = world.provider.clone();
    let app = move |_: &str| App::new().configure(photos(&provider));
    let server = Served::marking(app.clone(), |data| {
        data.insert(TlsSocket);
    });
    assert_eq!(world.call("GET", "/photos").send(&server).await.status, 200);
    let reply = world.call("GET", "/photos").send(&Served::start(app)).await;
    assert_eq!(reply.problem(), "insecure_transport");
}

#[tokio::test]
async fn a_socket_that_actix_binds_with_tls_counts_as_https() {
    let world = World::with(|builder| builder);
    for (secure, status) in [(true, 200), (false, 400)] {
        let config = move |()| {
            AppConfig::__priv_test_new(secure, "photos.example.net".into(), ([127, 0, 0, 1], 443).into())
        };
        let app = App::new().configure(photos(&world.provider)).into_factory();
        let app = map_config(app, config).new_service(()).await.expect("an app");
        let reply = tell(&app, world.call("GET", "/photos").request()).await;
        assert_eq!(reply.status, status, "{}", reply.body);
    }
}

#[tokio::test]
async fn a_replay_is_refused_over_another_version_of_http() {
    let world = World::new();
    let server = served(&world);
    let signed = world.call("GET", "/photos").set("oauth_timestamp", &NOW.to_string());
    assert_eq!(signed.send(&server).await.status, 200);
    let reply = send_http_2(&server, aimed(&signed, "http://photos.example.net/photos")).await;
    assert_eq!(reply.problem(), "nonce_used");
}

/// A form of that length is announced, ten bytes come, and the client says that this is all.
async fn announced(server: &Served, length: usize) -> String {
    let mut socket = TcpStream::connect(server.address).await.expect("a connection");
    let fields = format!("host: x\r\ncontent-type: {FORM}\r\ncontent-length: {length}\r\nconnection: close");
    let request = format!("POST /photos HTTP/1.1\r\n{fields}\r\n\r\na=12345678");
    socket.write_all(request.as_bytes()).await.expect("half a request");
    socket.shutdown().await.expect("an end");
    let mut raw = String::new();
    socket.read_to_string(&mut raw).await.expect("an answer");
    raw
}

#[tokio::test]
async fn a_form_that_does_not_come_is_answered() {
    let world = World::new();
    let server = served(&world);
    let large = announced(&server, (1 << 20) + 1).await;
    assert!(large.starts_with("HTTP/1.1 413 ") && large.contains("body_too_large"), "{large}");
    let short = announced(&server, 100).await;
    assert!(short.starts_with("HTTP/1.1 400 ") && short.contains("body_required"), "{short}");
}

#[tokio::test]
async fn a_form_over_http_2_is_verified_and_handed_on() {
    let world = World::new();
    let server = served(&world);
    let signed = || world.call("PUT", "/photos").form("b+c=d%20e&a=%2B&a=");
    let sent = async |body: &'static str| {
        let head = signed().head().uri("http://photos.example.net/photos");
        send_http_2(&server, head.body(Full::from(body)).expect("a request")).await
    };
    assert_eq!(sent("b+c=d%20e&a=%2B&a=").await.body, "b+c=d%20e&a=%2B&a=");
    assert_eq!(sent("b+c=d%20e&a=%2B&a=&to=mallory").await.problem(), "signature_invalid");
}

/// What is left of a refused body is never taken for the next request of its connection.
#[tokio::test]
async fn smuggling_a_request_in_a_body_that_was_refused_unread_fails() {
    let world = World::new();
    let server = served(&world);
    let hidden = "GET /open HTTP/1.1\r\nhost: x\r\n\r\n";
    let body = format!("{hidden}{}", "a".repeat(1 << 20));
    let mut socket = TcpStream::connect(server.address).await.expect("a connection");
    let fields = format!("host: x\r\ncontent-type: {FORM}\r\ncontent-length: {}", body.len());
    let request = format!("POST /photos HTTP/1.1\r\n{fields}\r\n\r\n{body}");
    // Errors are as good as an end: the server may close while much is still to be sent.
    let _ = socket.write_all(request.as_bytes()).await;
    let _ = socket.shutdown().await;
    let mut raw = Vec::new();
    let _ = socket.read_to_end(&mut raw).await;
    let raw = String::from_utf8_lossy(&raw);
    assert!(!raw.contains("open to everybody") && raw.matches("HTTP/1.1 ").count() <= 1, "{raw}");
}
