//! Origins: what is displayed reads back as the same, and an authority is in its one normal form.
#![no_main]

use countersign_core::{Origin, Scheme};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let Ok(origin) = text.parse::<Origin>() else { return };
    let shown = origin.to_string();
    assert_eq!(shown, origin.as_str());
    assert_eq!(shown.parse().as_ref(), Ok(&origin), "{shown} reads back as the same origin");

    let (scheme, authority, prefix) = (origin.scheme(), origin.authority(), origin.prefix());
    assert_eq!(shown, format!("{}://{authority}{prefix}", scheme.as_str()), "three parts and nothing else");
    assert!(text.len() >= shown.len(), "normalising only takes away");
    assert!(text.to_ascii_lowercase().starts_with(&format!("{}://", scheme.as_str())), "the scheme is kept");

    // The authority: host, perhaps a port; lower case, no userinfo, no path, no default port.
    assert!(!authority.is_empty() && authority.bytes().all(|byte| byte.is_ascii_graphic()));
    assert!(!authority.bytes().any(|byte| byte.is_ascii_uppercase() || b"@/?#\\\"<>".contains(&byte)));
    let host_end =
        if authority.starts_with('[') { authority.find(']').map(|at| at + 1) } else { authority.find(':') };
    let (host, port) = authority.split_at(host_end.unwrap_or(authority.len()));
    assert!(!host.is_empty());
    let default = match scheme {
        Scheme::Http => "80",
        Scheme::Https => "443",
    };
    if let Some(port) = port.strip_prefix(':') {
        let number: u16 = port.parse().expect("a port");
        assert!(number > 0 && number.to_string() == port, "a port without leading zeros");
        assert_ne!(port, default, "the default port is dropped");
    } else {
        assert!(port.is_empty(), "nothing but a port follows the host");
        for same in
            [format!("{authority}:{default}"), format!("{authority}:0{default}"), format!("{authority}:")]
        {
            assert!(origin.has_authority(&same), "{same} names {origin}");
        }
        assert!(!origin.has_authority(&format!("{authority}:8")), "another port is another origin");
    }
    assert!(origin.has_authority(authority) && origin.has_authority(&authority.to_ascii_uppercase()));
    assert!(
        !origin.has_authority(&format!("x{authority}")) && !origin.has_authority(&format!("u@{authority}"))
    );
    assert_eq!(
        Origin::new(scheme, authority).map(|bare| bare.as_str().len()),
        Ok(shown.len() - prefix.len())
    );

    // The prefix: nothing, or a path to which a request's own can be appended.
    assert!(prefix.is_empty() || prefix.starts_with('/') && !prefix.ends_with('/'), "prefix {prefix}");
    assert!(prefix.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'?' && byte != b'#'));
    assert!(text.contains(prefix), "a path is kept as it is, case and all");
});
