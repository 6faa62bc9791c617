//! Values of the protocol parameters that must not be taken as they are (RFC 5849 §3.1 and §3.3).

use crate::{NAMES, Sent, credentials, without};
use countersign_core::{
    HmacSha256, Methods,
    ParseError::{self, MethodRejected, Missing, Rejected, VersionRejected},
    Plaintext,
    Reason::{self, Control, Digits, Empty, TooLong, Utf8},
    Timestamp, Window,
};

#[test]
fn control_characters_in_protocol_values_are_refused() {
    for value in ["%00", "k%00", "a%0Ab", "%0D%0ASet-Cookie:%20a", "%09", "%1B", "%7F", "%C2%85", "%c2%9f"] {
        for_each_name_and_place(value, Control);
    }
    for raw in [b"a\0b".as_slice(), b"a\tb", b"a\x7fb", b"a\xc2\x85b"] {
        let field = [b"OAuth oauth_nonce=\"", raw, b"\""].concat();
        assert_eq!(Sent::header(field).refusal(), Some(Rejected("oauth_nonce", Control)), "{raw:?}");
    }
}

#[test]
fn values_that_are_not_utf8_are_refused() {
    // A lone byte, a cut sequence, an over-long slash, a surrogate, past the last character
    for value in ["%FF", "%C3", "%C3%28", "%C0%AF", "%E0%80%AF", "%ED%A0%80", "%F4%90%80%80"] {
        for_each_name_and_place(value, Utf8);
    }
    let raw = Sent::header(b"OAuth oauth_token=\"\xff\"".as_slice());
    assert_eq!(raw.refusal(), Some(Rejected("oauth_token", Utf8)));
}

fn for_each_name_and_place(value: &str, reason: Reason) {
    for name in NAMES {
        for place in 0..3 {
            let sent = Sent::place(place, &credentials(&[(name, value)]));
            assert_eq!(sent.refusal(), Some(Rejected(name, reason)), "{name}={value} in the place {place}");
        }
    }
}

#[test]
fn every_missing_parameter_is_named() {
    let (client, method, signature) = ("oauth_consumer_key", "oauth_signature_method", "oauth_signature");
    let (timestamp, nonce) = ("oauth_timestamp", "oauth_nonce");
    for missing in [
        vec![client],
        vec![method],
        vec![signature],
        vec![timestamp],
        vec![nonce],
        vec![client, signature],
        vec![timestamp, nonce],
        vec![method, signature, timestamp, nonce],
        vec![client, method, signature, timestamp],
    ] {
        for place in 0..3 {
            let sent = Sent::place(place, &without(&missing));
            assert_eq!(sent.refusal(), Some(Missing(missing.clone())), "place {place}");
        }
    }
    let token_alone = Sent::query("oauth_token=t").refusal();
    assert_eq!(token_alone, Some(Missing(vec![client, method, signature, timestamp, nonce])));
    // A method that is not known may need them.
    let unknown = Sent::query("oauth_signature_method=x&oauth_consumer_key=k&oauth_signature=s").refusal();
    assert_eq!(unknown, Some(Missing(vec![timestamp, nonce])));
}

#[test]
fn a_version_other_than_1_0_is_refused() {
    for version in ["", "1", "1.", "1.00", "01.0", "1.0a", "2.0", "0", "1%2E1", "1.0%20", "%EF%BC%91.0"] {
        assert_eq!(refusal_of("oauth_version", version), Some(VersionRejected), "{version:?}");
    }
    for version in ["1.0", "1%2E0"] {
        assert_eq!(refusal_of("oauth_version", version), None, "{version}");
    }
}

#[test]
fn a_method_that_is_not_accepted_is_refused() {
    let names = [
        "",
        "hmac-sha1",
        "HMAC-SHA1%20",
        "HMAC_SHA1",
        "HMAC-SHA",
        "HMAC-MD5",
        "none",
        "RSA",
        "%EF%BC%A8MAC-SHA1",
    ];
    for name in names {
        assert_eq!(refusal_of("oauth_signature_method", name), Some(MethodRejected), "{name:?}");
    }
}

#[test]
fn plaintext_is_off_unless_it_is_added() {
    let sent = Sent::place(1, &credentials(&[("oauth_signature_method", "PLAINTEXT")]));
    assert_eq!(sent.refusal_by(&Methods::standard()), Some(MethodRejected));
    assert_eq!(sent.refusal_by(&Methods::default()), Some(MethodRejected));
    assert_eq!(sent.refusal_by(&Methods::standard().with(Plaintext)), None);
}

#[test]
fn a_narrowed_list_of_methods_is_kept_to() {
    let sent = Sent::place(1, &credentials(&[]));
    for methods in [
        Methods::standard().only(&["HMAC-SHA256"]),
        Methods::standard().only(&["hmac-sha1", "HMAC-SHA1 "]),
        Methods::standard().only::<&str>(&[]),
        Methods::standard().only::<&str>(&[]).with(HmacSha256),
    ] {
        assert_eq!(sent.refusal_by(&methods), Some(MethodRejected), "{methods:?}");
    }
}

#[test]
fn an_identifier_that_no_store_could_hold_is_refused() {
    let (longest, longer) = ("k".repeat(255), "k".repeat(256));
    let accented = "%C3%A9".repeat(128);
    for (value, refused) in
        [("", Some(Empty)), (&*longer, Some(TooLong)), (&*accented, Some(TooLong)), (&*longest, None)]
    {
        let expected = refused.map(|reason| Rejected("oauth_consumer_key", reason));
        assert_eq!(refusal_of("oauth_consumer_key", value), expected, "{} bytes", value.len());
    }
    for (value, refused) in
        [(&*longer, Some(TooLong)), (&*accented, Some(TooLong)), (&*longest, None), ("", None)]
    {
        let expected = refused.map(|reason| Rejected("oauth_token", reason));
        assert_eq!(refusal_of("oauth_token", value), expected, "{} bytes", value.len());
    }
}

#[test]
fn an_empty_token_names_nothing_and_is_signed() {
    for place in 0..3 {
        let (empty, absent) =
            (Sent::place(place, &credentials(&[("oauth_token", "")])), Sent::place(place, &credentials(&[])));
        assert_eq!((empty.refusal(), empty.token()), (None, None), "place {place}");
        assert_eq!(empty.normalized(), format!("{}&oauth_token=", absent.normalized()), "place {place}");
    }
}

#[test]
fn a_timestamp_is_ascii_digits_alone() {
    for (value, reason) in [
        ("", Empty),
        ("%2B137131200", Digits),
        ("-137131200", Digits),
        ("%20137131200", Digits),
        ("137131200%20", Digits),
        ("0137131200", Digits),
        ("00", Digits),
        ("-0", Digits),
        ("137131200.0", Digits),
        ("1.37e8", Digits),
        ("0x82c7a40", Digits),
        ("137_131_200", Digits),
        ("137%2C131%2C200", Digits),
        ("%D9%A1%D9%A3%D9%A7", Digits),
        ("%EF%BC%91%EF%BC%93", Digits),
        ("now", Digits),
    ] {
        assert_eq!(
            refusal_of("oauth_timestamp", value),
            Some(Rejected("oauth_timestamp", reason)),
            "{value}"
        );
    }
    assert_eq!(refusal_of("oauth_timestamp", "0"), None);
}

#[test]
fn a_timestamp_past_64_bits_is_outside_every_window_and_wraps_nowhere() {
    let (window, now) = (Window::seconds(u32::MAX), Timestamp::from_seconds(137_131_200));
    for text in ["18446744073709551615", "18446744073709551616", "18446744073846682816", &"9".repeat(400)] {
        assert_eq!(refusal_of("oauth_timestamp", text), None, "{text}");
        let stamp = Timestamp::parse(text).unwrap();
        assert!(!window.contains(now, stamp), "{text}");
        assert!(window.remembered_until(stamp) >= stamp, "{text}");
    }
}

#[test]
fn a_nonce_has_1_to_255_bytes() {
    let (longest, longer, accented) = ("n".repeat(255), "n".repeat(256), "%C3%A9".repeat(128));
    for (value, refused) in [
        ("", Some(Empty)),
        (&*longer, Some(TooLong)),
        (&*accented, Some(TooLong)),
        (&*longest, None),
        ("%20", None),
        ("a%20b%2F%C3%A9%25%22", None),
        ("%C2%A0", None),
    ] {
        let expected = refused.map(|reason| Rejected("oauth_nonce", reason));
        assert_eq!(refusal_of("oauth_nonce", value), expected, "{} bytes", value.len());
    }
}

#[test]
fn plaintext_ignores_timestamp_and_nonce_even_malformed() {
    let long = "n".repeat(300);
    let plaintext = ("oauth_signature_method", "PLAINTEXT");
    for (timestamp, nonce) in [("", ""), ("yesterday", &*long), ("-1", "n"), ("007", "%20")] {
        let pairs = credentials(&[plaintext, ("oauth_timestamp", timestamp), ("oauth_nonce", nonce)]);
        assert_eq!(Sent::place(1, &pairs).refusal(), None, "{timestamp} and {nonce}");
    }
    let absent = [plaintext, ("oauth_consumer_key", "k"), ("oauth_signature", "s%26")];
    assert_eq!(Sent::place(1, &absent).refusal(), None);
    // What no value may hold it may not hold either.
    let control = Sent::place(1, &credentials(&[plaintext, ("oauth_nonce", "%00")]));
    assert_eq!(control.refusal(), Some(Rejected("oauth_nonce", Control)));
}

#[test]
fn a_refusal_names_the_parameter_and_never_its_value() {
    let value = "hunter2%00";
    for name in NAMES {
        let refused = Sent::place(1, &credentials(&[(name, value)])).refusal().unwrap();
        assert!(refused.to_string().contains(name), "{refused}");
        assert!(!format!("{refused} {refused:?}").contains("hunter2"), "{refused}");
    }
}

fn refusal_of(name: &str, value: &str) -> Option<ParseError> {
    let refusals: Vec<_> =
        (0..3).map(|place| Sent::place(place, &credentials(&[(name, value)])).refusal()).collect();
    assert!(refusals.iter().all(|refused| *refused == refusals[0]), "every place alike: {refusals:?}");
    refusals[0].clone()
}
