//! From what a page is to show to the page itself, in the language of whoever asked.
//!
//! A handler does not know that language and need not: its answer carries the page's name and values, and one layer around
//! all routes renders them.

use crate::{
    app::App,
    rfc3339,
    words::{Asked, Language, Text, Unsaid, bdi, code, escaped},
};
use axum::{
    body::Body,
    extract::{Request, State},
    http::{HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use fluent_bundle::{FluentArgs, FluentValue};
use minijinja::{
    Environment, Error, ErrorKind,
    value::{Kwargs, Serde, Value, ValueKind},
};
use serde_json::Value as Json;
use std::{collections::BTreeMap, sync::Arc};
use time::OffsetDateTime;

/// What a page is to show: in the extensions of an answer without a body.
#[derive(Clone)]
pub(super) struct Page {
    pub(super) name: &'static str,
    pub(super) values: Json,
}

/// Beside a page: where it leads on to, whose link may say a language that the request could not.
#[derive(Clone)]
struct Toward(String);

/// The page, in the language of the path that it leads on to.
pub(crate) fn toward(mut page: Response, path: &str) -> Response {
    page.extensions_mut().insert(Toward(path.to_owned()));
    page
}

/// Renders the page that an answer carries, if it carries one.
pub(crate) async fn spoken(State(app): State<App>, request: Request, next: Next) -> Response {
    let mut asked = Asked::of(request.uri(), request.headers());
    let mut response = next.run(request).await;
    let Some(page) = response.extensions_mut().remove::<Page>() else { return response };
    if let Some(Toward(path)) = response.extensions_mut().remove() {
        asked = asked.toward(&path);
    }
    let language = app.pages.words.choose(&asked);
    let named = asked.named(&[app.pages.words.languages()[language].tag()]).map(ToOwned::to_owned);
    match app.pages.rendered(language, page.name, page.values, named.as_deref()) {
        Ok(html) => in_language(response, &app.pages.words.languages()[language], html),
        Err(error) => {
            tracing::error!(%error, name = page.name, "a page does not render");
            (StatusCode::INTERNAL_SERVER_ERROR, "this page cannot be shown\n").into_response()
        }
    }
}

fn in_language(mut response: Response, language: &Language, html: String) -> Response {
    let fields = response.headers_mut();
    fields.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    // OK because a language's name is letters, digits and hyphens
    if let Ok(tag) = HeaderValue::try_from(language.tag()) {
        fields.insert(header::CONTENT_LANGUAGE, tag);
    }
    fields.append(header::VARY, HeaderValue::from_static("Accept-Language"));
    *response.body_mut() = Body::from(html);
    response
}

/// Gives the templates of a language its words.
pub(super) fn teach(templates: &mut Environment<'static>, language: &Arc<Language>, strict: bool) {
    templates.add_global("lang", language.tag());
    templates.add_global("dir", language.direction());
    let speaking = Arc::clone(language);
    templates.add_function("t", move |id: &str, arguments: Kwargs| -> Result<Value, Error> {
        let said = speaking.say(id, &told(&arguments)?);
        said_or_named(said, id, strict)
    });
    let speaking = Arc::clone(language);
    templates.add_function("parts", move |id: &str, part: &str| -> Vec<Value> {
        speaking.parts(id, part).into_iter().map(Value::from_safe_string).collect()
    });
    let speaking = Arc::clone(language);
    templates.add_filter("time", move |seconds: i64| moment(&speaking, "time", seconds));
    let speaking = Arc::clone(language);
    templates.add_filter("second", move |seconds: i64| moment(&speaking, "time-to-the-second", seconds));
    templates.add_filter("bdi", |value: Value| Value::from_safe_string(bdi(&html(&value))));
    templates.add_filter("code", |value: Value| Value::from_safe_string(code(&html(&value))));
}

/// The words, or the message's name where there are none: a page with a gap is better than no page.
fn said_or_named(said: Result<String, Unsaid>, id: &str, strict: bool) -> Result<Value, Error> {
    match said {
        Ok(said) => Ok(Value::from_safe_string(said)),
        Err(Unsaid::Missing) if strict => {
            Err(Error::new(ErrorKind::InvalidOperation, format!("there is no message `{id}`")))
        }
        Err(Unsaid::Broken(why)) if strict => {
            Err(Error::new(ErrorKind::InvalidOperation, format!("the message `{id}` cannot be said: {why}")))
        }
        Err(why) => {
            tracing::error!(id, ?why, "a message cannot be said");
            Ok(Value::from(id))
        }
    }
}

/// What a template gives a message: text is escaped, unless it is markup of the template's own.
fn told(arguments: &Kwargs) -> Result<FluentArgs<'static>, Error> {
    let mut told = FluentArgs::new();
    for name in arguments.args() {
        let value: Value = arguments.get(name)?;
        let argument: FluentValue<'static> = match (value.kind(), i64::try_from(value.clone())) {
            (ValueKind::Number, Ok(number)) => number.into(),
            _ => html(&value).into(),
        };
        told.set(name.to_owned(), argument);
    }
    Ok(told)
}

fn html(value: &Value) -> String {
    let text = value.to_string();
    if value.is_safe() { text } else { escaped(&text).into_owned() }
}

/// The values of a page, its messages as words of the language.
pub(super) fn in_words(language: &Language, json: Json, strict: bool) -> Result<Value, Error> {
    Ok(match json {
        Json::Object(map) => match Text::of(&map) {
            Some(text) => said_or_named(text.in_language(language), text.id(), strict)?,
            None => {
                let pairs = map.into_iter().map(|(key, value)| Ok((key, in_words(language, value, strict)?)));
                pairs.collect::<Result<BTreeMap<String, Value>, Error>>()?.into()
            }
        },
        Json::Array(list) => {
            let values = list.into_iter().map(|value| in_words(language, value, strict));
            values.collect::<Result<Vec<_>, _>>()?.into()
        }
        plain => Value::from(Serde(plain)),
    })
}

/// `<time>` for seconds since 1970, in the words of a message: in UTC, since a page without scripts does not know where it is read.
fn moment(language: &Language, id: &str, seconds: i64) -> Value {
    let say = |id, arguments| said_or_named(language.say(id, &arguments), id, false).unwrap_or_default();
    let Ok(at) = OffsetDateTime::from_unix_timestamp(seconds) else {
        return say("time-beyond", FluentArgs::new());
    };
    let date = at.date();
    let mut arguments = FluentArgs::new();
    let month = u8::from(date.month());
    for (name, digits) in [
        ("year", date.year().to_string()),
        ("month", format!("{month:02}")),
        ("day", format!("{:02}", date.day())),
        ("hour", format!("{:02}", at.hour())),
        ("minute", format!("{:02}", at.minute())),
        ("second", format!("{:02}", at.second())),
    ] {
        arguments.set(name, digits);
    }
    let words = say(id, arguments);
    Value::from_safe_string(format!("<time datetime=\"{}\">{words}</time>", rfc3339::written(at)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::Words;

    #[test]
    fn a_time_is_told_to_the_minute_and_to_machines_to_the_second() {
        let words = Words::with(&[]).expect("messages of ours");
        let told = |at: usize, seconds| moment(&words.languages()[at], "time", seconds).to_string();
        let machine = "<time datetime=\"2027-01-15T08:00:09Z\">";
        assert_eq!(told(0, 1_800_000_009), format!("{machine}2027-01-15 08:00\u{a0}UTC</time>"));
        assert_eq!(told(1, 1_800_000_009), format!("{machine}15.01.2027, 08:00\u{a0}UTC</time>"));
        assert_eq!(told(0, i64::MAX), "long from now");
        let second =
            |at: usize| moment(&words.languages()[at], "time-to-the-second", 1_800_000_009).to_string();
        assert_eq!(second(0), format!("{machine}2027-01-15 08:00:09\u{a0}UTC</time>"));
        assert_eq!(second(1), format!("{machine}15.01.2027, 08:00:09\u{a0}UTC</time>"));
    }
}
