//! Clients: found by requests, kept by operators.

use super::{
    MySqlStore,
    pool::{End, Work, exec},
    rows::Columns,
    values::{list, optional_time, time},
};
use async_trait::async_trait;
use countersign_core::{ClientId, PublicKey, Timestamp, Window};
use countersign_store::{
    ClientKey, ClientRecord, ClientRegistry, ClientStatus, ClientStore, Outcome, PreviousKey, StoreError,
};
use mysql_async::{Conn, Value};

#[async_trait]
impl ClientStore for MySqlStore {
    async fn client(&self, id: &ClientId) -> Result<Option<ClientRecord>, StoreError> {
        let found = self.shared.pool.first(FIND, vec![id.as_str().into()]).await?;
        found.map(|row| read(&mut Columns::of(&row))).transpose()
    }
}

#[async_trait]
impl ClientRegistry for MySqlStore {
    async fn add_client(&self, record: &ClientRecord) -> Result<(), StoreError> {
        let mut values = vec![record.id.as_str().into()];
        values.extend(but_identifier(record));
        self.shared.pool.change(ADD, values).await.map(drop)
    }

    async fn update_client(&self, record: &ClientRecord) -> Result<Outcome, StoreError> {
        let mut values = but_identifier(record);
        values.push(record.id.as_str().into());
        self.shared.pool.guarded(UPDATE, values).await
    }

    async fn clients(&self) -> Result<Vec<ClientRecord>, StoreError> {
        let rows = self.shared.pool.all(LIST, Vec::new()).await?;
        rows.iter().map(|row| read(&mut Columns::of(row))).collect()
    }

    async fn set_client_status(&self, id: &ClientId, status: ClientStatus) -> Result<Outcome, StoreError> {
        self.shared.pool.guarded(SET_STATUS, vec![status.as_str().into(), id.as_str().into()]).await
    }

    async fn remove_client(&self, id: &ClientId) -> Result<Outcome, StoreError> {
        let id: Value = id.as_str().into();
        self.shared.pool.transaction(move |connection| remove(connection, id.clone())).await
    }
}

fn remove(connection: &mut Conn, id: Value) -> Work<'_, End<Outcome>> {
    Box::pin(async move {
        exec(connection, REMOVE_TEMPORARIES, vec![id.clone()]).await?;
        exec(connection, REMOVE_USES, vec![id.clone()]).await?;
        exec(connection, REMOVE_TOKENS, vec![id.clone()]).await?;
        exec(connection, REMOVE_USAGE, vec![id.clone()]).await?;
        Ok(match exec(connection, REMOVE, vec![id]).await? {
            1 => End::Commit(Outcome::Done),
            _ => End::RollBack(Outcome::Refused),
        })
    })
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
        name: columns.text()?.to_owned(),
        key: key(columns)?.ok_or_else(|| StoreError::corrupt("a client has no key"))?,
        key_since: columns.time()?,
        previous_key: match (key(columns)?, columns.optional_time()?) {
            (Some(key), Some(since)) => Some(PreviousKey { key, since }),
            (None, None) => None,
            _ => return Err(StoreError::corrupt("half a previous key")),
        },
        methods: columns.optional_list()?,
        callbacks: columns.list()?,
        callback_prefixes: columns.list()?,
        allow_oob: columns.flag()?,
        two_legged: columns.flag()?,
        scopes: columns.list()?,
        default_scopes: columns.list()?,
        window: {
            let seconds = columns.optional_number()?.map(u32::try_from);
            seconds.transpose().map_err(StoreError::corrupt)?.map(Window::seconds)
        },
        status: columns.text()?.parse()?,
        created: columns.time()?,
    })
}

/// From two columns: a secret, a public key, or none.
fn key(columns: &mut Columns<'_>) -> Result<Option<ClientKey>, StoreError> {
    match (columns.optional_text()?, columns.optional_bytes()?) {
        (Some(secret), None) => Ok(Some(ClientKey::Secret(secret.into()))),
        (None, Some(der)) => Ok(Some(ClientKey::PublicKey(PublicKey::from_der(der)))),
        (None, None) => Ok(None),
        _ => Err(StoreError::corrupt("a client has not exactly one key")),
    }
}

/// The two columns of a key.
pub(crate) fn columns_of(key: Option<&ClientKey>) -> [Value; 2] {
    match key {
        Some(ClientKey::Secret(secret)) => [secret.expose().into(), Value::NULL],
        Some(ClientKey::PublicKey(key)) => [Value::NULL, key.as_der().into()],
        None => [Value::NULL, Value::NULL],
    }
}

/// What a window adds to the beginning of time is its length.
pub(crate) fn length_of(window: Option<Window>) -> Value {
    window.map_or(Value::NULL, |window| time(window.bounds(Timestamp::default()).1))
}

/// The values of a row, in the order of the statements.
pub(crate) fn but_identifier(record: &ClientRecord) -> Vec<Value> {
    let [secret, public_key] = columns_of(Some(&record.key));
    let previous = record.previous();
    let [previous_secret, previous_public_key] = columns_of(previous.map(|previous| &previous.key));
    vec![
        record.name.as_str().into(),
        secret,
        public_key,
        time(record.key_since),
        previous_secret,
        previous_public_key,
        optional_time(previous.map(|previous| previous.since)),
        record.methods.as_deref().map_or(Value::NULL, list),
        list(&record.callbacks),
        list(&record.callback_prefixes),
        record.allow_oob.into(),
        record.two_legged.into(),
        list(&record.scopes),
        list(&record.default_scopes),
        length_of(record.window),
        record.status.as_str().into(),
        time(record.created),
    ]
}

const FIND: &str = concat!("SELECT ", client_columns!(), " FROM clients c WHERE c.id = ?");

const LIST: &str = concat!("SELECT ", client_columns!(), " FROM clients c ORDER BY c.id");

const ADD: &str = "INSERT INTO clients (id, name, secret, public_key, key_since, previous_secret,
        previous_public_key, previous_since, methods, callbacks, callback_prefixes, allow_oob, two_legged,
        scopes, default_scopes, timestamp_window, status, created)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";

const UPDATE: &str = "UPDATE clients SET name = ?, secret = ?, public_key = ?, key_since = ?,
        previous_secret = ?, previous_public_key = ?, previous_since = ?, methods = ?, callbacks = ?,
        callback_prefixes = ?, allow_oob = ?, two_legged = ?, scopes = ?, default_scopes = ?,
        timestamp_window = ?, status = ?, created = ?, suspended_by_owner = 0,
        revision = revision + 1
    WHERE id = ?";

const SET_STATUS: &str = "UPDATE clients SET status = ?, suspended_by_owner = 0, revision = revision + 1
    WHERE id = ?";

const REMOVE_TEMPORARIES: &str = "DELETE FROM temporaries WHERE client = ?";
const REMOVE_USES: &str =
    "DELETE u FROM token_uses u JOIN tokens t ON t.record = u.record WHERE t.client = ?";
const REMOVE_USAGE: &str = "DELETE FROM client_usage WHERE client = ?";
const REMOVE_TOKENS: &str = "DELETE FROM tokens WHERE client = ?";
const REMOVE: &str = "DELETE FROM clients WHERE id = ?";
