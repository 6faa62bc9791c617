//! A resource server: a process of its own that verifies what `countersign serve` has issued, on the stores that both share.
//!
//! ```sh
//! countersign serve --insecure-http
//! cargo run -p countersign-server --example resource_server -- countersign.db countersign.keys 127.0.0.1:8081
//! ```
//!
//! It issues nothing and has no pages. Nonces and revocations are shared, so that no request counts twice, wherever it is
//! sent, and a token that was revoked there is refused here within five seconds. It goes on while the other is down.

use axum::{Json, Router, routing::get};
use countersign_axum::{Authorized, protect};
use countersign_provider::Provider;
use countersign_store::{Cached, KeyFile, Sealed};
use countersign_store_sqlite::{Options, SqliteStore};
use serde_json::{Value, json};
use std::{error::Error, net::SocketAddr, path::Path, sync::Arc};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let [database, keys, listen, rest @ ..] = arguments.as_slice() else {
        return Err("usage: resource_server DATABASE KEYS ADDRESS [PUBLIC_URL]".into());
    };
    let listener = tokio::net::TcpListener::bind(listen).await?;
    let address = listener.local_addr()?;
    // What clients sign for this server: where proxies are in between, the address that clients know.
    let public_url = rest.first().cloned().unwrap_or_else(|| format!("http://{address}"));
    let provider = Provider::builder(&public_url)
        .store(shared(database.as_ref(), keys.as_ref())?)
        .danger_insecure_http(true) // on your machine alone; behind TLS: .trusted_proxy(…) instead
        .build()?;

    println!("the resource server serves http://{address}");
    let app = app(&provider).into_make_service_with_connect_info::<SocketAddr>();
    Ok(axum::serve(listener, app).await?)
}

/// What the authorization server has made: a resource server makes none of it, since an empty database knows nobody and a
/// new key ring opens nothing.
fn shared(database: &Path, keys: &Path) -> Result<Cached<Sealed<SqliteStore>>, Box<dyn Error>> {
    if !database.exists() {
        return Err(
            format!("there is no database {}: start `countersign serve` first", database.display()).into()
        );
    }
    let keys = KeyFile::open(keys)?.ok_or_else(|| format!("there is no key ring {}", keys.display()))?;
    let rows = SqliteStore::open(database, Options::default())?;
    Ok(Cached::new(Sealed::new(rows, Arc::new(keys)), 10_000))
}

fn app(provider: &Provider) -> Router {
    Router::new().route("/api/whoami", get(whoami)).route_layer(protect(provider).scope("photos"))
}

async fn whoami(caller: Authorized) -> Json<Value> {
    Json(json!({ "client": caller.client().id.as_str(), "resource_owner": caller.resource_owner().as_str() }))
}
