//! Clients with their profiles, changed by those who were told of the last change.

use super::{
    MySqlStore,
    clients::{self, client_columns, columns_of, length_of},
    pool::{End, Work, exec},
    rows::Columns,
    values::{list, time},
};
use async_trait::async_trait;
use countersign_core::{ClientId, Timestamp};
use countersign_store::{
    Application, ApplicationFilter, ApplicationProfile, ApplicationStore, ClientKey, ClientRecord,
    ClientStatus, Edit, Outcome, Page, StoreError,
};
use mysql_async::{Conn, Value};

/// The applications for which a condition holds.
macro_rules! select_where {
    ($($guard:tt)+) => {
        concat!(
            "SELECT ",
            client_columns!(),
            ", c.record, c.revision, c.owner, c.description, c.home_page, c.rejection, c.owner_only,
                c.suspended_by_owner
            FROM clients c WHERE ",
            $($guard)+
        )
    };
}

/// A page of them.
macro_rules! list_where {
    ($guard:literal) => {
        select_where!(
            $guard,
            " (? IS NULL OR INSTR(LOWER(CONVERT(c.name USING utf8mb4)) COLLATE utf8mb4_bin,
                LOWER(CONVERT(? USING utf8mb4)) COLLATE utf8mb4_bin) > 0)
            AND c.record < ? ORDER BY c.record DESC LIMIT ?"
        )
    };
}

#[async_trait]
impl ApplicationStore for MySqlStore {
    async fn add_application(
        &self,
        client: &ClientRecord,
        profile: &ApplicationProfile,
    ) -> Result<(), StoreError> {
        let mut values = vec![client.id.as_str().into()];
        values.extend(clients::but_identifier(client));
        values.push(profile.owner.as_deref().into());
        values.extend(told(profile));
        self.shared.pool.change(ADD, values).await.map(drop)
    }

    async fn application(&self, id: &ClientId) -> Result<Option<Application>, StoreError> {
        let found = self.shared.pool.first(FIND, vec![id.as_str().into()]).await?;
        found.map(|row| read(&mut Columns::of(&row))).transpose()
    }

    async fn applications(
        &self,
        filter: &ApplicationFilter,
        page: Page,
    ) -> Result<Vec<Application>, StoreError> {
        let (owner, status) = (filter.owner.as_deref(), filter.status.map(ClientStatus::as_str));
        // Four statements, so that each uses the index that fits.
        let sql = match (owner, status) {
            (None, None) => list_where!(""),
            (Some(_), None) => list_where!("c.owner = ? AND"),
            (None, Some(_)) => list_where!("c.status = ? AND"),
            (Some(_), Some(_)) => list_where!("c.owner = ? AND c.status = ? AND"),
        };
        let mut values: Vec<Value> = [owner, status].into_iter().flatten().map(Value::from).collect();
        let name = filter.name.as_deref();
        values.extend([name.into(), name.into(), page.bound().into(), page.limit.into()]);
        let rows = self.shared.pool.all(sql, values).await?;
        rows.iter().map(|row| read(&mut Columns::of(row))).collect()
    }

    async fn update_application(&self, changed: &Application) -> Result<Edit, StoreError> {
        let client = &changed.client;
        let mut values = vec![
            client.name.as_str().into(),
            client.methods.as_deref().map_or(Value::NULL, list),
            list(&client.callbacks),
            list(&client.callback_prefixes),
            client.allow_oob.into(),
            client.two_legged.into(),
            list(&client.scopes),
            list(&client.default_scopes),
            length_of(client.window),
            client.status.as_str().into(),
        ];
        values.extend(told(&changed.profile));
        values
            .extend([client.id.as_str().into(), i64::try_from(changed.revision).unwrap_or(i64::MAX).into()]);
        if self.shared.pool.guarded(UPDATE, values).await? == Outcome::Done {
            return Ok(Edit::Done);
        }
        let there = self.shared.pool.first(IS_THERE, vec![client.id.as_str().into()]).await?;
        Ok(if there.is_some() { Edit::Stale } else { Edit::Absent })
    }

    async fn transfer_application(
        &self,
        id: &ClientId,
        from: Option<&str>,
        to: &str,
    ) -> Result<Outcome, StoreError> {
        let values = vec![to.into(), id.as_str().into(), from.into(), to.into()];
        self.shared.pool.guarded(TRANSFER, values).await
    }

    async fn add_client_key(
        &self,
        id: &ClientId,
        key: &ClientKey,
        since: Timestamp,
    ) -> Result<Outcome, StoreError> {
        let [secret, public_key] = columns_of(Some(key));
        let (id, since) = (id.as_str().into(), time(since));
        let values = vec![secret.clone(), public_key, since.clone(), id, since, secret];
        self.shared.pool.guarded(ADD_KEY, values).await
    }

    async fn remove_client_key(&self, id: &ClientId, since: Timestamp) -> Result<Outcome, StoreError> {
        let key = [id.as_str().into(), time(since)];
        self.shared.pool.transaction(move |connection| remove(connection, key.to_vec())).await
    }
}

fn remove(connection: &mut Conn, key: Vec<Value>) -> Work<'_, End<Outcome>> {
    Box::pin(async move {
        for sql in [REMOVE_PREVIOUS, REMOVE_NEWEST] {
            if exec(connection, sql, key.clone()).await? == 1 {
                exec(connection, REMOVE_USAGE, key).await?;
                return Ok(End::Commit(Outcome::Done));
            }
        }
        Ok(End::RollBack(Outcome::Refused))
    })
}

/// What an owner tells of an application.
fn told(profile: &ApplicationProfile) -> [Value; 5] {
    [
        profile.description.as_str().into(),
        profile.home_page.as_deref().into(),
        profile.rejection.as_deref().into(),
        profile.owner_only.into(),
        profile.suspended_by_owner.into(),
    ]
}

fn read(columns: &mut Columns<'_>) -> Result<Application, StoreError> {
    let client = clients::read(columns)?;
    Ok(Application {
        client,
        record: columns.number()?,
        revision: columns.count()?,
        profile: ApplicationProfile {
            owner: columns.optional_owned()?,
            description: columns.optional_owned()?.unwrap_or_default(),
            home_page: columns.optional_owned()?,
            rejection: columns.optional_owned()?,
            owner_only: columns.flag()?,
            suspended_by_owner: columns.flag()?,
        },
    })
}

const FIND: &str = select_where!("c.id = ?");

const IS_THERE: &str = "SELECT 1 FROM clients WHERE id = ?";

const ADD: &str = "INSERT INTO clients (id, name, secret, public_key, key_since, previous_secret,
        previous_public_key, previous_since, methods, callbacks, callback_prefixes, allow_oob, two_legged,
        scopes, default_scopes, timestamp_window, status, created, owner, description, home_page, rejection,
        owner_only, suspended_by_owner)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";

const UPDATE: &str = "UPDATE clients SET name = ?, methods = ?, callbacks = ?, callback_prefixes = ?,
        allow_oob = ?, two_legged = ?, scopes = ?, default_scopes = ?, timestamp_window = ?, status = ?,
        description = ?, home_page = ?, rejection = ?, owner_only = ?, suspended_by_owner = ?,
        revision = revision + 1
    WHERE id = ? AND revision = ?";

const TRANSFER: &str = "UPDATE clients SET owner = ?, revision = revision + 1
    WHERE id = ? AND owner <=> ? AND EXISTS (SELECT 1 FROM accounts WHERE accounts.name = ? AND disabled = 0)";

// What is assigned first is seen by what follows.
const ADD_KEY: &str = "UPDATE clients SET previous_secret = secret, previous_public_key = public_key,
        previous_since = key_since, secret = ?, public_key = ?, key_since = ?, revision = revision + 1
    WHERE id = ? AND previous_since IS NULL AND key_since < ? AND (secret IS NULL) = (? IS NULL)";

const REMOVE_PREVIOUS: &str = "UPDATE clients SET previous_secret = NULL, previous_public_key = NULL,
        previous_since = NULL, revision = revision + 1
    WHERE id = ? AND previous_since = ?";

const REMOVE_NEWEST: &str = "UPDATE clients SET secret = previous_secret, public_key = previous_public_key,
        key_since = previous_since, previous_secret = NULL, previous_public_key = NULL, previous_since = NULL,
        revision = revision + 1
    WHERE id = ? AND key_since = ? AND previous_since IS NOT NULL";

const REMOVE_USAGE: &str = "DELETE FROM client_usage WHERE client = ? AND key_since = ?";
