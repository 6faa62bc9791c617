//! The document that says all this to programs, made from the handlers themselves.

use super::problem::{Document, MEDIA_TYPE};
use utoipa::{
    OpenApi,
    openapi::{
        ContentBuilder, HeaderBuilder, Object, OpenApi as Document31, Ref, RefOr, Required, Response,
        ResponseBuilder,
        path::Operation,
        schema::Type,
        security::{HttpAuthScheme, HttpBuilder, SecurityScheme},
    },
};

/// What the document says besides its operations.
#[derive(OpenApi)]
#[openapi(
    info(title = "Countersign administration", description = DESCRIPTION, license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0")),
    components(schemas(Document)),
    tags(
        (name = "applications", description = "Clients, with what people say of them."),
        (name = "accounts", description = "Resource owners and administrators."),
        (name = "tokens", description = "Token credentials."),
        (name = "api-keys", description = "What programs call this API with."),
        (name = "challenges", description = "Sign-in and consent on pages of your own: who asks for what, and the answer."),
        (name = "audit", description = "What happened."),
        (name = "usage", description = "Who signs how."),
    )
)]
pub(super) struct Described;

/// Adds what every operation has: the security scheme, and the refusals.
pub(super) fn complete(mut document: Document31) -> Document31 {
    let scheme = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .description(Some(
            "A key of `countersign api-key new`. Each operation names the scope that it asks for.",
        ))
        .build();
    document.components.get_or_insert_default().add_security_scheme("api_key", SecurityScheme::Http(scheme));
    for (path, item) in &mut document.paths.paths {
        let changing = [&mut item.put, &mut item.post, &mut item.delete].into_iter().flatten();
        let reading = item.get.iter_mut().map(|operation| (operation, false));
        for (operation, changes) in reading.chain(changing.map(|operation| (operation, true))) {
            operation.describe_success();
            operation.add_refusals(path, changes);
        }
    }
    document
}

trait Completed {
    fn describe_success(&mut self);
    fn add_refusals(&mut self, path: &str, changes: bool);
}

/// Which operations are refused so.
#[derive(Clone, Copy)]
enum When {
    Always,
    /// One that names something in its path.
    Named,
    Changing,
    /// A change of an application: its revision is looked at, whether `If-Match` is sent or not.
    Revised,
    /// One that must be sent `If-Match`.
    Conditional,
    /// One with a body.
    Given,
}

impl Completed for Operation {
    /// Each response must have a description ([OpenAPI 3.1 §4.8.17](https://spec.openapis.org/oas/v3.1.1.html#response-object)).
    fn describe_success(&mut self) {
        for (status, response) in &mut self.responses.responses {
            if let RefOr::T(response) = response {
                response.description = success(status).into();
            }
        }
    }

    fn add_refusals(&mut self, path: &str, changes: bool) {
        for (status, when, description) in REFUSALS {
            if !when.is_for(self, path, changes) {
                continue;
            }
            let added = self.responses.responses.entry(status.to_owned());
            added.or_insert_with(|| RefOr::T(refusal(status, description)));
        }
    }
}

impl When {
    fn is_for(self, operation: &Operation, path: &str, changes: bool) -> bool {
        match self {
            Self::Always => true,
            Self::Named => path.contains('{'),
            Self::Changing => changes,
            Self::Revised => changes && path.contains("/applications/{"),
            Self::Conditional => operation.parameters.iter().flatten().any(|one| {
                matches!(one, RefOr::T(one) if one.name == "If-Match" && one.required == Required::True)
            }),
            Self::Given => operation.request_body.is_some(),
        }
    }
}

fn success(status: &str) -> &'static str {
    match status {
        "201" => "It was created.",
        "204" => "It is gone.",
        _ => "It is so now.",
    }
}

fn refusal(status: &str, description: &str) -> Response {
    if status == "429" {
        // It is said before anybody looks at what is asked for, in plain text.
        let retry_after = HeaderBuilder::new().schema(Some(text())).build();
        return ResponseBuilder::new().description(description).header("Retry-After", retry_after).build();
    }
    let content = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build();
    let response = ResponseBuilder::new().description(description).content(MEDIA_TYPE, content);
    let header = match status {
        "401" => "WWW-Authenticate",
        "503" => "Retry-After",
        _ => return response.build(),
    };
    response.header(header, HeaderBuilder::new().schema(Some(text())).build()).build()
}

fn text() -> Object {
    Object::builder().schema_type(Type::String).build()
}

const REFUSALS: [(&str, When, &str); 13] = [
    ("400", When::Always, "The request cannot be read, or was signed by other means than a key."),
    (
        "401",
        When::Always,
        "No key, or one that is unknown, expired, revoked, or of no administrator any more.",
    ),
    ("403", When::Always, "The key lacks the scope, or came over http."),
    ("404", When::Named, "There is nothing of that name."),
    ("409", When::Changing, "It does not fit the state that things are in."),
    ("412", When::Revised, "It was changed since it was read."),
    ("413", When::Given, "The body is too large."),
    ("415", When::Given, "The body is not application/json."),
    ("422", When::Given, "A value cannot be."),
    ("428", When::Conditional, "If-Match is missing."),
    ("429", When::Always, "The address asks too often."),
    ("500", When::Always, "A fault of the server's: what was asked for may have happened."),
    ("503", When::Always, "The database does not answer."),
];
const DESCRIPTION: &str = "What administrators do, for programs. Times are Unix seconds. Lists come a page at a time: `next_cursor` leads on. \
     A creation with an `Idempotency-Key` happens once within a day, however often it is sent.";
