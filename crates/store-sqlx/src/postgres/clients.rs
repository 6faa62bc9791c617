//! Clients: found by requests, kept by operators.

use super::{PostgresStore, rows::Columns, values::Value};
use async_trait::async_trait;
use countersign_core::{ClientId, PublicKey, Timestamp, Window};
use countersign_store::{
    ClientKey, ClientRecord, ClientRegistry, ClientStatus, ClientStore, Outcome, PreviousKey, StoreError,
};

#[async_trait]
impl ClientStore for PostgresStore {
    async fn client(&self, id: &ClientId) -> Result<Option<ClientRecord>, StoreError> {
        let found = self.shared.lanes.first(FIND, &[id.as_str().into()]).await?;
        found.map(|row| read(&mut row.columns())).transpose()
    }
}

#[async_trait]
impl ClientRegistry for PostgresStore {
    async fn add_client(&self, record: &ClientRecord) -> Result<(), StoreError> {
        self.shared.lanes.change(ADD, &values(record)).await.map(drop)
    }

    async fn update_client(&self, record: &ClientRecord) -> Result<Outcome, StoreError> {
        self.guarded(UPDATE, &values(record)).await
    }

    async fn clients(&self) -> Result<Vec<ClientRecord>, StoreError> {
        let rows = self.shared.lanes.all(LIST, &[]).await?;
        rows.iter().map(|row| read(&mut row.columns())).collect()
    }

    async fn set_client_status(&self, id: &ClientId, status: ClientStatus) -> Result<Outcome, StoreError> {
        self.guarded(SET_STATUS, &[id.as_str().into(), status.as_str().into()]).await
    }

    async fn remove_client(&self, id: &ClientId) -> Result<Outcome, StoreError> {
        self.guarded(REMOVE, &[id.as_str().into()]).await
    }
}

impl PostgresStore {
    /// Runs one statement that changes one row or, where its guard does not hold, none.
    pub(crate) async fn guarded(
        &self,
        sql: &'static str,
        values: &[Value<'_>],
    ) -> Result<Outcome, StoreError> {
        let changed = self.shared.lanes.change(sql, values).await?;
        Ok(if changed == 1 { Outcome::Done } else { Outcome::Refused })
    }
}

/// The columns of `clients c` that [`read`] reads.
macro_rules! client_columns {
    () => {
        "c.id, c.name, c.secret, c.public_key, c.key_since, c.previous_secret, c.previous_public_key, \
         c.previous_since, c.methods, c.callbacks, c.callback_prefixes, c.allow_oob, c.two_legged, c.scopes, \
         c.default_scopes, c.timestamp_window, c.status, c.created"
    };
}
pub(crate) use client_columns;

/// How many they are.
pub(crate) const CLIENT_COLUMNS: usize = 18;

/// Reads a client from its columns.
pub(crate) fn read(columns: &mut Columns<'_>) -> Result<ClientRecord, StoreError> {
    Ok(ClientRecord {
        id: columns.id()?,
        name: columns.value()?,
        key: key(columns)?.ok_or_else(|| StoreError::corrupt("a client has no key"))?,
        key_since: columns.time()?,
        previous_key: match (key(columns)?, columns.optional_time()?) {
            (Some(key), Some(since)) => Some(PreviousKey { key, since }),
            (None, None) => None,
            _ => return Err(StoreError::corrupt("half a previous key")),
        },
        methods: columns.value()?,
        callbacks: columns.value()?,
        callback_prefixes: columns.value()?,
        allow_oob: columns.value()?,
        two_legged: columns.value()?,
        scopes: columns.value()?,
        default_scopes: columns.value()?,
        window: {
            let seconds = columns.value::<Option<i64>>()?.map(u32::try_from);
            seconds.transpose().map_err(StoreError::corrupt)?.map(Window::seconds)
        },
        status: columns.text()?.parse()?,
        created: columns.time()?,
    })
}

/// From two columns: a secret, a public key, or none.
fn key(columns: &mut Columns<'_>) -> Result<Option<ClientKey>, StoreError> {
    match (columns.value::<Option<&str>>()?, columns.value::<Option<&[u8]>>()?) {
        (Some(secret), None) => Ok(Some(ClientKey::Secret(secret.into()))),
        (None, Some(der)) => Ok(Some(ClientKey::PublicKey(PublicKey::from_der(der)))),
        (None, None) => Ok(None),
        _ => Err(StoreError::corrupt("a client has not exactly one key")),
    }
}

/// The two columns of a key.
pub(crate) fn columns_of(key: Option<&ClientKey>) -> [Value<'_>; 2] {
    match key {
        Some(ClientKey::Secret(secret)) => [secret.expose().into(), Value::Bytes(None)],
        Some(ClientKey::PublicKey(key)) => [Value::Text(None), key.as_der().into()],
        None => [Value::Text(None), Value::Bytes(None)],
    }
}

/// What a window adds to the beginning of time is its length.
pub(crate) fn length_of(window: Option<Window>) -> Option<Timestamp> {
    window.map(|window| window.bounds(Timestamp::default()).1)
}

pub(crate) fn values(record: &ClientRecord) -> [Value<'_>; CLIENT_COLUMNS] {
    let [secret, public_key] = columns_of(Some(&record.key));
    let previous = record.previous();
    let [previous_secret, previous_public_key] = columns_of(previous.map(|previous| &previous.key));
    [
        record.id.as_str().into(),
        record.name.as_str().into(),
        secret,
        public_key,
        record.key_since.into(),
        previous_secret,
        previous_public_key,
        previous.map(|previous| previous.since).into(),
        Value::Texts(record.methods.as_deref()),
        record.callbacks[..].into(),
        record.callback_prefixes[..].into(),
        record.allow_oob.into(),
        record.two_legged.into(),
        record.scopes[..].into(),
        record.default_scopes[..].into(),
        length_of(record.window).into(),
        record.status.as_str().into(),
        record.created.into(),
    ]
}

const FIND: &str = concat!("SELECT ", client_columns!(), " FROM clients c WHERE c.id = $1");

const LIST: &str = concat!("SELECT ", client_columns!(), " FROM clients c ORDER BY c.id");

const ADD: &str = "INSERT INTO clients (id, name, secret, public_key, key_since, previous_secret,
        previous_public_key, previous_since, methods, callbacks, callback_prefixes, allow_oob, two_legged,
        scopes, default_scopes, timestamp_window, status, created)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)";

const UPDATE: &str = "UPDATE clients SET name = $2, secret = $3, public_key = $4, key_since = $5,
        previous_secret = $6, previous_public_key = $7, previous_since = $8, methods = $9, callbacks = $10,
        callback_prefixes = $11, allow_oob = $12, two_legged = $13, scopes = $14, default_scopes = $15,
        timestamp_window = $16, status = $17, created = $18, suspended_by_owner = false,
        revision = revision + 1
    WHERE id = $1";

/// A status that stays the same is no change, and so nobody is told.
const SET_STATUS: &str = "UPDATE clients SET status = $2, suspended_by_owner = false,
        revision = revision + (status <> $2 OR suspended_by_owner)::int
    WHERE id = $1";

const REMOVE: &str = "WITH temporary AS (DELETE FROM temporaries WHERE client = $1),
        token AS (DELETE FROM tokens WHERE client = $1 RETURNING record),
        token_use AS (DELETE FROM token_uses u USING token WHERE u.record = token.record),
        used AS (DELETE FROM client_usage WHERE client = $1)
    DELETE FROM clients WHERE id = $1";
