//! A refusal as an HTTP answer, of no framework: status, header fields, body.

use crate::{builder::Config, rejection::Problem};
use countersign_core::percent;
use serde::ser::{SerializeMap, Serializer};
use std::borrow::Cow;

/// The scheme and the realm of every challenge, the realm as a quoted string.
pub(crate) fn challenge(realm: &str) -> String {
    let realm = realm.replace('\\', "\\\\").replace('"', "\\\"");
    format!("OAuth realm=\"{realm}\"")
}

/// The challenge that names what is wrong.
pub(crate) fn with_problem(challenge: &str, code: &str) -> String {
    [challenge, ", oauth_problem=\"", code, "\""].concat()
}

/// What is sent back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// Header fields, names in lower case.
    pub fields: Vec<(&'static str, Cow<'static, str>)>,
    /// The body.
    pub body: String,
    /// The code of a refusal, as the client is told it.
    pub problem: Option<&'static str>,
}

/// Who is answered: it decides the form of the body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// A client at one of the OAuth endpoints: form-encoded, unless it asks for JSON alone.
    Endpoint,
    /// A client at a protected resource: RFC 9457 problem details.
    Resource,
}

impl Answer {
    /// A success at an endpoint: always form-encoded.
    pub(crate) fn form(pairs: &[(&str, &str)]) -> Self {
        let mut fields = safe_fields();
        fields.push(("content-type", FORM.into()));
        Self { status: 200, fields, body: form_encoded(pairs.iter().copied()), problem: None }
    }

    pub(crate) fn refusal(
        problem: &Problem,
        audience: Audience,
        accept: Option<&str>,
        config: &Config,
    ) -> Self {
        let uniform = config.uniform_errors && problem.status() == 401;
        let told = Told {
            status: problem.status(),
            code: if uniform { "signature_invalid" } else { problem.code() },
            advice: if uniform { UNIFORM.into() } else { problem.advice() },
            details: if uniform { None } else { problem.details() },
        };
        let mut fields = safe_fields();
        if told.status == 401 {
            fields.push(("www-authenticate", with_problem(&config.challenge, told.code).into()));
        }
        match problem {
            Problem::MethodNotAllowed(allowed) => fields.push(("allow", allowed.clone())),
            Problem::RateLimited(seconds) => fields.push(("retry-after", seconds.to_string().into())),
            Problem::StoreUnavailable => fields.push(("retry-after", "1".into())),
            _ => {}
        }
        let help = [config.reach.public.as_str(), "/help/", told.code].concat();
        let json = audience == Audience::Resource || accept.is_some_and(asks_for_json);
        let (media_type, body) =
            if json { (PROBLEM, told.problem_json(&help)) } else { (FORM, told.form(&help)) };
        fields.push(("content-type", media_type.into()));
        Self { status: told.status, fields, body, problem: Some(told.code) }
    }
}

impl Answer {
    /// Says when to try again, where it is known better than by the problem alone.
    pub(crate) fn after(mut self, seconds: u64) -> Self {
        for (name, value) in &mut self.fields {
            if *name == "retry-after" {
                *value = seconds.to_string().into();
            }
        }
        self
    }
}

struct Told<'p> {
    status: u16,
    code: &'static str,
    advice: Cow<'p, str>,
    details: Option<(&'static str, String)>,
}

impl Told<'_> {
    fn form(&self, help: &str) -> String {
        let fixed = [
            ("oauth_problem", self.code),
            ("oauth_problem_advice", &self.advice),
            ("oauth_problem_help", help),
        ];
        let details = self.details.iter().map(|(name, value)| (*name, value.as_str()));
        form_encoded(fixed.into_iter().chain(details))
    }

    fn problem_json(&self, help: &str) -> String {
        let mut body = Vec::with_capacity(256 + help.len() + self.advice.len());
        let mut json = serde_json::Serializer::new(&mut body);
        let written = json.serialize_map(None).and_then(|mut object| {
            object.serialize_entry("type", help)?;
            object.serialize_entry("title", &self.code.replace('_', " "))?;
            object.serialize_entry("status", &self.status)?;
            object.serialize_entry("detail", &self.advice)?;
            object.serialize_entry("oauth_problem", self.code)?;
            if let Some((name, value)) = &self.details {
                object.serialize_entry(name, value)?;
            }
            object.end()
        });
        // OK because a buffer takes whatever is written, and JSON is UTF-8
        written.ok().and_then(|()| String::from_utf8(body).ok()).unwrap_or_default()
    }
}

/// An `Accept` that names a JSON type, and would not take just anything.
fn asks_for_json(accept: &str) -> bool {
    let mut types = accept.split(',').map(|one| one.split(';').next().unwrap_or_default().trim());
    let json = |one: &str| {
        one.eq_ignore_ascii_case("application/json") || one.to_ascii_lowercase().ends_with("+json")
    };
    types.clone().any(json) && !types.any(|one| one == "*/*")
}

fn form_encoded<'a>(pairs: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    let pairs: Vec<_> =
        pairs.map(|(name, value)| [&percent::encode(name), "=", &percent::encode(value)].concat()).collect();
    pairs.join("&")
}

fn safe_fields() -> Vec<(&'static str, Cow<'static, str>)> {
    let mut fields = Vec::with_capacity(4);
    fields.extend([("cache-control", "no-store".into()), ("x-content-type-options", "nosniff".into())]);
    fields
}

const FORM: &str = "application/x-www-form-urlencoded";
const PROBLEM: &str = "application/problem+json";
const UNIFORM: &str = "the request was not authorised; the server does not say why";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_for_those_who_ask_for_nothing_else() {
        for (accept, json) in [
            ("application/json", true),
            ("application/problem+json, text/plain;q=0.5", true),
            ("application/json, */*", false),
            ("*/*", false),
            ("text/html", false),
            ("", false),
        ] {
            assert_eq!(asks_for_json(accept), json, "{accept}");
        }
    }
}
