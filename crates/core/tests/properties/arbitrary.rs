//! Arbitrary clients, requests and texts.

use crate::{
    client::{Case, PLACES, Part, Place},
    model::Request,
};
use countersign_core::percent::encode;
use proptest::{collection::vec, prelude::*};

pub(crate) fn place() -> impl Strategy<Value = Place> {
    prop::sample::select(&PLACES)
}

pub(crate) fn part() -> impl Strategy<Value = Part> {
    prop::sample::select(&[Part::Method, Part::Target, Part::Header, Part::Form])
}

pub(crate) fn bytes() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![vec(any::<u8>(), 0..40), text().prop_map(String::into_bytes)]
}

prop_compose! {
    pub(crate) fn case()(
        (method, path) in ("[A-Za-z!#$%&'*+.^_`|~-]{1,8}", "/[^?]{0,12}"),
        query in vec(pair(), 0..5),
        form in vec(pair(), 0..5),
        (client, token) in (PRINTABLE, prop::option::of(PRINTABLE)),
        (client_secret, token_secret) in any::<(String, String)>(),
        (nonce, seconds) in (PRINTABLE, any::<u64>()),
    ) -> Case {
        let (query, form) = (joined(&query), joined(&form));
        Case { method, path, query, form, client, client_secret, token, token_secret, nonce, seconds }
    }
}

/// A pair as a client may write it: escapes in either case, escapes that were not needed, a plus for a space.
fn pair() -> impl Strategy<Value = (String, String)> {
    let byte = (any::<u8>(), 0..4_u8).prop_map(|(byte, style)| match style {
        0 => format!("%{byte:02X}"),
        1 => format!("%{byte:02x}"),
        _ if byte == b' ' => "+".into(),
        _ => encode([byte]),
    });
    let half = || vec(byte.clone(), 0..6).prop_map(|bytes| bytes.concat());
    (half(), half()).prop_filter("no credentials", |(name, _)| !name.contains("oauth"))
}

prop_compose! {
    /// A list for each of query, header and form, and the same lists in another order.
    pub(crate) fn shuffled()(
        query in vec(repeated(), 0..8),
        header in vec(repeated(), 0..8).prop_map(|mut pairs| {
            // Only a header has no empty names.
            pairs.retain(|(name, _)| !name.is_empty());
            pairs.push(("oauth_signature".into(), "x".into()));
            pairs.push(("oauth_token".into(), "t".into()));
            pairs
        }),
        form in vec(repeated(), 0..8),
    )(
        lists in Just([query.clone(), header.clone(), form.clone()]),
        shuffled in (Just(query).prop_shuffle(), Just(header).prop_shuffle(), Just(form).prop_shuffle()),
    ) -> [[Pairs; 3]; 2] {
        [lists, shuffled.into()]
    }
}

/// Names that come again and again, and values that sort otherwise before they are encoded.
fn repeated() -> impl Strategy<Value = (String, String)> {
    let part = prop::sample::select(&["a", "a-", "a%20", "b", "B", "%C3%A9", "~", "", "1", "10", "a%2Fb"]);
    (part.clone(), part).prop_map(|(name, value)| (name.into(), value.into()))
}

prop_compose! {
    /// A request of bits and pieces that mean something, in any order: about half can be read.
    pub(crate) fn sent()(
        (method, path, query) in ("[A-Za-z]{1,7}", text(), text()),
        form in prop_oneof![3 => text().prop_map(String::into_bytes), 1 => vec(any::<u8>(), 0..40)],
        prefix in prop::sample::select(&["", "/p", "/a%20b"]),
        header in prop_oneof![
            1 => Just(None),
            8 => vec((word(), word()), 0..4).prop_map(|mut pairs| {
                pairs.retain(|(name, _)| !name.is_empty());
                pairs.insert(pairs.len() / 2, ("oauth_nonce".into(), "x".into()));
                Some(header_of(&pairs))
            }),
            1 => (text(), text()).prop_map(|(before, after)| {
                Some(format!("{before}OAuth oauth_nonce=\"x\",{after}").into_bytes())
            }),
        ],
    ) -> Request {
        let origin = format!("https://example.com{prefix}");
        Request { method, origin, target: format!("{path}?{query}"), header, form }
    }
}

fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        30 => prop::sample::select(WORDS),
        15 => prop::sample::select(SEPARATORS),
        1 => prop::sample::select(TROUBLE),
    ];
    vec(piece, 0..10).prop_map(|pieces| pieces.concat())
}

/// What a header holds between its quotes, or before its `=`.
fn word() -> impl Strategy<Value = String> {
    let piece = prop_oneof![60 => prop::sample::select(WORDS), 1 => prop::sample::select(TROUBLE)];
    vec(piece, 0..4).prop_map(|pieces| pieces.concat())
}

pub(crate) fn joined(pairs: &Pairs) -> String {
    pairs.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&")
}

pub(crate) fn header_of(pairs: &Pairs) -> Vec<u8> {
    let list: Vec<_> = pairs.iter().map(|(name, value)| format!("{name}=\"{value}\"")).collect();
    format!("OAuth {}", list.join(", ")).into_bytes()
}

/// Encoded names and values.
pub(crate) type Pairs = Vec<(String, String)>;

/// One to 63 characters of four bytes at most, none of them a control character.
const PRINTABLE: &str = "\\PC{1,63}";
const WORDS: &[&str] = &[
    "a",
    "b",
    "z",
    "A",
    "0",
    "+",
    "%41",
    "%2f",
    "%2F",
    "%00",
    "%ff",
    "%25",
    "%2525",
    "%7e",
    "~",
    "/",
    "é",
    "\0",
    "xoauth_id",
    "realm",
];
const SEPARATORS: &[&str] = &["=", "&", "&&", "?", ";", " ", "\t", ",", "\"", "\\", "=\"x\",", "OAuth "];
const TROUBLE: &[&str] = &[
    "%",
    "%zz",
    "%4",
    "oauth_token",
    "oauth%5Fnonce",
    "oauth_version",
    "oauth_signature",
    "oauth_callback=%00",
];
