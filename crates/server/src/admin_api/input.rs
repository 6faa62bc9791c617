//! What a request holds, read strictly: what is not known is refused by its name.

use super::problem::Problem;
use crate::app::App;
use axum::{
    body::Bytes,
    extract::{FromRequest, FromRequestParts, Path, Query, Request},
    http::{HeaderMap, StatusCode, header, request::Parts},
};
use serde::{
    Deserialize, Deserializer,
    de::{DeserializeOwned, MapAccess, Visitor, value::MapAccessDeserializer},
};
use serde_path_to_error::Track;
use std::{fmt, marker::PhantomData};

/// The part of the path that names something. What cannot be a name is told as what does not exist.
pub(super) struct Named<T>(pub(super) T);

/// The query.
pub(super) struct Asked<T>(pub(super) T);

/// The JSON body.
pub(super) struct Given<T>(pub(super) T);

impl<T: DeserializeOwned + Send> FromRequestParts<App> for Named<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let found = Path::from_request_parts(parts, app).await;
        found.map(|Path(name)| Self(name)).map_err(|_| Problem::absent())
    }
}

impl<T: DeserializeOwned> FromRequestParts<App> for Asked<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Problem> {
        let query = Query::try_from_uri(&parts.uri);
        query.map(|Query(query)| Self(query)).map_err(|rejection| of_query(&rejection.body_text()))
    }
}

impl<T: DeserializeOwned> FromRequest<App> for Given<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &App) -> Result<Self, Problem> {
        let bytes = json_bytes(request, app).await?;
        parse(&bytes).map(Self)
    }
}

/// The bytes of a body that says that it is JSON.
pub(super) async fn json_bytes(request: Request, app: &App) -> Result<Bytes, Problem> {
    if !is_json(request.headers()) {
        let told = "send Content-Type: application/json";
        return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, told));
    }
    Bytes::from_request(request, app).await.map_err(|rejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "the body is too large"),
        _ => Problem::malformed("the body did not arrive whole"),
    })
}

/// Reads a body: every field is known, and what is wrong is named.
pub(super) fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let (mut reader, mut track) = (serde_json::Deserializer::from_slice(bytes), Track::new());
    let read = object(serde_path_to_error::Deserializer::new(&mut reader, &mut track));
    let value = read.map_err(|error: serde_json::Error| {
        if error.is_data() {
            of_text(&without_values(&error.to_string()), &track.path().to_string())
        } else {
            Problem::malformed("the body is not JSON")
        }
    })?;
    reader.end().map_err(|_| Problem::malformed("something follows the JSON in the body"))?;
    Ok(value)
}

/// Reads a structure from an object alone: from an array its fields would be taken in their order, and one that came to be an
/// administrator's account was meant as something else.
pub(super) fn object<'de, D: Deserializer<'de>, T: Deserialize<'de>>(from: D) -> Result<T, D::Error> {
    from.deserialize_map(Fields(PhantomData))
}

struct Fields<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Fields<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, fields: A) -> Result<T, A::Error> {
        T::deserialize(MapAccessDeserializer::new(fields))
    }
}

/// What is wrong with a query: the reader's own words are of a program's types.
fn of_query(message: &str) -> Problem {
    let message = message.rsplit_once("query string: ").map_or(message, |(_, told)| told);
    match message.split_once(": ") {
        Some((field, told)) if told.contains("`true` or `false`") => {
            Problem::malformed("this must be true or false").about(field)
        }
        Some((field, told)) if ["digit", "integer", "number"].iter().any(|word| told.contains(word)) => {
            Problem::malformed("this must be a whole number, and none below 0").about(field)
        }
        Some((field, told)) => of_text(told, field),
        None => of_text(message, "."),
    }
}

/// The error of a parser: the field stands in its path, or in the message where it is the name that is wrong.
fn of_text(message: &str, place: &str) -> Problem {
    let named = message.split('`').nth(1).filter(|_| NAMES.iter().any(|start| message.contains(start)));
    let field = match (named, place) {
        (Some(name), ".") => name.to_owned(),
        // A parser is still at the field whose name it does not know.
        (Some(name), place) if place == name || place.ends_with(&format!(".{name}")) => place.to_owned(),
        (Some(name), place) => format!("{place}.{name}"),
        (None, place) => place.to_owned(),
    };
    let problem = Problem::malformed(message.to_owned());
    if field == "." { problem } else { problem.about(&field) }
}

/// A value of a wrong type stands in the message of the parser, and may be a secret.
fn without_values(message: &str) -> String {
    match message.split_once("invalid type: ").and_then(|(_, rest)| rest.rsplit_once(", expected ")) {
        Some((_, expected)) => format!("this must be {expected}"),
        None if message.starts_with("invalid value") => "this value cannot be".into(),
        None => message.to_owned(),
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let named = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let media = named.split(';').next().unwrap_or_default().trim();
    media.eq_ignore_ascii_case("application/json")
}

const NAMES: [&str; 3] = ["unknown field", "missing field", "duplicate field"];
