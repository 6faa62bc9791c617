//! The resource owner as a type of your own.

use crate::authorized::{Authorized, NotProtected};
use axum::{
    extract::FromRequestParts,
    response::{IntoResponse, Response},
};
use countersign_store::ResourceOwner;
use http::request::Parts;

/// What a handler takes for the resource owner, such as a row of your table of users.
///
/// # Security
///
/// The token was verified, and nothing more is known of its owner: refuse one who may not come in any more.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be loaded as a resource owner",
    note = "implement `countersign_axum::FromOwner<{S}>` for it: the token names its owner by an identifier"
)]
pub trait FromOwner<S>: Sized {
    /// What is answered for an owner who is not there, or cannot be looked up.
    type Rejection: IntoResponse;

    /// Loads the owner whom a verified token names; `state` is the router's.
    ///
    /// # Errors
    ///
    /// An answer of your own: it is sent as it is.
    fn from_owner(
        owner: &ResourceOwner,
        state: &S,
    ) -> impl Future<Output = Result<Self, Self::Rejection>> + Send;
}

/// On whose behalf a verified request comes, loaded as your own type.
///
/// # Errors
///
/// As an extractor: 500 with [`NotProtected`] where the route has no [`protect`](crate::protect()) layer, and what
/// [`FromOwner`] answers.
///
/// # Examples
///
/// ```
/// use axum::{Router, http::StatusCode, routing::get};
/// use countersign_axum::{FromOwner, Owner, protect};
/// use countersign_store::ResourceOwner;
/// # use countersign_provider::Provider;
/// # use countersign_store::MemoryStore;
/// # let provider = Provider::builder("https://photos.example.net").store(MemoryStore::default()).build()?;
///
/// struct User {
///     name: String,
/// }
///
/// impl FromOwner<()> for User {
///     type Rejection = StatusCode;
///
///     async fn from_owner(owner: &ResourceOwner, _: &()) -> Result<Self, StatusCode> {
///         match owner.as_str() {
///             "jane" => Ok(User { name: "Jane".into() }), // your table
///             _ => Err(StatusCode::FORBIDDEN),
///         }
///     }
/// }
///
/// let app: Router = Router::new()
///     .route("/photos", get(async |Owner(user): Owner<User>| format!("the photos of {}", user.name)))
///     .route_layer(protect(&provider));
/// # Ok::<_, countersign_provider::BuildError>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Owner<U>(pub U);

impl<S, U> FromRequestParts<S> for Owner<U>
where
    S: Send + Sync,
    U: FromOwner<S>,
{
    type Rejection = NotLoaded<U::Rejection>;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        let caller = Authorized::from_request_parts(parts, state).await.map_err(NotLoaded::NotProtected)?;
        U::from_owner(caller.resource_owner(), state).await.map(Self).map_err(NotLoaded::Refused)
    }
}

/// Why there is no owner to hand over.
#[derive(Clone, Copy, Debug)]
pub enum NotLoaded<R> {
    /// The route is not protected, or lets requests without a token through.
    NotProtected(NotProtected),
    /// [`FromOwner`] said so.
    Refused(R),
}

impl<R: IntoResponse> IntoResponse for NotLoaded<R> {
    fn into_response(self) -> Response {
        match self {
            Self::NotProtected(mistake) => mistake.into_response(),
            Self::Refused(answer) => answer.into_response(),
        }
    }
}
