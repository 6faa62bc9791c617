//! Routes that are not protected as their handlers expect, in words that are the same in every framework.

use thiserror::Error;

/// A mistake of whoever wrote a route, never of a client: answer it with 500 and these words.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum Misuse {
    /// A handler wants a provider where an application holds none.
    #[error("This route has no provider. Is it in `app_data`?")]
    NoProvider,
    /// A handler wants a token on a route that needs none.
    #[error("This route lets requests without a token through: take `AuthorizedClient`.")]
    TokenNotNeeded,
    /// A handler wants a verified request on a route that verifies none.
    #[error("This route has no verified request. Is the `protect` layer on it?")]
    Unprotected,
}
