//! The ways in beside a password: a proxy that names who is signed in there, and issuers of OpenID Connect.

pub(crate) mod oidc;
pub(crate) mod proxy;

use crate::{
    app::App,
    audit::Event,
    login, names,
    pages::{self, Visitor},
    words::{Text, text},
};
use axum::{http::StatusCode, response::Response};
use countersign_core::Secret;
use countersign_provider::{Clock, System};
use countersign_store::{Account, AuditEntry, ExternalIdentity, SignUp, SignedUp, StoreError};
use serde_json::json;

/// Why somebody is not signed in, for the page that tells them.
pub(crate) struct Told<'a> {
    pub(crate) status: StatusCode,
    pub(crate) message: Text,
    pub(crate) advice: Text,
    /// A name that somebody else chose.
    pub(crate) name: Option<&'a str>,
    /// Where the sign-in page leads on to, where another way may help.
    pub(crate) next: Option<&'a str>,
}

impl Told<'_> {
    pub(crate) fn page(self, app: &App) -> Response {
        let to = self.next.map(login::form_at);
        let values = json!({
            "status": self.status.as_u16(),
            "title": text("ways-not-signed-in"),
            "message": self.message,
            "advice": self.advice,
            "name": self.name,
            "to": to.as_deref().map(pages::error::below),
            "link": to.as_ref().map(|_| text("ways-to-sign-in")),
        });
        let page = app.pages.show(self.status, "error.html", values, None);
        match self.next {
            // An issuer sends nobody back with the language of the link.
            Some(next) => pages::toward(page, next),
            None => page,
        }
    }
}

/// Records that somebody signed in, and which way.
pub(crate) fn noted(app: &App, visitor: Visitor, account: &str, way: &str) {
    app.audit.append(signed_in(visitor, account, way));
}

/// That somebody signed in, and which way.
fn signed_in(Visitor(address): Visitor, account: &str, way: &str) -> AuditEntry {
    entry(Event::SignedIn, address, account, way)
}

/// Makes an account without a password, for somebody who is known elsewhere.
pub(super) async fn made(
    app: &App,
    Visitor(address): Visitor,
    name: &str,
    identity: Option<ExternalIdentity>,
    way: &str,
) -> Result<SignedUp, StoreError> {
    let now = System.now();
    let (name, password_hash) = (name.to_owned(), None);
    let account = Account { name: name.clone(), password_hash, admin: false, disabled: false, created: now };
    let who = SignUp { account, identity, invitation: None };
    let made = app.stores.rows.sign_up(&who, now).await?;
    if made == SignedUp::Done {
        app.audit.append(entry(Event::SignedUp, address, &name, way));
    }
    Ok(made)
}

/// The hash of an account's password, where one may sign in with it.
pub(crate) fn usable_password(app: &App, account: Account) -> Option<Secret> {
    account.password_hash.filter(|_| app.config.sign_in.password)
}

/// Whether an account here may have a name that somebody brings from elsewhere.
pub(super) fn fits(name: &str) -> bool {
    names::honest(name).is_ok()
}

fn entry(event: Event, address: Option<std::net::IpAddr>, account: &str, way: &str) -> AuditEntry {
    AuditEntry { detail: Some(way.into()), ..login::noted(account, Visitor(address), event) }
}

/// How an audit entry calls the way in by a password.
pub(crate) const BY_PASSWORD: &str = "password";
