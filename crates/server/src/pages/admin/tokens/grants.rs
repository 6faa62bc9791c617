//! What of token credentials is still to end, however much it is.

use crate::{
    administration::{Actor, tokens::end},
    app::App,
};
use countersign_core::{ClientId, Timestamp};
use countersign_provider::{Clock, System};
use countersign_store::{Page, ResourceOwner, StoreError, StoredToken, TokenStatus};
use tokio::task::JoinSet;

/// Which token credentials an administrator means.
#[derive(Clone, Debug)]
pub(super) enum Meant {
    /// One, by the number of its record.
    One(i64),
    /// All of a client, of a resource owner, or of both: never simply all.
    All { client: Option<ClientId>, owner: Option<ResourceOwner> },
}

/// Whether it cannot be used any more, whatever happens. What a disabled account granted comes back with the account.
pub(super) fn is_over(stored: &StoredToken, now: Timestamp) -> bool {
    let token = &stored.token;
    token.status == TokenStatus::Revoked || token.expires.is_some_and(|expires| expires <= now)
}

impl Meant {
    /// Those that are not over, a page at a time.
    async fn page(&self, app: &App, page: Page, now: Timestamp) -> Result<Part, StoreError> {
        let rows = &app.stores.rows;
        let (read, more) = match self {
            Self::One(record) => {
                let just = Page { limit: 1, before: record.checked_add(1) };
                let mut read = rows.tokens(None, None, just).await?;
                read.retain(|stored| stored.record == *record);
                (read, None)
            }
            Self::All { client, owner } => {
                let read = rows.tokens(client.as_ref(), owner.as_ref(), page).await?;
                let last = read.last().filter(|_| read.len() == page.limit as usize);
                let more = last.map(|last| Page { before: Some(last.record), ..page });
                (read, more)
            }
        };
        Ok(Part { living: read.into_iter().filter(|stored| !is_over(stored, now)).collect(), more })
    }

    /// How many there are, and one of them.
    pub(super) async fn count(&self, app: &App) -> Result<(usize, Option<StoredToken>), StoreError> {
        let (now, mut count, mut first, mut page) = (System.now(), 0, None, Some(Page::first(PART)));
        while let Some(asked) = page {
            let Part { living, more } = self.page(app, asked, now).await?;
            count += living.len();
            first = first.or_else(|| living.into_iter().next());
            page = more;
            tokio::task::yield_now().await;
        }
        Ok((count, first))
    }

    /// Revokes all of them, and tells how many that were.
    ///
    /// # Errors
    ///
    /// [`StoreError`] where the store fails in the middle: some are revoked then, and whoever asks again revokes the others.
    pub(super) async fn revoke(&self, app: &App, actor: &Actor) -> Result<u64, StoreError> {
        let (now, mut ended, mut page) = (System.now(), 0, Some(Page::first(AT_ONCE)));
        while let Some(asked) = page {
            let Part { living, more } = self.page(app, asked, now).await?;
            let mut ends = JoinSet::new();
            for stored in living {
                let (app, actor) = (app.clone(), actor.clone());
                ends.spawn(async move { end(&app, &actor, &stored.token).await });
            }
            for outcome in ends.join_all().await {
                ended += u64::from(outcome?);
            }
            page = more;
        }
        Ok(ended)
    }
}

/// A page of them.
struct Part {
    living: Vec<StoredToken>,
    more: Option<Page>,
}

/// Rows that are read at a time.
const PART: u32 = 500;
/// Those that are revoked at a time: a store writes many as quickly as one.
const AT_ONCE: u32 = 50;
