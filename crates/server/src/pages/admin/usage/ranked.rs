//! Usage by risk: what should end first comes first, and of that what was seen last.

use crate::{
    admin_api::usage::Shown,
    app::App,
    pages::{
        Refused,
        admin::{asked::Asked, days},
        error::page_error,
    },
    weakness::Weakness,
};
use axum::http::StatusCode;
use countersign_core::ClientId;
use countersign_store::{ApplicationFilter, ClientRecord, Page, StoreError, UsageFilter, UsageRecord};
use std::{cmp::Reverse, collections::HashMap, str::FromStr};

/// Which usage, by what its list can be asked.
pub(super) struct Wanted {
    filter: UsageFilter,
    weak: Option<Weak>,
}

/// Which of it by how weak it is.
enum Weak {
    Any,
    None,
    Kind(&'static str),
}

/// How an application signs with one of its keys.
pub(super) struct Row {
    pub(super) place: Place,
    pub(super) shown: Shown,
}

/// Where a row stands among all: the first has the greatest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    risk: u8,
    last_used: u64,
    record: i64,
}

impl Wanted {
    /// What the address asks for.
    ///
    /// # Errors
    ///
    /// A page that tells what cannot be read.
    pub(super) fn asked(app: &App, asked: &Asked) -> Result<Self, Refused> {
        let weak = match asked.text("weak") {
            None => None,
            Some("yes") => Some(Weak::Any),
            Some("no") => Some(Weak::None),
            Some(kind) => {
                let known = KINDS.into_iter().find(|known| *known == kind);
                Some(Weak::Kind(
                    known.ok_or_else(|| page_error(app, StatusCode::BAD_REQUEST, "admin-filter-unknown"))?,
                ))
            }
        };
        let filter = UsageFilter {
            client: asked.client(app, "client")?,
            method: asked.text("method").map(ToOwned::to_owned),
            since: days::begin(app, asked, "since")?,
        };
        Ok(Self { filter, weak })
    }

    fn is(&self, row: &Row) -> bool {
        let weak = &row.shown.weak;
        match self.weak {
            None => true,
            Some(Weak::Any) => !weak.is_empty(),
            Some(Weak::None) => weak.is_empty(),
            Some(Weak::Kind(kind)) => weak.iter().any(|weakness| weakness == kind),
        }
    }

    /// All of it in its order. There is a row for each key and method of each application, not for each request.
    ///
    /// # Errors
    ///
    /// [`StoreError`] where the store does not know.
    pub(super) async fn ranked(&self, app: &App) -> Result<Vec<Row>, StoreError> {
        let used = self.used(app).await?;
        let clients = clients(app, &used).await?;
        let rows = used.into_iter().map(|record| Row::new(record, &clients));
        let mut rows: Vec<_> = rows.filter(|row| self.is(row)).collect();
        rows.sort_unstable_by_key(|row| Reverse(row.place));
        Ok(rows)
    }

    async fn used(&self, app: &App) -> Result<Vec<UsageRecord>, StoreError> {
        let (mut all, mut page) = (Vec::new(), Page::first(PART));
        loop {
            let read = app.stores.rows.usage(&self.filter, page).await?;
            let last = read.last().filter(|_| read.len() == PART as usize).map(|last| last.record);
            all.extend(read);
            let Some(last) = last else { return Ok(all) };
            page.before = Some(last);
            tokio::task::yield_now().await;
        }
    }
}

impl Row {
    fn new(UsageRecord { record, usage }: UsageRecord, clients: &HashMap<ClientId, ClientRecord>) -> Self {
        let client = clients.get(&usage.client);
        let last_used = usage.last_used.seconds();
        let shown = Shown::of(usage, client);
        let risk = Weakness::risk(&Weakness::of(&shown.method, shown.bits));
        Self { place: Place { risk, last_used, record }, shown }
    }
}

/// The clients of these rows: one by one where they are few, else in the pages of the whole list.
async fn clients(app: &App, used: &[UsageRecord]) -> Result<HashMap<ClientId, ClientRecord>, StoreError> {
    let mut found: HashMap<_, _> = used.iter().map(|row| (row.usage.client.clone(), None)).collect();
    if found.len() <= FEW {
        for (id, client) in &mut found {
            *client = app.stores.rows.application(id).await?.map(|known| known.client);
        }
    } else {
        let mut page = Some(Page::first(PART));
        while let Some(asked) = page {
            let read = app.stores.rows.applications(&ApplicationFilter::default(), asked).await?;
            let last = read.last().filter(|_| read.len() == PART as usize);
            page = last.map(|last| Page { before: Some(last.record), ..asked });
            for known in read {
                if let Some(client) = found.get_mut(&known.client.id) {
                    *client = Some(known.client);
                }
            }
            tokio::task::yield_now().await;
        }
    }
    Ok(found.into_iter().filter_map(|(id, client)| Some((id, client?))).collect())
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}.{}", self.risk, self.last_used, self.record)
    }
}

impl FromStr for Place {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut parts = text.splitn(3, '.');
        let mut part = || parts.next().unwrap_or_default();
        Ok(Self { risk: part().parse()?, last_used: part().parse()?, record: part().parse()? })
    }
}

/// Kinds of weakness, as the API names them.
pub(super) const KINDS: [&str; 3] = ["plaintext", "small_key", "sha1"];
/// Rows that are read at a time.
const PART: u32 = 500;
/// Clients that are looked up one by one.
const FEW: usize = 100;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_comes_back_as_it_was_told() {
        let place = Place { risk: 8, last_used: 1_800_000_000, record: 17 };
        assert_eq!(place.to_string().parse(), Ok(place));
        for text in
            ["", "8", "8.1", "8.1.", "8.1.2.3", "-1.1.1", "256.1.1", "8. 1. x", "8.1.9223372036854775808"]
        {
            assert!(text.parse::<Place>().is_err(), "{text}");
        }
    }

    #[test]
    fn risk_outweighs_what_was_seen_later_and_that_what_was_noted_later() {
        let place = |risk, last_used, record| Place { risk, last_used, record };
        assert!(
            place(8, 1, 1) > place(7, 9, 9)
                && place(1, 9, 1) > place(1, 8, 9)
                && place(1, 9, 2) > place(1, 9, 1)
        );
    }
}
