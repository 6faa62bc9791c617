//! Creations that happen once, however often they are sent (`Idempotency-Key`).

use super::{
    caller::{Caller, bearer},
    input::{json_bytes, parse},
    key::sha256,
    problem::Problem,
};
use crate::app::App;
use axum::{
    extract::{FromRequest, Request},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use countersign_core::Secret;
use countersign_provider::{Clock, System};
use countersign_store::{Claim, IdempotentRequest};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value;

/// What is to be created, and by which name the request may be sent again.
pub(super) struct Creation<T> {
    given: T,
    request: Option<IdempotentRequest>,
}

/// What is kept of a request, to know it again.
///
/// # Security
///
/// A body may hold a password, which a quick hash of it alone would give away to whoever steals the database and guesses. The API key
/// is in the hash, and in no database.
fn hash(headers: &HeaderMap, path: &str, body: &[u8]) -> [u8; 32] {
    let key = bearer(headers).unwrap_or_default();
    sha256(&[key.as_bytes(), &[0], path.as_bytes(), &[0], body])
}

/// What was created.
#[derive(Deserialize, Serialize)]
pub(super) struct Made {
    location: String,
    etag: Option<String>,
    body: Value,
}

impl<T: DeserializeOwned> FromRequest<App> for Creation<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &App) -> Result<Self, Problem> {
        let name = idempotency_key(request.headers())?;
        let caller = request.extensions().get::<Caller>().map(|caller| caller.key);
        let (path, headers) = (request.uri().path().to_owned(), request.headers().clone());
        let bytes = json_bytes(request, app).await?;
        let given = parse(&bytes)?;
        let request = name.zip(caller).map(|(key, api_key)| IdempotentRequest {
            api_key,
            key,
            hash: hash(&headers, &path, &bytes),
            expires: System.now().plus(REMEMBERED),
        });
        Ok(Self { given, request })
    }
}

fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let mut fields = headers.get_all(NAME).into_iter();
    let (first, second) = (fields.next(), fields.next());
    let Some(name) = first else { return Ok(None) };
    let text = name.to_str().ok().filter(|text| second.is_none() && (1..=255).contains(&text.len()));
    let wrong = || Problem::malformed("send one key of 1 to 255 visible ASCII characters").about(NAME);
    text.map(|text| Some(text.to_owned())).ok_or_else(wrong)
}

impl<T: Send + 'static> Creation<T> {
    /// Creates it, or tells again what was told when it was created.
    ///
    /// # Errors
    ///
    /// What `create` says, and a conflict where the name is another request's or one's that is under way.
    ///
    /// # Security
    ///
    /// Once it is not known whether something was created, the name stays taken: nothing is created twice.
    pub(super) async fn once<F>(self, app: &App, create: impl FnOnce(T) -> F) -> Result<Response, Problem>
    where
        F: Future<Output = Result<Made, Problem>> + Send + 'static,
    {
        let work = create(self.given);
        let Some(request) = self.request else { return Ok(work.await?.into_response()) };
        match app.stores.rows.claim_request(&request, System.now()).await? {
            Claim::Claimed => {}
            Claim::Answered(sealed) => return again(app, &request, &sealed),
            Claim::Pending => return Err(Problem::conflict("this request is being answered").about(NAME)),
            Claim::Mismatch => return Err(Problem::invalid(NAME, "the key was sent with another request")),
        }
        // To its end, though the caller may be gone by then: whether it happened must be known.
        let done = tokio::spawn(finish(app.clone(), request, work)).await;
        done.unwrap_or_else(|_| Err(Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "this cannot be told")))
    }
}

async fn finish(
    app: App,
    request: IdempotentRequest,
    work: impl Future<Output = Result<Made, Problem>>,
) -> Result<Response, Problem> {
    let rows = &app.stores.rows;
    match work.await {
        Ok(made) => {
            // OK because the parts are text already
            let text = Secret::from(serde_json::to_string(&made).unwrap_or_default());
            let kept = match app.stores.sealed.seal_answer(&request, &text) {
                Ok(sealed) => rows.answer_request(&request, &sealed).await,
                Err(error) => Err(error),
            };
            if let Err(error) = kept {
                tracing::warn!(%error, "an answer is not kept: its request cannot be sent again");
            }
            Ok(made.into_response())
        }
        Err(problem) => {
            if problem.changed_nothing() {
                // OK because the key then stays taken until it expires
                let _ = rows.release_request(&request).await;
            }
            Err(problem)
        }
    }
}

fn again(app: &App, request: &IdempotentRequest, sealed: &Secret) -> Result<Response, Problem> {
    let text = app.stores.sealed.open_answer(request, sealed)?;
    let made: Made = serde_json::from_str(text.expose())
        .map_err(|error| Problem::from(countersign_store::StoreError::corrupt(error)))?;
    Ok(made.into_response())
}

impl Made {
    /// `location` is the path below this API.
    pub(super) fn new(location: String, etag: Option<String>, body: &impl Serialize) -> Self {
        // OK because what is answered has names and plain values alone
        let body = serde_json::to_value(body).expect("JSON");
        Self { location, etag, body }
    }
}

impl IntoResponse for Made {
    fn into_response(self) -> Response {
        let mut response = (StatusCode::CREATED, axum::Json(self.body)).into_response();
        let fields = response.headers_mut();
        for (name, value) in [(header::LOCATION, Some(self.location)), (header::ETAG, self.etag)] {
            // OK because they are made of escaped names and numbers
            if let Some(value) = value.and_then(|value| HeaderValue::try_from(value).ok()) {
                fields.insert(name, value);
            }
        }
        response
    }
}

const NAME: &str = "Idempotency-Key";
/// Seconds for which a creation can be sent again.
const REMEMBERED: u64 = 86_400;
