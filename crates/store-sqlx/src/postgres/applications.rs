//! Clients with their profiles, changed by those who were told of the last change.

use super::{
    PostgresStore,
    accounts::holds_zero,
    clients::{self, client_columns, columns_of, length_of},
    rows::Columns,
    values::Value,
};
use async_trait::async_trait;
use countersign_core::{ClientId, Timestamp};
use countersign_store::{
    Application, ApplicationFilter, ApplicationProfile, ApplicationStore, ClientKey, ClientRecord,
    ClientStatus, Edit, Outcome, Page, StoreError,
};

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
            " AND ($3::text IS NULL
                OR strpos(lower(c.name COLLATE \"C\"), lower($3::text COLLATE \"C\")) > 0)
            AND c.record < $4::bigint ORDER BY c.record DESC LIMIT $5::bigint"
        )
    };
}

#[async_trait]
impl ApplicationStore for PostgresStore {
    async fn add_application(
        &self,
        client: &ClientRecord,
        profile: &ApplicationProfile,
    ) -> Result<(), StoreError> {
        let mut values = clients::values(client).to_vec();
        values.push(profile.owner.as_deref().into());
        values.extend(told(profile));
        self.shared.lanes.change(ADD, &values).await.map(drop)
    }

    async fn application(&self, id: &ClientId) -> Result<Option<Application>, StoreError> {
        let found = self.shared.lanes.first(FIND, &[id.as_str().into()]).await?;
        found.map(|row| read(&mut row.columns())).transpose()
    }

    async fn applications(
        &self,
        filter: &ApplicationFilter,
        page: Page,
    ) -> Result<Vec<Application>, StoreError> {
        let (owner, name) = (filter.owner.as_deref(), filter.name.as_deref());
        if holds_zero(owner.into_iter().chain(name)) {
            return Ok(Vec::new());
        }
        let status = filter.status.map(ClientStatus::as_str);
        // Three statements, so that each uses the index that fits.
        let sql = match (owner, status) {
            (Some(_), _) => list_where!("c.owner = $1::text AND ($2::text IS NULL OR c.status = $2)"),
            (None, Some(_)) => list_where!("$1::text IS NULL AND c.status = $2::text"),
            (None, None) => list_where!("$1::text IS NULL AND $2::text IS NULL"),
        };
        let values = [owner.into(), status.into(), name.into(), page.bound().into(), page.limit.into()];
        let rows = self.shared.lanes.all(sql, &values).await?;
        rows.iter().map(|row| read(&mut row.columns())).collect()
    }

    async fn update_application(&self, changed: &Application) -> Result<Edit, StoreError> {
        let client = &changed.client;
        let mut values = vec![
            client.id.as_str().into(),
            i64::try_from(changed.revision).unwrap_or(i64::MAX).into(),
            client.name.as_str().into(),
            Value::Texts(client.methods.as_deref()),
            client.callbacks[..].into(),
            client.callback_prefixes[..].into(),
            client.allow_oob.into(),
            client.two_legged.into(),
            client.scopes[..].into(),
            client.default_scopes[..].into(),
            length_of(client.window).into(),
            client.status.as_str().into(),
        ];
        values.extend(told(&changed.profile));
        if self.guarded(UPDATE, &values).await? == Outcome::Done {
            return Ok(Edit::Done);
        }
        let there = self.shared.lanes.first(IS_THERE, &[client.id.as_str().into()]).await?;
        Ok(if there.is_some() { Edit::Stale } else { Edit::Absent })
    }

    async fn transfer_application(
        &self,
        id: &ClientId,
        from: Option<&str>,
        to: &str,
    ) -> Result<Outcome, StoreError> {
        self.guarded(TRANSFER, &[id.as_str().into(), from.into(), to.into()]).await
    }

    async fn add_client_key(
        &self,
        id: &ClientId,
        key: &ClientKey,
        since: Timestamp,
    ) -> Result<Outcome, StoreError> {
        let [secret, public_key] = columns_of(Some(key));
        self.guarded(ADD_KEY, &[id.as_str().into(), secret, public_key, since.into()]).await
    }

    async fn remove_client_key(&self, id: &ClientId, since: Timestamp) -> Result<Outcome, StoreError> {
        self.guarded(REMOVE_KEY, &[id.as_str().into(), since.into()]).await
    }
}

/// What an owner tells of an application.
fn told(profile: &ApplicationProfile) -> [Value<'_>; 5] {
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

const FIND: &str = select_where!("c.id = $1");

const IS_THERE: &str = "SELECT id FROM clients WHERE id = $1";

const ADD: &str = "INSERT INTO clients (id, name, secret, public_key, key_since, previous_secret,
        previous_public_key, previous_since, methods, callbacks, callback_prefixes, allow_oob, two_legged,
        scopes, default_scopes, timestamp_window, status, created, owner, description, home_page, rejection,
        owner_only, suspended_by_owner)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21,
        $22, $23, $24)";

const UPDATE: &str = "UPDATE clients SET name = $3, methods = $4, callbacks = $5, callback_prefixes = $6,
        allow_oob = $7, two_legged = $8, scopes = $9, default_scopes = $10, timestamp_window = $11,
        status = $12, description = $13, home_page = $14, rejection = $15, owner_only = $16,
        suspended_by_owner = $17, revision = revision + 1
    WHERE id = $1 AND revision = $2";

const TRANSFER: &str = "UPDATE clients SET owner = $3, revision = revision + 1
    WHERE id = $1 AND owner IS NOT DISTINCT FROM $2
        AND EXISTS (SELECT 1 FROM accounts WHERE name = $3 AND NOT disabled)";

const ADD_KEY: &str = "UPDATE clients SET previous_secret = secret, previous_public_key = public_key,
        previous_since = key_since, secret = $2::text, public_key = $3, key_since = $4, revision = revision + 1
    WHERE id = $1 AND previous_since IS NULL AND key_since < $4 AND (secret IS NULL) = ($2::text IS NULL)";

/// What goes with the key is what the change gave back: a guard that does not hold when it comes to it deletes nothing.
const REMOVE_KEY: &str = "WITH changed AS (
        UPDATE clients SET secret = CASE key_since WHEN $2 THEN previous_secret ELSE secret END,
            public_key = CASE key_since WHEN $2 THEN previous_public_key ELSE public_key END,
            key_since = CASE key_since WHEN $2 THEN previous_since ELSE key_since END,
            previous_secret = NULL, previous_public_key = NULL, previous_since = NULL, revision = revision + 1
        WHERE id = $1 AND previous_since IS NOT NULL AND $2 IN (key_since, previous_since)
        RETURNING id),
    gone AS (DELETE FROM client_usage u USING changed c WHERE u.client = c.id AND u.key_since = $2)
    SELECT id FROM changed";
