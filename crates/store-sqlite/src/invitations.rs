//! Invitations, and signing up.

use crate::{
    SqliteStore, accounts, identities,
    rows::{Columns, atomically, change, guarded, list, seconds, value},
};
use async_trait::async_trait;
use countersign_core::Timestamp;
use countersign_store::{
    ExternalIdentity, Invitation, InvitationStore, Outcome, Page, SignUp, SignedUp, StoreError,
    StoredInvitation,
};
use rusqlite::{Connection, Params};

#[async_trait]
impl InvitationStore for SqliteStore {
    async fn add_invitation(&self, invitation: &Invitation) -> Result<(), StoreError> {
        let Invitation { code_hash, made_by, note, created, expires } = invitation.clone();
        self.change(move |connection| {
            let values = (code_hash, made_by, note, seconds(created), seconds(expires));
            change(connection, INVITE, values).map(drop)
        })
        .await
    }

    async fn invitations(&self, page: Page) -> Result<Vec<StoredInvitation>, StoreError> {
        self.read(|connection| list(connection, INVITATIONS, (page.bound(), page.limit), invitation))
    }

    async fn withdraw_invitation(&self, record: i64) -> Result<Outcome, StoreError> {
        self.change(move |connection| {
            let sql = "DELETE FROM invitations WHERE record = ?1 AND redeemed_by IS NULL";
            guarded(connection, sql, [record])
        })
        .await
    }

    async fn sign_up(&self, who: &SignUp, now: Timestamp) -> Result<SignedUp, StoreError> {
        let who = who.clone();
        self.change_at(now, move |connection| {
            atomically(connection, |connection| match obstacle(connection, &who, now)? {
                Some(obstacle) => Ok(obstacle),
                None => enter(connection, who).map(|()| SignedUp::Done),
            })
        })
        .await
    }
}

/// What stands in the way. Nobody else writes between this and the end of the transaction.
fn obstacle(connection: &Connection, who: &SignUp, now: Timestamp) -> Result<Option<SignedUp>, StoreError> {
    if let Some(code) = who.invitation {
        let sql = "SELECT 1 FROM invitations WHERE code_hash = ?1 AND redeemed_by IS NULL AND expires > ?2";
        if !is_there(connection, sql, (code, seconds(now)))? {
            return Ok(Some(SignedUp::NotInvited));
        }
    }
    if is_there(connection, "SELECT 1 FROM accounts WHERE name = ?1", [&who.account.name])? {
        return Ok(Some(SignedUp::NameTaken));
    }
    if let Some(ExternalIdentity { issuer, subject, .. }) = &who.identity {
        let sql = "SELECT 1 FROM identities WHERE issuer = ?1 AND subject = ?2";
        if is_there(connection, sql, [issuer, subject])? {
            return Ok(Some(SignedUp::IdentityTaken));
        }
    }
    Ok(None)
}

fn is_there(connection: &Connection, sql: &str, params: impl Params) -> Result<bool, StoreError> {
    Ok(value::<i64>(connection, sql, params)?.is_some())
}

fn enter(connection: &Connection, who: SignUp) -> Result<(), StoreError> {
    accounts::add(connection, accounts::ADD, &who.account)?;
    let account = who.account.name;
    if let Some(identity) = who.identity {
        identities::connect(connection, &ExternalIdentity { account: account.clone(), ..identity })?;
    }
    if let Some(code) = who.invitation {
        change(connection, "UPDATE invitations SET redeemed_by = ?2 WHERE code_hash = ?1", (code, account))?;
    }
    Ok(())
}

fn invitation(columns: &mut Columns<'_>) -> Result<StoredInvitation, StoreError> {
    Ok(StoredInvitation {
        record: columns.value()?,
        invitation: Invitation {
            code_hash: columns.value()?,
            made_by: columns.value()?,
            note: columns.value()?,
            created: columns.time()?,
            expires: columns.time()?,
        },
        redeemed_by: columns.value()?,
    })
}

const INVITE: &str = "INSERT INTO invitations (code_hash, made_by, note, created, expires)
    VALUES (?1, ?2, ?3, ?4, ?5)";

const INVITATIONS: &str = "SELECT record, code_hash, made_by, note, created, expires, redeemed_by
    FROM invitations WHERE record < ?1 ORDER BY record DESC LIMIT ?2";
