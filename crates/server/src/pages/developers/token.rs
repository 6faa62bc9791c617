//! Token credentials for an owner's own scripts, without the dance.

use super::{
    Refused,
    keys::shown,
    once, record,
    sent::{Own, SentOwn},
};
use crate::{
    app::App,
    audit::Event,
    pages::{OrPage, error::page_error},
};
use axum::{extract::State, http::StatusCode, response::Response};
use countersign_core::{Secret, TokenId};
use countersign_provider::{Clock, System, token};
use countersign_store::{ClientStatus, StoreErrorKind, TokenRecord, TokenStatus, TokenStore};

/// Issues them to whoever keeps the application, on their own behalf: no more than the dance would give them.
pub(super) async fn issue(
    State(app): State<App>,
    SentOwn { own: Own { session, application }, fields }: SentOwn,
) -> Result<Response, Refused> {
    let client = &application.client;
    if client.status != ClientStatus::Active {
        let told = "The application cannot be used at the moment, and so could no token.";
        return Err(page_error(&app, StatusCode::CONFLICT, told).into());
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
            let told = "This form was sent twice, and the token was shown in the first answer. Make another one if you have not seen it.";
            return Err(page_error(&app, StatusCode::CONFLICT, told).into());
        }
        stored => stored.or_page(&app)?,
    }
    record(&app, Event::Issued, &client.id, &session.account);
    let values = [("Token", "oauth_token", issued.id.as_str()), ("Token secret", "", issued.secret.expose())];
    Ok(shown(&app, &session, client, "A token for your own scripts", &values, true))
}
