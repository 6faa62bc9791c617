//! The two endpoints that clients call: temporary credentials and token credentials.

use crate::{
    answer::response,
    authorized::NotProtected,
    body::{FormLimit, read},
    view::{View, accept, has_form},
};
use actix_web::{
    HttpRequest, HttpResponse, ResponseError,
    web::{self, Bytes, Payload, ServiceConfig},
};
use countersign_provider::{Answer, Audience, Misuse, Provider, Rejection};

/// `/initiate` and `/token` ([RFC 5849 §2.1], [§2.3]), and the provider for [`Pending`](crate::Pending): give it to `configure` of an
/// app or a scope.
///
/// Use [`initiate`] and [`token`] for paths of your own, with the provider in `app_data`.
///
/// # Examples
///
/// ```
/// use actix_web::{App, web};
/// use countersign_actix::{endpoints, initiate};
/// # use countersign_provider::Provider;
/// # use countersign_store::MemoryStore;
/// # let provider = Provider::builder("https://photos.example.net").store(MemoryStore::default()).build()?;
///
/// let app = App::new().configure(endpoints(&provider));
/// let older = App::new().app_data(provider.clone()).route("/oauth/request_token", web::to(initiate));
/// # let _ = (app, older);
/// # Ok::<_, countersign_provider::BuildError>(())
/// ```
///
/// [RFC 5849 §2.1]: https://www.rfc-editor.org/rfc/rfc5849#section-2.1
/// [§2.3]: https://www.rfc-editor.org/rfc/rfc5849#section-2.3
pub fn endpoints(provider: &Provider) -> impl FnOnce(&mut ServiceConfig) + Clone + use<> {
    let provider = provider.clone();
    // Every method arrives, so that a wrong one is refused in the words of the protocol.
    move |config| {
        config.app_data(provider).route("/initiate", web::to(initiate)).route("/token", web::to(token));
    }
}

/// Issues temporary credentials ([RFC 5849 §2.1](https://www.rfc-editor.org/rfc/rfc5849#section-2.1)).
pub async fn initiate(request: HttpRequest, body: Payload) -> HttpResponse {
    let (provider, form) = match split(&request, body).await {
        Ok(both) => both,
        Err(response) => return response,
    };
    let answer = provider.initiate(&View::new(&request).incoming().form(&form)).await;
    told(provider, &request, answer)
}

/// Issues token credentials ([RFC 5849 §2.3](https://www.rfc-editor.org/rfc/rfc5849#section-2.3)).
pub async fn token(request: HttpRequest, body: Payload) -> HttpResponse {
    let (provider, form) = match split(&request, body).await {
        Ok(both) => both,
        Err(response) => return response,
    };
    let answer = provider.exchange(&View::new(&request).incoming().form(&form)).await;
    told(provider, &request, answer)
}

async fn split(request: &HttpRequest, body: Payload) -> Result<(&Provider, Bytes), HttpResponse> {
    let provider = provider(request).map_err(|mistake| mistake.error_response())?;
    let form = match has_form(request) {
        Ok(true) => read(request, body.into_inner(), FormLimit::of(request)).await,
        Ok(false) => Ok(Bytes::new()),
        Err(rejection) => Err(rejection),
    };
    match form {
        Ok(form) => Ok((provider, form)),
        Err(rejection) => Err(told(provider, request, Err(rejection))),
    }
}

/// The provider that an app or a scope holds in `app_data`, as itself or as `web::Data`.
pub(crate) fn provider(request: &HttpRequest) -> Result<&Provider, NotProtected> {
    let shared = || request.app_data::<web::Data<Provider>>().map(|data| &***data);
    request.app_data::<Provider>().or_else(shared).ok_or(NotProtected(Misuse::NoProvider))
}

fn told(provider: &Provider, request: &HttpRequest, answer: Result<Answer, Rejection>) -> HttpResponse {
    response(answer.unwrap_or_else(|rejection| {
        provider.refuse(&rejection, Audience::Endpoint, accept(request).as_deref())
    }))
}
