//! A record on its way into the database: stored, there already, or refused.

use crate::{error::Error, stores::Stores};
use countersign_store::{
    Account, Addition, ClientKey, ClientRecord, ClientStore, StoreError, StoreErrorKind, TokenRecord,
    TokenStore,
};
use std::collections::HashSet;

/// What a row stands for.
#[derive(Debug)]
pub(super) enum Record {
    Account(Account),
    Client(Box<ClientRecord>),
    Token(TokenRecord),
}

/// What became of a row.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// It is stored now.
    Added,
    /// It was there, and the same.
    Known,
    /// It cannot be stored; why.
    Refused(String),
}

/// What the rows so far would have added.
#[derive(Default)]
pub(super) struct Known {
    accounts: HashSet<String>,
    clients: HashSet<String>,
}

/// Rows of one kind, with their lines.
pub(super) type Batch = Vec<(u64, Record)>;

/// Stores what can be; never changes what is there.
///
/// # Errors
///
/// What is no fault of a row.
pub(super) async fn store(batch: Batch, stores: &Stores) -> Result<Vec<(u64, Fate)>, Error> {
    let (mut accounts, mut tokens, mut additions) = (Vec::new(), Vec::new(), Vec::new());
    for (_, record) in &batch {
        match record {
            Record::Account(account) => accounts.push(account.clone()),
            Record::Client(client) => additions.push(add_client(client, stores).await?),
            Record::Token(token) => tokens.push(stores.sealed.seal_token(token)?),
        }
    }
    additions.extend(stores.rows.add_accounts(&accounts).await?);
    additions.extend(stores.rows.add_tokens(&tokens).await?);
    let mut fates = Vec::with_capacity(batch.len());
    for ((line, record), addition) in batch.into_iter().zip(additions) {
        fates.push((line, record.fate(addition, stores).await?));
    }
    Ok(fates)
}

async fn add_client(client: &ClientRecord, stores: &Stores) -> Result<Addition, StoreError> {
    match stores.rows.add_client(&stores.sealed.seal_client(client)?).await {
        Ok(()) => Ok(Addition::Added),
        Err(error) if error.kind() == StoreErrorKind::Conflict => Ok(Addition::Conflict),
        Err(error) => Err(error),
    }
}

impl Record {
    async fn fate(&self, addition: Addition, stores: &Stores) -> Result<Fate, Error> {
        match (addition, self) {
            (Addition::Added, _) => Ok(Fate::Added),
            (Addition::NoClient, Self::Token(token)) => Ok(Fate::Refused(no_client(token))),
            (Addition::NoOwner, Self::Token(token)) => Ok(Fate::Refused(no_owner(token))),
            _ => self.beside(stores).await,
        }
    }

    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Account(_) => "account",
            Self::Client(_) => "client",
            Self::Token(_) => "token",
        }
    }

    /// What would become of it.
    ///
    /// # Errors
    ///
    /// What is no fault of the row.
    pub(super) async fn try_out(self, stores: &Stores, known: &mut Known) -> Result<Fate, Error> {
        if let Some(reason) = self.orphaned(stores, known).await? {
            return Ok(Fate::Refused(reason));
        }
        let fate = if self.is_there(stores).await? { self.beside(stores).await? } else { Fate::Added };
        match self {
            Self::Account(account) => drop(known.accounts.insert(account.name)),
            Self::Client(client) => drop(known.clients.insert(client.id.as_str().into())),
            Self::Token(_) => {}
        }
        Ok(fate)
    }

    /// Why a token would belong to nobody.
    async fn orphaned(&self, stores: &Stores, known: &Known) -> Result<Option<String>, StoreError> {
        let Self::Token(token) = self else { return Ok(None) };
        let (client, owner) = (token.client.as_str(), token.owner.as_str());
        if !known.clients.contains(client) && stores.rows.client(&token.client).await?.is_none() {
            return Ok(Some(no_client(token)));
        }
        if !known.accounts.contains(owner) && stores.rows.account(owner).await?.is_none() {
            return Ok(Some(no_owner(token)));
        }
        Ok(None)
    }

    async fn is_there(&self, stores: &Stores) -> Result<bool, StoreError> {
        Ok(match self {
            Self::Account(account) => stores.rows.account(&account.name).await?.is_some(),
            Self::Client(client) => stores.rows.client(&client.id).await?.is_some(),
            Self::Token(token) => stores.rows.load(&token.client, Some(&token.id)).await?.token().is_some(),
        })
    }

    /// Beside one of that name: the same, or refused.
    async fn beside(&self, stores: &Stores) -> Result<Fate, Error> {
        let same = match self {
            // Its password may have been changed since; nothing else of an account is worth a conflict.
            Self::Account(_) => true,
            Self::Client(client) => {
                stores.sealed.client(&client.id).await?.is_some_and(|there| is_same_client(&there, client))
            }
            Self::Token(token) => {
                let there = stores.sealed.load(&token.client, Some(&token.id)).await?;
                there.token().is_some_and(|there| is_same_token(there, token))
            }
        };
        let kind = self.kind();
        Ok(if same { Fate::Known } else { Fate::Refused(format!("there is another {kind} of that name")) })
    }
}

fn no_client(token: &TokenRecord) -> String {
    format!("there is no client {}: put its row before this one", token.client)
}

fn no_owner(token: &TokenRecord) -> String {
    format!("there is no account {}: put its row before this one", token.owner.as_str())
}

fn is_same_client(there: &ClientRecord, client: &ClientRecord) -> bool {
    let same_key = match (&there.key, &client.key) {
        (ClientKey::Secret(there), ClientKey::Secret(secret)) => there.matches(secret.expose()),
        (ClientKey::PublicKey(there), ClientKey::PublicKey(key)) => there == key,
        _ => false,
    };
    same_key && there.callbacks == client.callbacks && there.scopes == client.scopes
}

fn is_same_token(there: &TokenRecord, token: &TokenRecord) -> bool {
    there.secret.matches(token.secret.expose())
        && (&there.client, &there.owner, &there.scopes) == (&token.client, &token.owner, &token.scopes)
}
