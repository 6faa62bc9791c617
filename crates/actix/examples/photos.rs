//! The README's first example on actix-web: a provider and a protected route, complete.

use actix_web::{App, Error, HttpResponse, HttpServer, body::MessageBody, dev::*, error, middleware::*, web};
use countersign_actix::{Answered, Authorized, ConsentPage, Failure, Pending, endpoints, protect};
use countersign_provider::{BuildError, Provider};
use countersign_store::{ClientRecord, MemoryStore};

pub(crate) fn provider(public_url: &str) -> Result<Provider, BuildError> {
    let mut client = ClientRecord::with_secret("dpf43f3p2l4k3l03", "kd94hf93k423kf44", "Printer");
    client.callbacks = vec!["http://localhost/ready".into()]; // on any port, since it is loopback
    Provider::builder(public_url) // what clients sign
        .store(MemoryStore::default().with(client))
        .danger_insecure_http(true) // on your machine alone: leave it out behind TLS
        .build()
}

pub(crate) fn routes(provider: &Provider) -> impl FnOnce(&mut web::ServiceConfig) + use<> {
    let provider = provider.clone();
    move |app| {
        app.configure(endpoints(&provider)) // POST /initiate and POST /token
            .service(web::resource("/photos").wrap(protect(&provider)).get(photos)) // verify, or answer 400/401
            .service(web::resource("/authorize").wrap(from_fn(sign_in)).get(ask).post(decide));
    }
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
async fn sign_in<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    match request.headers().get("authorization") {
        Some(basic) if basic == "Basic amFuZTpzZXNhbWU=" => next.call(request).await, // jane:sesame
        _ => {
            let asked = HttpResponse::Unauthorized().insert_header(("www-authenticate", "Basic")).finish();
            Err(error::InternalError::from_response("not signed in", asked).into())
        }
    }
}
#[actix_web::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let provider = provider("http://127.0.0.1:3000")?; // made once: all workers share it
    let server = HttpServer::new(move || App::new().configure(routes(&provider)));
    Ok(server.bind("127.0.0.1:3000")?.run().await?)
}
