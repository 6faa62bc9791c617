//! Clients: found by requests, kept by operators.

use super::{PostgresStore, rows::Columns, values::Value};
use async_trait::async_trait;
use countersign_core::{ClientId, PublicKey, Timestamp, Window};
use countersign_store::{
    ClientKey, ClientRecord, ClientRegistry, ClientStatus, ClientStore, Outcome, StoreError,
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
        "c.id, c.name, c.secret, c.public_key, c.methods, c.callbacks, c.callback_prefixes, c.allow_oob, \
         c.two_legged, c.scopes, c.default_scopes, c.timestamp_window, c.status, c.created"
    };
}
pub(crate) use client_columns;

/// How many they are.
pub(crate) const CLIENT_COLUMNS: usize = 14;

/// Reads a client from its columns.
pub(crate) fn read(columns: &mut Columns<'_>) -> Result<ClientRecord, StoreError> {
    Ok(ClientRecord {
        id: columns.id()?,
        name: columns.value()?,
        key: match (columns.value::<Option<&str>>()?, columns.value::<Option<&[u8]>>()?) {
            (Some(secret), None) => ClientKey::Secret(secret.into()),
            (None, Some(der)) => ClientKey::PublicKey(PublicKey::from_der(der)),
            _ => return Err(StoreError::corrupt("a client has not exactly one key")),
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

fn values(record: &ClientRecord) -> [Value<'_>; CLIENT_COLUMNS] {
    let (secret, public_key) = match &record.key {
        ClientKey::Secret(secret) => (Some(secret.expose()), None),
        ClientKey::PublicKey(key) => (None, Some(key.as_der())),
    };
    [
        record.id.as_str().into(),
        record.name.as_str().into(),
        secret.into(),
        Value::Bytes(public_key),
        Value::Texts(record.methods.as_deref()),
        record.callbacks[..].into(),
        record.callback_prefixes[..].into(),
        Value::Flag(record.allow_oob),
        Value::Flag(record.two_legged),
        record.scopes[..].into(),
        record.default_scopes[..].into(),
        // What a window adds to the beginning of time is its length.
        record.window.map(|window| window.bounds(Timestamp::default()).1).into(),
        record.status.as_str().into(),
        record.created.into(),
    ]
}

const FIND: &str = concat!("SELECT ", client_columns!(), " FROM clients c WHERE c.id = $1");

const LIST: &str = concat!("SELECT ", client_columns!(), " FROM clients c ORDER BY c.id");

const ADD: &str = "INSERT INTO clients (id, name, secret, public_key, methods, callbacks, callback_prefixes,
        allow_oob, two_legged, scopes, default_scopes, timestamp_window, status, created)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)";

const UPDATE: &str =
    "UPDATE clients SET name = $2, secret = $3, public_key = $4, methods = $5, callbacks = $6,
        callback_prefixes = $7, allow_oob = $8, two_legged = $9, scopes = $10, default_scopes = $11,
        timestamp_window = $12, status = $13, created = $14
    WHERE id = $1";

const SET_STATUS: &str = "UPDATE clients SET status = $2 WHERE id = $1";

const REMOVE: &str = "WITH temporary AS (DELETE FROM temporaries WHERE client = $1),
        token AS (DELETE FROM tokens WHERE client = $1)
    DELETE FROM clients WHERE id = $1";
