//! Clients with their profiles, changed by those who were told of the last change.

use crate::{
    SqliteStore,
    clients::{self, client_columns, columns_of, length_of},
    rows::{Columns, Filtered, atomically, change, find, guarded, json, seconds, value},
};
use async_trait::async_trait;
use countersign_core::{ClientId, Timestamp};
use countersign_store::{
    Application, ApplicationFilter, ApplicationProfile, ApplicationStore, ClientKey, ClientRecord,
    ClientStatus, Edit, Outcome, Page, StoreError,
};
use rusqlite::{Connection, params};

#[async_trait]
impl ApplicationStore for SqliteStore {
    async fn add_application(
        &self,
        client: &ClientRecord,
        profile: &ApplicationProfile,
    ) -> Result<(), StoreError> {
        let (client, profile) = (client.clone(), profile.clone());
        self.change(move |connection| {
            atomically(connection, |connection| {
                clients::write(connection, clients::ADD, &client)?;
                let values = params![
                    client.id.as_str(),
                    profile.owner,
                    profile.description,
                    profile.home_page,
                    profile.rejection,
                    profile.owner_only,
                    profile.suspended_by_owner,
                ];
                change(connection, DESCRIBE, values).map(drop)
            })
        })
        .await
    }

    async fn application(&self, id: &ClientId) -> Result<Option<Application>, StoreError> {
        self.read(|connection| find(connection, FIND, [id.as_str()], read))
    }

    async fn applications(
        &self,
        filter: &ApplicationFilter,
        page: Page,
    ) -> Result<Vec<Application>, StoreError> {
        let asked = Filtered::new(LIST)
            .and("c.owner = ?", filter.owner.clone())
            .and("c.status = ?", filter.status.map(|status| ClientStatus::as_str(status).to_owned()))
            .and("instr(lower(c.name), lower(?)) > 0", filter.name.clone());
        self.read(|connection| asked.page(connection, "c.record", page, read))
    }

    async fn update_application(&self, changed: &Application) -> Result<Edit, StoreError> {
        let changed = changed.clone();
        self.change(move |connection| {
            atomically(connection, |connection| match update(connection, &changed)? {
                Outcome::Done => Ok(Edit::Done),
                Outcome::Refused => {
                    let sql = "SELECT 1 FROM clients WHERE id = ?1";
                    let there = value::<i64>(connection, sql, [changed.client.id.as_str()])?.is_some();
                    Ok(if there { Edit::Stale } else { Edit::Absent })
                }
            })
        })
        .await
    }

    async fn transfer_application(
        &self,
        id: &ClientId,
        from: Option<&str>,
        to: &str,
    ) -> Result<Outcome, StoreError> {
        let (id, from, to) = (id.clone(), from.map(ToOwned::to_owned), to.to_owned());
        self.change(move |connection| guarded(connection, TRANSFER, (id.as_str(), from, to))).await
    }

    async fn add_client_key(
        &self,
        id: &ClientId,
        key: &ClientKey,
        since: Timestamp,
    ) -> Result<Outcome, StoreError> {
        let (id, key) = (id.clone(), key.clone());
        self.change(move |connection| {
            let (secret, public_key) = columns_of(Some(&key));
            guarded(connection, ADD_KEY, (id.as_str(), secret, public_key, seconds(since)))
        })
        .await
    }

    async fn remove_client_key(&self, id: &ClientId, since: Timestamp) -> Result<Outcome, StoreError> {
        let id = id.clone();
        self.change(move |connection| {
            atomically(connection, |connection| {
                let key = (id.as_str(), seconds(since));
                let mut outcome = guarded(connection, REMOVE_PREVIOUS, key)?;
                if outcome == Outcome::Refused {
                    outcome = guarded(connection, REMOVE_NEWEST, key)?;
                }
                if outcome == Outcome::Done {
                    change(connection, "DELETE FROM client_usage WHERE client = ?1 AND key_since = ?2", key)?;
                }
                Ok(outcome)
            })
        })
        .await
    }
}

fn update(connection: &Connection, changed: &Application) -> Result<Outcome, StoreError> {
    let Application { client, profile, revision, .. } = changed;
    let values = params![
        client.id.as_str(),
        i64::try_from(*revision).unwrap_or(i64::MAX),
        client.name,
        client.methods.as_deref().map(json).transpose()?,
        json(&client.callbacks)?,
        json(&client.callback_prefixes)?,
        client.allow_oob,
        client.two_legged,
        json(&client.scopes)?,
        json(&client.default_scopes)?,
        length_of(client.window),
        client.status.as_str(),
        profile.description,
        profile.home_page,
        profile.rejection,
        profile.owner_only,
        profile.suspended_by_owner,
    ];
    guarded(connection, UPDATE, values)
}

macro_rules! select_where {
    ($guard:literal) => {
        concat!(
            "SELECT ",
            client_columns!(),
            ", c.record, c.revision, c.owner, c.description, c.home_page, c.rejection, c.owner_only,
                c.suspended_by_owner
            FROM clients c WHERE ",
            $guard
        )
    };
}

fn read(columns: &mut Columns<'_>) -> Result<Application, StoreError> {
    let client = clients::read(columns)?;
    Ok(Application {
        client,
        record: columns.value()?,
        revision: columns.count()?,
        profile: ApplicationProfile {
            owner: columns.value()?,
            description: columns.value()?,
            home_page: columns.value()?,
            rejection: columns.value()?,
            owner_only: columns.value()?,
            suspended_by_owner: columns.value()?,
        },
    })
}

const FIND: &str = select_where!("c.id = ?1");
const LIST: &str = select_where!("TRUE");

const DESCRIBE: &str = "UPDATE clients SET owner = ?2, description = ?3, home_page = ?4, rejection = ?5,
        owner_only = ?6, suspended_by_owner = ?7
    WHERE id = ?1";

const UPDATE: &str = "UPDATE clients SET name = ?3, methods = ?4, callbacks = ?5, callback_prefixes = ?6,
        allow_oob = ?7, two_legged = ?8, scopes = ?9, default_scopes = ?10, timestamp_window = ?11,
        status = ?12, description = ?13, home_page = ?14, rejection = ?15, owner_only = ?16,
        suspended_by_owner = ?17, revision = revision + 1
    WHERE id = ?1 AND revision = ?2";

const TRANSFER: &str = "UPDATE clients SET owner = ?3, revision = revision + 1
    WHERE id = ?1 AND owner IS ?2 AND EXISTS (SELECT 1 FROM accounts WHERE name = ?3 AND disabled = 0)";

const ADD_KEY: &str = "UPDATE clients SET previous_secret = secret, previous_public_key = public_key,
        previous_since = key_since, secret = ?2, public_key = ?3, key_since = ?4, revision = revision + 1
    WHERE id = ?1 AND previous_since IS NULL AND key_since < ?4 AND (secret IS NULL) = (?2 IS NULL)";

const REMOVE_PREVIOUS: &str = "UPDATE clients SET previous_secret = NULL, previous_public_key = NULL,
        previous_since = NULL, revision = revision + 1
    WHERE id = ?1 AND previous_since = ?2";

const REMOVE_NEWEST: &str = "UPDATE clients SET secret = previous_secret, public_key = previous_public_key,
        key_since = previous_since, previous_secret = NULL, previous_public_key = NULL, previous_since = NULL,
        revision = revision + 1
    WHERE id = ?1 AND key_since = ?2 AND previous_since IS NOT NULL";
