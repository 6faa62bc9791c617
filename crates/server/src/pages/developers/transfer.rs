//! Giving an application to another account.

use super::{
    Refused, address, record, see,
    sent::{Own, SentOwn},
};
use crate::{
    app::App,
    audit::Event,
    pages::{
        OrPage, Visitor,
        confirm::{has_password, is_confirmed},
        error::{page_error, too_many},
        signed_in,
    },
    session::Session,
    words::{Text, text},
};
use axum::{
    Extension,
    extract::State,
    http::{HeaderValue, StatusCode, header},
    response::Response,
};
use countersign_provider::{Clock, System};
use countersign_store::{Application, Outcome};
use serde_json::json;

/// Asks to whom.
pub(super) async fn form(
    State(app): State<App>,
    Own { session, application }: Own,
) -> Result<Response, Refused> {
    transferable(&app, &application)?;
    page(&app, &session, &application, "", StatusCode::OK, None).await
}

/// Gives it away.
///
/// # Security
///
/// Whether it can be given to a name tells whether there is such an account. That is told to nobody who has not confirmed who they are
/// first, and after a few names less and less often. A name that nobody has and a disabled account's are answered alike.
pub(super) async fn give(
    State(app): State<App>,
    Extension(visitor): Extension<Visitor>,
    SentOwn { own: Own { session, application }, fields }: SentOwn,
) -> Result<Response, Refused> {
    transferable(&app, &application)?;
    let (id, to) = (&application.client.id, fields.text("to").trim());
    let confirmed = is_confirmed(&app, &session, visitor, fields.confirmation(), id.as_str()).await?;
    let (status, wrong) = match confirmed.map(|()| may_try(&app, &session)) {
        Err(wrong) => (StatusCode::UNPROCESSABLE_ENTITY, wrong),
        Ok(Err(wait)) => {
            let (status, told) = (StatusCode::TOO_MANY_REQUESTS, too_many(wait));
            let mut page = page(&app, &session, &application, to, status, Some(&told)).await?;
            page.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(wait));
            return Ok(page);
        }
        Ok(Ok(())) => {
            let from = Some(session.account.as_str());
            if app.stores.rows.transfer_application(id, from, to).await.or_page(&app)? == Outcome::Done {
                record(&app, Event::ApplicationTransferred, id, &session.account, visitor);
                return Ok(see(&app, "/developers"));
            }
            (StatusCode::UNPROCESSABLE_ENTITY, text("transfer-refused"))
        }
    };
    page(&app, &session, &application, to, status, Some(&wrong)).await
}

/// Counts an attempt like a wrong password, also one that succeeds: two who know each other could start anew else. Tells how many seconds to
/// wait. An administrator may look at all accounts anyway.
fn may_try(app: &App, session: &Session) -> Result<(), u64> {
    if session.admin {
        return Ok(());
    }
    let attempts = format!("{ATTEMPTS}{}", session.account);
    // From wherever they ask: it is they who are told.
    app.throttle.attempt(&attempts, None, System.now())
}

/// What was approved by nobody because it is its owner's alone stays its owner's.
fn transferable(app: &App, application: &Application) -> Result<(), Refused> {
    if application.profile.owner_only {
        return Err(page_error(app, StatusCode::CONFLICT, "transfer-own").into());
    }
    Ok(())
}

async fn page(
    app: &App,
    session: &Session,
    application: &Application,
    to: &str,
    status: StatusCode,
    wrong: Option<&Text>,
) -> Result<Response, Refused> {
    let id = &application.client.id;
    let values = json!({
        "name": application.client.name,
        "id": id.as_str(),
        "link": address(id, ""),
        "to": to,
        "has_password": has_password(app, session).await?,
        "wrong": wrong,
    });
    Ok(signed_in::page(app, session, status, "developers/transfer.html", values))
}

/// Under what they are counted, with the account's name behind: no name has a space in front.
const ATTEMPTS: &str = " transfer ";
