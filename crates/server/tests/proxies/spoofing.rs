//! What a client says of itself in fields that are the proxy's: the API never hears it, and no verdict heeds it.

use crate::{
    expected::{Expected, answer, check},
    kinds::{OTHER_ORIGIN, PUBLIC_URL, Sent, get, json, one},
    scene::Scene,
    support::client::Call,
    table::Table,
    upstream::Received,
    way::Open,
};

/// Every field in every spelling.
pub(crate) fn run(scene: &Scene, open: &Open<'_>, table: &mut Table) {
    let identity = &NAMES[..4];
    for name in NAMES {
        each(table, name, open, spellings(name), |field| {
            unheard(scene, open, &get(scene, "/api/photos").with_field(&format!("{field}: {SPOOFED}")))
        });
    }
    each(table, "Connection: one of these names", open, identity.iter().copied(), |name| {
        unheard(scene, open, &get(scene, "/api/photos").with_field(&format!("Connection: close, {name}")))
    });
    for (row, announced) in [("behind a body, announced", true), ("behind a body, unannounced", false)] {
        each(table, row, open, identity.iter().copied(), |name| {
            let sent = json(scene, "PUT", "/api/photos", b"{}").in_chunks(&[format!("{name}: {SPOOFED}")]);
            let sent = if announced { sent.with_field(&format!("Trailer: {name}")) } else { sent };
            unheard(scene, open, &sent)
        });
    }
    each(table, "Upgrade to HTTP/2", open, UPGRADES, |wanted| {
        let sent = get(scene, "/api/photos").with_field("Connection: Upgrade, HTTP2-Settings");
        unheard(scene, open, &sent.with_field(&format!("Upgrade: {wanted}\r\nHTTP2-Settings: AAMAAABk")))
    });
    for (name, value, signed) in SIGNED_FOR_ANOTHER {
        each(table, &format!("signed for what it names: {name}"), open, spellings(name), |field| {
            one(scene, open, Expected::Rejected, &signed(scene).with_field(&format!("{field}: {value}")))
        });
    }
}

/// Runs a case for each spelling; the cell counts the 200s.
fn each<T: std::fmt::Display>(
    table: &mut Table,
    row: &str,
    open: &Open<'_>,
    cases: impl IntoIterator<Item = T>,
    mut case: impl FnMut(&T) -> Result<String, String>,
) {
    let (mut accepted, mut held, mut failed) = (0, 0, false);
    for item in cases {
        match case(&item) {
            Ok(status) => {
                held += 1;
                accepted += usize::from(status == "200");
            }
            Err(why) => {
                failed = true;
                table.failed(row, open.way.name, &format!("{item}: {why}"));
            }
        }
    }
    let text = if failed { "FAILED".into() } else { format!("{accepted}/{held}") };
    table.passed_as(row, open.way.name, &text, held);
}

/// Accepted or rejected, and what arrives, if it does, holds nothing of it and names who really calls.
fn unheard(scene: &Scene, open: &Open<'_>, sent: &Sent) -> Result<String, String> {
    scene.upstream.take();
    let answer = answer(open, &sent.bytes)?;
    let arrived = scene.upstream.take();
    if arrived.iter().any(heard) {
        return Err(format!("the API hears it: {arrived:?}"));
    }
    check(open, Expected::Either, sent, &answer, &arrived)
}

fn heard(received: &Received) -> bool {
    let upgrades = received
        .fields
        .iter()
        .any(|(name, _)| ["upgrade", "http2-settings"].iter().any(|known| name.eq_ignore_ascii_case(known)));
    upgrades || received.fields.iter().chain(&received.trailers).any(|(_, value)| value.contains(SPOOFED))
}

/// As it is written, and as a program might take for the same.
fn spellings(name: &str) -> [String; 5] {
    let flipped =
        |(at, c): (usize, char)| if at % 2 == 0 { c.to_ascii_lowercase() } else { c.to_ascii_uppercase() };
    [
        name.to_owned(),
        name.to_ascii_lowercase(),
        name.to_ascii_uppercase().replacen('-', "_", 2),
        name.char_indices().map(flipped).collect::<String>().replacen('-', "_", 1),
        name.replacen('-', ".", 1),
    ]
}

/// Signed for one thing and sent as another, with a field that names the first.
const SIGNED_FOR_ANOTHER: &[(&str, &str, Build)] = &[
    ("X-Original-URI", "/api/photos", another_path),
    ("X-Original-URL", "/api/photos", another_path),
    ("X-Rewrite-URL", "/api/photos", another_path),
    ("X-Forwarded-Uri", "/api/photos", another_path),
    ("X-Envoy-Original-Path", "/api/photos", another_path),
    ("X-Original-Method", "GET", another_method),
    ("X-Forwarded-Method", "GET", another_method),
    ("X-HTTP-Method-Override", "GET", another_method),
    ("X-Forwarded-Host", "api.example.net:8443", another_host),
    ("Forwarded", "proto=https;host=\"api.example.net:8443\"", another_host),
];

type Build = fn(&Scene) -> Sent;

fn another_path(scene: &Scene) -> Sent {
    get(scene, "/api/photos").sent_as("GET", "/api/secrets")
}

fn another_method(scene: &Scene) -> Sent {
    get(scene, "/api/photos").sent_as("DELETE", "/api/photos")
}

fn another_host(scene: &Scene) -> Sent {
    let call = Call::get("/api/photos", &scene.client).token(&scene.token);
    Sent::new(call.request(OTHER_ORIGIN), OTHER_ORIGIN, Vec::new()).sent_to(PUBLIC_URL)
}

/// Over HTTP/2 a client could send the API whatever it likes, past every verdict.
const UPGRADES: [&str; 4] = ["h2c", "H2C", "websocket, h2c", "HTTP/2.0"];

/// The first four say who calls.
const NAMES: &[&str] = &[
    "X-OAuth-Client",
    "X-OAuth-Owner",
    "X-OAuth-Token-Id",
    "X-OAuth-Scopes",
    "X-OAuth-Identity",
    "X-Forwarded-For",
    "X-Forwarded-Host",
    "X-Forwarded-Proto",
    "X-Forwarded-Port",
    "X-Forwarded-Server",
    "X-Forwarded-Prefix",
    "X-Forwarded-Method",
    "X-Forwarded-Uri",
    "X-Original-Method",
    "X-Original-URI",
    "X-Original-URL",
    "X-Original-Body",
    "X-Rewrite-URL",
    "X-Real-IP",
    "Forwarded",
];

const SPOOFED: &str = "spoofed.example";
