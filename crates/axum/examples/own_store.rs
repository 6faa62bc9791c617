//! Stores of your own: nonces in a table of yours, clients from a directory of yours, the rest in memory.

use async_trait::async_trait;
use axum::{Router, body::Body, routing::get};
use countersign_axum::{AuthorizedClient, TokenRule, protect};
use countersign_core::{ClientId, HmacSha256, Origin, Secret, Timestamp, sign};
use countersign_provider::{Clock, Provider, System, token};
use countersign_store::{
    ClientRecord, ClientStore, Freshness, MemoryStore, NonceKey, NonceStore, NonceUse, StoreError,
    WithClients,
};
use http::{Request, StatusCode};
use std::{collections::HashMap, error::Error, sync::Mutex};
use tower::ServiceExt;

/// Nonces, each as a digest of 16 bytes with the time until which it is kept.
struct Nonces {
    key: NonceKey,
    seen: Mutex<HashMap<[u8; 16], Timestamp>>,
}

#[async_trait]
impl NonceStore for Nonces {
    async fn remember(
        &self,
        used: &NonceUse<'_>,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<Freshness, StoreError> {
        // What cannot be known is an error, and the request is refused: never `Fresh`.
        let mut seen = self.seen.lock().map_err(|_| StoreError::unavailable("a thread panicked"))?;
        seen.retain(|_, until| *until >= now);
        // One step under one lock: of two requests at once, one finds the other.
        let known = seen.insert(used.digest(&self.key), until);
        Ok(if known.is_none() { Freshness::Fresh } else { Freshness::Replayed })
    }
}

/// Clients as your own system knows them: here a table of identifiers and secrets.
struct Directory {
    secrets: HashMap<&'static str, &'static str>,
}

#[async_trait]
impl ClientStore for Directory {
    async fn client(&self, id: &ClientId) -> Result<Option<ClientRecord>, StoreError> {
        Ok(self.secrets.get(id.as_str()).map(|secret| {
            let mut client = ClientRecord::with_secret(id.as_str(), secret, "A partner");
            client.two_legged = true;
            client
        }))
    }
}

fn app(public_url: &str) -> Result<Router, Box<dyn Error>> {
    let secrets = HashMap::from([("dpf43f3p2l4k3l03", "kd94hf93k423kf44")]);
    let directory = Directory { secrets };
    let provider = Provider::builder(public_url)
        .store(WithClients::new(directory, MemoryStore::default())) // all the rest in memory
        .nonces(Nonces { key: NonceKey::ephemeral(), seen: Mutex::default() })
        .tls_terminated_upstream(true)
        .build()?;
    let status = get(async |caller: AuthorizedClient| caller.client().name.clone());
    let protected = protect(&provider).token(TokenRule::None);
    Ok(Router::new().route("/status", status.route_layer(protected)))
}

/// The header of one signed request.
fn signed(public_url: &str, client: &str) -> Result<String, Box<dyn Error>> {
    let origin: Origin = public_url.parse()?;
    let request = sign::Request::new("GET", &origin, "/status")
        .client(client, &Secret::from("kd94hf93k423kf44"))
        .stamp(System.now(), &token(&System, 16));
    Ok(request.sign(&HmacSha256)?.header())
}

async fn status(app: &Router, header: &str) -> Result<StatusCode, Box<dyn Error>> {
    let request = Request::get("/status").header("host", "photos.example.net");
    let request = request.header("authorization", header).body(Body::empty())?;
    Ok(app.clone().oneshot(request).await?.status())
}

#[tokio::main(flavor = "current_thread")]
pub(crate) async fn main() -> Result<(), Box<dyn Error>> {
    let public_url = "https://photos.example.net";
    let app = app(public_url)?;

    let header = signed(public_url, "dpf43f3p2l4k3l03")?;
    assert_eq!(status(&app, &header).await?, StatusCode::OK);
    assert_eq!(status(&app, &header).await?, StatusCode::UNAUTHORIZED, "a replay");
    let stranger = signed(public_url, "nobody")?;
    assert_eq!(status(&app, &stranger).await?, StatusCode::UNAUTHORIZED, "no client of ours");
    println!("a request is accepted once, and of a known client alone");
    Ok(())
}
