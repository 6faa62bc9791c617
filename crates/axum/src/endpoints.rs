//! The two endpoints that clients call: temporary credentials and token credentials.

use crate::{
    answer::response,
    body::{FormLimit, read},
    view::{View, accept, has_form, hide_credentials},
};
use axum::{
    Router,
    extract::{FromRef, Request, State},
    response::Response,
    routing::any,
};
use bytes::Bytes;
use countersign_provider::{Answer, Audience, Provider, Rejection};
use http::request::Parts;

/// `/initiate` and `/token` ([RFC 5849 §2.1], [§2.3]); use [`initiate`] and [`token`] for paths of your own.
///
/// [RFC 5849 §2.1]: https://www.rfc-editor.org/rfc/rfc5849#section-2.1
/// [§2.3]: https://www.rfc-editor.org/rfc/rfc5849#section-2.3
pub fn endpoints<S>() -> Router<S>
where
    S: Clone + Send + Sync + 'static,
    Provider: FromRef<S>,
{
    // Every method arrives, so that a wrong one is refused in the words of the protocol.
    Router::new().route("/initiate", any(initiate)).route("/token", any(token))
}

/// Issues temporary credentials ([RFC 5849 §2.1](https://www.rfc-editor.org/rfc/rfc5849#section-2.1)).
pub async fn initiate(State(provider): State<Provider>, request: Request) -> Response {
    let (parts, form) = match split(&provider, request).await {
        Ok(both) => both,
        Err(response) => return *response,
    };
    let answer = provider.initiate(&View::new(&parts).incoming().form(&form)).await;
    told(&provider, &parts, answer)
}

/// Issues token credentials ([RFC 5849 §2.3](https://www.rfc-editor.org/rfc/rfc5849#section-2.3)).
pub async fn token(State(provider): State<Provider>, request: Request) -> Response {
    let (parts, form) = match split(&provider, request).await {
        Ok(both) => both,
        Err(response) => return *response,
    };
    let answer = provider.exchange(&View::new(&parts).incoming().form(&form)).await;
    told(&provider, &parts, answer)
}

async fn split(provider: &Provider, request: Request) -> Result<(Parts, Bytes), Box<Response>> {
    let (mut parts, body) = request.into_parts();
    hide_credentials(&mut parts);
    let form = match has_form(&parts) {
        Ok(true) => read(body, FormLimit::of(&parts.extensions)).await,
        Ok(false) => Ok(Bytes::new()),
        Err(rejection) => Err(rejection),
    };
    match form {
        Ok(form) => Ok((parts, form)),
        Err(rejection) => Err(Box::new(told(provider, &parts, Err(rejection)))),
    }
}

fn told(provider: &Provider, parts: &Parts, answer: Result<Answer, Rejection>) -> Response {
    response(answer.unwrap_or_else(|rejection| {
        provider.refuse(&rejection, Audience::Endpoint, accept(parts).as_deref())
    }))
}
