//! OAuth 1.0a for [actix-web](https://docs.rs/actix-web) 4: protect a route, learn who called, serve the endpoints.
//!
//! | you want | use |
//! |---|---|
//! | a route that only signed requests reach | [`protect`], around a route, a resource, a scope or the whole app |
//! | the client and its resource owner in a handler | [`Authorized`], or [`AuthorizedClient`] on a 2-legged route |
//! | the resource owner as a type of your own | [`Owner`], with [`FromOwner`] on that type |
//! | temporary and token credentials issued | [`endpoints`], or [`initiate`] and [`token`] on paths of your own |
//! | a page that asks the resource owner | [`Pending`], behind your own sign-in |
//!
//! The middleware reads a form body, because it is signed, and hands it on untouched; other bodies stream through. Names, words and
//! answers are those of `countersign-axum`.
//!
//! # Examples
//!
//! The endpoints, a page that asks, and a protected route, complete but for your sign-in:
//!
//! ```
//! use actix_web::{App, web};
//! use countersign_actix::{Answered, Authorized, ConsentPage, Failure, Pending, endpoints, protect};
//! # use countersign_provider::Provider;
//! # use countersign_store::MemoryStore;
//! # let provider = Provider::builder("https://photos.example.net").store(MemoryStore::default()).build()?;
//!
//! async fn photos(caller: Authorized) -> String {
//!     format!("the photos of {}", caller.resource_owner())
//! }
//! async fn ask(pending: Pending) -> ConsentPage {
//!     pending.page()
//! }
//! async fn decide(pending: Pending) -> Result<Answered, Failure> {
//!     pending.answer("jane").await
//! }
//!
//! let app = App::new()
//!     .configure(endpoints(&provider)) // POST /initiate and POST /token
//!     .service(web::resource("/photos").wrap(protect(&provider)).get(photos))
//!     .service(web::resource("/authorize").get(ask).post(decide)); // behind your own sign-in
//! # let _ = app;
//! # Ok::<_, countersign_provider::BuildError>(())
//! ```

mod answer;
mod authorized;
mod body;
mod endpoints;
mod owner;
mod pending;
mod protect;
mod view;

pub use answer::Failure;
pub use authorized::{Authorized, AuthorizedClient, NotProtected};
pub use body::FormLimit;
pub use countersign_provider::{BodyHash, Policy, TokenRule, VerifiedRequest};
pub use endpoints::{endpoints, initiate, token};
pub use owner::{FromOwner, NotLoaded, Owner};
pub use pending::{Answered, ConsentPage, Pending};
pub use protect::{Protect, ProtectLayer, protect, refusal};
pub use view::{TlsSocket, arrival};
