//! A whole dance through the first example of each framework.

use crate::flow::{
    wire::{Reply, Served, send},
    world::{Credentials, FORM, form},
};
use countersign_core::{HmacSha1, Origin, Secret, sign};
use countersign_provider::{Clock, System, token};
use http::Request;

const JANE: &str = "Basic amFuZTpzZXNhbWU=";
const CALLBACK: &str = "http://localhost:49152/ready?session=7";

/// From temporary credentials to the photos of jane, who has to sign in; and what a forged request gets.
pub(crate) async fn walk(server: &Served) {
    let client = Credentials::new("dpf43f3p2l4k3l03", "kd94hf93k423kf44");

    let initiation = |request: sign::Request<'_>| {
        request.callback(CALLBACK).sign(&HmacSha1).expect("a signature").header()
    };
    let reply = call(server, &client, ("POST", "/initiate"), None, initiation).await;
    assert_eq!((reply.status, reply.value("oauth_callback_confirmed").as_deref()), (200, Some("true")));
    let temporary = reply.credentials();

    let page = format!("/authorize?oauth_token={}", temporary.id);
    assert_eq!(send(server, Request::get(&page), "").await.status, 401, "jane has to sign in first");
    let reply = send(server, Request::get(&page).header("authorization", JANE), "").await;
    assert_eq!(reply.status, 200);
    assert!(reply.body.contains("<strong>Printer</strong>"), "{}", reply.body);

    let answer = form(&[("oauth_token", &temporary.id), ("decision", "grant")]);
    let post = Request::post("/authorize").header("authorization", JANE).header("origin", server.origin());
    let reply = send(server, post.header("content-type", FORM), &answer).await;
    assert_eq!(reply.status, 303);
    let location = reply.field("location").expect("a redirect");
    let expected = format!("{CALLBACK}&oauth_token={}&oauth_verifier=", temporary.id);
    let verifier = location.strip_prefix(&expected).expect("a verifier");

    let redemption = |request: sign::Request<'_>| {
        request.verifier(verifier).sign(&HmacSha1).expect("a signature").header()
    };
    let reply = call(server, &client, ("POST", "/token"), Some(&temporary), redemption).await;
    assert_eq!(reply.status, 200, "{}", reply.body);
    let token = reply.credentials();

    let plain = |request: sign::Request<'_>| request.sign(&HmacSha1).expect("a signature").header();
    let reply = call(server, &client, ("GET", "/photos"), Some(&token), plain).await;
    assert_eq!((reply.status, reply.body.as_str()), (200, "the photos of jane"));

    let forged = Credentials::new(&token.id, "guessed-secret");
    let reply = call(server, &client, ("GET", "/photos"), Some(&forged), plain).await;
    assert_eq!((reply.status, reply.problem().as_str()), (401, "signature_invalid"));
    let reply = send(server, Request::get("/photos"), "").await;
    assert_eq!((reply.status, reply.problem().as_str()), (401, "parameter_absent"));
}

/// A request signed as any client would: by the system's clock, since the example has no other.
async fn call(
    server: &Served,
    client: &Credentials,
    (verb, target): (&'static str, &str),
    credentials: Option<&Credentials>,
    sign: impl FnOnce(sign::Request<'_>) -> String,
) -> Reply {
    let origin: Origin = server.origin().parse().expect("an origin");
    let secret = Secret::from(client.secret.as_str());
    let mut request = sign::Request::new(verb, &origin, target)
        .client(&client.id, &secret)
        .stamp(System.now(), &token(&System, 16));
    if let Some(credentials) = credentials {
        request = request.token(&credentials.id, &Secret::from(credentials.secret.as_str()));
    }
    let header = sign(request);
    send(server, Request::builder().method(verb).uri(target).header("authorization", header), "").await
}
