//! Real connections to a server of this machine, over TLS too.

use super::*;
use rustls::{ServerConfig, crypto::aws_lc_rs, pki_types::PrivateKeyDer};
use std::{fs, sync::Arc};
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
    task::JoinHandle,
};
use tokio_rustls::TlsAcceptor;

/// A certificate in a file, and what speaks TLS with it.
struct Certified {
    folder: TempDir,
    acceptor: TlsAcceptor,
}

impl Certified {
    fn new() -> Self {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
        let folder = TempDir::new().expect("a folder");
        fs::write(folder.path().join("root.pem"), made.cert.pem()).expect("a file");
        let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).expect("a key");
        let config = ServerConfig::builder_with_provider(aws_lc_rs::default_provider().into())
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key)
            .expect("a certificate");
        Self { folder, acceptor: TlsAcceptor::from(Arc::new(config)) }
    }

    fn outgoing(&self) -> Outgoing {
        outgoing("https://localhost", &self.folder.path().join("root.pem"))
    }
}

fn outgoing(issuer: &str, roots: &std::path::Path) -> Outgoing {
    let text =
        format!("id = \"a\"\nissuer = \"{issuer}\"\nclient_id = \"c\"\nroot_certificates = {roots:?}\n");
    let settings: Oidc = toml::from_str(&text).expect("settings");
    Outgoing::new(&settings).expect("certificates")
}

/// Answers one request with these bytes, over TLS where there is a certificate; gives the port, and the request.
async fn answers(bytes: Vec<u8>, acceptor: Option<TlsAcceptor>) -> (u16, JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let port = listener.local_addr().expect("an address").port();
    let served = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.expect("a connection");
        match acceptor {
            Some(acceptor) => match acceptor.accept(stream).await {
                Ok(stream) => answer(stream, &bytes).await,
                Err(_) => String::new(),
            },
            None => answer(stream, &bytes).await,
        }
    });
    (port, served)
}

async fn answer(mut stream: impl AsyncRead + AsyncWrite + Unpin, bytes: &[u8]) -> String {
    let mut seen = vec![0; 4096];
    let length = stream.read(&mut seen).await.expect("a request");
    // OK because whoever has seen too much hangs up
    let _ = stream.write_all(bytes).await;
    let _ = stream.shutdown().await;
    String::from_utf8_lossy(&seen[..length]).into_owned()
}

fn get(url: &str) -> HttpRequest {
    Request::get(url).body(Vec::new()).expect("a request")
}

fn ok(body: &str) -> Vec<u8> {
    format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

#[tokio::test]
async fn an_answer_comes_over_tls_from_whom_the_certificate_names() {
    let certified = Certified::new();
    let (port, served) = answers(ok("hello"), Some(certified.acceptor.clone())).await;
    let answer =
        certified.outgoing().send(get(&format!("https://localhost:{port}/a?b=c"))).await.expect("one");
    assert_eq!((answer.status().as_u16(), &answer.body()[..]), (200, &b"hello"[..]));
    let seen = served.await.expect("a request").to_ascii_lowercase();
    assert!(seen.starts_with("get /a?b=c http/1.1\r\n"), "{seen}");
    assert!(seen.contains(&format!("host: localhost:{port}\r\n")), "{seen}");
}

#[tokio::test]
async fn server_with_a_foreign_certificate_is_not_asked() {
    let (certified, other) = (Certified::new(), Certified::new());
    let (port, served) = answers(ok("hello"), Some(other.acceptor.clone())).await;
    let refused = certified.outgoing().send(get(&format!("https://localhost:{port}/"))).await.unwrap_err();
    assert!(matches!(refused, Problem::Connection(_)), "{refused:?}");
    assert_eq!(served.await.expect("no request"), "");
    let (port, _served) = answers(ok("hello"), Some(certified.acceptor.clone())).await;
    let refused = certified.outgoing().send(get(&format!("https://127.0.0.1:{port}/"))).await.unwrap_err();
    assert!(matches!(refused, Problem::Connection(_)), "another name than the certificate's: {refused:?}");
}

#[tokio::test]
async fn http_goes_to_this_machine_alone_and_only_where_the_issuer_is_http() {
    let certified = Certified::new();
    let plain = outgoing("http://127.0.0.1:1", std::path::Path::new(""));
    for url in
        ["http://id.example/", "http://127.0.0.2/", "http://localhost.evil.example/", "ftp://127.0.0.1/"]
    {
        assert!(matches!(plain.send(get(url)).await, Err(Problem::Insecure)), "{url}");
    }
    let refused = certified.outgoing().send(get("http://127.0.0.1:1/")).await;
    assert!(matches!(refused, Err(Problem::Insecure)), "{refused:?}");
    let (port, _served) = answers(ok("hello"), None).await;
    let answer = plain.send(get(&format!("http://127.0.0.1:{port}/"))).await.expect("an answer");
    assert_eq!(answer.body(), b"hello");
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_leads_nowhere() {
    let plain = outgoing("http://127.0.0.1:1", std::path::Path::new(""));
    let moved = b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n".to_vec();
    let (port, _served) = answers(moved, None).await;
    let answer = plain.send(get(&format!("http://127.0.0.1:{port}/"))).await.expect("an answer");
    assert_eq!(answer.status().as_u16(), 302);
}

#[tokio::test]
async fn answers_that_are_too_large_or_break_off_or_are_none_are_refused() {
    let plain = outgoing("http://127.0.0.1:1", std::path::Path::new(""));
    let short = b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello".to_vec();
    for (bytes, told) in [
        (ok(&"x".repeat(MOST + 1)), "larger"),
        (short, "breaks off"),
        (b"SSH-2.0-x\r\n".to_vec(), "no answer"),
        (Vec::new(), "no answer"),
    ] {
        let (port, _served) = answers(bytes, None).await;
        let refused = plain.send(get(&format!("http://127.0.0.1:{port}/"))).await.unwrap_err();
        assert!(refused.to_string().contains(told), "{told}: {refused:?}");
    }
    assert!(plain.send(get("http://127.0.0.1:1/")).await.is_err(), "nobody listens there");
}

#[tokio::test(start_paused = true)]
async fn an_issuer_that_hangs_is_given_up_and_holds_a_few_requests_alone() {
    let plain = Arc::new(outgoing("http://127.0.0.1:1", std::path::Path::new("")));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("http://{}/", listener.local_addr().expect("an address"));
    let waiting: Vec<_> = (0..=TURNS)
        .map(|_| {
            let (plain, request) = (Arc::clone(&plain), get(&url));
            tokio::spawn(async move { plain.send(request).await })
        })
        .collect();
    let mut told = Vec::new();
    for one in waiting {
        told.push(one.await.expect("an end").unwrap_err());
    }
    let late = told.iter().filter(|problem| matches!(problem, Problem::Late)).count();
    let busy = told.iter().filter(|problem| matches!(problem, Problem::Busy)).count();
    assert_eq!((late, busy), (TURNS, 1), "{told:?}");
}

#[test]
fn root_certificates_that_cannot_be_used_are_named() {
    let folder = TempDir::new().expect("a folder");
    let path = folder.path().join("root.pem");
    let open = || {
        let text =
            format!("id = \"a\"\nissuer = \"https://a\"\nclient_id = \"c\"\nroot_certificates = {path:?}\n");
        Outgoing::new(&toml::from_str(&text).expect("settings")).map(drop)
    };
    assert!(open().is_err(), "it is not there");
    for text in ["", "garbage", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
        fs::write(&path, text).expect("a file");
        let told = open().expect_err(text);
        assert!(told.contains("root.pem"), "{told}");
    }
}
