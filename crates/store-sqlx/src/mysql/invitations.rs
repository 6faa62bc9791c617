//! Invitations, and signing up.

use super::{
    MySqlStore, accounts,
    failure::kind,
    pool::{End, Work, exec},
    rows::Columns,
    values::time,
};
use async_trait::async_trait;
use countersign_core::Timestamp;
use countersign_store::{
    Invitation, InvitationStore, Outcome, Page, SignUp, SignedUp, StoreError, StoreErrorKind,
    StoredInvitation,
};
use mysql_async::{Conn, Error, Value};

#[async_trait]
impl InvitationStore for MySqlStore {
    async fn add_invitation(&self, invitation: &Invitation) -> Result<(), StoreError> {
        let values = vec![
            invitation.code_hash[..].into(),
            invitation.made_by.as_deref().into(),
            invitation.note.as_str().into(),
            time(invitation.created),
            time(invitation.expires),
        ];
        self.shared.pool.change(ADD, values).await.map(drop)
    }

    async fn invitations(&self, page: Page) -> Result<Vec<StoredInvitation>, StoreError> {
        let rows = self.shared.pool.all(LIST, vec![page.bound().into(), page.limit.into()]).await?;
        rows.iter().map(|row| read(&mut Columns::of(row))).collect()
    }

    async fn withdraw_invitation(&self, record: i64) -> Result<Outcome, StoreError> {
        self.shared.pool.guarded(WITHDRAW, vec![record.into()]).await
    }

    async fn sign_up(&self, who: &SignUp, now: Timestamp) -> Result<SignedUp, StoreError> {
        let name = Value::from(who.account.name.as_str());
        let code = who.invitation.map(|code| vec![name.clone(), code[..].into(), time(now)]);
        let account = accounts::values(&who.account);
        let identity = who.identity.as_ref().map(|identity| {
            let (issuer, subject) = (identity.issuer.as_str().into(), identity.subject.as_str().into());
            vec![issuer, subject, name, time(identity.created)]
        });
        let pool = &self.shared.pool;
        pool.transaction(move |connection| enter(connection, code.clone(), account.clone(), identity.clone()))
            .await
    }
}

/// All of it, or nothing. Whoever comes second waits for the first one's row, and then sees it.
fn enter(
    connection: &mut Conn,
    code: Option<Vec<Value>>,
    account: Vec<Value>,
    identity: Option<Vec<Value>>,
) -> Work<'_, End<SignedUp>> {
    Box::pin(async move {
        if let Some(code) = code
            && exec(connection, REDEEM, code).await? != 1
        {
            return Ok(End::RollBack(SignedUp::NotInvited));
        }
        if is_taken(exec(connection, accounts::ADD, account).await)? {
            return Ok(End::RollBack(SignedUp::NameTaken));
        }
        if let Some(identity) = identity
            && is_taken(exec(connection, CONNECT, identity).await)?
        {
            return Ok(End::RollBack(SignedUp::IdentityTaken));
        }
        Ok(End::Commit(SignedUp::Done))
    })
}

fn is_taken(added: Result<u64, Error>) -> Result<bool, Error> {
    match added {
        Ok(_) => Ok(false),
        Err(error) if kind(&error) == StoreErrorKind::Conflict => Ok(true),
        Err(error) => Err(error),
    }
}

fn read(columns: &mut Columns<'_>) -> Result<StoredInvitation, StoreError> {
    Ok(StoredInvitation {
        record: columns.number()?,
        invitation: Invitation {
            code_hash: columns.hash()?,
            made_by: columns.optional_owned()?,
            note: columns.owned()?,
            created: columns.time()?,
            expires: columns.time()?,
        },
        redeemed_by: columns.optional_owned()?,
    })
}

const ADD: &str =
    "INSERT INTO invitations (code_hash, made_by, note, created, expires) VALUES (?, ?, ?, ?, ?)";

const LIST: &str = "SELECT record, code_hash, made_by, note, created, expires, redeemed_by
    FROM invitations WHERE record < ? ORDER BY record DESC LIMIT ?";

const WITHDRAW: &str = "DELETE FROM invitations WHERE record = ? AND redeemed_by IS NULL";

const REDEEM: &str = "UPDATE invitations SET redeemed_by = ?
    WHERE code_hash = ? AND redeemed_by IS NULL AND expires > ?";

const CONNECT: &str = "INSERT INTO identities (issuer, subject, account, created) VALUES (?, ?, ?, ?)";
