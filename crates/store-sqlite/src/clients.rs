//! Clients: found by requests, kept by operators.

use crate::{
    SqliteStore,
    rows::{Columns, atomically, change, find, guarded, json, list, seconds},
};
use async_trait::async_trait;
use countersign_core::{ClientId, PublicKey, Timestamp, Window};
use countersign_store::{
    ClientKey, ClientRecord, ClientRegistry, ClientStatus, ClientStore, Outcome, StoreError,
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
        self.change(move |connection| {
            let sql = "UPDATE clients SET status = ?2 WHERE id = ?1";
            guarded(connection, sql, [id.as_str(), status.as_str()])
        })
        .await
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
        key: match (columns.optional_text()?, columns.optional_blob()?) {
            (Some(secret), None) => ClientKey::Secret(secret.into()),
            (None, Some(der)) => ClientKey::PublicKey(PublicKey::from_der(der)),
            _ => return Err(StoreError::corrupt("a client has not exactly one key")),
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

fn write(connection: &Connection, sql: &str, record: &ClientRecord) -> Result<usize, StoreError> {
    let (secret, public_key) = match &record.key {
        ClientKey::Secret(secret) => (Some(secret.expose()), None),
        ClientKey::PublicKey(key) => (None, Some(key.as_der())),
    };
    // What a window adds to the beginning of time is its length.
    let window = record.window.map(|window| seconds(window.bounds(Timestamp::default()).1));
    let values = params![
        record.id.as_str(),
        record.name,
        secret,
        public_key,
        record.methods.as_deref().map(json).transpose()?,
        json(&record.callbacks)?,
        json(&record.callback_prefixes)?,
        record.allow_oob,
        record.two_legged,
        json(&record.scopes)?,
        json(&record.default_scopes)?,
        window,
        record.status.as_str(),
        seconds(record.created),
    ];
    change(connection, sql, values)
}

const FIND: &str = concat!("SELECT ", client_columns!(), " FROM clients c WHERE c.id = ?1");
const LIST: &str = concat!("SELECT ", client_columns!(), " FROM clients c ORDER BY c.id");

const ADD: &str = "INSERT INTO clients (id, name, secret, public_key, methods, callbacks, callback_prefixes,
        allow_oob, two_legged, scopes, default_scopes, timestamp_window, status, created)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)";

const UPDATE: &str =
    "UPDATE clients SET name = ?2, secret = ?3, public_key = ?4, methods = ?5, callbacks = ?6,
        callback_prefixes = ?7, allow_oob = ?8, two_legged = ?9, scopes = ?10, default_scopes = ?11,
        timestamp_window = ?12, status = ?13, created = ?14
    WHERE id = ?1";
