//! The layer: what it reads, what it hands on, what it hides, and what the extractors say where it is missing.

use crate::{
    scripted::Scripted,
    support::{Call, FORM, NOW, Reply, World, printer},
};
use axum::{
    Router,
    body::Body,
    extract::{Form, Request},
    routing::{get, post},
};
use bytes::Bytes;
use countersign_axum::{Authorized, AuthorizedClient, Policy, TokenRule, VerifiedRequest, protect};
use http::Response;
use http_body_util::{BodyExt, Full};
use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};
use tower::{Layer, ServiceExt, service_fn};

/// The printer alone may call, as most tests here do.
fn alone(world: &World) -> countersign_axum::ProtectLayer {
    protect(&world.provider).token(TokenRule::None)
}

async fn call(app: &Router, request: http::Request<Body>) -> Reply {
    Reply::read(app.clone().oneshot(request).await.expect("an answer")).await
}

#[tokio::test]
async fn a_form_is_handed_on_untouched() {
    let world = World::new();
    let app = Router::new()
        .route("/bytes", post(async |body: Bytes| body))
        .route("/form", post(async |Form(pairs): Form<Vec<(String, String)>>| format!("{pairs:?}")))
        .layer(alone(&world));
    for form in ["a=1", "a=%7e&b=+&&c&a=1&=", "caption=a+b%20c&caption=%C3%A9", "&", "a=%00&b=%ff"] {
        let reply = Reply::read(
            app.clone().oneshot(world.call("POST", "/bytes").form(form).request()).await.expect("an answer"),
        );
        assert_eq!(reply.await.body, form);
    }
    let reply =
        call(&app, world.call("POST", "/form").form("caption=a+b%20c&caption=%C3%A9").request()).await;
    assert_eq!(reply.body, r#"[("caption", "a b c"), ("caption", "é")]"#);
}

#[tokio::test]
async fn a_changed_form_is_refused() {
    let world = World::new();
    let app = Router::new().route("/bytes", post(async |body: Bytes| body)).layer(alone(&world));
    let signed = world.call("POST", "/bytes").form("amount=1");
    for changed in ["amount=10", "amount=1&to=mallory", "", "Amount=1"] {
        let request = signed.head().header("host", "x").body(Body::from(changed)).unwrap();
        assert_eq!(call(&app, request).await.problem(), "signature_invalid", "{changed}");
    }
    // The media type decides whether a body is signed, so leaving it out changes what is.
    let mut request = signed.request();
    request.headers_mut().remove("content-type");
    assert_eq!(call(&app, request).await.problem(), "signature_invalid");
    assert_eq!(call(&app, signed.request()).await.body, "amount=1");
}

#[tokio::test]
async fn form_under_a_disguised_media_type_is_signed_or_refused() {
    let world = World::new();
    let app = Router::new().route("/form", post(async |body: Bytes| body)).layer(alone(&world));
    let call = async |form: &str, kinds: &[&[u8]]| {
        let mut request = world.call("POST", "/form").form(form).request();
        request.headers_mut().remove("content-type");
        for kind in kinds {
            let value = http::HeaderValue::from_bytes(kind).expect("a value");
            request.headers_mut().append("content-type", value);
        }
        *request.body_mut() = Body::from("to=mallory");
        call(&app, request).await
    };
    let no_text = b"application/x-www-form-urlencoded; charset=\"\xe9\"";
    assert_eq!(call("to=mallory", &[no_text]).await.body, "to=mallory");
    // Without the form in the signature: as if the body were none.
    assert_eq!(call("", &[no_text]).await.problem(), "signature_invalid");
    assert_eq!(call("", &[b"text/plain; charset=\"\xe9\""]).await.body, "to=mallory");
    for kinds in [
        &[&b"text/plain"[..], FORM.as_bytes()][..],
        &[FORM.as_bytes(), FORM.as_bytes()],
        // `axum::Form` would take these for forms.
        &[b"application/x-www-form-urlencoded, text/plain"],
        &[b"application/x-www-form-urlencodedx"],
    ] {
        let reply = call("", kinds).await;
        assert_eq!((reply.status, reply.problem().as_str()), (400, "parameter_rejected"), "{kinds:?}");
    }
}

#[tokio::test]
async fn another_body_streams_through_and_is_not_read() {
    let world = World::new();
    let reached = Arc::new(AtomicBool::new(false));
    let handler = {
        let reached = Arc::clone(&reached);
        async move |request: Request| {
            reached.store(true, Ordering::SeqCst);
            request.into_body().collect().await.expect("a body").to_bytes()
        }
    };
    let app = Router::new().route("/upload", post(handler)).layer(alone(&world).form_limit(4));
    let body = Scripted::new(["never read ", "by the layer"]).only_after(&reached);
    let head = world.call("POST", "/upload").head().header("host", "x").header("content-type", "image/jpeg");
    assert_eq!(call(&app, head.body(Body::new(body)).unwrap()).await.body, "never read by the layer");
}

#[tokio::test]
async fn a_form_over_the_limit_is_413() {
    let world = World::new();
    let app = Router::new().route("/form", post("kept")).layer(alone(&world).form_limit(10));
    let form = |form: &str| world.call("POST", "/form").form(form);
    assert_eq!(call(&app, form("a=12345678").request()).await.body, "kept");
    let announced = call(&app, form("a=123456789").request()).await;
    assert_eq!((announced.status, announced.problem().as_str()), (413, "body_too_large"));

    // One that announces nothing is read up to the limit, whatever comes in.
    let signed = form("a=123456789");
    let body = Body::new(Scripted::new(["a=1234", "56789"]));
    let streamed = call(&app, signed.head().header("host", "x").body(body).unwrap()).await;
    assert_eq!((streamed.status, streamed.problem().as_str()), (413, "body_too_large"));
}

#[tokio::test]
async fn a_form_that_announces_too_much_is_not_read_at_all() {
    let world = World::new();
    let app = Router::new().route("/form", post("kept")).layer(alone(&world));
    let body = Scripted::new(["a=1"]).announcing((1 << 20) + 1).only_after(&Arc::default());
    let head = world.call("POST", "/form").form("a=1").head().header("host", "x");
    assert_eq!(call(&app, head.body(Body::new(body)).unwrap()).await.status, 413);
}

#[tokio::test]
async fn a_form_that_breaks_off_is_400() {
    let world = World::new();
    let app = Router::new().route("/form", post("kept")).layer(alone(&world));
    let head = world.call("POST", "/form").form("a=1").head().header("host", "x");
    let reply = call(&app, head.body(Body::new(Scripted::new(["a=1"]).breaking_off())).unwrap()).await;
    assert_eq!((reply.status, reply.problem().as_str()), (400, "body_required"));
}

#[tokio::test]
async fn a_nested_router_verifies_the_path_that_the_client_sent() {
    let world = World::new();
    let inner =
        || Router::new().route("/photos", get(async |request: Request| request.uri().path().to_owned()));
    let nested = Router::new().nest("/api/v1", inner().route_layer(alone(&world)));
    let around = Router::new().nest("/api/v1", inner()).layer(alone(&world));
    let service = Router::new().nest_service("/api/v1", inner().layer(alone(&world)));
    for app in [nested, around, service] {
        let reply = call(&app, world.call("GET", "/api/v1/photos?size=1").request()).await;
        assert_eq!((reply.status, reply.body.as_str()), (200, "/photos"));
        let mut stripped = world.call("GET", "/photos?size=1").request();
        *stripped.uri_mut() = "/api/v1/photos?size=1".parse().unwrap();
        assert_eq!(call(&app, stripped).await.problem(), "signature_invalid");
    }
}

#[tokio::test]
async fn the_raw_path_is_verified() {
    let world = World::new();
    let app = Router::new().fallback("found").layer(alone(&world));
    for target in ["/a%2Fb/%7E/../x;y=1", "/", "/caf%C3%A9", "//double//slash/", "/?", "/?a", "/?a=b&&a=b"] {
        assert_eq!(call(&app, world.call("GET", target).request()).await.body, "found", "{target}");
    }
}

#[tokio::test]
async fn any_tower_service_can_be_protected() {
    let world = World::new();
    let greet = async |request: http::Request<Full<Bytes>>| {
        let verified = request.extensions().get::<VerifiedRequest>().expect("a verified request");
        let text = format!("hello {}", verified.client().name);
        Ok::<_, std::convert::Infallible>(Response::new(Full::<Bytes>::from(text)))
    };
    let service = alone(&world).layer(service_fn(greet));
    let signed = world.call("POST", "/any").form("a=1");
    let request = || signed.head().header("host", "x").body(Full::<Bytes>::from("a=1")).unwrap();
    let reply = Reply::read(service.clone().oneshot(request()).await.unwrap()).await;
    assert_eq!((reply.status, reply.body.as_str()), (200, "hello Printer"));
    let replayed = Reply::read(service.oneshot(request()).await.unwrap()).await;
    assert_eq!((replayed.status, replayed.problem().as_str()), (401, "nonce_used"));
}

#[tokio::test]
async fn a_refused_request_reaches_nothing_behind() {
    let world = World::new();
    let reached = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&reached);
    let handler = get(async move || count.fetch_add(1, Ordering::SeqCst).to_string());
    let app = Router::new().route("/", handler).layer(alone(&world));
    let calls: [Call; 3] = [
        world.call("GET", "/").by("dpf43f3p2l4k3l03", "guessed-secret"),
        world.call("GET", "/").by("nobody", "nobodys-secret"),
        world.call("GET", "/").set("oauth_timestamp", &(NOW - 301).to_string()),
    ];
    for refused in calls {
        assert_eq!(call(&app, refused.request()).await.status, 401);
    }
    assert_eq!(reached.load(Ordering::SeqCst), 0);
    assert_eq!(call(&app, world.call("GET", "/").request()).await.status, 200);
}

#[tokio::test]
async fn an_extractor_without_the_layer_is_500_and_says_so() {
    let app = Router::new()
        .route("/token", get(async |_: Authorized| ""))
        .route("/client", get(async |_: AuthorizedClient| ""));
    for path in ["/token", "/client"] {
        let reply = call(&app, Request::get(path).body(Body::empty()).unwrap()).await;
        assert_eq!(reply.status, 500);
        assert_eq!(reply.body, "This route has no verified request. Is the `protect` layer on it?");
    }
}

#[tokio::test]
async fn authorized_on_a_route_that_lets_clients_in_alone_is_500_and_says_so() {
    let world = World::new();
    let app = Router::new()
        .route("/", get(async |caller: Authorized| caller.resource_owner().to_string()))
        .layer(protect(&world.provider).token(TokenRule::Optional));
    let reply = call(&app, world.call("GET", "/").request()).await;
    assert_eq!(reply.status, 500);
    assert_eq!(reply.body, "This route lets requests without a token through: take `AuthorizedClient`.");
    let token = world.token().await;
    assert_eq!(call(&app, world.call("GET", "/").token(&token).request()).await.body, "jane");
}

#[tokio::test]
async fn authorized_client_takes_both() {
    let world = World::new();
    let who = async |caller: AuthorizedClient| {
        let owner = caller.resource_owner().map(ToString::to_string);
        format!("{} {owner:?} {:?}", caller.client().name, caller.scopes())
    };
    let app = Router::new().route("/", get(who)).layer(protect(&world.provider).token(TokenRule::Optional));
    assert_eq!(call(&app, world.call("GET", "/").request()).await.body, "Printer None []");
    let token = world.token().await;
    let reply = call(&app, world.call("GET", "/").token(&token).request()).await;
    assert_eq!(reply.body, r#"Printer Some("jane") []"#);
}

#[tokio::test]
async fn credentials_are_hidden_from_whatever_logs_behind() {
    let world = World::new();
    let app = Router::new()
        .route("/", get(async |request: Request| format!("{:?}", request.headers())))
        .layer(alone(&world));
    let signed = world.call("GET", "/");
    let headers = call(&app, signed.request()).await.body;
    assert!(headers.contains(r#""authorization": Sensitive"#), "{headers}");
    assert!(!headers.contains("oauth_"), "{headers}");
}

#[tokio::test]
async fn a_policy_may_be_given_whole() {
    let world = World::with(|builder| builder);
    let policy = Policy::default().token(TokenRule::None).danger_allow_http();
    let app = Router::new().route("/", get("fine")).layer(protect(&world.provider).policy(policy));
    assert_eq!(call(&app, world.call("GET", "/").request()).await.body, "fine");
    world.store.put(countersign_store::ClientRecord { two_legged: false, ..printer() });
    assert_eq!(call(&app, world.call("GET", "/").request()).await.problem(), "permission_denied");
}
