//! An upstream's side: verifies a token against a key set, by the key's algorithm and never by the token's word.

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, ED25519, UnparsedPublicKey, VerificationAlgorithm};
use base64ct::{Base64UrlUnpadded, Encoding};
use serde_json::Value;

/// The claims, or why the token is refused.
pub(crate) fn verify(key_set: &str, token: &str) -> Result<Value, String> {
    let (signed, signature) = token.rsplit_once('.').ok_or("no signature")?;
    let (head, claims) = signed.split_once('.').ok_or("no claims")?;
    let head = json(head);
    let keys: Value = serde_json::from_str(key_set).expect("a key set");
    let key = keys["keys"].as_array().expect("keys").iter().find(|key| key["kid"] == head["kid"]);
    let key = key.ok_or("unknown key")?;
    if key["alg"] != head["alg"] {
        return Err("another algorithm than the key's".into());
    }
    let (algorithm, public): (&dyn VerificationAlgorithm, _) = match text(key, "crv") {
        "Ed25519" => (&ED25519, bytes(text(key, "x"))),
        "P-256" => {
            (&ECDSA_P256_SHA256_FIXED, [vec![4], bytes(text(key, "x")), bytes(text(key, "y"))].concat())
        }
        other => return Err(format!("unknown curve {other}")),
    };
    UnparsedPublicKey::new(algorithm, public)
        .verify(signed.as_bytes(), &bytes(signature))
        .map_err(|_| "wrong signature")?;
    Ok(json(claims))
}

/// The name of the key that a token says it was signed by.
pub(crate) fn kid(token: &str) -> String {
    text(&json(token.split('.').next().expect("a head")), "kid").to_owned()
}

/// A part of a token.
pub(crate) fn json(part: &str) -> Value {
    serde_json::from_slice(&bytes(part)).expect("JSON")
}

fn bytes(text: &str) -> Vec<u8> {
    Base64UrlUnpadded::decode_vec(text).expect("base64url without padding")
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_default()
}
