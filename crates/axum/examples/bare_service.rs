//! A tower service without a router, on a server of hyper's: the layer needs no more than that.

use axum::body::Body;
use countersign_axum::{TokenRule, VerifiedRequest, protect};
use countersign_core::{HmacSha256, Origin, Secret, sign};
use countersign_provider::{Clock, Provider, System, token};
use countersign_store::{ClientRecord, MemoryStore};
use http::{Request, Response};
use hyper::body::Incoming;
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto::Builder,
    service::TowerToHyperService,
};
use std::{convert::Infallible, error::Error};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};
use tower::{ServiceBuilder, service_fn};

/// Runs behind the layer alone, so the proof is there.
async fn hello(request: Request<Body>) -> Result<Response<Body>, Infallible> {
    let caller = request.extensions().get::<VerifiedRequest>().map(|verified| &*verified.client().name);
    Ok(Response::new(Body::from(format!("hello {}", caller.unwrap_or("nobody")))))
}

async fn serve(listener: TcpListener, provider: Provider) -> std::io::Result<()> {
    let service = ServiceBuilder::new()
        // A body that can be read and put back: any that is made from bytes will do.
        .map_request(|request: Request<Incoming>| request.map(Body::new))
        .layer(protect(&provider).token(TokenRule::None))
        .service(service_fn(hello));
    loop {
        let (stream, _) = listener.accept().await?;
        let service = TowerToHyperService::new(service.clone());
        tokio::spawn(async move {
            // OK because a connection that broke off has nobody to be told
            let _ = Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

#[tokio::main(flavor = "current_thread")]
pub(crate) async fn main() -> Result<(), Box<dyn Error>> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let (address, public_url) = (listener.local_addr()?, "https://photos.example.net");
    let mut client = ClientRecord::with_secret("dpf43f3p2l4k3l03", "kd94hf93k423kf44", "Printer");
    client.two_legged = true;
    let store = MemoryStore::default().with(client);
    let provider = Provider::builder(public_url).store(store).tls_terminated_upstream(true).build()?;
    tokio::spawn(serve(listener, provider));

    let origin: Origin = public_url.parse()?;
    let request = sign::Request::new("GET", &origin, "/")
        .client("dpf43f3p2l4k3l03", &Secret::from("kd94hf93k423kf44"))
        .stamp(System.now(), &token(&System, 16))
        .sign(&HmacSha256)?;
    let header = format!("authorization: {}\r\n", request.header());
    for (field, status, said) in [(&*header, "200 OK", "hello Printer"), ("", "401", "parameter_absent")] {
        let mut stream = TcpStream::connect(address).await?;
        let text = format!("GET / HTTP/1.1\r\nhost: photos.example.net\r\nconnection: close\r\n{field}\r\n");
        stream.write_all(text.as_bytes()).await?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await?;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")) && answer.contains(said), "{answer}");
    }
    println!("a service of your own, and who calls it");
    Ok(())
}
