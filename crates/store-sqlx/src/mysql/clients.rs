//! Clients: found by requests, kept by operators.

use super::{
    MySqlStore,
    pool::{End, Work, exec},
    rows::Columns,
    values::{list, time},
};
use async_trait::async_trait;
use countersign_core::{ClientId, PublicKey, Timestamp, Window};
use countersign_store::{
    ClientKey, ClientRecord, ClientRegistry, ClientStatus, ClientStore, Outcome, StoreError,
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
        exec(connection, REMOVE_TOKENS, vec![id.clone()]).await?;
        Ok(match exec(connection, REMOVE, vec![id]).await? {
            1 => End::Commit(Outcome::Done),
            _ => End::RollBack(Outcome::Refused),
        })
    })
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
        name: columns.text()?.to_owned(),
        key: match (columns.optional_text()?, columns.optional_bytes()?) {
            (Some(secret), None) => ClientKey::Secret(secret.into()),
            (None, Some(der)) => ClientKey::PublicKey(PublicKey::from_der(der)),
            _ => return Err(StoreError::corrupt("a client has not exactly one key")),
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

/// The values of a row, in the order of the statements.
fn but_identifier(record: &ClientRecord) -> Vec<Value> {
    let (secret, public_key) = match &record.key {
        ClientKey::Secret(secret) => (Some(secret.expose()), None),
        ClientKey::PublicKey(key) => (None, Some(key.as_der())),
    };
    vec![
        record.name.as_str().into(),
        secret.into(),
        public_key.into(),
        record.methods.as_deref().map_or(Value::NULL, list),
        list(&record.callbacks),
        list(&record.callback_prefixes),
        record.allow_oob.into(),
        record.two_legged.into(),
        list(&record.scopes),
        list(&record.default_scopes),
        // What a window adds to the beginning of time is its length.
        record.window.map_or(Value::NULL, |window| time(window.bounds(Timestamp::default()).1)),
        record.status.as_str().into(),
        time(record.created),
    ]
}

const FIND: &str = concat!("SELECT ", client_columns!(), " FROM clients c WHERE c.id = ?");

const LIST: &str = concat!("SELECT ", client_columns!(), " FROM clients c ORDER BY c.id");

const ADD: &str = "INSERT INTO clients (id, name, secret, public_key, methods, callbacks, callback_prefixes,
        allow_oob, two_legged, scopes, default_scopes, timestamp_window, status, created)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";

const UPDATE: &str = "UPDATE clients SET name = ?, secret = ?, public_key = ?, methods = ?, callbacks = ?,
        callback_prefixes = ?, allow_oob = ?, two_legged = ?, scopes = ?, default_scopes = ?,
        timestamp_window = ?, status = ?, created = ?
    WHERE id = ?";

const SET_STATUS: &str = "UPDATE clients SET status = ? WHERE id = ?";

const REMOVE_TEMPORARIES: &str = "DELETE FROM temporaries WHERE client = ?";
const REMOVE_TOKENS: &str = "DELETE FROM tokens WHERE client = ?";
const REMOVE: &str = "DELETE FROM clients WHERE id = ?";
