//! The server's side: recompute, compare ([RFC 5849 §3.2]).
//!
//! [RFC 5849 §3.2]: https://www.rfc-editor.org/rfc/rfc5849#section-3.2

use crate::{
    base_string::BaseString,
    body_hash,
    error::BadSignature,
    protocol::Presented,
    signature::{PreparedKey, SignatureMethod},
};

/// Proof that the signature of a request holds under a key. Only [`verify`] makes one.
///
/// It does *not* say that the request is fresh, or that client and token may be used: see the provider.
#[derive(Debug)]
pub struct Verified(());

/// Verifies what a request presents over its base string.
///
/// # Errors
///
/// [`BadSignature`]: nothing more is said.
///
/// # Examples
///
/// ```
/// use countersign_core::{Keys, Methods, Origin, RequestView, Secret, verify};
///
/// // The first example of RFC 5849 §1.2
/// let origin: Origin = "https://photos.example.net".parse()?;
/// let request = RequestView::new("POST", &origin, "/initiate")
///     .authorization(concat!(
///         r#"OAuth realm="Photos", oauth_consumer_key="dpf43f3p2l4k3l03","#,
///         r#"oauth_signature_method="HMAC-SHA1", oauth_timestamp="137131200","#,
///         r#"oauth_nonce="wIjqoS", oauth_callback="http%3A%2F%2Fprinter.example.com%2Fready","#,
///         r#"oauth_signature="74KNZJeDHnMBp0EMJ9ZHt%2FXKycU%3D""#,
///     ).as_bytes())
///     .parse()?;
/// let methods = Methods::standard();
/// let presented = request.protocol().present(&methods)?;
/// let keys = Keys {
///     client_secret: &Secret::from("kd94hf93k423kf44"),
///     token_secret: &Secret::empty(),
///     public_key: None,
/// };
/// let key = presented.method.prepare(&keys)?;
/// assert!(verify(&presented, &request.base_string(), &*key).is_ok());
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
pub fn verify(
    presented: &Presented<'_>,
    base: &BaseString,
    key: &dyn PreparedKey,
) -> Result<Verified, BadSignature> {
    key.verify(base, &presented.signature).map(|()| Verified(()))
}

/// Verifies what a request states of its body, by the hash of the method that signed it (OAuth Request Body Hash, draft 4).
///
/// # Errors
///
/// [`BadSignature`] for a body of another hash.
///
/// # Security
///
/// It says something of the body only together with [`verify`]: the stated hash is a signed parameter.
///
/// # Examples
///
/// ```
/// use countersign_core::{HmacSha1, verify_body};
///
/// // The example of the draft
/// assert!(verify_body(&HmacSha1, b"Lve95gjOVATpfV8EL5X4nxwjKHE=", b"Hello World!").is_ok());
/// assert!(verify_body(&HmacSha1, b"Lve95gjOVATpfV8EL5X4nxwjKHE=", b"Hello World").is_err());
/// ```
pub fn verify_body(method: &dyn SignatureMethod, stated: &[u8], body: &[u8]) -> Result<(), BadSignature> {
    if body_hash::matches(stated, &method.hash_body(body)) { Ok(()) } else { Err(BadSignature) }
}
