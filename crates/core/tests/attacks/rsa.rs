//! Public keys and the signatures made for them (RFC 5849 §3.4.3).

use crate::{Borrowed, ORIGIN};
use aws_lc_rs::{
    encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der},
    rsa::{KeyPair, KeySize},
    signature::KeyPair as _,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use countersign_core::{
    BadKey, BadSignature, HmacSha1, HmacSha256, HmacSha512, KeyKind, Keys, Methods, Plaintext, PreparedKey,
    PublicKey, RequestView, Secret, Signature, SignatureMethod, SigningMethod, Timestamp, percent, sign,
    signature::rsa::{RsaSha1, RsaSha256, RsaSha512, RsaSigner, from_pem, modulus_bits},
    verify,
};
use hmac::{Hmac, KeyInit, Mac};
use pem_rfc7468::{LineEnding, encode_string};
use sha1::Sha1;
use sha2::{Sha256, Sha512};
use std::sync::LazyLock;

#[test]
fn the_public_key_used_as_an_hmac_secret_is_refused() {
    let (der, text) = (&*OURS.public, pem("PUBLIC KEY", &OURS.public));
    let body: String = text.lines().filter(|line| !line.starts_with('-')).collect();
    // A key is public: an attacker may try any form of it, as the whole of the MAC's key or as either secret.
    for form in
        [der, text.as_bytes(), text.trim().as_bytes(), text.replace('\n', "\r\n").as_bytes(), body.as_bytes()]
    {
        let encoded = percent::encode(form);
        for key in [form, encoded.as_bytes()] {
            for key in [key.to_vec(), [key, b"&"].concat(), [b"&", key].concat(), [key, b"&", key].concat()] {
                mac_is_refused::<Hmac<Sha1>>(&HmacSha1, &RsaSha1, &key);
                mac_is_refused::<Hmac<Sha256>>(&HmacSha256, &RsaSha256, &key);
                mac_is_refused::<Hmac<Sha512>>(&HmacSha512, &RsaSha512, &key);
            }
        }
    }
}

/// By the method itself, should a client with a public key ever get to it, and by the RSA method of the same hash.
fn mac_is_refused<M: Mac + KeyInit>(hmac: &dyn SignatureMethod, rsa: &dyn SignatureMethod, key: &[u8]) {
    assert_eq!(
        (hmac.kind(), rsa.kind()),
        (KeyKind::SharedSecret, KeyKind::PublicKey),
        "so that no client has both"
    );
    for method in [hmac, rsa] {
        let header =
            format!("OAuth oauth_consumer_key=\"client\", oauth_signature_method=\"{}\"", method.name());
        let request =
            RequestView::new("GET", &ORIGIN, "/r").authorization(header.as_bytes()).parse().unwrap();
        let base = request.base_string();
        let mut mac = <M as KeyInit>::new_from_slice(key).unwrap();
        mac.update(base.as_bytes());
        let signature = STANDARD.encode(mac.finalize().into_bytes());
        let prepared = OURS.prepared(method).map_err(|_| BadSignature);
        let verdict = prepared.and_then(|key| key.verify(&base, &Signature::new(&signature)));
        assert!(verdict.is_err(), "{} with {}", method.name(), key.escape_ascii());
    }
}

#[test]
fn a_signature_under_another_name_hash_or_key_is_refused() {
    let signers = OURS.signers();
    let foreign = THEIRS.signers();
    for (at, signer) in signers.iter().enumerate() {
        let header = signed(&**signer);
        assert!(accepts(&header, &OURS), "{} as it is", signer.name());
        assert!(!accepts(&header, &THEIRS), "{} under another key", signer.name());
        assert!(!accepts(&signed(&*foreign[at]), &OURS), "{} of another key", signer.name());
        for name in ["RSA-SHA1", "RSA-SHA256", "RSA-SHA512"].iter().filter(|name| **name != signer.name()) {
            let renamed = header.replace(&format!("\"{}\"", signer.name()), &format!("\"{name}\""));
            assert!(!accepts(&renamed, &OURS), "{} that says it is {name}", signer.name());
        }
    }
}

#[test]
fn a_truncated_extended_or_changed_signature_is_refused() {
    for signer in OURS.signers() {
        let header = signed(&*signer);
        let request =
            RequestView::new("GET", &ORIGIN, "/r").authorization(header.as_bytes()).parse().unwrap();
        let methods = Methods::standard();
        let presented = request.protocol().present(&methods).unwrap();
        let (key, base) = (OURS.prepared(&*presented.method).unwrap(), request.base_string());
        let holds = |text: &str| key.verify(&base, &Signature::new(text)).is_ok();
        let right = presented.signature.as_str();
        assert!(holds(right), "{} as it is", signer.name());

        for end in (0..right.len()).step_by(4) {
            assert!(!holds(&right[..end]), "{end} characters of {}", signer.name());
        }
        for changed in [
            format!("{right}AAAA"),
            format!("AAAA{right}"),
            format!("{right}="),
            format!("{}\n{}", &right[..64], &right[64..]),
            right.trim_end_matches('=').to_owned(),
            right.replace('+', "-").replace('/', "_").replace('=', ""),
            "A".repeat(342) + "==",
            "/".repeat(341) + "w==",
            "A".repeat(2048),
            right.repeat(8),
        ] {
            assert!(!holds(&changed), "{} as {} characters", signer.name(), changed.len());
        }
        for at in (0..right.len() - 3).step_by(17) {
            let other = if right.as_bytes()[at] == b'A' { "B" } else { "A" };
            let changed = [&right[..at], other, &right[at + 1..]].concat();
            assert!(!holds(&changed), "{} changed at {at}", signer.name());
        }
    }
}

#[test]
fn nothing_holds_under_the_key_of_no_client() {
    for signer in OURS.signers() {
        let header = signed(&*signer);
        let request =
            RequestView::new("GET", &ORIGIN, "/r").authorization(header.as_bytes()).parse().unwrap();
        let methods = Methods::standard();
        let presented = request.protocol().present(&methods).unwrap();
        assert!(verify(&presented, &request.base_string(), &*presented.method.dummy()).is_err());
    }
}

#[test]
fn a_short_key_needs_an_exception() {
    let short = include_str!("../../../../vectors/keys/wiki.pem");
    assert_eq!(from_pem(short, 2048), Err(BadKey::TooSmall { bits: 1024, minimum: 2048 }));
    assert_eq!(modulus_bits(&from_pem(short, 1024).unwrap()), Ok(1024));
    assert_eq!(modulus_bits(&PublicKey::from_der(&OURS.public)), Ok(2048));
    assert_eq!(
        from_pem(&pem("PUBLIC KEY", &OURS.public), 2049),
        Err(BadKey::TooSmall { bits: 2048, minimum: 2049 })
    );
}

#[test]
fn what_is_no_rsa_public_key_is_refused() {
    let cut = &OURS.public[..OURS.public.len() - 1];
    for (label, der) in [
        ("PRIVATE KEY", &*OURS.private),
        ("PUBLIC KEY", &OURS.private),
        ("CERTIFICATE", &OURS.public),
        ("RSA PRIVATE KEY", &OURS.public),
        ("PUBLIC KEY", cut),
        ("PUBLIC KEY", b"secret"),
        ("PUBLIC KEY", ED25519),
    ] {
        assert_eq!(from_pem(&pem(label, der), 1024), Err(BadKey::Malformed), "{label}");
    }
    for text in
        ["", "secret", "-----BEGIN PUBLIC KEY-----", "-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----\n"]
    {
        assert_eq!(from_pem(text, 1024), Err(BadKey::Malformed), "{text:?}");
    }
    for der in [b"".as_slice(), b"secret", cut, ED25519] {
        let (empty, key) = (Secret::empty(), PublicKey::from_der(der));
        let keys = Keys { client_secret: &empty, token_secret: &empty, public_key: Some(&key) };
        assert_eq!(RsaSha256.prepare(&keys).err(), Some(BadKey::Malformed), "{} bytes", der.len());
    }
}

/// A key that is made for this run alone.
struct Pair {
    public: Vec<u8>,
    private: Vec<u8>,
}

impl Pair {
    fn generate() -> Self {
        let pair = KeyPair::generate(KeySize::Rsa2048).unwrap();
        let private: Pkcs8V1Der<'_> = pair.as_der().unwrap();
        let public: PublicKeyX509Der<'_> = pair.public_key().as_der().unwrap();
        Self { public: public.as_ref().into(), private: private.as_ref().into() }
    }

    fn signers(&self) -> [Box<dyn SigningMethod>; 3] {
        let pem = pem("PRIVATE KEY", &self.private);
        [
            Box::new(RsaSigner::from_pem(RsaSha1, &pem).unwrap()),
            Box::new(RsaSigner::from_pem(RsaSha256, &pem).unwrap()),
            Box::new(RsaSigner::from_pem(RsaSha512, &pem).unwrap()),
        ]
    }

    fn prepared(&self, method: &dyn SignatureMethod) -> Result<Box<dyn PreparedKey>, BadKey> {
        let (empty, key) = (Secret::empty(), PublicKey::from_der(&self.public));
        let keys = Keys { client_secret: &empty, token_secret: &empty, public_key: Some(&key) };
        method.prepare(&keys)
    }
}

fn signed(signer: &dyn SigningMethod) -> String {
    sign::Request::new("GET", &ORIGIN, "/r")
        .client("client", &Secret::empty())
        .stamp(Timestamp::from_seconds(137_131_200), "nonce")
        .sign(&Borrowed(signer))
        .unwrap()
        .header()
}

fn accepts(header: &str, pair: &Pair) -> bool {
    let request = RequestView::new("GET", &ORIGIN, "/r").authorization(header.as_bytes()).parse().unwrap();
    let methods = Methods::standard().with(Plaintext);
    let presented = request.protocol().present(&methods).unwrap();
    let prepared = pair.prepared(&*presented.method);
    prepared.is_ok_and(|key| verify(&presented, &request.base_string(), &*key).is_ok())
}

fn pem(label: &str, der: &[u8]) -> String {
    encode_string(label, LineEnding::LF, der).unwrap()
}

static OURS: LazyLock<Pair> = LazyLock::new(Pair::generate);
static THEIRS: LazyLock<Pair> = LazyLock::new(Pair::generate);

/// The public key of RFC 8410 §10.1, of another algorithm.
const ED25519: &[u8] = b"\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00\x19\xbf\x44\x09\x69\x84\xcd\xfe\x85\x41\xba\xc1\x67\xdc\x3b\x96\xc8\x50\x86\xaa\x30\xb6\xb6\xcb\x0c\x5c\x38\xad\x70\x31\x66\xe1";
