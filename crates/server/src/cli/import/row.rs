//! A row as it is written, and what it must hold.

use super::record::Record;
use crate::{check, password, public_key};
use countersign_core::{ClientId, Secret, Timestamp, TokenId, Window};
use countersign_provider::{Clock, System};
use countersign_store::{Account, ClientKey, ClientRecord, ClientStatus, TokenRecord, TokenStatus};
use serde::Deserialize;

/// A row; what it does not name has the default of the command that adds one.
#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "lowercase", deny_unknown_fields)]
pub(super) enum Row {
    Account {
        name: String,
        password_hash: Option<String>,
        #[serde(default)]
        admin: bool,
        #[serde(default)]
        disabled: bool,
        created: Option<u64>,
    },
    Client {
        client_id: String,
        client_secret: Option<String>,
        public_key: Option<String>,
        #[serde(default)]
        allow_small_key: bool,
        name: String,
        #[serde(default)]
        callbacks: Vec<String>,
        #[serde(default)]
        callback_prefixes: Vec<String>,
        #[serde(default)]
        allow_oob: bool,
        #[serde(default)]
        two_legged: bool,
        #[serde(default)]
        methods: Vec<String>,
        #[serde(default)]
        scopes: Vec<String>,
        window: Option<u32>,
        #[serde(default)]
        disabled: bool,
        created: Option<u64>,
    },
    Token {
        token: String,
        token_secret: String,
        client: String,
        owner: String,
        #[serde(default)]
        scopes: Vec<String>,
        issued: Option<u64>,
        expires: Option<u64>,
    },
}

impl Row {
    /// The record that it stands for.
    ///
    /// # Errors
    ///
    /// Why it could never work.
    pub(super) fn into_record(self) -> Result<Record, String> {
        let when = |seconds: Option<u64>| seconds.map_or_else(|| System.now(), Timestamp::from_seconds);
        match self {
            Self::Account { name, password_hash, admin, disabled, created } => {
                check::imported_account_name(&name).map_err(told)?;
                if let Some(hash) = &password_hash {
                    password::can_be_verified(hash).map_err(|why| {
                        format!("password_hash is none of argon2, as a PHC string ({PHC_STRING}): {why}")
                    })?;
                }
                let password_hash = password_hash.map(Secret::from);
                Ok(Record::Account(Account { name, password_hash, admin, disabled, created: when(created) }))
            }
            Self::Token { token, token_secret, client, owner, scopes, issued, expires } => {
                if token_secret.is_empty() {
                    return Err("token_secret is empty".into());
                }
                Ok(Record::Token(TokenRecord {
                    id: TokenId::new(&token).map_err(|bad| format!("token: {bad}"))?,
                    secret: token_secret.into(),
                    client: ClientId::new(&client).map_err(|bad| format!("client: {bad}"))?,
                    owner: owner.into(),
                    scopes: check::scopes(&scopes).map_err(told)?,
                    issued: when(issued),
                    expires: expires.map(Timestamp::from_seconds),
                    status: TokenStatus::Active,
                }))
            }
            client => client.into_client().map(Box::new).map(Record::Client),
        }
    }

    fn into_client(self) -> Result<ClientRecord, String> {
        let Self::Client {
            client_id,
            client_secret,
            public_key,
            allow_small_key,
            name,
            callbacks,
            callback_prefixes,
            allow_oob,
            two_legged,
            methods,
            scopes,
            window,
            disabled,
            created,
        } = self
        else {
            return Err("is no client".into());
        };
        check::client_name(&name).map_err(told)?;
        let id = ClientId::new(&client_id).map_err(|bad| format!("client_id: {bad}"))?;
        let key = match (client_secret.filter(|secret| !secret.is_empty()), public_key) {
            (Some(secret), None) => ClientKey::Secret(secret.into()),
            (None, Some(pem)) => {
                let minimum = if allow_small_key { 1024 } else { 2048 };
                let key = public_key::read(&pem, minimum).map_err(|wrong| format!("public_key: {wrong}"))?;
                ClientKey::PublicKey(key)
            }
            _ => return Err("a client has a client_secret or a public_key: one of the two".into()),
        };
        let scopes = check::scopes(&scopes).map_err(told)?;
        let created = created.map_or_else(|| System.now(), Timestamp::from_seconds);
        let record = ClientRecord {
            callbacks: check::callbacks(&callbacks).map_err(told)?,
            callback_prefixes: check::callbacks(&callback_prefixes).map_err(told)?,
            allow_oob,
            two_legged,
            methods: check::methods(&methods).map_err(told)?,
            default_scopes: scopes.clone(),
            scopes,
            window: window.map(Window::seconds),
            status: if disabled { ClientStatus::Suspended } else { ClientStatus::Active },
            created,
            key_since: created,
            ..ClientRecord::new(id, name, key)
        };
        check::can_sign(&record).map_err(told)?;
        Ok(record)
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it is what `map_err` hands over")]
fn told(error: crate::Error) -> String {
    error.to_string()
}

/// The form of what argon2 gives.
const PHC_STRING: &str = "$argon2id$v=19$m=MEMORY,t=TIME,p=LANES$SALT$HASH";
