//! The README's first example: a provider and a protected route, complete.

use axum::{Router, extract::Request, middleware, response::*, routing::get};
use countersign_axum::{Answered, Authorized, ConsentPage, Failure, Pending, endpoints, protect};
use countersign_provider::{BuildError, Provider};
use countersign_store::{ClientRecord, MemoryStore};

pub(crate) fn app(public_url: &str) -> Result<Router, BuildError> {
    let mut client = ClientRecord::with_secret("dpf43f3p2l4k3l03", "kd94hf93k423kf44", "Printer");
    client.callbacks = vec!["http://localhost/ready".into()]; // on any port, since it is loopback
    let provider = Provider::builder(public_url) // what clients sign
        .store(MemoryStore::default().with(client))
        .danger_insecure_http(true) // on your machine alone: leave it out behind TLS
        .build()?;
    Ok(Router::new()
        .route("/photos", get(photos).route_layer(protect(&provider))) // verify, or answer 400/401
        .route("/authorize", get(ask).post(decide).route_layer(middleware::from_fn(sign_in)))
        .merge(endpoints()) // POST /initiate and POST /token
        .with_state(provider))
}

async fn photos(caller: Authorized) -> String {
    format!("the photos of {}", caller.resource_owner())
}
async fn ask(pending: Pending) -> ConsentPage {
    pending.page() // escaped, unframeable; bring your own template later
}
async fn decide(pending: Pending) -> Result<Answered, Failure> {
    pending.answer("jane").await // mints the verifier, redirects to the callback
}
async fn sign_in(request: Request, next: middleware::Next) -> Response {
    match request.headers().get("authorization") {
        Some(basic) if basic == "Basic amFuZTpzZXNhbWU=" => next.run(request).await, // jane:sesame
        _ => (http::StatusCode::UNAUTHORIZED, [("www-authenticate", "Basic")]).into_response(),
    }
}
#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
    Ok(axum::serve(listener, app("http://127.0.0.1:3000")?).await?)
}
