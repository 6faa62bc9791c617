//! Kinds of requests, each accepted or refused as the book says.

use crate::{
    expected::{Expected, answer, check},
    scene::Scene,
    support::{
        client::{Call, Where},
        http::{Line, Request},
        until,
    },
    table::Table,
    way::{Bodies, Open, Way},
};
use countersign_core::HmacSha1;

/// What clients sign.
pub(crate) const PUBLIC_URL: &str = "https://api.example.net";

/// The same on a port that is not the default one.
pub(crate) const OTHER_ORIGIN: &str = "https://api.example.net:8443";

/// A request as it goes out.
pub(crate) struct Sent {
    pub(crate) bytes: Vec<u8>,
    pub(crate) origin: &'static str,
    pub(crate) method: String,
    pub(crate) target: String,
    pub(crate) body: Vec<u8>,
    /// The identity that the API must be told.
    pub(crate) caller: Vec<(&'static str, String)>,
}

struct Kind {
    name: &'static str,
    needs: Needs,
    expected: Expected,
    request: fn(&Scene) -> Sent,
}

/// What of the body must get through.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Needs {
    Nothing,
    /// Countersign must see it.
    Body,
    /// The same, for a body that is larger than a buffer.
    Room,
    /// Countersign must know that there is none.
    Emptiness,
    /// The API must get it in chunks.
    Chunks,
    Both,
}

/// Sends one of each kind.
pub(crate) fn run(scene: &Scene, open: &Open<'_>, table: &mut Table) {
    for kind in KINDS {
        let (expected, note) = kind.expected_through(open.way);
        let result = one(scene, open, expected, &(kind.request)(scene));
        table.take(kind.name, open.way.name, result.map(|status| status + note));
    }
    table.take("the same request again", open.way.name, replay(scene, open));
    table.take("unsigned, behind a signed one", open.way.name, unsigned_behind_signed(scene, open));
}

/// With nobody who verifies, nothing is let through.
pub(crate) fn without_countersign(scene: &Scene, open: &mut Open<'_>, table: &mut Table) {
    let name = open.way.name;
    if open.way.start.is_none() {
        return table.passed_as(CLOSED, name, "-", 0);
    }
    let bytes = get(scene, "/api/photos").bytes;
    open.countersign.terminate();
    until("Countersign ends", || !open.countersign.is_running());
    scene.upstream.take();
    let result =
        answer(open, &bytes).and_then(|answer| match (answer.status, scene.upstream.take().as_slice()) {
            (500..=504, []) => Ok(answer.status.to_string()),
            (status, arrived) => Err(format!("answered with {status}, and {} arrived", arrived.len())),
        });
    table.take(CLOSED, name, result);
}

const CLOSED: &str = "Countersign is stopped";

/// Sends a request and compares.
pub(crate) fn one(scene: &Scene, open: &Open<'_>, expected: Expected, sent: &Sent) -> Result<String, String> {
    scene.upstream.take();
    let answer = answer(open, &sent.bytes)?;
    check(open, expected, sent, &answer, &scene.upstream.take())
}

fn replay(scene: &Scene, open: &Open<'_>) -> Result<String, String> {
    let sent = get(scene, "/api/photos?again");
    one(scene, open, Expected::Accepted, &sent)?;
    one(scene, open, Expected::Refused(401, "nonce_used"), &sent)
}

/// On one connection.
fn unsigned_behind_signed(scene: &Scene, open: &Open<'_>) -> Result<String, String> {
    let (signed, unsigned) = (get(scene, "/api/photos"), sent(scene, Request::get("/api/photos")));
    scene.upstream.take();
    let mut line = Line::open(open.address).map_err(|error| error.to_string())?;
    let mut exchange = |sent: &Sent, expected| {
        let answer = line.exchange(&sent.bytes).map_err(|error| format!("no answer: {error}"))?;
        check(open, expected, sent, &answer, &scene.upstream.take())
    };
    exchange(&signed, Expected::Accepted)?;
    exchange(&unsigned, Expected::Refused(401, "parameter_absent"))
}

impl Kind {
    /// What is expected, and a note for the table where it is not what the kind would like.
    fn expected_through(&self, way: &Way) -> (Expected, &'static str) {
        match (self.needs, way.bodies) {
            (Needs::Body | Needs::Room | Needs::Both | Needs::Emptiness, Bodies::None)
            | (Needs::Emptiness, Bodies::IfAny)
            | (Needs::Room, Bodies::Buffered) => (Expected::Refused(400, "body_required"), " body"),
            (Needs::Chunks | Needs::Both, Bodies::Buffered) => (Expected::Barred(411), ""),
            _ => (self.expected, ""),
        }
    }
}

const KINDS: &[Kind] = &[
    accepted("GET, nasty query", Needs::Nothing, |scene| get(scene, NASTY)),
    accepted("GET, credentials in the query", Needs::Nothing, |scene| {
        let call = Call::get("/api/photos?size=a%20b", &scene.client).token(&scene.token);
        sent(scene, call.request_by(&HmacSha1, Where::Query, PUBLIC_URL))
    }),
    accepted("GET, path with %2F and %20", Needs::Nothing, |scene| {
        get(scene, "/api/a%2Fb/c%20d/%7Ejane/%c3%a9")
    }),
    accepted("GET, path with // and signs", Needs::Nothing, |scene| {
        get(scene, "/api//x/.y/z;v=1/(a)'!*,$&+:@=")
    }),
    accepted("GET, port that is not the default", Needs::Nothing, |scene| {
        let call = Call::get("/api/photos?size=1", &scene.client).token(&scene.token);
        Sent::new(call.request(OTHER_ORIGIN), OTHER_ORIGIN, owner(scene))
    }),
    accepted("GET, target with scheme and host", Needs::Nothing, |scene| {
        get(scene, "/api/photos?size=1").absolute()
    }),
    accepted("GET, 2-legged", Needs::Nothing, |scene| {
        Sent::new(Call::get("/partners/7", &scene.client).request(PUBLIC_URL), PUBLIC_URL, alone(scene))
    }),
    accepted("POST form", Needs::Body, |scene| form(scene, FORM)),
    accepted("POST form, type in capitals", Needs::Body, |scene| {
        form(scene, FORM).retyped("APPLICATION/X-WWW-FORM-URLENCODED; charset=UTF-8")
    }),
    accepted("POST form, waits for 100", Needs::Body, |scene| {
        form(scene, FORM).with_field("Expect: 100-continue")
    }),
    accepted("POST form, empty", Needs::Emptiness, |scene| form(scene, "").retyped(FORM_TYPE)),
    accepted("GET with a form", Needs::Body, |scene| {
        let call = Call::get("/api/photos", &scene.client).token(&scene.token).form(FORM);
        sent(scene, call.request(PUBLIC_URL))
    }),
    accepted("POST form of 100 KiB", Needs::Room, |scene| form(scene, &format!("a={}", "x".repeat(100_000)))),
    accepted("POST form, in chunks", Needs::Both, |scene| form(scene, FORM).in_chunks(&[])),
    accepted("POST JSON", Needs::Nothing, |scene| json(scene, "POST", "/api/photos", br#"{"title": "a+b"}"#)),
    accepted("POST JSON, in chunks", Needs::Chunks, |scene| {
        json(scene, "POST", "/api/photos", br#"{"title": "a+b"}"#).in_chunks(&[])
    }),
    accepted("PUT, every byte", Needs::Nothing, |scene| {
        let bytes: Vec<u8> = (0..=255).collect();
        json(scene, "PUT", "/api/photos/1", &bytes)
    }),
    accepted("POST JSON, body hash", Needs::Body, |scene| hashed(scene, br#"{"title": "a+b"}"#)),
    accepted("LTI launch", Needs::Body, |scene| {
        let call =
            Call::post("/lti/launch", &scene.client).form(LAUNCH).with("oauth_callback", "about:blank");
        Sent::new(call.request_by(&HmacSha1, Where::Form, PUBLIC_URL), PUBLIC_URL, alone(scene))
    }),
    refused("unsigned", Needs::Nothing, 401, "parameter_absent", |scene| {
        sent(scene, Request::get("/api/photos"))
    }),
    refused("unsigned form", Needs::Body, 401, "parameter_absent", |scene| {
        sent(scene, Request::new("POST", "/api/photos").form(FORM))
    }),
    refused("query changed", Needs::Nothing, 401, "signature_invalid", |scene| {
        get(scene, "/api/photos?size=1").changed("size=1", "size=2")
    }),
    refused("path changed", Needs::Nothing, 401, "signature_invalid", |scene| {
        get(scene, "/api/a%2Fb").changed("/a%2Fb", "/a%2fb")
    }),
    refused("form changed", Needs::Body, 401, "signature_invalid", |scene| {
        form(scene, FORM).changed("z=1", "z=2")
    }),
    refused("hashed body changed", Needs::Body, 401, "signature_invalid", |scene| {
        hashed(scene, br#"{"pay": 1}"#).changed(r#""pay": 1"#, r#""pay": 9"#)
    }),
    refused("token without the scope", Needs::Nothing, 403, "permission_denied", |scene| {
        sent(scene, Call::get("/api/photos", &scene.client).token(&scene.narrow).request(PUBLIC_URL))
    }),
    rejected("no route", |scene| get(scene, "/elsewhere")),
    rejected("path leaves its route: ..", |scene| get(scene, "/api/../elsewhere")),
    rejected("path leaves its route: %2e%2E", |scene| get(scene, "/api/%2e%2E/elsewhere")),
    rejected("method that the route does not name", |scene| {
        Sent::new(
            Call::new("PUT", "/lti/launch", &scene.client).request(PUBLIC_URL),
            PUBLIC_URL,
            alone(scene),
        )
    }),
    rejected("Authorization twice", |scene| {
        get(scene, "/api/photos").with_field("Authorization: OAuth oauth_nonce=\"1\"")
    }),
    rejected("Content-Type twice", |scene| {
        form(scene, FORM).retyped(&format!("text/plain\r\nContent-Type: {FORM_TYPE}"))
    }),
    rejected("Host twice", |scene| get(scene, "/api/photos").with_field("Host: elsewhere.example")),
    rejected("field of 64 KiB", |scene| {
        get(scene, "/api/photos").with_field(&format!("X-Long: {}", "x".repeat(65_536)))
    }),
    Kind {
        name: "PUT of 1.5 MiB",
        needs: Needs::Nothing,
        expected: Expected::Either,
        request: |scene| json(scene, "PUT", "/api/photos/1", &vec![0x80; LARGE]),
    },
    Kind {
        name: "Content-Length and chunks",
        needs: Needs::Nothing,
        expected: Expected::Either,
        request: |scene| {
            let sent = json(scene, "POST", "/api/photos", br#"{"a": 1}"#);
            let length = format!("Content-Length: {}", sent.body.len());
            sent.in_chunks(&[]).with_field(&length)
        },
    },
];

const fn accepted(name: &'static str, needs: Needs, request: fn(&Scene) -> Sent) -> Kind {
    Kind { name, needs, expected: Expected::Accepted, request }
}

const fn refused(
    name: &'static str,
    needs: Needs,
    status: u16,
    problem: &'static str,
    request: fn(&Scene) -> Sent,
) -> Kind {
    Kind { name, needs, expected: Expected::Refused(status, problem), request }
}

const fn rejected(name: &'static str, request: fn(&Scene) -> Sent) -> Kind {
    Kind { name, needs: Needs::Nothing, expected: Expected::Rejected, request }
}

/// A signed GET under the token.
pub(crate) fn get(scene: &Scene, target: &str) -> Sent {
    sent(scene, Call::get(target, &scene.client).token(&scene.token).request(PUBLIC_URL))
}

fn form(scene: &Scene, body: &str) -> Sent {
    let call = Call::post("/api/photos?q=%2B+", &scene.client).token(&scene.token).form(body);
    sent(scene, call.request(PUBLIC_URL))
}

pub(crate) fn json(scene: &Scene, method: &str, target: &str, body: &[u8]) -> Sent {
    let call = Call::new(method, target, &scene.client).token(&scene.token);
    sent(scene, with_body(call.request(PUBLIC_URL), body))
}

fn hashed(scene: &Scene, body: &[u8]) -> Sent {
    let call = Call::post("/documents/1", &scene.client).token(&scene.token).hashed(body);
    sent(scene, with_body(call.request(PUBLIC_URL), body))
}

fn with_body(request: Request, body: &[u8]) -> Request {
    Request { body: body.into(), ..request }.field("Content-Type", "application/json")
}

fn sent(scene: &Scene, request: Request) -> Sent {
    Sent::new(request, PUBLIC_URL, owner(scene))
}

fn owner(scene: &Scene) -> Vec<(&'static str, String)> {
    identity(&scene.client.id, "jane", &scene.token.id, "photos")
}

/// A client on its own behalf.
fn alone(scene: &Scene) -> Vec<(&'static str, String)> {
    identity(&scene.client.id, "", "", "")
}

fn identity(client: &str, owner: &str, token: &str, scopes: &str) -> Vec<(&'static str, String)> {
    let pairs = [
        ("X-OAuth-Client", client),
        ("X-OAuth-Owner", owner),
        ("X-OAuth-Token-Id", token),
        ("X-OAuth-Scopes", scopes),
    ];
    pairs.map(|(name, value)| (name, value.to_owned())).into()
}

impl Sent {
    pub(crate) fn new(request: Request, origin: &'static str, caller: Vec<(&'static str, String)>) -> Self {
        let bytes = request.bytes(origin);
        Self { bytes, origin, method: request.method, target: request.target, body: request.body, caller }
    }

    /// The first place where a text stands in what is sent, replaced by one of the same length.
    fn changed(mut self, from: &str, to: &str) -> Self {
        assert_eq!(from.len(), to.len(), "the length stays");
        let at = find(&self.bytes, from.as_bytes());
        self.bytes[at..at + to.len()].copy_from_slice(to.as_bytes());
        self
    }

    /// One more field after the others.
    pub(crate) fn with_field(mut self, field: &str) -> Self {
        let at = find(&self.bytes, b"\r\n\r\n") + 2;
        self.bytes.splice(at..at, format!("{field}\r\n").into_bytes());
        self
    }

    /// The target with scheme and host before it, which is the same request.
    fn absolute(mut self) -> Self {
        let at = find(&self.bytes, b" ") + 1;
        self.bytes.splice(at..at, self.origin.bytes());
        self
    }

    /// Another `Content-Type`.
    fn retyped(mut self, media_type: &str) -> Self {
        let end = find(&self.bytes, b"\r\n\r\n") + 2;
        let head = String::from_utf8(self.bytes[..end].to_vec()).expect("a head in ASCII");
        let others = head.split_inclusive("\r\n").filter(|line| !line.starts_with("Content-Type: "));
        let head = others.collect::<String>() + &format!("Content-Type: {media_type}\r\n");
        self.bytes.splice(..end, head.into_bytes());
        self
    }

    /// The request line's method or target replaced, so that it is signed for another.
    pub(crate) fn sent_as(mut self, method: &str, target: &str) -> Self {
        let end = find(&self.bytes, b" HTTP/1.1\r\n");
        self.bytes.splice(..end, format!("{method} {target}").into_bytes());
        Self { method: method.into(), target: target.into(), ..self }
    }

    /// The `Host` replaced, so that it is signed for another.
    pub(crate) fn sent_to(mut self, origin: &'static str) -> Self {
        let start = find(&self.bytes, b"\r\nHost: ") + 8;
        let end = start + find(&self.bytes[start..], b"\r\n");
        let host = origin.strip_prefix("https://").expect("https");
        self.bytes.splice(start..end, host.bytes());
        Self { origin, ..self }
    }

    /// The body in three chunks, and fields behind it.
    pub(crate) fn in_chunks(mut self, trailers: &[String]) -> Self {
        let head = String::from_utf8(self.bytes[..find(&self.bytes, b"\r\n\r\n") + 2].to_vec())
            .expect("a head in ASCII");
        let length = format!("Content-Length: {}\r\n", self.body.len());
        let mut bytes = head.replace(&length, "").into_bytes();
        bytes.extend(b"Transfer-Encoding: chunked\r\n\r\n");
        for chunk in self.body.chunks(self.body.len().div_ceil(3).max(1)) {
            bytes.extend(format!("{:x}\r\n", chunk.len()).bytes());
            bytes.extend(chunk);
            bytes.extend(b"\r\n");
        }
        bytes.extend(b"0\r\n");
        trailers.iter().for_each(|trailer| bytes.extend(format!("{trailer}\r\n").bytes()));
        bytes.extend(b"\r\n");
        self.bytes = bytes;
        self
    }
}

fn find(bytes: &[u8], text: &[u8]) -> usize {
    bytes.windows(text.len()).position(|window| window == text).expect("it stands there")
}

const LARGE: usize = 3 << 19;
const FORM_TYPE: &str = "application/x-www-form-urlencoded";
const NASTY: &str = "/api/photos?a=1&b=%20x+y&b=&&c&=v&%C3%A9=%e2%82%ac&q='%22(~)*&dots=../..//&slash=%2F%2f&pct=%2525&semi=a;b&?=?";
const FORM: &str = "title=a+b&title=a%20b&title=&caf%C3%A9=%E2%98%95&raw=\u{e9}&&plus=%2B&tilde=~&z=1";
const LAUNCH: &str = "lti_message_type=basic-lti-launch-request&lti_version=LTI-1p0&resource_link_id=88391-e1919-bb3456\
                      &context_title=Design+of+Personal+Environments&lis_person_name_full=J%C3%A4ne+Q.+Public&roles=Instructor";
