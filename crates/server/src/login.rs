//! Sign in and out with a local account.

use crate::{
    app::App,
    audit::{Asked, Event},
    config::SignUp,
    names::LONGEST,
    pages::{self, PageForm, PageQuery, Visitor, error::page_error},
    password,
    sign_in::{self, oidc::Issuer, proxy::Named},
    words::text,
};
use axum::{
    Extension,
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use countersign_core::{Secret, percent};
use countersign_provider::{Clock, System};
use countersign_store::{AuditEntry, StoreError};
use serde::Deserialize;
use serde_json::json;

/// Where to go after signing in.
#[derive(Debug, Deserialize)]
pub(crate) struct Onward {
    #[serde(default)]
    next: String,
}

/// The sign-in form.
#[derive(Deserialize)]
pub(crate) struct Credentials {
    username: String,
    password: String,
    #[serde(default)]
    next: String,
    #[serde(default)]
    csrf: String,
}

/// The sign-out form.
#[derive(Deserialize)]
pub(crate) struct Leaving {
    #[serde(default)]
    next: String,
    #[serde(default)]
    csrf: String,
}

/// The sign-in page; whom a proxy names is signed in by now and goes on.
pub(crate) async fn show(
    State(app): State<App>,
    named: Option<Extension<Named>>,
    PageQuery(onward): PageQuery<Onward>,
    headers: HeaderMap,
) -> Response {
    if named.is_some() {
        return pages::see(&[&app.base, safe_path(&onward.next)].concat());
    }
    form(&app, &headers, StatusCode::OK, json!({ "next": safe_path(&onward.next), "username": "" }))
}

/// Checks name and password; begins a session under a new identifier.
pub(crate) async fn sign_in(
    State(app): State<App>,
    Extension(visitor): Extension<Visitor>,
    headers: HeaderMap,
    PageForm(given): PageForm<Credentials>,
) -> Response {
    if let Some(refusal) = unfit(&app, &headers, &given) {
        return refusal;
    }
    let next = safe_path(&given.next).to_owned();
    let retry = |error: &'static str, wait: Option<u64>| json!({ "next": next, "username": given.username, "error": text(error), "wait_seconds": wait });

    let (name, now) = (given.username.as_str(), System.now());
    if let Err(wait) = app.throttle.attempt(name, visitor.0, now) {
        return too_many(&app, &headers, wait, retry("too-many-attempts", Some(wait)));
    }
    let account = match app.stores.rows.account(name).await {
        Ok(account) => account,
        Err(error) => return pages::error::store(&app, &error),
    };
    let known = account.is_some().then_some(name);
    let account = account.filter(|account| !account.disabled);
    let hash = account.and_then(|account| account.password_hash);
    if !password::verify(given.password.clone(), hash.clone()).await {
        let locks_out = app.throttle.failed(name, visitor.0);
        app.audit.wrong_password(known, visitor.0, Asked::AtSignIn, locks_out, now);
        return form(&app, &headers, StatusCode::UNAUTHORIZED, retry("sign-in-wrong", None));
    }
    app.throttle.succeeded(name, visitor.0);
    match begun(&app, &headers, visitor, name, hash).await {
        Ok(None) => form(&app, &headers, StatusCode::UNAUTHORIZED, retry("sign-in-wrong", None)),
        Ok(Some(cookie)) => {
            sign_in::noted(&app, visitor, name, sign_in::BY_PASSWORD);
            onward(&app, &next, cookie)
        }
        Err(error) => pages::error::store(&app, &error),
    }
}

/// Begins a session, unless the password is another one by now.
///
/// # Security
///
/// Passwords wait in a queue. Whoever changes one ends all sessions, but none that begins a moment later by the old one: so it is looked at again once
/// the session is there, and from then on any change ends it.
async fn begun(
    app: &App,
    headers: &HeaderMap,
    visitor: Visitor,
    name: &str,
    hash: Option<Secret>,
) -> Result<Option<HeaderValue>, StoreError> {
    let cookie = app.begin_session(headers, visitor, name).await?;
    let now = app.stores.rows.account(name).await?.and_then(|account| account.password_hash);
    if now.as_ref().map(Secret::expose) == hash.as_ref().map(Secret::expose) {
        return Ok(Some(cookie));
    }
    app.stores.rows.end_sessions_of(name).await?;
    Ok(None)
}

/// What is said to a form that is looked at no further.
fn unfit(app: &App, headers: &HeaderMap, given: &Credentials) -> Option<Response> {
    if !app.sent_by_us(headers, &given.csrf) {
        return Some(pages::error::forged_at(app, &form_at(&given.next), "ways-to-sign-in"));
    }
    if !app.config.sign_in.password {
        return Some(page_error(app, StatusCode::FORBIDDEN, "ways-no-password"));
    }
    let too_long = given.username.len() > LONGEST;
    too_long.then(|| page_error(app, StatusCode::BAD_REQUEST, "sign-in-name-too-long"))
}

/// Ends the session; whom a proxy names is told that it will begin another one.
pub(crate) async fn sign_out(
    State(app): State<App>,
    named: Option<Extension<Named>>,
    Extension(visitor): Extension<Visitor>,
    headers: HeaderMap,
    PageForm(leaving): PageForm<Leaving>,
) -> Response {
    let ended = match app.session(&headers).await {
        Ok(Some(session))
            if !session.csrf.matches(&leaving.csrf) || !pages::is_same_origin(&app, &headers) =>
        {
            return pages::error::forged(&app);
        }
        Ok(session) => app.end_session(&headers).await.inspect(|_| {
            if let Some(session) = session {
                app.audit.append(noted(&session.account, visitor, Event::SignedOut));
            }
        }),
        Err(error) => Err(error),
    };
    match ended {
        Ok(cookie) if leaving.next.is_empty() => {
            let values =
                json!({ "by_proxy": named.is_some(), "sign_out": app.config.sign_in.proxy_sign_out });
            let mut response = app.pages.show(StatusCode::OK, "signed_out.html", values, None);
            response.headers_mut().insert(header::SET_COOKIE, cookie);
            response
        }
        Ok(cookie) => onward(&app, safe_path(&leaving.next), cookie),
        Err(error) => pages::error::store(&app, &error),
    }
}

/// The sign-in page that leads on to a path.
pub(crate) fn form_at(next: &str) -> String {
    format!("/login?next={}", percent::encode(safe_path(next)))
}

/// What somebody did to an account of their own.
pub(crate) fn noted(account: &str, Visitor(address): Visitor, event: Event) -> AuditEntry {
    AuditEntry {
        owner: Some(account.into()),
        address: address.map(|address| address.to_string()),
        ..AuditEntry::new(System.now(), event)
    }
}

fn too_many(app: &App, headers: &HeaderMap, wait: u64, context: serde_json::Value) -> Response {
    let mut response = form(app, headers, StatusCode::TOO_MANY_REQUESTS, context);
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(wait));
    response
}

fn form(app: &App, headers: &HeaderMap, status: StatusCode, mut context: serde_json::Value) -> Response {
    let (csrf, cookie) = app.form_cookie(headers);
    context["csrf"] = csrf.into();
    context["sign_up"] = (app.config.sign_up == SignUp::Open).into();
    context["onward"] = percent::encode(context["next"].as_str().unwrap_or_default()).into();
    context["by_password"] = app.config.sign_in.password.into();
    context["issuers"] = app.issuers.iter().map(Issuer::button).collect();
    let mut response = app.pages.show(status, "login.html", context, None);
    response.headers_mut().insert(header::SET_COOKIE, cookie);
    response
}

/// To a path of ours, with the cookie of a session.
pub(crate) fn onward(app: &App, path: &str, cookie: HeaderValue) -> Response {
    let target = [&app.base, path].concat();
    (
        [(header::SET_COOKIE, cookie), (header::CACHE_CONTROL, HeaderValue::from_static("no-store"))],
        Redirect::to(&target),
    )
        .into_response()
}

/// A path of this site, or its home page: never a way to another one.
pub(crate) fn safe_path(next: &str) -> &str {
    let ours = next.starts_with('/')
        && !next.starts_with("//")
        && next.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    if ours { next } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{config::Config, stores::Stores};
    use countersign_store::{Account, Outcome};

    #[test]
    fn open_redirects_after_sign_in_are_refused() {
        for bad in [
            "",
            "//evil",
            "https://evil",
            "/\\evil",
            "\\\\evil",
            "javascript:x",
            "/a\r\nb",
            "/ü",
            " /x",
            "/\t/evil",
        ] {
            assert_eq!(safe_path(bad), "/", "{bad:?}");
        }
        assert_eq!(safe_path("/oauth/authorize?oauth_token=a%2F"), "/oauth/authorize?oauth_token=a%2F");
    }

    #[tokio::test]
    async fn old_password_that_waited_in_the_queue_begins_no_session_after_its_change() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut config = Config { insecure_http: true, ..Config::default() };
        config.database.url = format!("sqlite:{}", folder.path().join("login.db").display());
        let stores = Stores::open(&config, None).await.expect("stores");
        let app = App::new(config, stores).expect("an app");
        let rows = &app.stores.rows;
        let [old, new] = ["old", "new"].map(Secret::from);
        let (name, password_hash) = ("jane".to_owned(), Some(old.clone()));
        let jane = Account { name, password_hash, admin: false, disabled: false, created: System.now() };
        rows.add_account(&jane).await.expect("an account");
        assert_eq!(rows.set_password("jane", &new).await.expect("a store"), Outcome::Done);

        let headers = HeaderMap::new();
        let begin = |hash| begun(&app, &headers, Visitor(None), "jane", Some(hash));
        let sessions = async || rows.sessions_of("jane", System.now()).await.expect("a store").len();
        assert_eq!(begin(old).await.expect("a store"), None);
        assert_eq!(sessions().await, 0);
        assert!(begin(new).await.expect("a store").is_some());
        assert_eq!(sessions().await, 1);
    }
}
