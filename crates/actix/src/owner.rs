//! The resource owner as a type of your own.

use crate::authorized::{Authorized, NotProtected};
use actix_web::{FromRequest, HttpRequest, dev::Payload};
use countersign_store::ResourceOwner;
use std::pin::Pin;

/// What a handler takes for the resource owner, such as a row of your table of users.
///
/// # Security
///
/// The token was verified, and nothing more is known of its owner: refuse one who may not come in any more.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be loaded as a resource owner",
    note = "implement `countersign_actix::FromOwner` for it: the token names its owner by an identifier"
)]
pub trait FromOwner: Sized {
    /// What is answered for an owner who is not there, or cannot be looked up.
    type Rejection: Into<actix_web::Error>;

    /// Loads the owner whom a verified token names; your application's data is in `request.app_data()`.
    ///
    /// # Errors
    ///
    /// An answer of your own: it is sent as it is.
    fn from_owner(
        owner: &ResourceOwner,
        request: &HttpRequest,
    ) -> impl Future<Output = Result<Self, Self::Rejection>>;
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
/// use actix_web::{App, HttpRequest, error::ErrorForbidden, web};
/// use countersign_actix::{FromOwner, Owner, protect};
/// use countersign_store::ResourceOwner;
/// # use countersign_provider::Provider;
/// # use countersign_store::MemoryStore;
/// # let provider = Provider::builder("https://photos.example.net").store(MemoryStore::default()).build()?;
///
/// struct User {
///     name: String,
/// }
///
/// impl FromOwner for User {
///     type Rejection = actix_web::Error;
///
///     async fn from_owner(owner: &ResourceOwner, _: &HttpRequest) -> Result<Self, actix_web::Error> {
///         match owner.as_str() {
///             "jane" => Ok(User { name: "Jane".into() }), // your table
///             _ => Err(ErrorForbidden("not here any more")),
///         }
///     }
/// }
///
/// async fn photos(Owner(user): Owner<User>) -> String {
///     format!("the photos of {}", user.name)
/// }
///
/// let app = App::new().service(web::resource("/photos").wrap(protect(&provider)).get(photos));
/// # let _ = app;
/// # Ok::<_, countersign_provider::BuildError>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Owner<U>(pub U);

impl<U: FromOwner + 'static> FromRequest for Owner<U> {
    type Error = NotLoaded<U::Rejection>;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Self::Error>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let caller = Authorized::of(&request).map_err(NotLoaded::NotProtected)?;
            U::from_owner(caller.resource_owner(), &request).await.map(Self).map_err(NotLoaded::Refused)
        })
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

impl<R: Into<actix_web::Error>> From<NotLoaded<R>> for actix_web::Error {
    fn from(why: NotLoaded<R>) -> Self {
        match why {
            NotLoaded::NotProtected(mistake) => mistake.into(),
            NotLoaded::Refused(answer) => answer.into(),
        }
    }
}
