//! Spans for an OpenTelemetry collector: one that decodes what it is sent, one that is down, and no secret in any of them.

mod support;

use opentelemetry_proto::tonic::{
    collector::trace::v1::ExportTraceServiceRequest,
    common::v1::any_value::Value,
    trace::v1::{Span, span::SpanKind},
};
use prost::Message;
use std::{io::Write, net::TcpListener};
use support::{
    client::{Call, Pair},
    place::Place,
    server::{Server, Starter},
    upstream::Upstream,
};

/// Of somebody else's trace.
const PARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";

fn stage() -> (Place, Pair) {
    let place = Place::new();
    let client = place.add_client(&["--name", "Printer", "--two-legged"]);
    (place, client)
}

/// A collector, which is an upstream that takes everything.
fn collector() -> Upstream {
    Upstream::answering(|_, line| line.get_mut().write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"))
}

fn traced(place: &Place, collector: &str) -> Starter {
    place.server().set("COUNTERSIGN_TELEMETRY_OTLP", collector)
}

fn stop(server: Server) -> String {
    let (status, log, _) = server.stop();
    assert!(status.success());
    String::from_utf8_lossy(&log).into_owned()
}

/// All spans that came, in the order in which they ended.
fn spans(collector: &Upstream) -> Vec<Span> {
    let sent = collector.seen();
    let sent = sent.iter().map(|request| {
        assert_eq!((&*request.method, &*request.target), ("POST", "/v1/traces"));
        assert_eq!(request.all("content-type"), ["application/x-protobuf"]);
        ExportTraceServiceRequest::decode(&*request.body).expect("a message")
    });
    let scopes = sent.flat_map(|request| request.resource_spans).flat_map(|resource| resource.scope_spans);
    scopes.flat_map(|scope| scope.spans).collect()
}

fn attribute(span: &Span, key: &str) -> Option<String> {
    let found = span.attributes.iter().find(|attribute| attribute.key == key)?;
    match found.value.as_ref()?.value.as_ref()? {
        Value::StringValue(text) => Some(text.clone()),
        Value::IntValue(number) => Some(number.to_string()),
        other => panic!("{other:?}"),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The spans of that name.
fn named<'s>(spans: &'s [Span], name: &str) -> Vec<&'s Span> {
    spans.iter().filter(|span| span.name == name).collect()
}

#[test]
fn signed_requests_are_spans_with_their_outcome_and_hold_no_secret() {
    let ((place, client), collector) = (stage(), collector());
    let server = traced(&place, &format!("http://{}", collector.address)).start();
    let call = Call::get("/api/whoami?planted=in-the-query", &client);
    call.send(&server).expect(200);
    call.send(&server).refused(401, "nonce_used");
    let guesser = Pair::new(&client.id, "not the secret");
    Call::get("/api/whoami", &guesser).send(&server).refused(401, "signature_invalid");
    stop(server);

    let spans = spans(&collector);
    let asked = named(&spans, "GET whoami");
    let told = |key: &str| asked.iter().map(|span| attribute(span, key)).collect::<Option<Vec<_>>>();
    let outcomes = told("countersign.outcome").expect("an outcome each");
    assert_eq!(outcomes, ["done", "nonce_used", "signature_invalid"]);
    assert_eq!(told("http.response.status_code").expect("a status each"), ["200", "401", "401"]);
    assert!(asked.iter().all(|span| span.kind == SpanKind::Server as i32 && span.parent_span_id.is_empty()));
    let all: Vec<u8> = collector.seen().iter().flat_map(|request| request.body.clone()).collect();
    let all = String::from_utf8_lossy(&all);
    for planted in [client.secret.expose(), "in-the-query", &client.id, "not the secret", "oauth_", "/api/"] {
        assert!(!all.contains(planted), "{planted} in {all}");
    }
}

#[test]
fn an_upstream_continues_the_trace_of_a_proxy_and_of_nobody_else() {
    for trusted in [true, false] {
        let ((place, client), collector, upstream) = (stage(), collector(), Upstream::start());
        let route = format!(
            "[[route]]\npath = \"/photos\"\nupstream = \"http://{}\"\npolicy = {{ token = \"optional\" }}\n",
            upstream.address
        );
        std::fs::write(place.path().join("countersign.toml"), route).expect("a configuration");
        let mut server = traced(&place, &format!("http://{}", collector.address));
        if trusted {
            server = server.set("COUNTERSIGN_TRUSTED_PROXIES", "127.0.0.1/32");
        }
        let server = server.start();
        let call = Call::get("/photos", &client).request(&server.public_url);
        call.field("traceparent", PARENT).field("tracestate", "theirs=1").send(&server).expect(200);
        let seen = upstream.only();
        stop(server);

        let spans = spans(&collector);
        let (asked, hop) = (named(&spans, "GET route")[0], named(&spans, "upstream")[0]);
        assert_eq!((hop.kind, &hop.trace_id), (SpanKind::Client as i32, &asked.trace_id));
        assert_eq!(hop.parent_span_id, asked.span_id);
        assert_eq!(hex(&asked.trace_id) == TRACE, trusted);
        assert_eq!(asked.parent_span_id.is_empty(), !trusted);
        let continued = format!("00-{}-{}-01", hex(&hop.trace_id), hex(&hop.span_id));
        assert_eq!(seen.all("traceparent"), [continued]);
        let state = seen.all("tracestate");
        assert_eq!(state.contains(&"theirs=1"), trusted, "{state:?}");
    }
}

#[test]
fn collector_that_is_down_or_hangs_fails_no_request_and_is_told_once() {
    let (place, client) = stage();
    let deaf = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let gone = TcpListener::bind("127.0.0.1:0").expect("a free port").local_addr().expect("an address");
    for (collector, told) in [(deaf.local_addr().expect("an address"), 0), (gone, 1)] {
        let server = traced(&place, &format!("http://{collector}")).start();
        for _ in 0..50 {
            Call::get("/api/whoami", &client).send(&server).expect(200);
        }
        let log = stop(server);
        assert!(log.matches("takes no spans").count() >= told, "{log}");
        assert!(log.matches("takes no spans").count() <= 1, "{log}");
    }
}

#[test]
fn address_that_no_collector_can_have_is_refused_before_anything_starts() {
    let (place, _) = stage();
    for bad in ["127.0.0.1:4318", "https://127.0.0.1:4318", "http://127.0.0.1:4318/v1/traces", "grpc://a:1"] {
        let ran = place.run_with(
            &["config", "check", "--insecure-http"],
            "",
            &[("COUNTERSIGN_TELEMETRY_OTLP", bad)],
        );
        let told =
            ran.stderr.contains("COUNTERSIGN_TELEMETRY_OTLP") && ran.stderr.contains("http://host:port");
        assert!(ran.code == Some(1) && told, "{bad}: {}", ran.stderr);
    }
}
