//! The middleware: what it reads, what it hands on, what it hides.

use crate::support::{Call, FORM, NOW, Reply, World, call, carrying, printer, tell};
use actix_web::{
    App, HttpRequest,
    dev::{Payload, Service},
    error::PayloadError,
    http::header::{CONTENT_LENGTH, HeaderValue},
    middleware::NormalizePath,
    web::{self, Bytes},
};
use countersign_actix::{AuthorizedClient, BodyHash, Policy, ProtectLayer, TokenRule, protect};
use countersign_core::{HmacSha1, SignatureMethod};
use futures_util::{StreamExt, stream};
use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

/// The printer alone may call, as most tests here do.
fn alone(world: &World) -> ProtectLayer {
    protect(&world.provider).token(TokenRule::None)
}

async fn echo(body: Bytes) -> Bytes {
    body
}

#[tokio::test]
async fn a_form_is_handed_on_untouched() {
    let world = World::new();
    for form in ["a=1", "a=%7e&b=+%20&&c&a=1&=", "&", "a=%00&b=%ff"] {
        let app = App::new().wrap(alone(&world)).route("/bytes", web::post().to(echo));
        assert_eq!(call(app, world.call("POST", "/bytes").form(form).request()).await.body, form);
    }
}

#[tokio::test]
async fn form_under_a_disguised_media_type_is_signed_or_refused() {
    let world = World::new();
    let sent = async |form: &str, kinds: &[&[u8]]| {
        let app = App::new().wrap(alone(&world)).route("/form", web::post().to(echo));
        let credentials = world.call("POST", "/form").form(form).header();
        let head = http::Request::post("/form").header("host", "x").header("authorization", credentials);
        let request = carrying(head, "to=mallory");
        let request = kinds.iter().fold(request, |request, kind| {
            request.append_header(("content-type", HeaderValue::from_bytes(kind).expect("a value")))
        });
        call(app, request).await
    };
    let no_text = b"application/x-www-form-urlencoded; charset=\"\xe9\"";
    assert_eq!(sent("to=mallory", &[no_text]).await.body, "to=mallory");
    // Without the form in the signature: as if the body were none.
    assert_eq!(sent("", &[no_text]).await.problem(), "signature_invalid");
    assert_eq!(sent("", &[b"text/plain; charset=\"\xe9\""]).await.body, "to=mallory");
    for kinds in [
        &[&b"text/plain"[..], FORM.as_bytes()][..],
        &[FORM.as_bytes(), FORM.as_bytes()],
        &[b"application/x-www-form-urlencoded, text/plain"],
        &[b"application/x-www-form-urlencodedx"],
    ] {
        let reply = sent("", kinds).await;
        assert_eq!((reply.status, reply.problem().as_str()), (400, "parameter_rejected"), "{kinds:?}");
    }
}

/// Extractors of actix decode a body by this field, which is not signed: what they read would not be what was verified.
#[tokio::test]
async fn a_coding_cannot_change_a_form_after_it_was_verified() {
    let world = World::new();
    let coding = async |request: HttpRequest, body: Bytes| {
        format!("{:?} {}", request.headers().get("content-encoding"), String::from_utf8_lossy(&body))
    };
    let app = || App::new().wrap(alone(&world)).route("/", web::post().to(coding));
    let form = world.call("POST", "/").form("amount=1").request();
    let reply = call(app(), form.insert_header(("content-encoding", "br"))).await;
    assert_eq!(reply.body, "None amount=1");
    let other = carrying(world.call("POST", "/").head().header("host", "x"), "pixels");
    let reply = call(app(), other.insert_header(("content-encoding", "br"))).await;
    assert_eq!(reply.body, "Some(\"br\") pixels");
}

/// A body that comes as it is told to, and panics if it is read before `reached` is set.
fn scripted(pieces: &'static [&'static str], breaks_off: bool, reached: &Arc<AtomicBool>) -> Payload {
    let reached = Arc::clone(reached);
    let end = breaks_off.then_some(Err(PayloadError::Incomplete(None)));
    let pieces = pieces.iter().map(|piece| Ok(Bytes::from_static(piece.as_bytes()))).chain(end);
    let stream = stream::iter(pieces).inspect(move |_| {
        assert!(reached.load(Ordering::SeqCst), "the body is read too early");
    });
    Payload::Stream { payload: Box::pin(stream) }
}

/// What the layer makes of a call whose body is scripted, and read by the layer itself only if `held`.
async fn streamed(
    layer: ProtectLayer,
    call: &Call,
    body: (&'static [&'static str], bool),
    held: bool,
) -> Reply {
    announced(layer, call, body, held, None).await
}

async fn announced(
    layer: ProtectLayer,
    call: &Call,
    (pieces, breaks_off): (&'static [&'static str], bool),
    held: bool,
    length: Option<u64>,
) -> Reply {
    let arriving = Arc::new(AtomicBool::new(held));
    let handled = Arc::clone(&arriving);
    let app = App::new()
        .wrap_fn(move |request, next| {
            handled.store(true, Ordering::SeqCst);
            next.call(request)
        })
        .wrap(layer)
        .wrap_fn(move |mut request, next| {
            request.set_payload(scripted(pieces, breaks_off, &arriving));
            request.headers_mut().remove(CONTENT_LENGTH).for_each(drop);
            if let Some(length) = length {
                request.headers_mut().insert(CONTENT_LENGTH, length.into());
            }
            next.call(request)
        })
        .route("/upload", web::post().to(echo));
    tell(&actix_web::test::init_service(app).await, call.request()).await
}

#[tokio::test]
async fn another_body_streams_through_and_is_not_read() {
    let world = World::new();
    let call = world.call("POST", "/upload");
    let pieces = (&["never read ", "by the layer"][..], false);
    let reply = streamed(alone(&world).form_limit(4), &call, pieces, false).await;
    assert_eq!(reply.body, "never read by the layer");
}

#[tokio::test]
async fn a_form_that_announces_nothing_is_read_up_to_the_limit() {
    let world = World::new();
    let call = world.call("POST", "/upload").form("a=12345678");
    let reply = streamed(alone(&world).form_limit(10), &call, (&["a=1234", "5678"], false), true).await;
    assert_eq!(reply.body, "a=12345678");
    let call = world.call("POST", "/upload").form("a=123456789");
    let reply = streamed(alone(&world).form_limit(10), &call, (&["a=1234", "56789"], false), true).await;
    assert_eq!((reply.status, reply.problem().as_str()), (413, "body_too_large"));
}

#[tokio::test]
async fn a_form_that_announces_too_much_is_not_read_at_all() {
    let world = World::new();
    let call = world.call("POST", "/upload").form("a=1");
    let reply = announced(alone(&world), &call, (&["a=1"], false), false, Some((1 << 20) + 1)).await;
    assert_eq!((reply.status, reply.problem().as_str()), (413, "body_too_large"));
}

#[tokio::test]
async fn a_form_that_says_it_is_empty_is_read_all_the_same() {
    let world = World::new();
    let call = world.call("POST", "/upload").form("a=1");
    assert_eq!(announced(alone(&world), &call, (&["a=1"], false), true, Some(0)).await.body, "a=1");
    let nothing = (&["to=mallory"][..], false);
    let reply = announced(alone(&world), &call, nothing, true, Some(0)).await;
    assert_eq!(reply.problem(), "signature_invalid");
}

#[tokio::test]
async fn a_form_that_breaks_off_is_400() {
    let world = World::new();
    let call = world.call("POST", "/upload").form("a=1");
    let reply = streamed(alone(&world), &call, (&["a=1"], true), true).await;
    assert_eq!((reply.status, reply.problem().as_str()), (400, "body_required"));
}

#[tokio::test]
async fn a_body_is_not_read_for_who_does_not_state_a_hash_that_is_required() {
    let world = World::new();
    let layer = alone(&world).body_hash(BodyHash::Require);
    let reply = streamed(layer, &world.call("POST", "/upload"), (&["{}"], false), false).await;
    assert_eq!((reply.status, reply.problem().as_str()), (400, "parameter_absent"));
}

#[tokio::test]
async fn a_body_whose_hash_is_verified_reaches_the_handler_untouched() {
    let world = World::new();
    let call = world.call("POST", "/upload").set("oauth_body_hash", &HmacSha1.hash_body(b"{\"a\": 1}"));
    let reply =
        streamed(alone(&world).body_hash(BodyHash::Verify), &call, (&["{\"a\":", " 1}"], false), true).await;
    assert_eq!((reply.status, reply.body.as_str()), (200, "{\"a\": 1}"));
}

#[tokio::test]
async fn the_raw_path_is_verified() {
    let world = World::new();
    for target in [
        "/a%2Fb/%7E/../x;y=1",
        "/a%20b/%61",
        "/",
        "/caf%C3%A9",
        "//double//slash/",
        "/?",
        "/?a",
        "/?a=b&&a=b",
    ] {
        let app = App::new().wrap(alone(&world)).default_service(web::to(async || "found"));
        assert_eq!(call(app, world.call("GET", target).request()).await.body, "found", "{target}");
    }
}

#[tokio::test]
async fn a_scope_verifies_the_path_that_the_client_sent() {
    let world = World::new();
    let path = async |request: HttpRequest, name: web::Path<String>| format!("{} {name}", request.path());
    let photo = || web::resource("/photos/{name}").get(path);
    let apps = [
        web::scope("/api").service(web::scope("/v1").service(photo().wrap(alone(&world)))),
        web::scope("/api").service(web::scope("/v1").wrap(alone(&world)).service(photo())),
        web::scope("/api/v1").service(web::scope("").wrap(alone(&world)).service(photo())),
    ];
    for scope in apps {
        let app = actix_web::test::init_service(App::new().service(scope)).await;
        let reply = tell(&app, world.call("GET", "/api/v1/photos/a%2Fb%20c%7E?size=1").request()).await;
        // What actix decodes is a copy, for its extractors.
        assert_eq!((reply.status, reply.body.as_str()), (200, "/api/v1/photos/a%2Fb%20c%7E a/b c~"));
        for signed in [
            "/photos/a%2Fb%20c%7E?size=1",
            "/api/v1/photos/a/b c~?size=1",
            "/api/v1/photos/a%2Fb%20c~?size=1",
        ] {
            let signed = http::HeaderValue::from_str(&world.call("GET", signed).header()).expect("a value");
            let head = http::Request::get("/api/v1/photos/a%2Fb%20c%7E?size=1").header("host", "x");
            let reply = tell(&app, carrying(head.header("authorization", signed), "")).await;
            assert_eq!(reply.problem(), "signature_invalid");
        }
    }
}

#[tokio::test]
async fn a_target_that_something_further_out_rewrote_is_refused() {
    let world = World::new();
    let found = || web::to(async || "found");
    let outside = App::new().wrap(alone(&world)).wrap(NormalizePath::trim()).default_service(found());
    assert_eq!(call(outside, world.call("GET", "/photos/").request()).await.problem(), "signature_invalid");
    let inside = App::new().wrap(NormalizePath::trim()).wrap(alone(&world)).default_service(found());
    assert_eq!(call(inside, world.call("GET", "/photos/").request()).await.body, "found");
}

#[tokio::test]
async fn a_refused_request_reaches_nothing_behind() {
    let world = World::new();
    let reached = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&reached);
    let handler = move || {
        let count = Arc::clone(&count);
        async move { count.fetch_add(1, Ordering::SeqCst).to_string() }
    };
    let app = App::new().wrap(alone(&world)).route("/", web::get().to(handler));
    let app = actix_web::test::init_service(app).await;
    for refused in [
        world.call("GET", "/").by("dpf43f3p2l4k3l03", "guessed-secret"),
        world.call("GET", "/").by("nobody", "nobodys-secret"),
        world.call("GET", "/").set("oauth_timestamp", &(NOW - 301).to_string()),
    ] {
        assert_eq!(tell(&app, refused.request()).await.status, 401);
    }
    assert_eq!(reached.load(Ordering::SeqCst), 0);
    assert_eq!(tell(&app, world.call("GET", "/").request()).await.status, 200);
}

#[tokio::test]
async fn a_whole_app_tells_strangers_nothing_of_what_it_does_not_know() {
    let world = World::new();
    let app = || App::new().wrap(alone(&world)).route("/known", web::get().to(async || "known"));
    let bare = |path: &str| carrying(http::Request::get(path).header("host", "x"), "");
    assert_eq!(call(app(), bare("/unknown")).await.status, 401);
    assert_eq!(call(app(), bare("/known")).await.status, 401);
    assert_eq!(call(app(), world.call("GET", "/unknown").request()).await.status, 404);
}

#[tokio::test]
async fn credentials_are_hidden_from_whatever_logs_behind() {
    let world = World::new();
    let headers = async |request: HttpRequest| format!("{:?}", request.headers());
    let app = App::new().wrap(alone(&world)).route("/", web::get().to(headers));
    let headers = call(app, world.call("GET", "/").request()).await.body;
    assert!(headers.contains("Sensitive") && !headers.contains("oauth_"), "{headers}");
}

/// Requests are kept and used again by actix.
#[tokio::test]
async fn the_proof_of_one_request_is_not_there_in_the_next() {
    let world = World::new();
    let photos = async |caller: AuthorizedClient| caller.client().name.clone();
    let guarded = web::resource("/guarded").wrap(alone(&world)).get(photos);
    let app = App::new().service(guarded).service(web::resource("/open").get(photos));
    let app = actix_web::test::init_service(app).await;
    for _ in 0..3 {
        assert_eq!(tell(&app, world.call("GET", "/guarded").request()).await.body, "Printer");
        assert_eq!(tell(&app, world.call("GET", "/open").request()).await.status, 500);
    }
}

#[tokio::test]
async fn a_policy_may_be_given_whole() {
    let world = World::with(|builder| builder);
    let policy = Policy::default().token(TokenRule::None).danger_allow_http();
    let app = || {
        let layer = protect(&world.provider).policy(policy.clone());
        App::new().wrap(layer).route("/", web::get().to(async || "fine"))
    };
    assert_eq!(call(app(), world.call("GET", "/").request()).await.body, "fine");
    world.store.put(countersign_store::ClientRecord { two_legged: false, ..printer() });
    assert_eq!(call(app(), world.call("GET", "/").request()).await.problem(), "permission_denied");
}
