//! Signatures that are nearly right (RFC 5849 §3.4).

use crate::{Borrowed, ORIGIN};
use base64::{Engine, engine::general_purpose::STANDARD};
use countersign_core::{
    BadKey, HmacSha1, HmacSha256, HmacSha512, KeyKind, Keys, Methods, Plaintext, PublicKey, RequestView,
    Secret, Signature, SigningMethod, Timestamp, sign, verify,
};

#[test]
fn a_truncated_or_empty_signature_is_refused() {
    each(&SHARED, |name, right, holds| {
        for end in 0..right.len() {
            assert!(!holds(&right[..end]), "{end} characters of {name}");
        }
    });
}

#[test]
fn a_digest_that_is_cut_to_fewer_bytes_is_refused() {
    each(&MACS, |name, right, holds| {
        let digest = base64(right);
        for end in 0..digest.len() {
            assert!(!holds(&encoded(&digest[..end])), "{end} bytes of {name}");
        }
    });
}

#[test]
fn an_extended_signature_is_refused() {
    each(&SHARED, |name, right, holds| {
        for more in ["A", "=", "==", "AAAA", " ", "\n", "&", "%", "\u{e9}", "\u{0}"] {
            assert!(!holds(&format!("{right}{more}")), "{name} and {more:?}");
            assert!(!holds(&format!("{more}{right}")), "{more:?} and {name}");
        }
        assert!(!holds(&format!("{right}{right}")), "{name} twice");
    });
    each(&MACS, |name, right, holds| {
        let digest = base64(right);
        assert!(!holds(&encoded(&[&*digest, b"\0"].concat())), "{name} and a zero");
        assert!(!holds(&encoded(&[b"\0", &*digest].concat())), "a zero and {name}");
        assert!(!holds(&encoded(&vec![0; digest.len()])), "zeros in place of {name}");
    });
}

#[test]
fn base64_that_is_not_canonical_is_refused() {
    each(&MACS, |name, right, holds| {
        assert!(
            right.contains('+') && right.contains('/') && right.ends_with('='),
            "{right} has all to change"
        );
        let unpadded = right.trim_end_matches('=');
        let (head, last) = unpadded.split_at(unpadded.len() - 1);
        for bits in 1..4 {
            let other = char::from(ALPHABET[position(last) | bits]);
            let spare = format!("{head}{other}{}", &right[unpadded.len()..]);
            assert!(
                other == char::from(last.as_bytes()[0]) || !holds(&spare),
                "{name} with spare bits {bits}"
            );
        }
        for changed in [
            unpadded.to_owned(),
            right.replace('+', "-").replace('/', "_"),
            right.replace('+', " "),
            right.replace('=', "%3D"),
            right.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D"),
            format!("{}\n{}", &right[..4], &right[4..]),
            format!("{}\r\n{}", &right[..20], &right[20..]),
            format!("{} {}", &right[..4], &right[4..]),
            right.to_lowercase(),
            base64(right).iter().map(|byte| format!("{byte:02x}")).collect(),
        ] {
            assert!(!holds(&changed), "{name} as {changed}");
        }
    });
}

#[test]
fn a_changed_bit_is_refused() {
    each(&MACS, |name, right, holds| {
        let digest = base64(right);
        for bit in 0..8 * digest.len() {
            let mut changed = digest.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            assert!(!holds(&encoded(&changed)), "bit {bit} of {name}");
        }
    });
}

#[test]
fn the_signature_of_another_method_is_refused_under_a_changed_name() {
    for signer in SHARED {
        let (name, sent) = (signer.name(), signed(signer));
        for other in SHARED.map(SigningMethod::name).into_iter().filter(|other| *other != name) {
            let renamed = sent.replace(&format!("\"{name}\""), &format!("\"{other}\""));
            assert_ne!(renamed, sent);
            assert!(!accepts(&renamed, &secrets(), None, None), "{name} that says it is {other}");
        }
        assert!(accepts(&sent, &secrets(), None, None), "{name} as it is");
    }
}

#[test]
fn plaintext_secrets_that_are_not_encoded_or_swapped_are_refused() {
    let sent = signed(&Plaintext);
    for wrong in [
        "cl&ient/&to+ken",
        "cl%26ient%2F&to+ken",
        "cl%26ient%2F",
        "to%2Bken&cl%26ient%2F",
        "&",
        "",
        "cl%26ient%2F%26to%2Bken",
    ] {
        assert!(!accepts(&sent, &secrets(), None, Some(wrong)), "{wrong}");
    }
    for wrong in ["cl%26ient%2f&to%2bken", "cl%26ient%2F&to%2Bken&", "CL%26IENT%2F&to%2Bken"] {
        assert!(!accepts(&sent, &secrets(), None, Some(wrong)), "{wrong}");
    }
    assert!(accepts(&sent, &secrets(), None, Some("cl%26ient%2F&to%2Bken")));
}

#[test]
fn an_ampersand_moves_no_bytes_from_one_secret_to_the_other() {
    for (client, token) in [("a&b", "c"), ("a", "b&c"), ("a%26b", "c"), ("a&b&c", ""), ("", "a&b&c")] {
        let (mine, yours) =
            ((Secret::from(client), Secret::from(token)), (Secret::from("a"), Secret::from("b")));
        for signer in SHARED {
            let (name, sent) = (signer.name(), sign_with(signer, &mine));
            assert!(accepts(&sent, &mine, None, None), "{name}");
            assert!(!accepts(&sent, &yours, None, None), "{name} with {client} and {token}");
        }
    }
}

#[test]
fn a_public_key_is_no_shared_secret() {
    let der = b"0\x82\x01\x22 as good as any public key";
    let key = PublicKey::from_der(der);
    let guesses = [String::from_utf8_lossy(der).into_owned(), encoded(der), format!("{key:?}")];
    for signer in MACS {
        for guess in &guesses {
            // The secret of a client that has a key is empty: an attacker who knows the key signs with it.
            let sent = sign_with(signer, &(Secret::from(guess.as_str()), Secret::empty()));
            assert!(
                !accepts(&sent, &(Secret::empty(), Secret::empty()), Some(&key), None),
                "{}",
                signer.name()
            );
        }
    }
}

#[test]
fn methods_of_one_kind_take_no_key_of_the_other() {
    let (secret, empty) = (Secret::from("secret"), Secret::empty());
    let only_secrets = Keys { client_secret: &secret, token_secret: &empty, public_key: None };
    for method in Methods::standard().with(Plaintext).iter() {
        let is_rsa = method.name().starts_with("RSA-");
        assert_eq!(method.kind() == KeyKind::PublicKey, is_rsa, "{}", method.name());
        assert_eq!(method.prepare(&only_secrets).err(), is_rsa.then_some(BadKey::Kind), "{}", method.name());
    }
}

#[test]
fn no_debug_output_shows_a_signature_or_a_secret() {
    let (client, token) = (Secret::from("hunter2"), Secret::from("hunter2"));
    let keys = Keys { client_secret: &client, token_secret: &token, public_key: None };
    let request = sign::Request::new("GET", &ORIGIN, "/r").client("client", &client).token("token", &token);
    let shown = format!("{keys:?} {request:?} {:?} {client:?}", Signature::new("hunter2&hunter2"));
    assert!(!shown.contains("hunter2"), "{shown}");
}

/// Runs `check` on the signature of each method, with a way to ask whether another one would hold in its place.
fn each(methods: &[&dyn SigningMethod], check: impl Fn(&str, &str, &dyn Fn(&str) -> bool)) {
    for signer in methods {
        let sent = signed(*signer);
        let right = signature_of(&sent);
        let holds = |other: &str| accepts(&sent, &secrets(), None, Some(other));
        assert!(holds(&right), "{} as it is", signer.name());
        check(signer.name(), &right, &holds);
    }
}

fn secrets() -> (Secret, Secret) {
    (Secret::from("cl&ient/"), Secret::from("to+ken"))
}

fn signed(signer: &dyn SigningMethod) -> String {
    sign_with(signer, &secrets())
}

/// A header whose signature, in base64, has both characters that the url-safe alphabet lacks.
fn sign_with(signer: &dyn SigningMethod, (client, token): &(Secret, Secret)) -> String {
    let headers = (0..).map(|nonce| {
        sign::Request::new("GET", &ORIGIN, "/r?a=1")
            .client("client", client)
            .token("token", token)
            .stamp(Timestamp::from_seconds(137_131_200), &format!("nonce{nonce}"))
            .sign(&Borrowed(signer))
            .unwrap()
            .header()
    });
    let has_both = |header: &String| {
        let signature = signature_of(header);
        signer.name() == "PLAINTEXT" || signature.contains('+') && signature.contains('/')
    };
    headers.into_iter().find(has_both).unwrap()
}

fn signature_of(header: &str) -> String {
    let view = RequestView::new("GET", &ORIGIN, "/r?a=1").authorization(header.as_bytes());
    let methods = Methods::standard().with(Plaintext);
    view.parse().unwrap().protocol().present(&methods).unwrap().signature.as_str().to_owned()
}

/// Whether a server that has these keys accepts the header, perhaps with another signature in it.
fn accepts(header: &str, keys: &(Secret, Secret), key: Option<&PublicKey>, other: Option<&str>) -> bool {
    let request =
        RequestView::new("GET", &ORIGIN, "/r?a=1").authorization(header.as_bytes()).parse().unwrap();
    let methods = Methods::standard().with(Plaintext);
    let mut presented = request.protocol().present(&methods).unwrap();
    presented.signature = other.map_or(presented.signature, Signature::new);
    let keys = Keys { client_secret: &keys.0, token_secret: &keys.1, public_key: key };
    let prepared = presented.method.prepare(&keys);
    prepared.is_ok_and(|key| verify(&presented, &request.base_string(), &*key).is_ok())
}

fn base64(text: &str) -> Vec<u8> {
    STANDARD.decode(text).unwrap()
}

fn encoded(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

fn position(character: &str) -> usize {
    ALPHABET.iter().position(|known| character.as_bytes() == [*known]).unwrap()
}

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const MACS: [&dyn SigningMethod; 3] = [&HmacSha1, &HmacSha256, &HmacSha512];
const SHARED: [&dyn SigningMethod; 4] = [&HmacSha1, &HmacSha256, &HmacSha512, &Plaintext];
