//! Who asks for what, and the owner's answer ([RFC 5849 §2.2](https://www.rfc-editor.org/rfc/rfc5849#section-2.2)).

use super::{
    PageForm, PageQuery, Refused, Visitor, error::page_error, is_same_origin, see, signed_in, to_sign_in,
    twice::Answered, verifier,
};
use crate::{
    app::App,
    pages,
    session::{Session, hash},
    words::{preferred, text},
};
use axum::{
    Extension,
    extract::{OriginalUri, State},
    http::{HeaderMap, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use countersign_core::percent;
use countersign_provider::{Next, Pending};
use countersign_store::ResourceOwner;
use serde::Deserialize;
use serde_json::{Value, json};
use std::net::IpAddr;

#[derive(Debug, Deserialize)]
pub(crate) struct Asked {
    #[serde(default)]
    oauth_token: String,
}

#[derive(Deserialize)]
pub(crate) struct Decision {
    #[serde(default)]
    oauth_token: String,
    #[serde(default)]
    decision: String,
    #[serde(default)]
    csrf: String,
}

/// The page; whoever is not signed in is sent to sign in first.
pub(crate) async fn show(
    State(app): State<App>,
    OriginalUri(uri): OriginalUri,
    PageQuery(asked): PageQuery<Asked>,
    headers: HeaderMap,
) -> Response {
    if let Err(refused) = check_named(&app, &asked.oauth_token) {
        return refused.into_response();
    }
    let here = question(&uri, &asked.oauth_token);
    let session = match app.session(&headers).await {
        Ok(Some(session)) => session,
        Ok(None) => return to_sign_in(&app, &here),
        Err(error) => return pages::error::store(&app, &error),
    };
    let pending = match app.provider.pending(&asked.oauth_token).await {
        Ok(pending) => pending,
        Err(rejection) => return pages::error::rejected(&app, &rejection),
    };
    match home_page(&app, &session, &pending, &here).await {
        Ok(home_page) => page(&app, &session, &pending, home_page.as_deref(), (uri.path(), &here)),
        Err(response) => *response,
    }
}

/// The answer.
pub(crate) async fn answer(
    State(app): State<App>,
    OriginalUri(uri): OriginalUri,
    Extension(Visitor(address)): Extension<Visitor>,
    headers: HeaderMap,
    PageForm(given): PageForm<Decision>,
) -> Response {
    let session = match app.session(&headers).await {
        Ok(Some(session)) => session,
        // The session ended while the question was open: it is asked again after the sign-in.
        Ok(None) if !given.oauth_token.is_empty() && is_told_to_be_ours(&app, &headers) => {
            return to_sign_in(&app, &question(&uri, &given.oauth_token));
        }
        Ok(None) => return page_error(&app, StatusCode::FORBIDDEN, "error-signed-out"),
        Err(error) => return pages::error::store(&app, &error),
    };
    if !session.csrf.matches(&given.csrf) || !is_same_origin(&app, &headers) {
        return pages::error::forged(&app);
    }
    if given.oauth_token.is_empty() {
        return incomplete(&app);
    }
    let grants = match given.decision.as_str() {
        "grant" => true,
        "deny" => false,
        _ => return page_error(&app, StatusCode::BAD_REQUEST, "consent-choose"),
    };
    let sent = hash(&[session.csrf.expose(), &given.decision, &given.oauth_token].join(":"));
    let here = question(&uri, &given.oauth_token);
    let (its_app, whose) = (app.clone(), session.clone());
    let decided = async move { decide(&its_app, &whose, &given.oauth_token, &here, address, grants).await };
    match app.answers.once(&app, sent, decided).await {
        Ok(answered) => told(&app, Some(&session), &uri, answered),
        Err(response) => *response,
    }
}

/// What whoever is signed in answers.
async fn decide(
    app: &App,
    session: &Session,
    token: &str,
    here: &str,
    address: Option<IpAddr>,
    grants: bool,
) -> Result<Answered, Box<Response>> {
    let pending = app.provider.pending(token).await;
    let pending = pending.map_err(|rejection| Box::new(pages::error::rejected(app, &rejection)))?;
    home_page(app, session, &pending, here).await?;
    let owner = ResourceOwner::from(session.account.as_str());
    answered(app, pending.answered_from(address), grants.then(|| owner.clone()), Some(owner)).await
}

/// An answer: that owner grants, or nobody does; if it is known, whoever denies.
pub(crate) async fn answered(
    app: &App,
    pending: Pending,
    owner: Option<ResourceOwner>,
    denier: Option<ResourceOwner>,
) -> Result<Answered, Box<Response>> {
    let (client, seconds) = (pending.client().name.clone(), pending.expires_in());
    let next = match (owner, denier) {
        (Some(owner), _) => pending.grant(owner).await,
        (None, Some(denier)) => pending.deny_by(denier).await,
        (None, None) => pending.deny().await,
    };
    let next = next.map_err(|rejection| Box::new(pages::error::rejected(app, &rejection)))?;
    Ok(Answered { next, client, seconds })
}

/// What follows it, in the language that `uri` asks for.
pub(crate) fn told(app: &App, session: Option<&Session>, uri: &Uri, answered: Answered) -> Response {
    match answered.next {
        Next::Redirect(url) => see(&url),
        Next::ShowVerifier(code) => verifier::show(app, session, &answered.client, &code, answered.seconds),
        Next::ShowDenied => see(&format!("{}/denied{}", app.base, language(uri, '?'))),
    }
}

/// That a link says which request for access it belongs to.
pub(crate) fn check_named(app: &App, token: &str) -> Result<(), Refused> {
    // What is not UTF-8 was replaced on the way in: no request has such a name.
    if token.contains(char::REPLACEMENT_CHARACTER) {
        return Err(page_error(app, StatusCode::BAD_REQUEST, "error-address-incomplete").into());
    }
    if token.is_empty() { Err(incomplete(app).into()) } else { Ok(()) }
}

/// Where to read more of who asks; an answer where nobody but another owner may allow it anything.
async fn home_page(
    app: &App,
    session: &Session,
    pending: &Pending,
    here: &str,
) -> Result<Option<String>, Box<Response>> {
    let found = app.stores.rows.application(&pending.client().id).await;
    let found = found.map_err(|error| Box::new(pages::error::store(app, &error)))?;
    let Some(profile) = found.map(|found| found.profile) else { return Ok(None) };
    if profile.owner_only && profile.owner.as_deref() != Some(&*session.account) {
        return Err(Box::new(owners_alone(app, session, here)));
    }
    Ok(profile.home_page)
}

/// Leads back to the same question as another account: nobody knows which one that is.
fn owners_alone(app: &App, session: &Session, here: &str) -> Response {
    let values = json!({
        "status": 403,
        "title": text("error-stopped"),
        "message": text("consent-owner-only"),
        "switch_to": here,
    });
    signed_in::page(app, session, StatusCode::FORBIDDEN, "error.html", values)
}

fn page(
    app: &App,
    session: &Session,
    pending: &Pending,
    home_page: Option<&str>,
    (path, here): (&str, &str),
) -> Response {
    let destination = pending.destination();
    let values: Value = json!({
        "client_name": pending.client().name,
        "client_uri": home_page,
        "scopes": in_words(app, pending.scopes()),
        "destination": destination,
        "token": pending.token(),
        "account": session.account,
        "csrf": session.csrf.expose(),
        "action": format!("{}{path}", app.base),
        "next": here,
    });
    app.pages.show(StatusCode::OK, "consent.html", values, destination.as_deref().map(form_source).as_deref())
}

/// Whether the browser says that a page of ours sent the form: without a session nothing else can show it.
fn is_told_to_be_ours(app: &App, headers: &HeaderMap) -> bool {
    let says = headers.contains_key(header::ORIGIN) || headers.contains_key("sec-fetch-site");
    says && is_same_origin(app, headers)
}

/// The address of a question, in the language that its link asks for.
fn question(uri: &Uri, token: &str) -> String {
    format!("{}?oauth_token={}{}", uri.path(), percent::encode(token), language(uri, '&'))
}

/// The language that a link asks for, to be put behind that mark into another one.
fn language(uri: &Uri, mark: char) -> String {
    let said = |named: String| format!("{mark}xoauth_lang_pref={}", percent::encode(&named));
    preferred(uri).map(said).unwrap_or_default()
}

/// Scopes with what the configuration says that they mean.
pub(super) fn in_words(app: &App, scopes: &[String]) -> Vec<Value> {
    scopes.iter().map(|scope| json!({ "name": scope, "description": app.config.meaning(scope) })).collect()
}

/// The redirect that follows the form, as the policy's `form-action` names it: a browser applies it to redirects too.
///
/// An address in brackets has no form that browsers match, and another scheme's rest could end the directive: both are
/// named by their scheme.
fn form_source(destination: &str) -> String {
    let (scheme, rest) = destination.split_once(':').unwrap_or((destination, ""));
    let named = (scheme == "http" || scheme == "https") && !rest.contains('[');
    if named { destination.to_owned() } else { format!("{scheme}:") }
}

fn incomplete(app: &App) -> Response {
    page_error(app, StatusCode::BAD_REQUEST, "consent-incomplete")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_destination_cannot_end_the_directive() {
        assert_eq!(form_source("https://printer.example.com:8443"), "https://printer.example.com:8443");
        assert_eq!(form_source("http://[::1]:80"), "http:");
        assert_eq!(form_source("com.example.app://a;script-src"), "com.example.app:");
    }
}
