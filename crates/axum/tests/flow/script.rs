//! One script for every framework, over real HTTP: what is answered is noted, and each answer is the same everywhere to the
//! letter (`told/*.txt`).
//!
//! | path | what is asked for | what answers |
//! |---|---|---|
//! | `/initiate`, `/token` | forms of 1,000 bytes at most | the endpoints |
//! | `/authorize` | | the page, and jane's answer |
//! | `/echo/…` | a token or none, a hash if it is stated, 400 bytes at most | who called, and what arrived |
//! | `/photos` | a token | "the photos of jane" |
//! | `/write` | a token with the scope `write` | "written" |
//! | `/status` | no token | "hello Printer" |
//! | `/item` | no token; for `PUT` the hash of the body | "an item", or the body |
//! | `/form` | no token | the pairs that the framework's own form extractor reads |
//! | `/api/v1/albums/…` | no token, in a router in a router | the whole path |
//! | `/owner` | a token | the name of a `User` of the application's own |
//! | `/open` | nothing: its handler is mistaken | `Authorized` |
//! | `/lenient` | a token or none: its handler is mistaken | `Authorized` |

use crate::flow::{
    transcript::Transcript,
    wire::{Reply, Served, send},
    world::{Credentials, FORM, NOW, World, form, printer},
};
use countersign_core::{HmacSha1, SignatureMethod};
use countersign_store::ClientStatus;
use http::Request;

/// Every request that a protected resource may see, for whatever serves `/echo/…` alone.
pub(crate) async fn resource(world: &World, server: &Served) {
    let mut told = Transcript::default();
    accepted(world, server, &mut told).await;
    bodies(world, server, &mut told).await;
    changed(world, server, &mut told).await;
    malformed(world, server, &mut told).await;
    told.is(include_str!("told/resource.txt"));
}

async fn accepted(world: &World, server: &Served, told: &mut Transcript) {
    let token = world.token().await;
    for target in [
        "/echo/a?b5=%3D%253D&a3=a&c%40=&a2=r%20b&a3=2+q&c2&&%E2%98%83=%c3%a9&a=%00%ff",
        "/echo/a%2Fb%20c/%7Ex/../y;z=1/./caf%C3%A9//",
        "/echo/?",
    ] {
        let call = world.call("GET", target);
        assert_eq!(told.note(target, call.send(server).await).status, 200);
    }
    let call = world.call("GET", "/echo/a").token(&token);
    assert_eq!(told.note("a token", call.send(server).await).status, 200);

    let call = world.call("GET", "/echo/a?size=1&size=2");
    let head = Request::get(format!("/echo/a?size=1&size=2&{}", call.parameters()));
    assert_eq!(told.note("credentials in the query", send(server, head, "").await).status, 200);

    let call = world.call("POST", "/echo/a").form("a=+%20&a=");
    let head = Request::post("/echo/a").header("content-type", FORM);
    let body = format!("a=+%20&a=&{}", call.parameters());
    assert_eq!(told.note("credentials in the form", send(server, head, &body).await).status, 200);
}

async fn bodies(world: &World, server: &Served, told: &mut Transcript) {
    for form in ["a=1", "b+c=d%20e&a=+%2B&a=&a=%C3%A9&&=&a=1", "&", "a=%00&b=%ff&c=%7e"] {
        let call = world.call("POST", "/echo/a").form(form);
        let reply = told.note(&format!("a form: {form}"), call.send(server).await);
        assert!(reply.status == 200 && reply.body.ends_with(&format!("\n{form}")), "{}", reply.body);
    }
    let call = world.call("PUT", "/echo/a").form("a=1");
    let head = bare("PUT", "/echo/a").header("authorization", call.header());
    let head = head.header("content-type", "Application/X-WWW-Form-URLencoded; charset=utf-8");
    assert_eq!(told.note("a form by another name", send(server, head, "a=1").await).status, 200);

    let json = "{\"caption\": \"a b\"}";
    let state = |body: &str| HmacSha1.hash_body(body.as_bytes());
    for (step, hash, status) in [
        ("a body without a hash", None, 200),
        ("a body and its hash", Some(state(json)), 200),
        ("a body and the hash of another", Some(state("{}")), 401),
    ] {
        let call = world.call("POST", "/echo/a");
        let call = hash.iter().fold(call, |call, hash| call.set("oauth_body_hash", hash));
        let head = call.head().header("content-type", "application/json");
        assert_eq!(told.note(step, send(server, head, json).await).status, status);
    }
    let long = "a=".repeat(201);
    let call = world.call("POST", "/echo/a").form(&long);
    assert_eq!(told.note("a form that is too large", call.send(server).await).status, 413);
    let call = world.call("POST", "/echo/a").set("oauth_body_hash", &state(&long));
    assert_eq!(
        told.note("a hashed body that is too large", send(server, call.head(), &long).await).status,
        413
    );
    let call = world.call("POST", "/echo/a");
    assert_eq!(
        told.note("a large body that is not held", send(server, call.head(), &long).await).status,
        200
    );
    let call = world.call("POST", "/echo/a").form("a=1").set("oauth_body_hash", &state("a=1"));
    assert_eq!(told.note("a form and its hash", call.send(server).await).status, 400);
}

/// What an attacker on the way may try.
async fn changed(world: &World, server: &Served, told: &mut Transcript) {
    let call = world.call("GET", "/echo/a%2Fb?c=1");
    for (step, target) in [
        ("an escape in the path is undone", "/echo/a/b?c=1"),
        ("an escape in the path changes its case", "/echo/a%2fb?c=1"),
        ("a dot segment is added", "/echo/./a%2Fb?c=1"),
        ("a parameter is added", "/echo/a%2Fb?c=1&d"),
        ("a parameter is sent twice", "/echo/a%2Fb?c=1&c=1"),
        ("the query is left out", "/echo/a%2Fb"),
    ] {
        let head = bare("GET", target).header("authorization", call.header());
        assert_eq!(told.note(step, send(server, head, "").await).problem(), "signature_invalid", "{step}");
    }
    let call = world.call("POST", "/echo/a").form("amount=1");
    for (step, body) in [("a form is changed", "amount=10"), ("a form is lengthened", "amount=1&to=mallory")]
    {
        assert_eq!(told.note(step, send(server, call.head(), body).await).problem(), "signature_invalid");
    }
    let head = bare("POST", "/echo/a").header("authorization", call.header());
    assert_eq!(told.note("a form loses its name", send(server, head, "amount=1").await).status, 401);
    assert_eq!(told.note("the form itself", call.send(server).await).status, 200);
    assert_eq!(told.note("a replay", call.send(server).await).problem(), "nonce_used");
    let guessed = world.call("GET", "/echo/a").by("dpf43f3p2l4k3l03", "guessed-secret");
    assert_eq!(told.note("a guessed secret", guessed.send(server).await).problem(), "signature_invalid");
    let forged = Credentials::new("a-token-of-nobody", "a-secret");
    let forged = world.call("GET", "/echo/a").token(&forged);
    assert_eq!(told.note("a forged token", forged.send(server).await).problem(), "token_rejected");
}

async fn malformed(world: &World, server: &Served, told: &mut Transcript) {
    let get = || world.call("GET", "/echo/a");
    for (step, call, code) in [
        ("an unknown client", get().by("nobody", "nobodys-secret"), "consumer_key_unknown"),
        ("an old timestamp", get().set("oauth_timestamp", &(NOW - 301).to_string()), "timestamp_refused"),
        ("no nonce", get().without("oauth_nonce"), "parameter_absent"),
        ("another version", get().set("oauth_version", "2.0"), "version_rejected"),
    ] {
        assert_eq!(told.note(step, call.send(server).await).problem(), code);
    }
    let nothing = send(server, bare("GET", "/echo/a"), "").await;
    assert_eq!(told.note("no credentials", nothing).problem(), "parameter_absent");
    let twice = get().head().header("authorization", "Basic amFuZTpzZXNhbWU=");
    assert_eq!(told.note("two Authorization fields", send(server, twice, "").await).status, 400);
    for (step, kinds) in [
        ("two media types", ["text/plain", FORM]),
        ("a list of media types", ["", "application/x-www-form-urlencoded, text/plain"]),
    ] {
        let head = world.call("POST", "/echo/a").head();
        let kinds = kinds.into_iter().filter(|kind| !kind.is_empty());
        let head = kinds.fold(head, |head, kind| head.header("content-type", kind));
        assert_eq!(told.note(step, send(server, head, "to=mallory").await).problem(), "parameter_rejected");
    }
    let mut suspended = printer();
    suspended.status = ClientStatus::Suspended;
    world.store.put(suspended);
    assert_eq!(told.note("a suspended client", get().send(server).await).problem(), "consumer_key_refused");
    world.store.put(printer());
}

/// What routers and extractors add.
pub(crate) async fn routes(world: &World, server: &Served) {
    let mut told = Transcript::default();
    let token = world.token().await;
    let calls = [
        ("a token", world.call("GET", "/photos").token(&token), 200),
        ("no token", world.call("GET", "/photos"), 400),
        ("a scope is missing", world.call("GET", "/write").token(&token), 403),
        ("a client alone", world.call("GET", "/status"), 200),
        ("a token where none is taken", world.call("GET", "/status").token(&token), 400),
        ("a method without a hash", world.call("GET", "/item"), 200),
        ("a form for the extractor", world.call("POST", "/form").form("b+c=d%20e&a=%2B&a=&a=%C3%A9"), 200),
        ("a router in a router", world.call("GET", "/api/v1/albums/a%2Fb%20c?size=1"), 200),
        ("the owner as a type", world.call("GET", "/owner").token(&token), 200),
        ("no owner", world.call("GET", "/owner"), 400),
        ("a token where none is needed", world.call("GET", "/lenient").token(&token), 200),
        ("no token where one is expected", world.call("GET", "/lenient"), 500),
        ("no layer", world.call("GET", "/open").token(&token), 500),
    ];
    for (step, call, status) in calls {
        assert_eq!(told.note(step, call.send(server).await).status, status, "{step}");
    }
    hashes(world, server, &mut told).await;
    let stripped = world.call("GET", "/albums/a%2Fb%20c?size=1");
    let head = bare("GET", "/api/v1/albums/a%2Fb%20c?size=1").header("authorization", stripped.header());
    let reply = told.note("the path that an inner router sees", send(server, head, "").await);
    assert_eq!(reply.problem(), "signature_invalid");
    told.is(include_str!("told/routes.txt"));
}

async fn hashes(world: &World, server: &Served, told: &mut Transcript) {
    let body = "pixels";
    let hash = |body: &str| HmacSha1.hash_body(body.as_bytes());
    for (step, hash, status) in [
        ("a hash that is required", Some(hash(body)), 200),
        ("the hash of another body", Some(hash("others")), 401),
        ("no hash where one is required", None, 400),
    ] {
        let call = world.call("PUT", "/item");
        let call = hash.iter().fold(call, |call, hash| call.set("oauth_body_hash", hash));
        assert_eq!(told.note(step, send(server, call.head(), body).await).status, status);
    }
}

/// From temporary credentials to a token: granted, denied, by code, and what an attacker may try.
pub(crate) async fn dance(world: &World, server: &Served) {
    let mut told = Transcript::default();
    granted(world, server, &mut told).await;
    denied(world, server, &mut told).await;
    by_code(world, server, &mut told).await;
    refused(world, server, &mut told).await;
    told.is(include_str!("told/dance.txt"));
}

async fn granted(world: &World, server: &Served, told: &mut Transcript) {
    let initiation = world.call("POST", "/initiate").set("oauth_callback", CALLBACK);
    let temporary = told.note("temporary credentials", initiation.send(server).await).credentials();
    assert_eq!(told.note("a replay", initiation.send(server).await).problem(), "nonce_used");
    let early = world.call("POST", "/token").token(&temporary).set("oauth_verifier", "early");
    assert_eq!(told.note("before the grant", early.send(server).await).problem(), "permission_unknown");

    assert_eq!(
        told.note("the page", page(server, &format!("oauth_token={}", temporary.id)).await).status,
        200
    );
    let cross = posted().header("sec-fetch-site", "cross-site");
    let cross = send(server, cross, &decision(&temporary, "grant")).await;
    assert_eq!(told.note("consent from another site", cross).status, 403);
    let granted = told.note("a grant", answer(server, &temporary, "grant").await);
    let (_, verifier) = granted.field("location").expect("a redirect").rsplit_once('=').expect("a verifier");
    assert_eq!(told.note("a second answer", answer(server, &temporary, "deny").await).status, 401);

    let redeem =
        |verifier: &str| world.call("POST", "/token").token(&temporary).set("oauth_verifier", verifier);
    let wrong = redeem("a-wrong-verifier").send(server).await;
    assert_eq!(told.note("a wrong verifier", wrong).problem(), "verifier_invalid");
    let none = redeem("").without("oauth_verifier").send(server).await;
    assert_eq!(told.note("no verifier", none).problem(), "parameter_absent");
    let token = told.note("token credentials", redeem(verifier).send(server).await).credentials();
    assert_eq!(told.note("once more", redeem(verifier).send(server).await).problem(), "token_rejected");
    let photos = world.call("GET", "/photos").token(&token).send(server).await;
    assert_eq!(told.note("the photos", photos).body, "the photos of jane");
}

async fn denied(world: &World, server: &Served, told: &mut Transcript) {
    let initiation = world.call("POST", "/initiate").set("oauth_callback", CALLBACK);
    let temporary = told.note("another request", initiation.send(server).await).credentials();
    let denied = told.note("a denial", answer(server, &temporary, "deny").await);
    let expected = format!("{CALLBACK}&oauth_token={}&oauth_problem=user_refused", temporary.id);
    assert_eq!((denied.status, denied.field("location")), (303, Some(expected.as_str())));
    let late = world.call("POST", "/token").token(&temporary).set("oauth_verifier", "any");
    assert_eq!(told.note("after a denial", late.send(server).await).problem(), "user_refused");
}

async fn by_code(world: &World, server: &Served, told: &mut Transcript) {
    let oob = || world.call("POST", "/initiate").set("oauth_callback", "oob");
    let temporary = told.note("out of band", oob().send(server).await).credentials();
    assert_eq!(told.note("a code", answer(server, &temporary, "grant").await).status, 200);
    let temporary = oob().send(server).await.credentials();
    let denied = told.note("a denial without a callback", answer(server, &temporary, "deny").await);
    let query = denied.field("location").and_then(|to| to.strip_prefix('?')).expect("a page");
    assert_eq!(told.note("the page after it", page(server, query).await).status, 200);
    let temporary = oob().send(server).await.credentials();
    world.set_clock(NOW + 600);
    let late = page(server, &format!("oauth_token={}", temporary.id)).await;
    assert_eq!(told.note("a link that has expired", late).status, 401);
    world.set_clock(NOW);
}

async fn refused(world: &World, server: &Served, told: &mut Transcript) {
    let elsewhere = world.call("POST", "/initiate").set("oauth_callback", "https://evil.example/");
    assert_eq!(told.note("another callback", elsewhere.send(server).await).problem(), "callback_rejected");
    for path in ["/initiate", "/token"] {
        let read = world.call("GET", path).send(server).await;
        assert_eq!(told.note(&format!("GET {path}"), read).problem(), "method_not_allowed");
        let json = bare("POST", path).header("accept", "text/html").header("accept", "application/json");
        let json = told.note(&format!("JSON from {path}"), send(server, json, "").await);
        assert_eq!(json.field("content-type"), Some("application/problem+json"));
        let large = world.call("POST", path).form(&"a".repeat(1001)).send(server).await;
        assert_eq!(told.note(&format!("a large form for {path}"), large).problem(), "body_too_large");
    }
    for query in ["", "oauth_token=", "oauth_token=a&oauth_token=b", "oauth_token=%3Cscript%3E"] {
        let reply = told.note(&format!("the page for `{query}`"), page(server, query).await);
        assert!(reply.status == 400 || reply.status == 401, "{}", reply.body);
    }
    let large = send(server, posted().header("sec-fetch-site", "same-origin"), &"a".repeat(1001)).await;
    assert_eq!(told.note("a large answer", large).status, 413);
}

fn bare(verb: &str, target: &str) -> http::request::Builder {
    Request::builder().method(verb).uri(target)
}

async fn page(server: &Served, query: &str) -> Reply {
    send(server, bare("GET", &format!("/authorize?{query}")), "").await
}

fn posted() -> http::request::Builder {
    bare("POST", "/authorize").header("content-type", FORM)
}

fn decision(temporary: &Credentials, decision: &str) -> String {
    form(&[("oauth_token", &temporary.id), ("decision", decision)])
}

async fn answer(server: &Served, temporary: &Credentials, answer: &str) -> Reply {
    send(server, posted().header("sec-fetch-site", "same-origin"), &decision(temporary, answer)).await
}

const CALLBACK: &str = "https://printer.example.com/ready?session=7";
