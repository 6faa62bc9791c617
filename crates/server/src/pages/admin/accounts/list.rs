//! All accounts, by name.

use crate::{
    app::App,
    pages::{
        OrPage, Refused,
        admin::{
            Section, address,
            administrator::Administrator,
            asked::{AFTER, Asked, SHOWN},
            filter::Filter,
            listed::Listed,
            show as page,
        },
    },
};
use axum::{extract::State, http::StatusCode, response::Response};
use countersign_store::{Account, AccountFilter};
use serde_json::{Value, json};

/// Those that the filters let through.
pub(super) async fn show(
    State(app): State<App>,
    administrator: Administrator,
    asked: Asked,
) -> Result<Response, Refused> {
    let filter = AccountFilter {
        name: asked.text("name").map(Into::into),
        admin: asked.is(&app, "admin")?,
        disabled: asked.is(&app, "disabled")?,
    };
    let found = app.stores.rows.accounts_page(&filter, asked.text(AFTER), SHOWN + 1).await.or_page(&app)?;
    let listed = Listed::of(found, &asked, "/admin/accounts", AFTER, |account| account.name.clone());
    let choices = [("yes", "admin-filter-yes"), ("no", "admin-filter-no")];
    let values = json!({
        "filters": [
            Filter::text(&asked, "name", "admin-filter-name"),
            Filter::choice(&asked, "admin", "admin-accounts-admin", &choices),
            Filter::choice(&asked, "disabled", "admin-accounts-disabled", &choices),
        ],
        "accounts": listed.rows.iter().map(brief).collect::<Vec<_>>(),
        "older": listed.older,
    });
    Ok(page(&app, &administrator, Section::Accounts, StatusCode::OK, "admin/accounts.html", values))
}

fn brief(account: &Account) -> Value {
    json!({
        "link": address::account(&account.name, ""),
        "name": account.name,
        "admin": account.admin,
        "disabled": account.disabled,
        "created": account.created.seconds(),
    })
}
