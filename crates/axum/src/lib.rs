//! OAuth 1.0a for [axum](https://docs.rs/axum) 0.8: protect a route, learn who called, serve the endpoints.
//!
//! | you want | use |
//! |---|---|
//! | a route that only signed requests reach | [`protect`], on a route, a router or any tower service |
//! | the client and its resource owner in a handler | [`Authorized`], or [`AuthorizedClient`] on a 2-legged route |
//! | the resource owner as a type of your own | [`Owner`], with [`FromOwner`] on that type |
//! | temporary and token credentials issued | [`endpoints`], or [`initiate`] and [`token`] on paths of your own |
//! | a page that asks the resource owner | [`Pending`], behind your own sign-in |
//!
//! The layer reads a form body, because it is signed, and hands it on untouched; other bodies stream through.
//!
//! # Examples
//!
//! See the README of the project, whose first example is compiled and walked through by this crate's tests.

mod answer;
mod authorized;
mod body;
mod endpoints;
mod owner;
mod pending;
mod protect;
mod view;

pub use answer::{Failure, ProblemCode, response};
pub use authorized::{Authorized, AuthorizedClient, NotProtected};
pub use body::FormLimit;
pub use countersign_provider::{BodyHash, Policy, TokenRule, VerifiedRequest};
pub use endpoints::{endpoints, initiate, token};
pub use owner::{FromOwner, NotLoaded, Owner};
pub use pending::{Answered, ConsentPage, Pending};
pub use protect::{Protect, ProtectLayer, protect, refusal};
pub use view::{TlsSocket, address, arrival, origin_of};

#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;
