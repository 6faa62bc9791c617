//! Parameters that two parties could read in two ways (RFC 5849 §3.4.1.3 and §3.5).

use crate::{NAMES, ORIGIN, Sent, credentials, header};
use countersign_core::{
    ParseError::{
        BadEscape, BadHeader, Duplicate, ManyAuthorizations, ManySources, NoCredentials, TooManyParameters,
    },
    RequestView,
    Source::{Body, Header, Query},
};

#[test]
fn the_complete_credentials_of_these_tests_are_not_refused() {
    for place in 0..3 {
        assert_eq!(Sent::place(place, &credentials(&[])).refusal(), None, "place {place}");
    }
}

#[test]
fn duplicate_parameter_in_body_and_query_is_refused() {
    for name in NAMES {
        for (first, second) in [(0, 0), (1, 1), (2, 2), (0, 1), (0, 2), (1, 2)] {
            let same = [(*name, "1.0"), (*name, "1.0")];
            let sent = if first == second {
                Sent::place(first, &same)
            } else {
                Sent::place(first, &same[..1]).and(Sent::place(second, &same[1..]))
            };
            assert_eq!(sent.refusal(), Some(Duplicate(name)), "{name} in the places {first} and {second}");
        }
    }
}

#[test]
fn duplicate_under_an_encoded_name_is_refused() {
    for name in ["oauth%5Ftoken", "oauth%5ftoken", "%6Fauth_token", "%6F%61%75%74%68%5F%74%6F%6B%65%6E"] {
        for place in 0..3 {
            let sent = Sent::place(place, &[("oauth_token", "mine"), (name, "yours")]);
            assert_eq!(sent.refusal(), Some(Duplicate("oauth_token")), "{name} in the place {place}");
            let alone = Sent::place(place, &credentials(&[(name, "t")]));
            assert_eq!((alone.refusal(), alone.token()), (None, Some("t".into())), "{name} is the same name");
        }
    }
}

#[test]
fn protocol_parameters_from_two_places_are_refused() {
    let sources = [Query, Header, Body];
    for name in NAMES.iter().filter(|name| **name != "oauth_nonce") {
        for (first, second) in [(0, 1), (0, 2), (1, 2)] {
            let sent = Sent::place(first, &[("oauth_nonce", "n")]).and(Sent::place(second, &[(name, "v")]));
            assert_eq!(sent.refusal(), Some(ManySources(sources[first], sources[second])), "{name}");
        }
    }
}

#[test]
fn two_authorization_headers_are_refused() {
    let oauth = header(&credentials(&[]));
    for (first, second) in
        [(&*oauth, &*oauth), (&oauth, "Basic YTpi"), ("Basic YTpi", &oauth), ("", ""), ("OAuth", &oauth)]
    {
        let sent = Sent::header(first).and(Sent::header(second));
        assert_eq!(sent.refusal(), Some(ManyAuthorizations), "{first:?} and {second:?}");
    }
}

#[test]
fn two_realms_are_refused() {
    for second in ["realm", "Realm", "REALM"] {
        let sent = Sent::header(format!("{}, realm=\"a\", {second}=\"a\"", header(&credentials(&[]))));
        assert_eq!(sent.refusal(), Some(Duplicate("realm")), "{second}");
    }
}

#[test]
fn realm_hides_and_adds_no_parameters() {
    let list = header(&credentials(&[]));
    let plain = Sent::header(&*list).normalized();
    for realm in
        [r#"realm="\", oauth_token=\"t""#, r#"realm=", oauth_token=t, ""#, r#"realm="\\""#, r#"REALM="""#]
    {
        let sent = Sent::header(format!("{list}, {realm}"));
        assert_eq!((sent.token(), sent.normalized()), (None, plain.clone()), "{realm}");
    }
    for open in [r#"realm=""#, r#"realm="\""#, r#"realm="\"#, r#"realm="\\\""#] {
        assert_eq!(Sent::header(format!("{list}, {open}")).refusal(), Some(BadHeader), "{open}");
    }
}

#[test]
fn a_header_that_is_no_list_of_quoted_values_is_refused() {
    for field in [
        "OAuth oauth_token",
        "OAuth oauth_token=",
        "OAuth oauth_token=t",
        "OAuth oauth_token='t'",
        "OAuth oauth_token=\"t",
        "OAuth oauth_token=t\"",
        "OAuth oauth_token=\"t\"x",
        "OAuth oauth_token=\"t\" oauth_nonce=\"n\"",
        "OAuth oauth_token=\"t\"; oauth_nonce=\"n\"",
        "OAuth oauth_token=\"t\\\", oauth_nonce=\"n\"",
        "OAuth oauth_token=\"\\t\"",
        "OAuth oauth token=\"t\"",
        "OAuth \"oauth_token\"=\"t\"",
        "OAuth =\"t\"",
        "OAuth {\"oauth_token\": \"t\"}",
        "OAuth b2F1dGhfdG9rZW49dA==",
    ] {
        assert_eq!(Sent::header(field).refusal(), Some(BadHeader), "{field}");
    }
}

#[test]
fn another_scheme_is_no_credential() {
    let list = &header(&credentials(&[]))["OAuth".len()..];
    for scheme in
        ["", "Basic", "Bearer", "OAuth2", "OAuth1", "OAut", "XOAuth", "OAuth\u{a0}", "OAuth=", "OAuth,"]
    {
        let field = format!("{scheme}{list}");
        assert_eq!(Sent::header(&*field).refusal(), Some(NoCredentials), "{field}");
        let sent = Sent::header(field).and(Sent::place(0, &credentials(&[])));
        assert_eq!(sent.refusal(), None, "credentials of the query count beside {scheme:?}");
    }
}

#[test]
fn nothing_that_names_a_client_is_no_credential() {
    for field in ["OAuth", "oauth", "OAuth ", "OAuth ,,", "OAuth realm=\"r\"", "OAuth xoauth_token=\"t\""] {
        assert_eq!(Sent::header(field).refusal(), Some(NoCredentials), "{field}");
    }
    assert_eq!(Sent::default().refusal(), Some(NoCredentials));
    assert_eq!(Sent::query("oauth_=1&oauth=1&OAUTH_TOKEN=t&oauth_token%20=t").refusal(), Some(NoCredentials));
}

#[test]
fn a_body_that_is_no_form_carries_no_credentials() {
    let list = b"oauth_token=t".as_slice();
    for (media_type, is_form) in [
        ("application/x-www-form-urlencoded", true),
        ("Application/X-WWW-Form-URLEncoded ; charset=UTF-8", true),
        ("application/x-www-form-urlencoded-too", false),
        ("application/x-www-form", false),
        ("text/plain; application/x-www-form-urlencoded", false),
        ("multipart/form-data; boundary=a", false),
        ("application/json", false),
        ("", false),
    ] {
        let parsed = RequestView::new("POST", &ORIGIN, "/").body(media_type, list).parse();
        assert_eq!(parsed.err(), (!is_form).then_some(NoCredentials), "{media_type}");
    }
}

#[test]
fn a_broken_escape_anywhere_is_refused() {
    for broken in ["%", "%2", "%zz", "%2g", "%g2", "%u0041", "%-1", "%+1", "%~1", "%%41", "a%"] {
        for (place, source) in [Query, Header, Body].into_iter().enumerate() {
            for name in NAMES {
                let sent = Sent::place(place, &credentials(&[(name, broken)]));
                assert_eq!(sent.refusal(), Some(BadEscape(source)), "{name}={broken}");
            }
            for (name, value) in [("a", broken), (broken, "a"), (&*format!("oauth_{broken}"), "a")] {
                let sent = Sent::place(place, &credentials(&[(name, value)]));
                assert_eq!(sent.refusal(), Some(BadEscape(source)), "{name}={value}");
            }
        }
    }
}

#[test]
fn plus_in_header_is_not_a_space() {
    let pairs = [("oauth_token", "a+b"), ("x+y", "c+d")];
    for (place, token, encoded) in [(0, "a b", "%20"), (1, "a+b", "%2B"), (2, "a b", "%20")] {
        let sent = Sent::place(place, &pairs);
        assert_eq!(sent.token().as_deref(), Some(token), "place {place}");
        let expected = format!("oauth_token=a{encoded}b&x{encoded}y=c{encoded}d");
        assert_eq!(sent.normalized(), expected, "place {place}");
    }
}

#[test]
fn values_are_decoded_once_never_twice() {
    for place in 0..3 {
        for (sent, once, normal) in
            [("%2541", "%41", "%2541"), ("%252541", "%2541", "%252541"), ("%25", "%", "%25")]
        {
            let pairs = [("oauth_token", sent), ("a", sent)];
            let request = Sent::place(place, &pairs);
            assert_eq!(request.token().as_deref(), Some(once), "{sent}");
            assert_eq!(request.normalized(), format!("a={normal}&oauth_token={normal}"), "{sent}");
        }
    }
    // A name that would be one of the nine if it were decoded twice
    assert_eq!(Sent::query("oauth%255Ftoken=t").refusal(), Some(NoCredentials));
}

#[test]
fn a_semicolon_separates_nothing() {
    for place in 0..3 {
        let sent = Sent::place(place, &credentials(&[("oauth_token", "a;oauth_token=b")]));
        assert_eq!((sent.refusal(), sent.token()), (None, Some("a;oauth_token=b".into())), "place {place}");
    }
    let sent = Sent::query("oauth_token=t&a;b=1;c=2");
    assert_eq!(sent.normalized(), "a%3Bb=1%3Bc%3D2&oauth_token=t");
}

#[test]
fn an_empty_segment_is_no_parameter_and_a_bare_name_is_one() {
    for (query, expected) in [
        ("&&oauth_token=t&&&", "oauth_token=t"),
        ("oauth_token=t&a", "a=&oauth_token=t"),
        ("oauth_token=t&a=&a", "a=&a=&oauth_token=t"),
        ("oauth_token=t&=&=v&==", "=&=%3D&=v&oauth_token=t"),
        ("oauth_token", "oauth_token="),
    ] {
        assert_eq!(Sent::query(query).normalized(), expected, "{query}");
        assert_eq!(Sent::form(query).normalized(), expected, "{query}");
    }
}

#[test]
fn other_oauth_names_are_ordinary_signed_parameters() {
    for name in ["xoauth_requestor_id", "oauth_body_hash", "oauth_session_handle", "oauth_", "OAuth_Token"] {
        let sent = Sent::place(1, &credentials(&[]))
            .and(Sent::place(0, &[(name, "2"), (name, "1")]))
            .and(Sent::place(2, &[(name, "3")]));
        assert_eq!(sent.refusal(), None, "{name}");
        assert!(sent.normalized().contains(&format!("{name}=1&{name}=2&{name}=3")), "{name}");
    }
}

#[test]
fn ordinary_parameters_are_bytes() {
    for place in 0..3 {
        let sent = Sent::place(place, &[("oauth_token", "t"), ("%00%ff", "%0d%0A%c3")]);
        assert_eq!(sent.normalized(), "%00%FF=%0D%0A%C3&oauth_token=t", "place {place}");
    }
    let raw = Sent::form(b"oauth_token=t&\0\xff=\xc3\n".as_slice());
    assert_eq!(raw.normalized(), "%00%FF=%C3%0A&oauth_token=t");
}

#[test]
fn more_parameters_than_the_limit_are_refused() {
    let many = |count: usize| Sent::query("a&".repeat(count));
    let two = Sent::place(1, &[("oauth_token", "t"), ("oauth_signature", "s"), ("b", "")]);
    assert!(many(1998).and(two.clone()).token().is_some(), "the signature is not one of them");
    for sent in [many(1999).and(two.clone()), many(1000).and(two.clone()).and(Sent::form("a&".repeat(999)))] {
        assert_eq!(sent.refusal(), Some(TooManyParameters(2000)));
    }
    for (most, refused) in [(1, Some(TooManyParameters(1))), (2, None)] {
        let view = RequestView::new("GET", &ORIGIN, "/?a").authorization(br#"OAuth oauth_token="t""#);
        assert_eq!(view.max_parameters(most).parse().err(), refused);
    }
}

#[test]
fn no_two_paths_are_signed_alike() {
    let paths = [
        "/a/b",
        "/a//b",
        "/a/./b",
        "/a/c/../b",
        "/a%2Fb",
        "/a%2fb",
        "/a/b/",
        "/A/b",
        "//a/b",
        "/a/%62",
        "/a;/b",
    ];
    let base = |path: &str| {
        let view = RequestView::new("GET", &ORIGIN, path).authorization(br#"OAuth oauth_token="t""#);
        view.parse().unwrap().base_string().uri()
    };
    for path in paths {
        assert_eq!(base(path), format!("https://example.com{path}"), "as it was sent");
    }
    assert_eq!(base(""), base("/"), "but an empty path is a slash");
}
