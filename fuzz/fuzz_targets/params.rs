//! Query and form body: the first line is the query, the rest is the body.
#![no_main]

use countersign_fuzz::{HEADER, Request, some_origin};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let (query, form) = text.split_once('\n').unwrap_or((text, ""));
    let origin = some_origin();
    let normalized = |query: &str, form: &str| {
        let target = format!("/?{query}");
        let request = Request {
            method: "POST",
            origin: &origin,
            target: &target,
            header: Some(HEADER),
            form: form.as_bytes(),
        };
        request.compare().map(|(parsed, _)| parsed.base_string().normalized())
    };

    let expected = normalized(query, form);
    assert_eq!(normalized(form, query), expected, "query and form body are read alike");
    assert_eq!(
        normalized(&reversed(query), &reversed(form)),
        expected,
        "the order of arrival does not matter"
    );
    assert_eq!(normalized(&format!("{query}&&{form}&"), ""), expected, "the place does not matter");
    let Some(expected) = expected else { return };
    // It holds the header's parameter too: seen again from a query, that one would be refused.
    let again: Vec<_> = expected.split('&').filter(|pair| *pair != "oauth_consumer_key=k").collect();
    assert_eq!(
        normalized(&again.join("&"), ""),
        Some(expected.clone()),
        "normalising twice is normalising once"
    );
});

/// The same pairs, the last one first.
fn reversed(text: &str) -> String {
    text.rsplit('&').collect::<Vec<_>>().join("&")
}
