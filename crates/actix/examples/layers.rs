//! Where the middleware may stand: on one method of a resource, on a resource, on a scope in a scope, on a whole app.

use actix_web::{
    App, Error, Resource,
    body::MessageBody,
    dev::{Service, ServiceResponse},
    http::{Method, StatusCode},
    test::{self, TestRequest},
    web::{self, Bytes, ServiceConfig},
};
use countersign_actix::{AuthorizedClient, BodyHash, ProtectLayer, TokenRule, protect};
use countersign_core::{HmacSha256, Origin, Secret, sign};
use countersign_provider::{Clock, Provider, System, token};
use countersign_store::{ClientRecord, MemoryStore};
use std::error::Error as Failure;

const PUBLIC_URL: &str = "https://photos.example.net";

fn client_alone(provider: &Provider) -> ProtectLayer {
    protect(provider).token(TokenRule::None)
}

/// Each method has a policy of its own: what is written states the hash of its body.
fn photo(provider: &Provider) -> Resource {
    let written = client_alone(provider).body_hash(BodyHash::Require).form_limit(10 << 20);
    web::resource("/photo")
        .route(web::get().to(async || "a photo").wrap(client_alone(provider)))
        .route(web::put().to(async |photo: Bytes| format!("{} bytes", photo.len())).wrap(written))
}

fn routes(provider: &Provider) -> impl FnOnce(&mut ServiceConfig) + use<> {
    let provider = provider.clone();
    let albums = web::resource("/albums").wrap(client_alone(&provider)).get(async || "the albums");
    // A scope in a scope: the client signs /api/v1/status, and that is what is verified.
    let status = web::resource("/status").get(async |caller: AuthorizedClient| caller.client().name.clone());
    let version = web::scope("/v1").wrap(client_alone(&provider)).service(status);
    move |app| {
        app.route("/about", web::get().to(async || "open to everybody"))
            .service(photo(&provider))
            .service(albums)
            .service(web::scope("/api").service(version));
    }
}

/// What a client sends, the hash of its body stated.
fn signed(method: &Method, path: &str, body: &'static str) -> Result<TestRequest, Box<dyn Failure>> {
    let origin: Origin = PUBLIC_URL.parse()?;
    let request = sign::Request::new(method.as_str(), &origin, path)
        .client("dpf43f3p2l4k3l03", &Secret::from("kd94hf93k423kf44"))
        .stamp(System.now(), &token(&System, 16));
    let request = if body.is_empty() { request } else { request.body(body.as_bytes()) };
    let header = request.sign(&HmacSha256)?.header();
    Ok(bare(method, path).insert_header(("authorization", header)).set_payload(body))
}

fn bare(method: &Method, path: &str) -> TestRequest {
    TestRequest::with_uri(path).method(method.clone()).insert_header(("host", "photos.example.net"))
}

/// Sends what is signed, and the same without its credentials.
async fn compare<S, B>(app: &S, calls: &[(Method, &str, &'static str, &str)]) -> Result<(), Box<dyn Failure>>
where
    S: Service<actix_http::Request, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody,
{
    for (method, path, body, said) in calls {
        let response = test::call_service(app, signed(method, path, body)?.to_request()).await;
        assert_eq!(response.status(), StatusCode::OK, "{method} {path}");
        assert_eq!(test::read_body(response).await, *said);
        let response = test::call_service(app, bare(method, path).to_request()).await;
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED, "{method} {path}");
    }
    Ok(())
}

#[actix_web::main]
pub(crate) async fn main() -> Result<(), Box<dyn Failure>> {
    let mut client = ClientRecord::with_secret("dpf43f3p2l4k3l03", "kd94hf93k423kf44", "Printer");
    client.two_legged = true;
    let store = MemoryStore::default().with(client);
    let provider = Provider::builder(PUBLIC_URL).store(store).tls_terminated_upstream(true).build()?;

    let app = test::init_service(App::new().configure(routes(&provider))).await;
    let calls = [
        (Method::GET, "/photo", "", "a photo"),
        (Method::PUT, "/photo", "pixels", "6 bytes"),
        (Method::GET, "/albums", "", "the albums"),
        (Method::GET, "/api/v1/status", "", "Printer"),
    ];
    compare(&app, &calls).await?;
    let changed = signed(&Method::PUT, "/photo", "pixels")?.set_payload("others").to_request();
    assert_eq!(test::call_service(&app, changed).await.status(), StatusCode::UNAUTHORIZED);
    let open = bare(&Method::GET, "/about").to_request();
    assert_eq!(test::call_service(&app, open).await.status(), StatusCode::OK);

    // A whole app: what it does not know is not told to strangers either.
    let home = web::get().to(async || "at home");
    let whole = App::new().wrap(client_alone(&provider)).route("/", home);
    let whole = test::init_service(whole).await;
    compare(&whole, &[(Method::GET, "/", "", "at home")]).await?;
    let unknown = bare(&Method::GET, "/unknown").to_request();
    assert_eq!(test::call_service(&whole, unknown).await.status(), StatusCode::UNAUTHORIZED);
    println!("four places, five policies, and one route that is open");
    Ok(())
}
