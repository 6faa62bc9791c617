//! Whole requests against the model: a line each for method, origin, target and header, then the form body.
#![no_main]

use countersign_fuzz::{Request, model, some_origin};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let mut lines = data.splitn(5, |byte| *byte == b'\n');
    let mut line = || lines.next().unwrap_or_default();
    let (Ok(method), Ok(origin), Ok(target)) =
        (str::from_utf8(line()), str::from_utf8(line()), str::from_utf8(line()))
    else {
        return;
    };
    let origin = origin.parse().unwrap_or_else(|_| some_origin());
    let header = Some(line()).filter(|field| !field.is_empty());
    let request = Request { method, origin: &origin, target, header, form: line() };
    let Some((parsed, meaning)) = request.compare() else { return };
    let expected = parsed.base_string();

    // Whatever the spelling, and wherever a parameter stands, the base string is the same.
    let (path, _) = target.split_once('?').unwrap_or((target, ""));
    let signature =
        meaning.protocol("oauth_signature").map(|text| (&b"oauth_signature"[..], text.as_bytes()));
    let signed = meaning.signed.iter().map(|(_, name, value)| (&**name, &**value));
    let pairs = signed.chain(signature);
    let form: Vec<_> =
        pairs.map(|(name, value)| format!("{}={}", model::encode(name), model::encode(value))).collect();
    let form = form.join("&");
    let method = method.to_ascii_lowercase();
    let moved =
        Request { method: &method, origin: &origin, target: path, header: None, form: form.as_bytes() };
    let (moved, _) = moved.compare().expect("the same parameters in canonical spelling, all in the form");
    assert_eq!(moved.base_string(), expected);
});
