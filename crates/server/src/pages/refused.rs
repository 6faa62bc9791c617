//! A page in place of what was asked for, so that a handler can end early with `?`.

use super::error;
use crate::app::App;
use axum::response::{IntoResponse, Response};
use countersign_store::StoreError;

/// The page that tells why not.
pub(crate) struct Refused(Box<Response>);

impl From<Response> for Refused {
    fn from(page: Response) -> Self {
        Self(Box::new(page))
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        *self.0
    }
}

/// What a store said, or the page for one that does not answer.
pub(crate) trait OrPage<T> {
    /// The value.
    ///
    /// # Errors
    ///
    /// The page that is shown instead.
    fn or_page(self, app: &App) -> Result<T, Refused>;
}

impl<T> OrPage<T> for Result<T, StoreError> {
    fn or_page(self, app: &App) -> Result<T, Refused> {
        self.map_err(|error| error::store(app, &error).into())
    }
}
