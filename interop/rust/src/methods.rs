//! The signature methods that oauth1-request leaves to its users, written against its own traits: it
//! feeds the pieces of the base string, this collects them and signs at the end.

use std::fmt::{Display, Write};

use base64::engine::general_purpose::STANDARD;
use base64::Engine;
use hmac::{Hmac, Mac};
use oauth::signature_method::{Sign, SignatureMethod};
use rsa::pkcs1v15::SigningKey;
use rsa::sha2::{Sha256, Sha512};
use rsa::signature::{SignatureEncoding, Signer};
use rsa::RsaPrivateKey;

#[derive(Clone)]
pub enum Extra {
    HmacSha256,
    HmacSha512,
    RsaSha256(RsaPrivateKey),
    RsaSha512(RsaPrivateKey),
}

pub struct Collected {
    method: Extra,
    key: String,
    base: String,
}

impl SignatureMethod for Extra {
    type Sign = Collected;

    fn sign_with(self, client_secret: &str, token_secret: Option<&str>) -> Collected {
        let key = format!(
            "{}&{}",
            percent(client_secret.as_bytes()),
            percent(token_secret.unwrap_or("").as_bytes())
        );
        Collected { method: self, key, base: String::new() }
    }
}

impl Sign for Collected {
    type Signature = String;

    fn get_signature_method_name(&self) -> &'static str {
        match self.method {
            Extra::HmacSha256 => "HMAC-SHA256",
            Extra::HmacSha512 => "HMAC-SHA512",
            Extra::RsaSha256(_) => "RSA-SHA256",
            Extra::RsaSha512(_) => "RSA-SHA512",
        }
    }

    fn request_method(&mut self, method: &str) {
        self.base.push_str(method);
        self.base.push('&');
    }

    fn uri<T: Display>(&mut self, uri: T) {
        write!(self.base, "{uri}&").expect("a string takes any text");
    }

    fn parameter<V: Display>(&mut self, key: &str, value: V) {
        write!(self.base, "{key}%3D{value}").expect("a string takes any text");
    }

    fn delimiter(&mut self) {
        self.base.push_str("%26");
    }

    fn end(self) -> String {
        let (key, base) = (self.key.as_bytes(), self.base.as_bytes());
        let signature = match self.method {
            Extra::HmacSha256 => finish(Hmac::<Sha256>::new_from_slice(key), base),
            Extra::HmacSha512 => finish(Hmac::<Sha512>::new_from_slice(key), base),
            Extra::RsaSha256(key) => SigningKey::<Sha256>::new(key).sign(base).to_vec(),
            Extra::RsaSha512(key) => SigningKey::<Sha512>::new(key).sign(base).to_vec(),
        };
        percent(STANDARD.encode(signature).as_bytes())
    }
}

fn finish<M: Mac, E: std::fmt::Debug>(mac: Result<M, E>, base: &[u8]) -> Vec<u8> {
    let mut mac = mac.expect("HMAC takes a key of any length");
    mac.update(base);
    mac.finalize().into_bytes().to_vec()
}

/// Percent-encodes as RFC 5849 §3.6 wants it.
pub fn percent(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut out, &byte| {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => out.push(byte.into()),
            _ => write!(out, "%{byte:02X}").expect("a string takes any text"),
        }
        out
    })
}
