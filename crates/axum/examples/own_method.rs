//! A signature method of your own: HMAC-SHA384, on both sides of the wire.

use axum::{Router, body::Body, routing::get};
use base64::{Engine, prelude::BASE64_STANDARD};
use countersign_axum::{AuthorizedClient, TokenRule, protect};
use countersign_core::{
    BadKey, BadSignature, BaseString, KeyKind, Keys, Origin, PreparedKey, Secret, Signature, SignatureMethod,
    SigningMethod, sign,
};
use countersign_provider::{Clock, Provider, System, token};
use countersign_store::{ClientRecord, MemoryStore};
use hmac::{Hmac, KeyInit, Mac};
use http::{Request, StatusCode};
use sha2::Sha384;
use std::error::Error;
use tower::ServiceExt;

const NAME: &str = "HMAC-SHA384";

struct HmacSha384;

/// The MAC of one client and token, its key mixed in already.
struct Keyed(Hmac<Sha384>);

impl SignatureMethod for HmacSha384 {
    fn name(&self) -> &str {
        NAME
    }

    fn kind(&self) -> KeyKind {
        KeyKind::SharedSecret
    }

    fn prepare(&self, keys: &Keys<'_>) -> Result<Box<dyn PreparedKey>, BadKey> {
        let mac = Hmac::new_from_slice(&keys.shared_secret()).map_err(|_| BadKey::Kind)?;
        Ok(Box::new(Keyed(mac)))
    }
}

impl PreparedKey for Keyed {
    fn verify(&self, base: &BaseString, signature: &Signature<'_>) -> Result<(), BadSignature> {
        let mut buffer = [0; 48];
        let received = signature.base64(&mut buffer)?;
        let mac = self.0.clone().chain_update(base.as_bytes());
        mac.verify_slice(received).map_err(|_| BadSignature) // in constant time, over the full length
    }
}

/// The client's side, for a client that is written in Rust too.
impl SigningMethod for HmacSha384 {
    fn name(&self) -> &str {
        NAME
    }

    fn sign(&self, base: &BaseString, client_secret: &Secret, token_secret: &Secret) -> String {
        let keys = Keys { client_secret, token_secret, public_key: None };
        // OK because HMAC takes a key of any length
        let mac = Hmac::<Sha384>::new_from_slice(&keys.shared_secret()).expect("any length");
        BASE64_STANDARD.encode(mac.chain_update(base.as_bytes()).finalize().into_bytes())
    }
}

/// A route that takes requests of a client alone, by the methods that are built in and by ours.
fn app(public_url: &str) -> Result<Router, Box<dyn Error>> {
    let mut client = ClientRecord::with_secret("dpf43f3p2l4k3l03", "kd94hf93k423kf44", "Printer");
    client.two_legged = true;
    let provider = Provider::builder(public_url)
        .store(MemoryStore::default().with(client))
        .signature_method(HmacSha384)
        .tls_terminated_upstream(true)
        .build()?;
    let status = get(async |caller: AuthorizedClient| caller.signature_method().to_owned());
    let protected = protect(&provider).token(TokenRule::None);
    Ok(Router::new().route("/status", status.route_layer(protected)))
}

/// Asks for the status: what a client would send.
fn signed(public_url: &str, secret: &str) -> Result<Request<Body>, Box<dyn Error>> {
    let origin: Origin = public_url.parse()?;
    let header = sign::Request::new("GET", &origin, "/status")
        .client("dpf43f3p2l4k3l03", &Secret::from(secret))
        .stamp(System.now(), &token(&System, 16))
        .sign(&HmacSha384)?
        .header();
    let request = Request::get("/status").header("host", "photos.example.net");
    Ok(request.header("authorization", header).body(Body::empty())?)
}

#[tokio::main(flavor = "current_thread")]
pub(crate) async fn main() -> Result<(), Box<dyn Error>> {
    let public_url = "https://photos.example.net";
    let app = app(public_url)?;

    let accepted = app.clone().oneshot(signed(public_url, "kd94hf93k423kf44")?).await?;
    assert_eq!(accepted.status(), StatusCode::OK);
    let body = axum::body::to_bytes(accepted.into_body(), 100).await?;
    assert_eq!(body, NAME);

    let refused = app.oneshot(signed(public_url, "another secret")?).await?;
    assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
    println!("{NAME} verifies its own signature and refuses another");
    Ok(())
}
