//! An OAuth 1.0a provider on no framework: the four conversations of [RFC 5849], over the traits of
//! [`countersign_store`].
//!
//! | conversation | RFC | here |
//! |---|---|---|
//! | temporary credentials | §2.1 | [`Provider::initiate`] |
//! | the resource owner's answer | §2.2 | [`Provider::pending`], then [`Pending::grant`] or [`Pending::deny`] |
//! | token credentials | §2.3 | [`Provider::exchange`] |
//! | a protected resource | §3.2 | [`Provider::protect`] |
//!
//! Each is **load → decide → commit**: it reads, it decides without side effects, it changes one thing by one atomic verb.
//! A request that fails changes nothing; the nonce comes last. Time and randomness are passed in.
//!
//! **It does not take care of** HTTP or sign-in: see `countersign-axum`, `countersign-actix` and `countersign-server`. What every
//! integration would write again is in [`page`], [`visit`], [`media_type`] and [`Misuse`]: text in, text out.
//!
//! # Examples
//!
//! A signed request, without HTTP:
//!
//! ```
//! use countersign_core::{HmacSha1, Secret, Timestamp, sign};
//! use countersign_provider::{Clock, Incoming, Policy, Provider, TokenRule};
//! use countersign_store::{ClientKey, ClientRecord, MemoryStore};
//!
//! struct At(u64);
//! impl Clock for At {
//!     fn now(&self) -> Timestamp { Timestamp::from_seconds(self.0) }
//! }
//!
//! # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
//! let secret = Secret::from("kd94hf93k423kf44");
//! let mut client = ClientRecord::new("dpf43f3p2l4k3l03".parse()?, "Printer", ClientKey::Secret(secret.clone()));
//! client.two_legged = true;
//! let provider = Provider::builder("https://photos.example.net")
//!     .store(MemoryStore::default().with(client))
//!     .clock(At(137131202))
//!     .build()?;
//!
//! let origin = provider.public_url().parse()?;
//! let signed = sign::Request::new("GET", &origin, "/photos")
//!     .client("dpf43f3p2l4k3l03", &secret).stamp(Timestamp::from_seconds(137131202), "chapoH").sign(&HmacSha1)?;
//! let header = signed.header();
//! let fields = [("host", &b"photos.example.net"[..]), ("authorization", header.as_bytes())];
//! let incoming = Incoming::new("GET", "/photos", &fields).tls(true);
//! let policy = Policy::default().token(TokenRule::None);
//!
//! let verified = provider.protect(&incoming, &policy).await?;
//! assert_eq!(verified.client().name, "Printer");
//! let again = provider.protect(&incoming, &policy).await.unwrap_err();
//! assert_eq!((again.status(), again.code()), (401, "nonce_used"));
//! # Ok::<_, Box<dyn std::error::Error>>(()) })?;
//! # Ok::<_, Box<dyn std::error::Error>>(())
//! ```
//!
//! [RFC 5849]: https://www.rfc-editor.org/rfc/rfc5849

mod ambient;
mod answer;
pub mod audit;
mod authorize;
mod builder;
pub mod callback;
mod client_limit;
mod exchange;
mod forwarded;
mod incoming;
mod initiate;
pub mod media_type;
mod misuse;
mod observer;
pub mod page;
mod policy;
mod protect;
mod provider;
mod rejection;
mod surroundings;
pub mod visit;

pub use ambient::{Clock, Random, System, token};
pub use answer::{Answer, Audience};
pub use authorize::{Next, Pending};
pub use builder::{BuildError, Builder};
pub use client_limit::ClientLimit;
pub use incoming::{FIELDS, Incoming};
pub use misuse::Misuse;
pub use observer::{CredentialRequest, Observer};
pub use policy::{BodyHash, Policy, TokenRule};
pub use protect::VerifiedRequest;
pub use provider::Provider;
pub use rejection::{Problem, Rejection};
