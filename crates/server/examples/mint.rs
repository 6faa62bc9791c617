//! Prints an identity JWT that a server with the same configuration could have signed, to try a verifier on:
//!
//! ```sh
//! cargo run -p countersign-server --example mint -- https://photos.internal
//! ```
//!
//! The caller is made up: a client `printer` on behalf of `jane`, with the scope `photos`.

use countersign_core::{HmacSha256, Origin, TokenId, sign};
use countersign_provider::{Clock, Incoming, Policy, Provider, System, VerifiedRequest};
use countersign_server::{config::Config, jwt::Signer};
use countersign_store::{ClientRecord, MemoryStore, TokenRecord, TokenStatus, TokenStore};
use std::{error::Error, path::Path};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let audience = std::env::args().nth(1).ok_or("usage: mint AUDIENCE")?;
    let (file, environment) = (std::env::var_os("COUNTERSIGN_CONFIG"), std::env::vars().collect::<Vec<_>>());
    let config = Config::read(file.as_deref().map(Path::new), &environment)?;
    let signer = Signer::open(&config)?.ok_or("identity.jwt is empty: set it to EdDSA or ES256")?;
    println!("{}", signer.sign(&verified().await?, &audience, System.now())?);
    Ok(())
}

/// Only a request whose signature was verified has an identity: so one is signed, and verified.
async fn verified() -> Result<VerifiedRequest, Box<dyn Error>> {
    let url = "https://photos.example.net";
    let client = ClientRecord::with_secret("printer", "kd94hf93k423kf44", "Printer");
    let token = TokenRecord {
        id: TokenId::new("nnch734d00sl2jdk")?,
        secret: "pfkkdhi9sl3r4s00".into(),
        client: client.id.clone(),
        owner: "jane".into(),
        scopes: vec!["photos".into()],
        issued: System.now(),
        expires: None,
        status: TokenStatus::Active,
    };
    let store = MemoryStore::default().with(client);
    store.issue(&token).await?;
    let provider = Provider::builder(url).store(store).build()?;

    let origin: Origin = url.parse()?;
    let signed = sign::Request::new("GET", &origin, "/photos")
        .client("printer", &"kd94hf93k423kf44".into())
        .token("nnch734d00sl2jdk", &"pfkkdhi9sl3r4s00".into())
        .stamp(System.now(), "kllo9940pd9333jh")
        .sign(&HmacSha256)?;
    let header = signed.header();
    let fields = [("host", &b"photos.example.net"[..]), ("authorization", header.as_bytes())];
    let incoming = Incoming::new("GET", "/photos", &fields).tls(true);
    Ok(provider.protect(&incoming, &Policy::default()).await.map_err(|rejection| format!("{rejection:?}"))?)
}
