//! Where the layer may stand: on one method of a route, on a route, on a whole router, on a nested one.

use axum::{
    Router,
    body::{Body, Bytes},
    routing::{get, put},
};
use countersign_axum::{AuthorizedClient, BodyHash, ProtectLayer, TokenRule, protect};
use countersign_core::{HmacSha256, Origin, Secret, sign};
use countersign_provider::{Clock, Provider, System, token};
use countersign_store::{ClientRecord, MemoryStore};
use http::{Request, StatusCode};
use std::error::Error;
use tower::ServiceExt;

const PUBLIC_URL: &str = "https://photos.example.net";

fn app(provider: &Provider) -> Router {
    let client_alone = || -> ProtectLayer { protect(provider).token(TokenRule::None) };
    // Each method has a policy of its own: what is written states the hash of its body.
    let photo = get("a photo").route_layer(client_alone()).merge(
        put(async |photo: Bytes| format!("{} bytes", photo.len()))
            .route_layer(client_alone().body_hash(BodyHash::Require).form_limit(10 << 20)),
    );
    // A whole router: what it does not know is not told to strangers either.
    let albums = Router::new().route("/albums", get("the albums")).layer(client_alone());
    // A nested one: the client signs /api/v1/status, and that is what is verified.
    let status = get(async |caller: AuthorizedClient| caller.client().name.clone());
    let api = Router::new().route("/status", status).route_layer(client_alone());
    Router::new()
        .route("/about", get("open to everybody"))
        .route("/photo", photo)
        .merge(albums)
        .nest("/api/v1", api)
}

/// What a client sends, the hash of its body stated.
fn signed(method: &str, path: &str, body: &'static str) -> Result<Request<Body>, Box<dyn Error>> {
    let origin: Origin = PUBLIC_URL.parse()?;
    let request = sign::Request::new(method, &origin, path)
        .client("dpf43f3p2l4k3l03", &Secret::from("kd94hf93k423kf44"))
        .stamp(System.now(), &token(&System, 16));
    let request = if body.is_empty() { request } else { request.body(body.as_bytes()) };
    let head = Request::builder().method(method).uri(path).header("host", "photos.example.net");
    Ok(head.header("authorization", request.sign(&HmacSha256)?.header()).body(Body::from(body))?)
}

#[tokio::main(flavor = "current_thread")]
pub(crate) async fn main() -> Result<(), Box<dyn Error>> {
    let mut client = ClientRecord::with_secret("dpf43f3p2l4k3l03", "kd94hf93k423kf44", "Printer");
    client.two_legged = true;
    let store = MemoryStore::default().with(client);
    let app = app(&Provider::builder(PUBLIC_URL).store(store).tls_terminated_upstream(true).build()?);
    for (method, path, body, said) in [
        ("GET", "/photo", "", "a photo"),
        ("PUT", "/photo", "pixels", "6 bytes"),
        ("GET", "/albums", "", "the albums"),
        ("GET", "/api/v1/status", "", "Printer"),
    ] {
        let response = app.clone().oneshot(signed(method, path, body)?).await?;
        assert_eq!(response.status(), StatusCode::OK, "{method} {path}");
        assert_eq!(axum::body::to_bytes(response.into_body(), 100).await?, said);
        let bare = Request::builder().method(method).uri(path).header("host", "photos.example.net");
        let response = app.clone().oneshot(bare.body(Body::empty())?).await?;
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED, "{method} {path}");
    }
    let mut changed = signed("PUT", "/photo", "pixels")?;
    *changed.body_mut() = Body::from("others");
    assert_eq!(app.clone().oneshot(changed).await?.status(), StatusCode::UNAUTHORIZED);
    let open = Request::get("/about").body(Body::empty())?;
    assert_eq!(app.oneshot(open).await?.status(), StatusCode::OK);
    println!("four places, four policies, and one route that is open");
    Ok(())
}
