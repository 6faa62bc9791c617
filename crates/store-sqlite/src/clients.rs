//! Clients: found by requests, kept by operators.

use crate::{
    SqliteStore,
    rows::{Columns, atomically, change, find, guarded, json, list, seconds},
};
use async_trait::async_trait;
use countersign_core::{ClientId, PublicKey, Timestamp, Window};
use countersign_store::{
    ClientKey, ClientRecord, ClientRegistry, ClientStatus, ClientStore, Outcome, PreviousKey, StoreError,
};
use rusqlite::{Connection, params};

#[async_trait]
impl ClientStore for SqliteStore {
    async fn client(&self, id: &ClientId) -> Result<Option<ClientRecord>, StoreError> {
        self.read(|connection| find(connection, FIND, [id.as_str()], read))
    }
}

#[async_trait]
impl ClientRegistry for SqliteStore {
    async fn add_client(&self, record: &ClientRecord) -> Result<(), StoreError> {
        self.write_client(ADD, record).await.map(drop)
    }

    async fn update_client(&self, record: &ClientRecord) -> Result<Outcome, StoreError> {
        self.write_client(UPDATE, record).await.map(Outcome::of_rows)
    }

    async fn clients(&self) -> Result<Vec<ClientRecord>, StoreError> {
        self.read(|connection| list(connection, LIST, [], read))
    }

    async fn set_client_status(&self, id: &ClientId, status: ClientStatus) -> Result<Outcome, StoreError> {
        let id = id.clone();
        self.change(move |connection| guarded(connection, SET_STATUS, [id.as_str(), status.as_str()])).await
    }

    async fn remove_client(&self, id: &ClientId) -> Result<Outcome, StoreError> {
        let id = id.clone();
        self.change(move |connection| {
            atomically(connection, |connection| {
                change(connection, "DELETE FROM temporaries WHERE client = ?1", [id.as_str()])?;
                change(connection, "DELETE FROM tokens WHERE client = ?1", [id.as_str()])?;
                guarded(connection, "DELETE FROM clients WHERE id = ?1", [id.as_str()])
            })
        })
        .await
    }
}

impl SqliteStore {
    async fn write_client(&self, sql: &'static str, record: &ClientRecord) -> Result<usize, StoreError> {
        let record = record.clone();
        self.change(move |connection| write(connection, sql, &record)).await
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
        methods: columns.optional_list()?,
        callbacks: columns.list()?,
        callback_prefixes: columns.list()?,
        allow_oob: columns.value()?,
        two_legged: columns.value()?,
        scopes: columns.list()?,
        default_scopes: columns.list()?,
        window: columns.value::<Option<u32>>()?.map(Window::seconds),
        status: columns.text()?.parse()?,
        created: columns.time()?,
    })
}

/// From two columns: a secret, a public key, or none.
fn key(columns: &mut Columns<'_>) -> Result<Option<ClientKey>, StoreError> {
    match (columns.optional_text()?, columns.optional_blob()?) {
        (Some(secret), None) => Ok(Some(ClientKey::Secret(secret.into()))),
        (None, Some(der)) => Ok(Some(ClientKey::PublicKey(PublicKey::from_der(der)))),
        (None, None) => Ok(None),
        _ => Err(StoreError::corrupt("a client has not exactly one key")),
    }
}

/// The two columns of a key.
pub(crate) fn columns_of(key: Option<&ClientKey>) -> (Option<&str>, Option<&[u8]>) {
    match key {
        Some(ClientKey::Secret(secret)) => (Some(secret.expose()), None),
        Some(ClientKey::PublicKey(key)) => (None, Some(key.as_der())),
        None => (None, None),
    }
}

/// What a window adds to the beginning of time is its length.
pub(crate) fn length_of(window: Option<Window>) -> Option<i64> {
    window.map(|window| seconds(window.bounds(Timestamp::default()).1))
}

/// Runs a statement that takes every field of a client.
pub(crate) fn write(connection: &Connection, sql: &str, record: &ClientRecord) -> Result<usize, StoreError> {
    let (secret, public_key) = columns_of(Some(&record.key));
    let previous = record.previous();
    let (previous_secret, previous_public_key) = columns_of(previous.map(|previous| &previous.key));
    let values = params![
        record.id.as_str(),
        record.name,
        secret,
        public_key,
        seconds(record.key_since),
        previous_secret,
        previous_public_key,
        previous.map(|previous| seconds(previous.since)),
        record.methods.as_deref().map(json).transpose()?,
        json(&record.callbacks)?,
        json(&record.callback_prefixes)?,
        record.allow_oob,
        record.two_legged,
        json(&record.scopes)?,
        json(&record.default_scopes)?,
        length_of(record.window),
        record.status.as_str(),
        seconds(record.created),
    ];
    change(connection, sql, values)
}

const FIND: &str = concat!("SELECT ", client_columns!(), " FROM clients c WHERE c.id = ?1");
const LIST: &str = concat!("SELECT ", client_columns!(), " FROM clients c ORDER BY c.id");

pub(crate) const ADD: &str = "INSERT INTO clients (id, name, secret, public_key, key_since, previous_secret,
        previous_public_key, previous_since, methods, callbacks, callback_prefixes, allow_oob, two_legged,
        scopes, default_scopes, timestamp_window, status, created)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)";

const UPDATE: &str = "UPDATE clients SET name = ?2, secret = ?3, public_key = ?4, key_since = ?5,
        previous_secret = ?6, previous_public_key = ?7, previous_since = ?8, methods = ?9, callbacks = ?10,
        callback_prefixes = ?11, allow_oob = ?12, two_legged = ?13, scopes = ?14, default_scopes = ?15,
        timestamp_window = ?16, status = ?17, created = ?18, suspended_by_owner = 0, revision = revision + 1
    WHERE id = ?1";

const SET_STATUS: &str = "UPDATE clients SET status = ?2, suspended_by_owner = 0, revision = revision + 1
    WHERE id = ?1";
