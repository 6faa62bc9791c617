//! OAuth 1.0a signatures ([RFC 5849 §3]): text in, verdict out.
//!
//! ```text
//!   method, target, header, form ──▶ RequestView ──parse──▶ ParsedRequest ──base_string──▶ BaseString
//!                                                                │                             │
//!                                       present(&Methods) ◀──────┘                             │
//!                                             ▼                                                ▼
//!   client secret, token secret or key ──prepare──▶ PreparedKey ──────────verify──────────▶ Verified
//! ```
//!
//! **It does not take care of** clocks, randomness, sockets, stores, async or HTTP types. It does not remember nonces and
//! does not know who may do what: `countersign-provider` does.
//!
//! # A tour in ten lines
//!
//! ```
//! use countersign_core::{HmacSha1, Keys, Methods, Origin, RequestView, Secret, Timestamp, sign, verify};
//!
//! let (origin, secret): (Origin, _) = ("https://photos.example.net".parse()?, Secret::from("kd94hf93k423kf44"));
//! let signed = sign::Request::new("GET", &origin, "/photos?size=1")
//!     .client("dpf43f3p2l4k3l03", &secret).stamp(Timestamp::from_seconds(137131202), "chapoH").sign(&HmacSha1)?;
//!
//! let header = signed.header();
//! let request = RequestView::new("GET", &origin, "/photos?size=1").authorization(header.as_bytes()).parse()?;
//! let methods = Methods::standard();
//! let presented = request.protocol().present(&methods)?;
//! let keys = Keys { client_secret: &secret, token_secret: &Secret::empty(), public_key: None };
//! verify(&presented, &request.base_string(), &*presented.method.prepare(&keys)?)?;
//! # Ok::<_, Box<dyn std::error::Error>>(())
//! ```
//!
//! [RFC 5849 §3]: https://www.rfc-editor.org/rfc/rfc5849#section-3

#![cfg_attr(not(any(feature = "rsa", test)), no_std)]

extern crate alloc;

mod authorization;
mod base_string;
mod body_hash;
mod credentials;
mod error;
mod origin;
mod params;
pub mod percent;
mod protocol;
mod request;
mod secret;
pub mod sign;
pub mod signature;
mod timestamp;
mod verify;

pub use base_string::BaseString;
pub use body_hash::NAME as BODY_HASH;
pub use credentials::{ClientId, TemporaryId, TokenId};
pub use error::{BadId, BadKey, BadSignature, ParseError, Reason};
pub use origin::{BadOrigin, Origin, Scheme};
pub use params::{Parameter, Source};
pub use protocol::{Presented, ProtocolParams};
pub use request::{FORM, ParsedRequest, RequestView, is_form};
pub use secret::Secret;
pub use signature::{
    HmacSha1, HmacSha256, HmacSha512, KeyKind, Keys, Methods, Plaintext, PreparedKey, PublicKey, Signature,
    SignatureMethod, SigningMethod,
};
pub use timestamp::{Nonce, Timestamp, Window};
pub use verify::{Verified, verify, verify_body};
