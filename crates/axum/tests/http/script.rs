//! The script that every framework runs, here on axum and on a service without a router.

use crate::{
    flow::script,
    support::{Served, World},
};
use axum::{
    Extension, Router,
    body::{Body, Bytes},
    extract::{Form, OriginalUri, Request},
    routing::{get, post, put},
};
use countersign_axum::{
    Answered, Authorized, AuthorizedClient, BodyHash, ConsentPage, Failure, FormLimit, FromOwner, Owner,
    Pending, ProtectLayer, TokenRule, VerifiedRequest, endpoints, protect,
};
use countersign_provider::Provider;
use countersign_store::ResourceOwner;
use http::{Response, StatusCode};
use http_body_util::BodyExt;
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto::Builder,
    service::TowerToHyperService,
};
use std::convert::Infallible;
use tokio::net::TcpListener;
use tower::{ServiceBuilder, service_fn};

#[tokio::test]
async fn a_resource_on_axum() {
    let world = World::new();
    script::resource(&world, &Served::start(|_| app(&world.provider)).await).await;
}

#[tokio::test]
async fn a_resource_without_a_router() {
    let world = World::new();
    script::resource(&world, &bare_service(world.provider.clone()).await).await;
}

#[tokio::test]
async fn routes_on_axum() {
    let world = World::new();
    script::routes(&world, &Served::start(|_| app(&world.provider)).await).await;
}

#[tokio::test]
async fn the_dance_on_axum() {
    let world = World::new();
    script::dance(&world, &Served::start(|_| app(&world.provider)).await).await;
}

fn app(provider: &Provider) -> Router {
    let alone = || protect(provider).token(TokenRule::None);
    let item = get("an item").route_layer(alone());
    let item = item.merge(put(async |body: Bytes| body).route_layer(alone().body_hash(BodyHash::Require)));
    let albums = Router::new()
        .route("/albums/{name}", get(async |OriginalUri(uri): OriginalUri| uri.path().to_owned()));
    Router::new()
        .merge(endpoints())
        .route("/authorize", get(ask).post(decide))
        .layer(Extension(FormLimit(1000)))
        .route("/echo/{*rest}", axum::routing::any(echo).layer(anybody(provider)))
        .route("/echo/", axum::routing::any(echo).layer(anybody(provider)))
        .route("/photos", get(photos).route_layer(protect(provider)))
        .route("/write", get("written").route_layer(protect(provider).scope("write")))
        .route("/status", get(status).route_layer(alone()))
        .route("/item", item)
        .route("/form", post(async |Form(pairs): Form<Pairs>| format!("{pairs:?}")).route_layer(alone()))
        .nest("/api", Router::new().nest("/v1", albums.route_layer(alone())))
        .route("/owner", get(async |Owner(user): Owner<User>| user.0).route_layer(protect(provider)))
        .route("/open", get(photos))
        .route("/lenient", get(photos).route_layer(anybody(provider)))
        .with_state(provider.clone())
}

type Pairs = Vec<(String, String)>;

fn anybody(provider: &Provider) -> ProtectLayer {
    protect(provider).token(TokenRule::Optional).body_hash(BodyHash::Verify).form_limit(400)
}

async fn ask(pending: Pending) -> ConsentPage {
    pending.page()
}

async fn decide(pending: Pending) -> Result<Answered, Failure> {
    pending.answer("jane").await
}

async fn photos(caller: Authorized) -> String {
    format!("the photos of {}", caller.resource_owner())
}

async fn status(caller: AuthorizedClient) -> String {
    format!("hello {}", caller.client().name)
}

async fn echo(OriginalUri(uri): OriginalUri, request: Request) -> String {
    let verified = request.extensions().get::<VerifiedRequest>().expect("a verified request");
    let owner = verified.resource_owner().map_or("nobody", ResourceOwner::as_str);
    let who = format!("{} for {owner}: {} {uri}", verified.client().name, request.method());
    let body = request.into_body().collect().await.expect("a body").to_bytes();
    format!("{who}\n{}", String::from_utf8_lossy(&body))
}

struct User(&'static str);

impl<S: Sync> FromOwner<S> for User {
    type Rejection = StatusCode;

    async fn from_owner(owner: &ResourceOwner, _: &S) -> Result<Self, StatusCode> {
        if owner.as_str() == "jane" { Ok(Self("Jane Doe")) } else { Err(StatusCode::FORBIDDEN) }
    }
}

async fn bare_service(provider: Provider) -> Served {
    let told = async |request: Request| {
        let uri = OriginalUri(request.uri().clone());
        let mut response = Response::new(Body::from(echo(uri, request).await));
        let kind = http::HeaderValue::from_static("text/plain; charset=utf-8");
        response.headers_mut().insert("content-type", kind);
        Ok::<_, Infallible>(response)
    };
    let service = ServiceBuilder::new()
        .map_request(|request: http::Request<hyper::body::Incoming>| request.map(Body::new))
        .layer(anybody(&provider))
        .service(service_fn(told));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    let task = tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.expect("a connection");
            let service = TowerToHyperService::new(service.clone());
            let builder = Builder::new(TokioExecutor::new());
            // OK because a connection that broke off has nobody to be told
            tokio::spawn(async move { drop(builder.serve_connection(TokioIo::new(stream), service).await) });
        }
    });
    Served::new(address, move || task.abort())
}
