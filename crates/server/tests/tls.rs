//! TLS on the server's own socket: what is agreed on, what counts as https, and what a renewal changes.

mod support;

use http_body_util::{BodyExt, Empty};
use hyper::{body::Bytes, client::conn};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::{
    ClientConfig, RootCertStore, SupportedProtocolVersion,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, ServerName, pem::PemObject},
    version::{TLS12, TLS13},
};
use std::{
    fs,
    future::Future,
    io::{self, ErrorKind, Read, Write},
    net::TcpStream,
    path::PathBuf,
    sync::Arc,
};
use support::{
    PATIENCE,
    client::Call,
    client::Pair,
    http::Line,
    http::Request,
    place::Place,
    server::{Server, Starter},
    until,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_rustls::{TlsConnector, client::TlsStream};

struct World {
    place: Place,
    client: Pair,
}

impl World {
    fn new() -> Self {
        let place = Place::new();
        let client = place.add_client(&["--name", "Printer", "--allow-oob", "--two-legged"]);
        let world = Self { place, client };
        world.renew();
        world
    }

    fn file(&self, name: &str) -> PathBuf {
        self.place.path().join(name)
    }

    /// A new certificate under the same names.
    fn renew(&self) {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
        for (name, text) in
            [("key.pem", made.signing_key.serialize_pem()), ("certificate.pem", made.cert.pem())]
        {
            fs::write(self.file("new"), text).expect("a file");
            fs::rename(self.file("new"), self.file(name)).expect("the name");
        }
    }

    fn starter(&self) -> Starter {
        Starter::over_https(self.place.command())
            .set("COUNTERSIGN_TLS_CERTIFICATE", "certificate.pem")
            .set("COUNTERSIGN_TLS_KEY", "key.pem")
    }

    /// A client that believes the certificate that the file holds now.
    async fn connected(
        &self,
        server: &Server,
        alpn: &[&str],
        versions: &[&'static SupportedProtocolVersion],
    ) -> io::Result<Stream> {
        let mut roots = RootCertStore::empty();
        let certificate = CertificateDer::from_pem_file(self.file("certificate.pem")).expect("a certificate");
        roots.add(certificate).expect("a root");
        let builder = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()));
        let mut config = builder
            .with_protocol_versions(versions)
            .expect("versions")
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = alpn.iter().map(|name| name.as_bytes().to_vec()).collect();
        let stream = tokio::net::TcpStream::connect(server.address).await?;
        TlsConnector::from(Arc::new(config))
            .connect(ServerName::try_from("localhost").expect("a name"), stream)
            .await
    }

    /// Whether a client that believes the file's certificate is connected.
    fn is_believed(&self, server: &Server) -> bool {
        run(self.connected(server, &[], &[&TLS13])).is_ok()
    }
}

fn run<T>(test: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async { tokio::time::timeout(PATIENCE, test).await.expect("an answer in time") })
}

/// A request as `hyper` has it.
fn asked(request: &Request, url: &str) -> hyper::Request<Empty<Bytes>> {
    let built =
        hyper::Request::builder().method(request.method.as_str()).uri(format!("{url}{}", request.target));
    let built = request.fields.iter().fold(built, |built, (name, value)| built.header(name, value));
    built.body(Empty::new()).expect("a request")
}

type Stream = TlsStream<tokio::net::TcpStream>;

async fn by_http1(stream: Stream, mut request: hyper::Request<Empty<Bytes>>) -> (u16, String) {
    let (mut sender, connection) = conn::http1::handshake(TokioIo::new(stream)).await.expect("HTTP/1.1");
    tokio::spawn(connection);
    let host = request.uri().authority().expect("an authority").as_str().parse().expect("a value");
    request.headers_mut().insert("host", host);
    *request.uri_mut() = request.uri().path_and_query().expect("a path").as_str().parse().expect("a target");
    told(sender.send_request(request).await.expect("an answer")).await
}

async fn by_http2(stream: Stream, request: hyper::Request<Empty<Bytes>>) -> (u16, String) {
    let handshake = conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream));
    let (mut sender, connection) = handshake.await.expect("HTTP/2");
    tokio::spawn(connection);
    told(sender.send_request(request).await.expect("an answer")).await
}

async fn told(answer: hyper::Response<hyper::body::Incoming>) -> (u16, String) {
    let status = answer.status().as_u16();
    let body = answer.into_body().collect().await.expect("a body").to_bytes();
    (status, String::from_utf8_lossy(&body).into_owned())
}

#[test]
fn a_request_over_the_own_socket_counts_as_https_in_both_versions_of_http() {
    let world = World::new();
    let server = world.starter().start();
    let signed =
        || asked(&Call::get("/api/whoami", &world.client).request(&server.public_url), &server.public_url);
    run(async {
        for version in [&TLS12, &TLS13] {
            let stream = world.connected(&server, &["http/1.1"], &[version]).await.expect("TLS");
            assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"http/1.1"[..]));
            assert_eq!(by_http1(stream, signed()).await.0, 200);
            let stream = world.connected(&server, &["h2", "http/1.1"], &[version]).await.expect("TLS");
            assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
            assert_eq!(by_http2(stream, signed()).await.0, 200);
        }
        let stream = world.connected(&server, &[], &[&TLS13]).await.expect("TLS");
        let (status, page) = by_http1(stream, asked(&Request::get("/login"), &server.public_url)).await;
        assert!(status == 200 && page.contains("password"), "a page that asks for secrets: {page}");
    });
}

#[test]
fn request_in_plain_text_to_a_socket_of_tls_is_not_answered() {
    let world = World::new();
    let server = world.starter().start();
    let mut line = Line::open(server.address).expect("a connection");
    line.send(b"GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n").expect("sent");
    assert!(line.answer().is_err(), "no HTTP came back");
    let log = String::from_utf8(server.log()).expect("text");
    assert!(!log.contains("WARN") && !log.contains("ERROR"), "a stranger fills the log: {log}");
}

#[test]
fn renewed_certificate_is_served_without_a_restart_and_a_broken_one_never() {
    let world = World::new();
    let server = world.starter().start();
    assert!(world.is_believed(&server));
    world.renew();
    until("the renewed certificate is served", || world.is_believed(&server));
    fs::write(world.file("key.pem"), "garbage").expect("a file");
    let told = || String::from_utf8(server.log()).expect("text");
    until("the log says so", || {
        assert!(world.is_believed(&server), "the one of before stays");
        told().contains("the one of before stays: tls.key")
    });
    assert_eq!(told().matches("the one of before stays").count(), 1, "once");
    world.renew();
    until("the next one is served", || world.is_believed(&server));
}

#[test]
fn a_connection_that_never_agrees_on_tls_is_closed_in_time() {
    let world = World::new();
    let server = world.starter().set("COUNTERSIGN_LIMITS_STALL", "1").start();
    for begins in [&b""[..], b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"] {
        let mut stream = TcpStream::connect(server.address).expect("a connection");
        stream.write_all(begins).expect("sent");
        stream.set_read_timeout(Some(PATIENCE)).expect("a limit");
        match stream.read_to_end(&mut Vec::new()) {
            Ok(_) => {}
            Err(error) => assert_eq!(error.kind(), ErrorKind::ConnectionReset, "{error}"),
        }
    }
}

#[test]
fn an_idle_connection_over_tls_is_closed_with_a_goodbye() {
    let world = World::new();
    let server = world.starter().set("COUNTERSIGN_LIMITS_STALL", "1").start();
    run(async {
        let mut stream = world.connected(&server, &["http/1.1"], &[&TLS13]).await.expect("TLS");
        stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n").await.expect("sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.expect("an answer, and the end that TLS has");
        assert!(answer.starts_with("HTTP/1.1 200 ") && answer.ends_with("ok\n"), "{answer}");
    });
}

#[test]
fn health_is_asked_over_the_same_tls_and_a_broken_renewal_is_no_outage() {
    let world = World::new();
    let server = world.starter().start();
    let address = server.address.to_string();
    let environment = |certificate| {
        [
            ("COUNTERSIGN_LISTEN", address.as_str()),
            ("COUNTERSIGN_TLS_CERTIFICATE", certificate),
            ("COUNTERSIGN_TLS_KEY", "key.pem"),
        ]
    };
    for flags in [&["health"][..], &["health", "--ready"]] {
        let ran = world.place.run_with(flags, "", &environment("certificate.pem"));
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    }
    let other = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    fs::write(world.file("other.pem"), other.cert.pem()).expect("a file");
    fs::write(world.file("garbage.pem"), "garbage").expect("a file");
    for renewed in ["other.pem", "garbage.pem"] {
        for flags in [&["health"][..], &["health", "--ready"]] {
            let ran = world.place.run_with(flags, "", &environment(renewed));
            assert_eq!(ran.code, Some(0), "the server serves the one of before: {}", ran.stderr);
            assert!(ran.stderr.contains("warning: ") && ran.stderr.contains(renewed), "{}", ran.stderr);
        }
    }
    let files = [("COUNTERSIGN_TLS_CERTIFICATE", "certificate.pem"), ("COUNTERSIGN_TLS_KEY", "key.pem")];
    let ran = world.place.run_with(&["health", "--listen", &address], "", &files);
    assert_eq!(ran.code, Some(0), "asked where a flag of `serve` put it: {}", ran.stderr);
    drop(server);
    let ran = world.place.run_with(&["health"], "", &environment("certificate.pem"));
    assert!(ran.code != Some(0) && ran.stderr.contains("is not well"), "{}", ran.stderr);
}

#[test]
fn files_that_cannot_be_used_stop_the_start_and_are_named() {
    let world = World::new();
    let place = &world.place;
    let key = fs::read(world.file("key.pem")).expect("a key");
    world.renew();
    fs::write(world.file("other.pem"), key).expect("a file");
    fs::write(world.file("garbage.pem"), "garbage").expect("a file");
    for (certificate, key, told) in [
        ("certificate.pem", "nowhere.pem", "COUNTERSIGN_TLS_KEY: nowhere.pem"),
        ("nowhere.pem", "key.pem", "COUNTERSIGN_TLS_CERTIFICATE: nowhere.pem"),
        ("certificate.pem", "other.pem", "is not the key of the certificate"),
        ("garbage.pem", "key.pem", "holds no certificate"),
        ("certificate.pem", "", "TLS needs both files"),
        ("", "key.pem", "TLS needs both files"),
    ] {
        let environment = [("COUNTERSIGN_TLS_CERTIFICATE", certificate), ("COUNTERSIGN_TLS_KEY", key)];
        let flags = ["--listen", "127.0.0.1:0", "--public-url", "https://countersign.test"];
        for command in [&["serve"][..], &["config", "check"]] {
            let ran = place.run_with(&[command, &flags].concat(), "", &environment);
            assert_eq!(ran.code, Some(1), "{command:?}: {}", ran.stderr);
            assert!(ran.stderr.contains("tls") || ran.stderr.contains("TLS"), "{}", ran.stderr);
            assert!(
                ran.stderr.replace("tls.certificate: ", "").replace("tls.key: ", "").contains(told),
                "{told}: {}",
                ran.stderr
            );
        }
    }
}
