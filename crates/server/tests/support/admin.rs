//! A program that administrates: an API key, and requests with JSON in and out.

use super::{
    http::{Answer, Request},
    place::Place,
    server::Server,
};
use serde_json::Value;

/// Where the API is.
pub(crate) const ROOT: &str = "/admin/api/v1";
/// Every scope there is.
pub(crate) const SCOPES: [&str; 11] = [
    "applications:read",
    "applications:write",
    "accounts:read",
    "accounts:write",
    "api_keys:read",
    "api_keys:write",
    "tokens:read",
    "tokens:write",
    "challenges",
    "audit:read",
    "usage:read",
];

/// A key of these scopes.
pub(crate) fn key(place: &Place, scopes: &[&str], flags: &[&str]) -> String {
    let mut arguments = vec!["api-key", "new", "--json", "--name", "Tests"];
    scopes.iter().for_each(|scope| arguments.extend(["--scope", scope]));
    arguments.extend(flags);
    place.done(&arguments, "").json()["api_key"].as_str().expect("a key").to_owned()
}

/// A server with the API switched on.
pub(crate) fn server(place: &Place) -> Server {
    place.server().set("COUNTERSIGN_ADMIN_API_ENABLED", "true").start()
}

/// Requests with one key.
pub(crate) struct Admin<'a> {
    pub(crate) server: &'a Server,
    pub(crate) key: &'a str,
}

impl Admin<'_> {
    pub(crate) fn request(&self, method: &str, path: &str) -> Request {
        Request::new(method, &format!("{ROOT}{path}")).field("Authorization", &format!("Bearer {}", self.key))
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        self.request("GET", path).send(self.server)
    }

    pub(crate) fn act(&self, method: &str, path: &str) -> Answer {
        self.request(method, path).send(self.server)
    }

    pub(crate) fn send(&self, method: &str, path: &str, body: &Value) -> Answer {
        with(self.request(method, path), body).send(self.server)
    }

    /// Registers an application of that name, and gives its identifier.
    pub(crate) fn application(&self, name: &str, more: &Value) -> String {
        let mut body =
            serde_json::json!({ "settings": { "name": name, "allow_oob": true, "scopes": ["photos"] } });
        for (field, value) in more.as_object().into_iter().flatten() {
            body[field] = value.clone();
        }
        let made = json(&self.send("POST", "/applications", &body).expect(201));
        made["application"]["client_id"].as_str().expect("an identifier").to_owned()
    }
}

/// The request with a JSON body.
pub(crate) fn with(mut request: Request, body: &Value) -> Request {
    request.body = body.to_string().into();
    request.field("Content-Type", "application/json")
}

#[track_caller]
pub(crate) fn json(answer: &Answer) -> Value {
    serde_json::from_str(&answer.body).unwrap_or_else(|error| panic!("{error}: {}", answer.body))
}

impl Answer {
    /// Asserts a problem document of that status about that field.
    #[track_caller]
    pub(crate) fn problem_about(self, status: u16, field: Option<&str>) -> Self {
        let answer = self.expect(status);
        assert_eq!(answer.field("content-type"), Some("application/problem+json"));
        let document = json(&answer);
        assert_eq!(
            (document["status"].as_u64(), document["field"].as_str()),
            (Some(status.into()), field),
            "{document}"
        );
        assert!(document["detail"].as_str().is_some_and(|detail| !detail.is_empty()), "{document}");
        answer
    }
}
