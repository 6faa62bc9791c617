//! Invitations, and signing up.

use super::{PostgresStore, rows::Columns, values::Value};
use async_trait::async_trait;
use countersign_core::{Secret, Timestamp};
use countersign_store::{
    Invitation, InvitationStore, Outcome, Page, SignUp, SignedUp, StoreError, StoredInvitation,
};

#[async_trait]
impl InvitationStore for PostgresStore {
    async fn add_invitation(&self, invitation: &Invitation) -> Result<(), StoreError> {
        let values = [
            invitation.code_hash[..].into(),
            invitation.made_by.as_deref().into(),
            invitation.note.as_str().into(),
            invitation.created.into(),
            invitation.expires.into(),
        ];
        self.shared.lanes.change(ADD, &values).await.map(drop)
    }

    async fn invitations(&self, page: Page) -> Result<Vec<StoredInvitation>, StoreError> {
        let rows = self.shared.lanes.all(LIST, &[page.bound().into(), page.limit.into()]).await?;
        rows.iter().map(|row| read(&mut row.columns())).collect()
    }

    async fn withdraw_invitation(&self, record: i64) -> Result<Outcome, StoreError> {
        self.guarded(WITHDRAW, &[record.into()]).await
    }

    async fn sign_up(&self, who: &SignUp, now: Timestamp) -> Result<SignedUp, StoreError> {
        let (account, identity) = (&who.account, who.identity.as_ref());
        let values = [
            account.name.as_str().into(),
            account.password_hash.as_ref().map(Secret::expose).into(),
            account.admin.into(),
            account.disabled.into(),
            account.created.into(),
            identity.map(|identity| identity.issuer.as_str()).into(),
            identity.map(|identity| identity.subject.as_str()).into(),
            identity.map(|identity| identity.created).into(),
            Value::Bytes(who.invitation.as_ref().map(|code| &code[..])),
            now.into(),
        ];
        let row = self.shared.lanes.first(SIGN_UP, &values).await?;
        let row = row.ok_or_else(|| StoreError::corrupt("signing up gave no row"))?;
        match row.columns().text()? {
            "done" => Ok(SignedUp::Done),
            "name taken" => Ok(SignedUp::NameTaken),
            "identity taken" => Ok(SignedUp::IdentityTaken),
            "not invited" => Ok(SignedUp::NotInvited),
            _ => Err(StoreError::corrupt("signing up gave no answer")),
        }
    }
}

fn read(columns: &mut Columns<'_>) -> Result<StoredInvitation, StoreError> {
    Ok(StoredInvitation {
        record: columns.value()?,
        invitation: Invitation {
            code_hash: columns.hash()?,
            made_by: columns.value()?,
            note: columns.value()?,
            created: columns.time()?,
            expires: columns.time()?,
        },
        redeemed_by: columns.value()?,
    })
}

const ADD: &str = "INSERT INTO invitations (code_hash, made_by, note, created, expires)
    VALUES ($1, $2, $3, $4, $5)";

const LIST: &str = "SELECT record, code_hash, made_by, note, created, expires, redeemed_by
    FROM invitations WHERE record < $1 ORDER BY record DESC LIMIT $2";

const WITHDRAW: &str = "DELETE FROM invitations WHERE record = $1 AND redeemed_by IS NULL";

const SIGN_UP: &str = "SELECT sign_up($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
