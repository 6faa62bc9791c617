//! The consent page: cross-site requests are refused, hostile names are escaped, nothing frames it.

use crate::{
    scripted::Scripted,
    support::{Credentials, FORM, NOW, ORIGIN, Reply, World, form, printer},
};
use axum::{Router, body::Body, routing::get};
use countersign_axum::{Answered, ConsentPage, Failure, FormLimit, Pending};
use countersign_store::{ClientRecord, ClientStatus};
use http::{Request, request};
use tower::ServiceExt;

const CALLBACK: &str = "https://printer.example.com/ready?session=7";

async fn ask(pending: Pending) -> ConsentPage {
    pending.page()
}

async fn decide(pending: Pending) -> Result<Answered, Failure> {
    pending.answer("jane").await
}

async fn call(world: &World, request: Request<Body>) -> Reply {
    let app = Router::new().route("/authorize", get(ask).post(decide)).with_state(world.provider.clone());
    Reply::read(app.oneshot(request).await.expect("an answer")).await
}

async fn page(world: &World, query: &str) -> Reply {
    let request = Request::get(format!("/authorize?{query}")).header("host", "photos.example.net");
    call(world, request.body(Body::empty()).expect("a request")).await
}

fn posted() -> request::Builder {
    Request::post("/authorize").header("host", "photos.example.net").header("content-type", FORM)
}

fn answer(temporary: &Credentials, decision: &str) -> Body {
    Body::from(form(&[("oauth_token", &temporary.id), ("decision", decision)]))
}

async fn answered(world: &World, temporary: &Credentials, decision: &str) -> Reply {
    let request = posted().header("sec-fetch-site", "same-origin");
    call(world, request.body(answer(temporary, decision)).expect("a request")).await
}

/// A page that cannot be framed, kept, or sniffed, and that runs nothing.
fn is_page(reply: &Reply, status: u16) {
    assert_eq!(reply.status, status, "{}", reply.body);
    for (name, value) in [
        ("content-type", "text/html; charset=utf-8"),
        ("cache-control", "no-store"),
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("referrer-policy", "same-origin"),
    ] {
        assert_eq!(reply.field(name), Some(value), "{name}");
    }
    let policy = reply.field("content-security-policy").expect("a policy");
    assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{policy}");
    assert!(!reply.body.contains("<script"), "{}", reply.body);
}

#[tokio::test]
async fn the_page_says_who_asks_for_what_and_where_it_leads() {
    let world = World::new();
    world.store.put(ClientRecord { default_scopes: vec!["read".into()], ..printer() });
    let temporary = world.temporary(CALLBACK).await;
    let reply = page(&world, &format!("oauth_token={}", temporary.id)).await;
    is_page(&reply, 200);
    for part in ["<strong>Printer</strong>", "<li>read</li>", "https://printer.example.com", &temporary.id] {
        assert!(reply.body.contains(part), "{part} is not in {}", reply.body);
    }
    assert!(!reply.body.contains(&temporary.secret) && !reply.body.contains("session=7"));
}

#[tokio::test]
async fn a_hostile_name_is_escaped() {
    let world = World::new();
    let hostile = "<script>alert(1)</script>\"'&<img src=x onerror=alert(1)>";
    world.store.put(ClientRecord {
        name: hostile.into(),
        scopes: vec!["<b>".into()],
        default_scopes: vec!["<b>".into()],
        ..printer()
    });
    let temporary = world.temporary(CALLBACK).await;
    let reply = page(&world, &format!("oauth_token={}", temporary.id)).await;
    is_page(&reply, 200);
    assert!(!reply.body.contains("<img") && !reply.body.contains("<b>"), "{}", reply.body);
    assert!(reply.body.contains("&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;"), "{}", reply.body);
}

#[tokio::test]
async fn a_grant_goes_to_the_callback_by_303() {
    let world = World::new();
    let temporary = world.temporary(CALLBACK).await;
    let reply = answered(&world, &temporary, "grant").await;
    assert_eq!(reply.status, 303);
    let location = reply.field("location").unwrap();
    let start = format!("{CALLBACK}&oauth_token={}&oauth_verifier=", temporary.id);
    assert!(location.strip_prefix(&start).is_some_and(|verifier| verifier.len() >= 22), "{location}");
}

#[tokio::test]
async fn a_denial_goes_to_the_callback_by_303() {
    let world = World::new();
    for decision in ["deny", "", "GRANT", "grant "] {
        let temporary = world.temporary(CALLBACK).await;
        let reply = answered(&world, &temporary, decision).await;
        let expected = format!("{CALLBACK}&oauth_token={}&oauth_problem=user_refused", temporary.id);
        assert_eq!((reply.status, reply.field("location")), (303, Some(expected.as_str())), "{decision}");
    }
}

#[tokio::test]
async fn the_redirect_is_kept_by_no_cache() {
    let world = World::new();
    let temporary = world.temporary(CALLBACK).await;
    let reply = answered(&world, &temporary, "grant").await;
    assert_eq!(reply.field("cache-control"), Some("no-store"));
    assert_eq!(reply.field("x-content-type-options"), Some("nosniff"));
}

#[tokio::test]
async fn a_code_is_shown_where_there_is_no_callback() {
    let world = World::new();
    let temporary = world.temporary("oob").await;
    let reply = answered(&world, &temporary, "grant").await;
    is_page(&reply, 200);
    let (_, code) = reply.body.split_once("id=\"verifier\">").expect("a code");
    let code = code.split('<').next().unwrap();
    assert!(code.len() >= 8 && code.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{code}");
}

#[tokio::test]
async fn a_denial_without_a_callback_ends_on_a_page_whose_url_contains_denied() {
    let world = World::new();
    let temporary = world.temporary("oob").await;
    let reply = answered(&world, &temporary, "deny").await;
    assert_eq!(reply.status, 303, "{}", reply.body);
    let location = reply.field("location").unwrap().to_owned();
    assert!(location.contains("denied"), "{location}");
    let query = location.split_once('?').map_or("", |(_, query)| query);
    is_page(&page(&world, query).await, 200);
}

#[tokio::test]
async fn consent_csrf_a_form_of_another_site_is_refused() {
    let world = World::new();
    let temporary = world.temporary(CALLBACK).await;
    for (name, value) in [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("sec-fetch-site", ""),
        ("sec-fetch-site", "Same-Origin"),
        ("origin", "https://evil.example"),
        ("origin", "https://photos.example.net.evil.example"),
        ("origin", "http://photos.example.net"),
        ("origin", "https://photos.example.net:8443"),
        ("origin", "null"),
        ("origin", ""),
    ] {
        let request = posted().header(name, value).body(answer(&temporary, "grant")).unwrap();
        is_page(&call(&world, request).await, 403);
    }
    // Where a browser says both, what it says of itself counts.
    let both = posted().header("sec-fetch-site", "cross-site").header("origin", ORIGIN);
    is_page(&call(&world, both.body(answer(&temporary, "grant")).unwrap()).await, 403);
    assert_eq!(answered(&world, &temporary, "grant").await.status, 303, "nothing was answered for jane");
}

#[tokio::test]
async fn a_form_of_the_own_page_is_accepted() {
    for (name, value) in [("sec-fetch-site", "same-origin"), ("origin", ORIGIN), ("x-no-browser", "1")] {
        let world = World::new();
        let temporary = world.temporary(CALLBACK).await;
        let request = posted().header(name, value).body(answer(&temporary, "grant")).unwrap();
        assert_eq!(call(&world, request).await.status, 303, "{name}: {value}");
    }
}

#[tokio::test]
async fn a_link_from_another_site_may_lead_to_the_page() {
    let world = World::new();
    let temporary = world.temporary(CALLBACK).await;
    let request = Request::get(format!("/authorize?oauth_token={}", temporary.id));
    let request = request.header("host", "photos.example.net").header("sec-fetch-site", "cross-site");
    is_page(&call(&world, request.body(Body::empty()).unwrap()).await, 200);
}

#[tokio::test]
async fn a_get_answers_nothing() {
    let world = World::new();
    let temporary = world.temporary(CALLBACK).await;
    let query = format!("oauth_token={}&decision=grant", temporary.id);
    is_page(&page(&world, &query).await, 200);
    assert_eq!(answered(&world, &temporary, "deny").await.status, 303);
}

#[tokio::test]
async fn what_cannot_go_on_is_a_page_with_its_status() {
    let world = World::new();
    let (answered_already, expired) = (world.temporary(CALLBACK).await, world.temporary("oob").await);
    assert_eq!(answered(&world, &answered_already, "deny").await.status, 303);
    let again = answered(&world, &answered_already, "grant").await;
    is_page(&again, 401);
    assert!(again.body.contains("already used"), "{}", again.body);
    for (query, status) in [
        ("oauth_token=unknown", 401),
        ("oauth_token=%3Cscript%3E", 401),
        ("", 400),
        ("oauth_token", 400),
        ("oauth_token=a&oauth_token=b", 400),
        ("oauth_token=%zz", 400),
        ("oauth_token=%ff", 400),
    ] {
        is_page(&page(&world, query).await, status);
    }
    world.set_clock(NOW + 600);
    let late = page(&world, &format!("oauth_token={}", expired.id)).await;
    is_page(&late, 401);
    assert!(late.body.contains("expired"), "{}", late.body);
    is_page(&answered(&world, &expired, "grant").await, 401);
}

#[tokio::test]
async fn a_suspended_client_asks_nobody() {
    let world = World::new();
    let temporary = world.temporary(CALLBACK).await;
    world.store.put(ClientRecord { status: ClientStatus::Suspended, ..printer() });
    is_page(&page(&world, &format!("oauth_token={}", temporary.id)).await, 401);
}

#[tokio::test]
async fn the_page_is_refused_over_http() {
    let world = World::with(|builder| builder);
    let reply = page(&world, "oauth_token=any").await;
    is_page(&reply, 400);
    assert!(reply.body.contains("https"), "{}", reply.body);
}

#[tokio::test]
async fn a_link_without_a_request_is_incomplete_and_not_used_up() {
    let world = World::new();
    for query in ["", "oauth_token=", "oauth_token"] {
        let reply = page(&world, query).await;
        is_page(&reply, 400);
        assert!(reply.body.contains("not complete") && !reply.body.contains("used"), "{}", reply.body);
    }
}

#[tokio::test]
async fn an_answer_that_is_too_large_or_breaks_off_is_refused() {
    let world = World::new();
    let large = Body::from(vec![b'a'; 4 << 20]);
    is_page(&call(&world, posted().body(large).unwrap()).await, 413);
    let limited = posted().extension(FormLimit(10)).body(Body::from("oauth_token")).unwrap();
    is_page(&call(&world, limited).await, 413);
    let broken = Body::new(Scripted::new(["oauth_token="]).breaking_off());
    is_page(&call(&world, posted().body(broken).unwrap()).await, 400);
}
