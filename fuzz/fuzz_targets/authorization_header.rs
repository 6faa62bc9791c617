//! The `Authorization` field: read as the model reads it, and what is read can be written and read again.
#![no_main]

use countersign_core::{HmacSha1, ParseError, sign};
use countersign_fuzz::{Request, model, some_origin};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|field: &[u8]| {
    let origin = some_origin();
    let request = Request { method: "GET", origin: &origin, target: "/", header: Some(field), form: b"" };
    let Some((_, meaning)) = request.compare() else {
        if model::header(field).is_some_and(|(pairs, _)| pairs.is_empty()) {
            assert_eq!(
                request.parse().err(),
                Some(ParseError::NoCredentials),
                "nothing there, nothing wrong"
            );
        }
        return;
    };

    // A list may be spread over empty elements and spaces, and the scheme's case does not matter.
    let list = &field.trim_ascii()[b"OAuth".len()..];
    let spread = [b" oAUTH \t, ,".as_slice(), list, b" ,\t "].concat();
    let spread = Request { header: Some(&spread), ..request };
    assert_eq!(spread.compare().expect("the same list").1, meaning);

    // Signed and written by the crate, the same parameters come back.
    let mut again = sign::Request::new("GET", &origin, "/");
    if let Some(realm) = &meaning.realm {
        again = again.realm(realm);
    }
    for (_, name, value) in &meaning.signed {
        let (Ok(name), Ok(value)) = (str::from_utf8(name), str::from_utf8(value)) else { return };
        match name {
            // The signer adds its own.
            "oauth_signature_method" => {}
            // Sent as `%72ealm`, it is an ordinary parameter; written, it would be the realm.
            _ if name.eq_ignore_ascii_case("realm") => {}
            _ => again = again.parameter(name, value),
        }
    }
    let signed = again.sign(&HmacSha1).expect("a header cannot hold a broken escape");
    let header = signed.header();
    let written = Request { header: Some(header.as_bytes()), ..request };
    let (parsed, read) = written.compare().expect("what was written can be read");
    assert_eq!(parsed.base_string(), *signed.base_string(), "the signer's base string is the verifier's");
    assert_eq!(read.protocol("oauth_signature"), Some(signed.signature()));
    assert_eq!(read.realm, meaning.realm);
});
