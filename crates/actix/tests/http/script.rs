//! The script that every framework runs, here on actix-web.

use crate::{
    flow::script,
    support::{Served, World},
};
use actix_web::{
    App, HttpMessage, HttpRequest, Resource,
    error::ErrorForbidden,
    web::{self, Bytes, Form, ServiceConfig},
};
use countersign_actix::{
    Answered, Authorized, AuthorizedClient, BodyHash, ConsentPage, Failure, FormLimit, FromOwner, Owner,
    Pending, ProtectLayer, TokenRule, VerifiedRequest, endpoints, protect,
};
use countersign_provider::Provider;
use countersign_store::ResourceOwner;

#[tokio::test]
async fn a_resource_on_actix() {
    let world = World::new();
    script::resource(&world, &served(&world)).await;
}

#[tokio::test]
async fn routes_on_actix() {
    let world = World::new();
    script::routes(&world, &served(&world)).await;
}

#[tokio::test]
async fn the_dance_on_actix() {
    let world = World::new();
    script::dance(&world, &served(&world)).await;
}

fn served(world: &World) -> Served {
    let provider = world.provider.clone();
    Served::start(move |_| App::new().configure(app(&provider)))
}

fn app(provider: &Provider) -> impl FnOnce(&mut ServiceConfig) + use<> {
    let provider = provider.clone();
    move |config| {
        let alone = || protect(&provider).token(TokenRule::None);
        let resource = |path: &str| web::resource(path.to_owned());
        let albums = resource("/albums/{name}").get(async |request: HttpRequest| request.path().to_owned());
        config
            .configure(endpoints(&provider))
            .app_data(FormLimit(1000))
            .service(resource("/authorize").get(ask).post(decide))
            .service(resource("/echo/{rest:.*}").wrap(anybody(&provider)).to(echo))
            .service(resource("/photos").wrap(protect(&provider)).get(photos))
            .service(resource("/write").wrap(protect(&provider).scope("write")).get(async || "written"))
            .service(resource("/status").wrap(alone()).get(status))
            .service(item(&provider))
            .service(resource("/form").wrap(alone()).post(pairs))
            .service(web::scope("/api").service(web::scope("/v1").wrap(alone()).service(albums)))
            .service(resource("/owner").wrap(protect(&provider)).get(owner))
            .service(resource("/open").get(photos))
            .service(resource("/lenient").wrap(anybody(&provider)).get(photos));
    }
}

fn item(provider: &Provider) -> Resource {
    let alone = || protect(provider).token(TokenRule::None);
    web::resource("/item")
        .route(web::get().to(async || "an item").wrap(alone()))
        .route(web::put().to(async |body: Bytes| body).wrap(alone().body_hash(BodyHash::Require)))
}

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

async fn pairs(Form(pairs): Form<Vec<(String, String)>>) -> String {
    format!("{pairs:?}")
}

async fn owner(Owner(user): Owner<User>) -> &'static str {
    user.0
}

async fn echo(request: HttpRequest, body: Bytes) -> String {
    let extensions = request.extensions();
    let verified = extensions.get::<VerifiedRequest>().expect("a verified request");
    let owner = verified.resource_owner().map_or("nobody", ResourceOwner::as_str);
    let who = format!("{} for {owner}: {} {}", verified.client().name, request.method(), request.uri());
    format!("{who}\n{}", String::from_utf8_lossy(&body))
}

struct User(&'static str);

impl FromOwner for User {
    type Rejection = actix_web::Error;

    async fn from_owner(owner: &ResourceOwner, _: &HttpRequest) -> Result<Self, actix_web::Error> {
        if owner.as_str() == "jane" { Ok(Self("Jane Doe")) } else { Err(ErrorForbidden("not here any more")) }
    }
}
