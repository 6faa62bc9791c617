//! Token credentials for an owner's own scripts, without the dance.

use super::{
    Refused,
    keys::{Shown, shown},
    once, record,
    sent::{Own, SentOwn},
};
use crate::{
    app::App,
    audit::Event,
    pages::{OrPage, Visitor, error::page_error},
    session::Session,
    words::text,
};
use axum::{Extension, extract::State, http::StatusCode, response::Response};
use countersign_core::{Secret, TokenId};
use countersign_provider::{Clock, System, token};
use countersign_store::{ClientRecord, ClientStatus, StoreErrorKind, TokenRecord, TokenStatus, TokenStore};

/// Issues them to whoever keeps the application, on their own behalf: no more than the dance would give them.
pub(super) async fn issue(
    State(app): State<App>,
    Extension(visitor): Extension<Visitor>,
    SentOwn { own: Own { session, application }, fields }: SentOwn,
) -> Result<Response, Refused> {
    let client = &application.client;
    if client.status != ClientStatus::Active {
        return Err(page_error(&app, StatusCode::CONFLICT, "application-inactive").into());
    }
    let now = System.now();
    let life = app.config.token_life;
    // OK because it is hexadecimal digits
    let id = TokenId::new(&once(&session, "token", fields.text("once"))).expect("an identifier");
    let issued = TokenRecord {
        id,
        secret: Secret::from(token(&System, 43)),
        client: client.id.clone(),
        owner: session.account.as_str().into(),
        scopes: client.scopes.clone(),
        issued: now,
        expires: (life > 0).then(|| now.plus(life)),
        status: TokenStatus::Active,
    };
    match app.stores.sealed.issue(&issued).await {
        Err(error) if error.kind() == StoreErrorKind::Conflict => {
            return Err(page_error(&app, StatusCode::CONFLICT, "application-token-twice").into());
        }
        stored => stored.or_page(&app)?,
    }
    record(&app, Event::Issued, &client.id, &session.account, visitor);
    Ok(page(&app, &session, client, &issued))
}

fn page(app: &App, session: &Session, client: &ClientRecord, issued: &TokenRecord) -> Response {
    let (token, secret) = (issued.id.as_str(), issued.secret.expose());
    let values = [
        Shown { what: "key-token-id", copy: "key-copy-token-id", named: "oauth_token", text: token },
        Shown { what: "key-token-secret", copy: "key-copy-token-secret", named: "", text: secret },
    ];
    shown(app, session, client, &text("key-token"), &values, true)
}
