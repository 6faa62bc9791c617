//! Every page as it looks with its samples, in every language, and with what an attacker would type.

use super::*;
use crate::{
    look::Look,
    pages::{Pages, Setting, sources},
    words::Words,
};
use std::collections::BTreeSet;

fn pages() -> Pages {
    let words = Words::with(&[]).expect("messages of ours");
    let setting = Setting { site_name: "Photos", base: "" };
    Pages::strict(&Look::default(), words, &setting).expect("templates of ours")
}

fn rendered(pages: &Pages, language: usize, sample: &Sample) -> String {
    let html = pages.rendered(language, sample.template, sample.values.clone(), Some("de"));
    html.unwrap_or_else(|error| panic!("{} {}: {error:#}", sample.template, sample.case))
}

#[test]
fn every_page_has_a_sample() {
    let known: BTreeSet<_> = all().iter().map(|sample| sample.template).collect();
    // What others extend, include or import is seen with them.
    let is_part = |name: &str| sources().any(|(_, source)| source.contains(&format!("\"{name}\"")));
    for (name, _) in sources().filter(|(name, _)| !is_part(name)) {
        assert!(known.contains(name), "add a sample for {name} to pages/samples");
    }
}

#[test]
fn every_page_looks_as_it_did() {
    let pages = pages();
    // One help page shows how all of them look.
    let one_help = |sample: &Sample| sample.template != "help.html" || sample.case == "nonce_used";
    for sample in all().into_iter().filter(one_help) {
        for (language, tag) in ["en", "de"].into_iter().enumerate() {
            let name = format!("{}-{}-{tag}", sample.template.replace(['/', '.'], "_"), sample.case);
            insta::with_settings!({ snapshot_path => "../../../tests/snapshots", prepend_module_to_snapshot => false }, {
                insta::assert_snapshot!(name, rendered(&pages, language, &sample));
            });
        }
    }
}

#[test]
fn a_hostile_name_is_text_on_every_page() {
    let pages = pages();
    for (which, hostile) in [("script", SCRIPT), ("attribute", "\" onfocus=x a=\""), ("nul", "a\0b")] {
        for sample in all() {
            let html = rendered(&pages, 0, &sample.hostile(hostile));
            let name = format!("{} {} {which}", sample.template, sample.case);
            assert!(!html.contains("<script>alert") && !html.contains(SCRIPT), "{name}: {html}");
            assert!(!html.contains("\" onfocus="), "{name}: {html}");
        }
    }
}

#[test]
fn a_hostile_name_looks_as_it_did() {
    let pages = pages();
    let mut seen = BTreeSet::new();
    for sample in all().into_iter().filter(|sample| seen.insert(sample.template)) {
        let name = format!("{}-hostile", sample.template.replace(['/', '.'], "_"));
        insta::with_settings!({ snapshot_path => "../../../tests/snapshots", prepend_module_to_snapshot => false }, {
            insta::assert_snapshot!(name, rendered(&pages, 0, &sample.hostile(SCRIPT)));
        });
    }
}

#[test]
fn pages_render_with_nothing_in_them_and_with_far_too_much() {
    let pages = pages();
    let long = "x".repeat(10_000);
    for sample in all() {
        for language in 0..pages.languages() {
            rendered(&pages, language, &sample.empty());
        }
        assert!(rendered(&pages, 0, &sample.hostile(&long)).ends_with("</html>"));
    }
}

/// Whatever turns around what comes after it ends with the element that isolates it.
#[test]
fn a_name_that_turns_others_around_stands_apart() {
    let pages = pages();
    for sample in all() {
        let html = rendered(&pages, 0, &Sample { values: turned(&sample.values), ..sample.clone() });
        for (at, _) in html.match_indices(TURNING) {
            let before = &html[..at];
            let open = before.rfind('<').map_or("", |begin| &before[begin..]);
            let apart = ["<bdi", "<code", "<textarea", "<title"].iter().any(|tag| open.starts_with(tag));
            let in_attribute = !open.contains('>');
            assert!(
                apart || in_attribute,
                "{} {}: {}",
                sample.template,
                sample.case,
                &html[at.saturating_sub(80)..at]
            );
        }
    }
}

/// The values with such a name wherever somebody chose one.
fn turned(value: &Value) -> Value {
    match value {
        Value::Array(list) => list.iter().map(turned).collect(),
        Value::Object(map) => {
            let chosen = |key: &String, value: &Value| value.is_string() && CHOSEN.contains(&key.as_str());
            let pairs = map.iter().map(|(key, value)| {
                let changed = if chosen(key, value) { TURNING.into() } else { turned(value) };
                // What a message is given there is a callback or a browser that is known.
                (key.clone(), if key == "$with" { value.clone() } else { changed })
            });
            Value::Object(pairs.collect())
        }
        other => other.clone(),
    }
}

/// What a stranger, an application or its developer chooses.
const CHOSEN: [&str; 27] = [
    "account",
    "actor",
    "address",
    "browser",
    "called",
    "client",
    "client_name",
    "client_uri",
    "destination",
    "detail",
    "home_page",
    "invitation",
    "issuer",
    "made_by",
    "name",
    "note",
    "now",
    "owner",
    "reason",
    "redeemed_by",
    "rejection",
    "sent",
    "subject",
    "to",
    "uri",
    "url",
    "username",
];
const SCRIPT: &str = "\"><script>alert(1)</script>";
const TURNING: &str = "\u{202e}moc.live\u{202d}";
