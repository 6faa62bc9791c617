//! An account of one's own, where the operator lets strangers have one: openly, or by invitation.

use crate::{
    app::App,
    audit::Event,
    config::{Config, SignUp as Setting},
    login::{noted, onward, safe_path},
    names,
    pages::{self, PageForm, PageQuery, Visitor},
    password,
    session::hash,
    words::{Text, text},
};
use axum::{
    Extension,
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::Response,
};
use countersign_core::percent;
use countersign_provider::{Clock, System};
use countersign_store::{Account, SignUp, SignedUp, StoreError};
use serde::Deserialize;
use serde_json::{Value, json};

/// What a link brings.
#[derive(Debug, Deserialize)]
pub(crate) struct Link {
    #[serde(default)]
    next: String,
    #[serde(default)]
    invitation: String,
}

/// The form.
#[derive(Deserialize)]
pub(crate) struct Wish {
    #[serde(default)]
    username: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    again: String,
    #[serde(default)]
    invitation: String,
    #[serde(default)]
    next: String,
    #[serde(default)]
    csrf: String,
}

pub(crate) async fn show(
    State(app): State<App>,
    PageQuery(link): PageQuery<Link>,
    headers: HeaderMap,
) -> Response {
    let values = json!({ "next": safe_path(&link.next), "username": "", "invitation": link.invitation });
    form(&app, &headers, StatusCode::OK, values)
}

/// Makes the account and begins its first session.
pub(crate) async fn sign_up(
    State(app): State<App>,
    Extension(visitor): Extension<Visitor>,
    headers: HeaderMap,
    PageForm(wish): PageForm<Wish>,
) -> Response {
    if !app.sent_by_us(&headers, &wish.csrf) {
        let (next, code) = (percent::encode(safe_path(&wish.next)), percent::encode(&wish.invitation));
        let again = format!("{PATH}?next={next}&invitation={code}");
        return pages::error::forged_at(&app, &again, "error-to-sign-up");
    }
    let name = wish.username.clone();
    let values = json!({ "next": safe_path(&wish.next), "username": name, "invitation": wish.invitation });
    let refused = |status, problem: Text, wait: Option<u64>| {
        let mut values = values.clone();
        (values["problem"], values["wait_seconds"]) = (json!(problem), wait.into());
        form(&app, &headers, status, values)
    };
    if let Err(problem) = check(&wish) {
        return refused(StatusCode::UNPROCESSABLE_ENTITY, problem, None);
    }
    // Hashes are dear: who asks for many waits. No account has that name.
    if let Err(wait) = app.throttle.attempt(ATTEMPTS, visitor.0, System.now()) {
        let mut page = refused(StatusCode::TOO_MANY_REQUESTS, text("sign-up-too-many"), Some(wait));
        page.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(wait));
        return page;
    }
    let next = safe_path(&wish.next).to_owned();
    match made(&app, visitor, wish).await {
        Ok(SignedUp::Done) => match app.begin_session(&headers, visitor, &name).await {
            Ok(cookie) => onward(&app, &next, cookie),
            Err(error) => pages::error::store(&app, &error),
        },
        Ok(SignedUp::NameTaken | SignedUp::IdentityTaken) => {
            refused(StatusCode::CONFLICT, text("sign-up-name-taken"), None)
        }
        Ok(SignedUp::NotInvited) => refused(StatusCode::FORBIDDEN, text("sign-up-not-invited"), None),
        Err(error) => pages::error::store(&app, &error),
    }
}

/// What is wrong, in a sentence.
fn check(wish: &Wish) -> Result<(), Text> {
    names::honest(&wish.username).map_err(|rule| rule.in_words())?;
    password::acceptable(&wish.password, &wish.again)
}

async fn made(app: &App, Visitor(address): Visitor, wish: Wish) -> Result<SignedUp, StoreError> {
    let now = System.now();
    let by_invitation = app.config.sign_up == Setting::Invitation;
    let who = SignUp {
        account: Account {
            name: wish.username,
            password_hash: Some(password::made(wish.password).await),
            admin: false,
            disabled: false,
            created: now,
        },
        identity: None,
        invitation: by_invitation.then(|| hash(wish.invitation.trim())),
    };
    let made = app.stores.rows.sign_up(&who, now).await?;
    if made == SignedUp::Done {
        if by_invitation {
            app.throttle.succeeded(ATTEMPTS, address);
        }
        app.audit.append(noted(&who.account.name, Visitor(address), Event::SignedUp));
    }
    Ok(made)
}

fn form(app: &App, headers: &HeaderMap, status: StatusCode, mut values: Value) -> Response {
    let (csrf, cookie) = app.form_cookie(headers);
    values["csrf"] = csrf.into();
    values["onward"] = percent::encode(values["next"].as_str().unwrap_or_default()).into();
    values["by_invitation"] = (app.config.sign_up == Setting::Invitation).into();
    let mut response = app.pages.show(status, "signup.html", values, None);
    response.headers_mut().insert(header::SET_COOKIE, cookie);
    response
}

/// The link that an invitation is given as.
pub(crate) fn link(config: &Config, code: &str) -> String {
    format!("{}{PATH}?invitation={code}", config.public_url().trim_end_matches('/'))
}

pub(crate) const PATH: &str = "/signup";
/// Under what sign-ups are counted by the throttle: no name has a space in front.
const ATTEMPTS: &str = " sign-up";
