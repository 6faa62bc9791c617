//! The consent page: what the script of every framework does not ask.

use crate::support::{Credentials, FORM, ORIGIN, Reply, World, call, carrying, form, printer};
use actix_web::{App, web};
use countersign_actix::{Answered, ConsentPage, Failure, Pending};
use countersign_store::ClientRecord;
use http::Request;

async fn ask(pending: Pending) -> ConsentPage {
    pending.page()
}

async fn decide(pending: Pending) -> Result<Answered, Failure> {
    pending.answer("jane").await
}

async fn page(world: &World, request: actix_web::test::TestRequest) -> Reply {
    let authorize = web::resource("/authorize").get(ask).post(decide);
    call(App::new().app_data(world.provider.clone()).service(authorize), request).await
}

fn granting(temporary: &Credentials, field: (&str, &str)) -> actix_web::test::TestRequest {
    let head = Request::post("/authorize").header("host", "photos.example.net").header("content-type", FORM);
    let body = form(&[("oauth_token", &temporary.id), ("decision", "grant")]);
    carrying(head.header(field.0, field.1), body)
}

fn asking(temporary: &Credentials) -> actix_web::test::TestRequest {
    let head = Request::get(format!("/authorize?oauth_token={}", temporary.id));
    carrying(head.header("host", "photos.example.net"), "")
}

#[tokio::test]
async fn consent_csrf_a_form_of_another_site_is_refused() {
    let world = World::new();
    let temporary = world.temporary("oob").await;
    for field in [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("sec-fetch-site", ""),
        ("origin", "https://evil.example"),
        ("origin", "http://photos.example.net"),
        ("origin", "null"),
    ] {
        assert_eq!(page(&world, granting(&temporary, field)).await.status, 403, "{field:?}");
    }
    assert_eq!(page(&world, granting(&temporary, ("origin", ORIGIN))).await.status, 200);
}

#[tokio::test]
async fn a_hostile_name_is_escaped() {
    let world = World::new();
    world.store.put(ClientRecord { name: "<img src=x onerror=alert(1)>".into(), ..printer() });
    let reply = page(&world, asking(&world.temporary("oob").await)).await;
    assert!(reply.body.contains("&lt;img src=x") && !reply.body.contains("<img"), "{}", reply.body);
}

#[tokio::test]
async fn the_page_is_refused_over_http() {
    let world = World::with(|builder| builder);
    let reply = page(&world, asking(&world.temporary("oob").await)).await;
    assert_eq!(reply.status, 400);
    assert!(reply.body.contains("Use https"), "{}", reply.body);
}

#[tokio::test]
async fn the_request_that_waits_can_be_read() {
    let world = World::new();
    let temporary = world.temporary("oob").await;
    let told = async |pending: Pending| format!("{} {:?}", pending.client().name, pending.destination());
    let app = App::new().app_data(world.provider.clone()).route("/authorize", web::get().to(told));
    assert_eq!(call(app, asking(&temporary)).await.body, "Printer None");
    assert_eq!(world.pending(&temporary).await.client().name, "Printer");
}

#[tokio::test]
async fn a_provider_that_is_missing_is_500_and_says_so() {
    let app = App::new().route("/authorize", web::get().to(ask));
    let reply = call(app, asking(&Credentials::new("any", "any"))).await;
    assert_eq!(reply.status, 500);
    assert_eq!(reply.body, "This route has no provider. Is it in `app_data`?");
}

#[tokio::test]
async fn a_failure_says_why() {
    let world = World::new();
    let temporary = world.temporary("oob").await;
    world.pending(&temporary).await.deny().await.expect("a denial");
    let why = async |pending: Result<Pending, Failure>| {
        pending.err().map(|failure| format!("{:?} {failure}", failure.rejection().map(|why| why.code())))
    };
    let app = App::new().app_data(world.provider.clone()).route("/authorize", web::get().to(why));
    let reply = call(app, asking(&temporary)).await;
    assert!(reply.body.starts_with("Some(\"token_rejected\") token_rejected: "), "{}", reply.body);
}
