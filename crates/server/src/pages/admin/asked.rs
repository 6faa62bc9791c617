//! What the address of a list asks for: filters, and where to go on.

use crate::{
    app::App,
    pages::{PageQuery, Refused, error::page_error},
};
use axum::{
    extract::FromRequestParts,
    http::{StatusCode, request::Parts},
};
use countersign_core::{ClientId, percent};
use countersign_store::Page;
use std::{collections::BTreeMap, str::FromStr};

/// The query of a list's address; an empty field asks for nothing.
#[derive(Default)]
pub(super) struct Asked(BTreeMap<String, String>);

impl FromRequestParts<App> for Asked {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refused> {
        let PageQuery(mut query): PageQuery<BTreeMap<String, String>> =
            PageQuery::from_request_parts(parts, app).await?;
        // A database may refuse the rest, or cut it.
        let fits = |text: &str| text.len() <= LONGEST && !text.contains(char::is_control);
        if !query.iter().all(|(name, value)| fits(name) && fits(value)) {
            return Err(refused(app, "admin-filter-too-long"));
        }
        query.retain(|_, value| !value.trim().is_empty());
        Ok(Self(query))
    }
}

impl Asked {
    /// The field of that name.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(|value| value.trim())
    }

    /// The same, read as what it names.
    ///
    /// # Errors
    ///
    /// A page with the message `otherwise` for what cannot be read.
    pub(super) fn read<T: FromStr>(
        &self,
        app: &App,
        name: &str,
        otherwise: &'static str,
    ) -> Result<Option<T>, Refused> {
        self.text(name).map(str::parse).transpose().map_err(|_| refused(app, otherwise))
    }

    /// Yes or no, where the filter `name` asks for either.
    pub(super) fn is(&self, app: &App, name: &str) -> Result<Option<bool>, Refused> {
        match self.text(name) {
            None => Ok(None),
            Some("yes") => Ok(Some(true)),
            Some("no") => Ok(Some(false)),
            Some(_) => Err(refused(app, "admin-filter-unknown")),
        }
    }

    /// The identifier of a client.
    pub(super) fn client(&self, app: &App, name: &str) -> Result<Option<ClientId>, Refused> {
        let client = self.text(name).map(ClientId::new).transpose();
        client.map_err(|_| refused(app, "admin-filter-bad-client"))
    }

    /// The rows of a list that goes by number: one more than are shown, so that the last page is known to be the last.
    pub(super) fn page(&self, app: &App) -> Result<Page, Refused> {
        let before = self.read(app, BEFORE, "admin-filter-bad-page")?;
        Ok(Page { limit: SHOWN + 1, before })
    }

    /// The same without that field.
    pub(super) fn without(&self, name: &str) -> Self {
        let kept = self.0.iter().filter(|(known, _)| *known != name);
        Self(kept.map(|(name, value)| (name.clone(), value.clone())).collect())
    }

    /// The same list with the same filters, from another place on.
    pub(super) fn link(&self, path: &str, cursor: &str, place: &str) -> String {
        let kept = self.0.iter().filter(|(name, _)| *name != cursor && *name != "told");
        let pairs = kept.map(|(name, value)| (name.as_str(), value.as_str())).chain([(cursor, place)]);
        let pairs: Vec<_> = pairs
            .map(|(name, value)| format!("{}={}", percent::encode(name), percent::encode(value)))
            .collect();
        format!("{path}?{}", pairs.join("&"))
    }
}

fn refused(app: &App, told: &'static str) -> Refused {
    page_error(app, StatusCode::BAD_REQUEST, told).into()
}

/// How many rows a page of a list shows.
pub(super) const SHOWN: u32 = 50;
/// The field that says where a list by number goes on.
pub(super) const BEFORE: &str = "before";
/// The same for a list by name.
pub(super) const AFTER: &str = "after";
const LONGEST: usize = 255;
