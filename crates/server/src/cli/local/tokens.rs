//! Token credentials of a database of this machine.

use super::{Local, all};
use crate::{
    admin_api::tokens::{Issued, New, Shown},
    cli::{
        administration::{Each, Tokens},
        block_on, check, client,
        token::{exists, no_account, no_token, was_revoked},
    },
    error::Error,
    stores::Stores,
};
use countersign_core::{ClientId, TokenId};
use countersign_provider::{Clock, System};
use countersign_store::{ClientStore, Outcome, ResourceOwner, StoreErrorKind, TokenStore};

impl Tokens for Local {
    fn issue(&self, new: New) -> Result<Issued, Error> {
        let stores = self.0.stores_to_seal()?;
        block_on(async {
            let id = ClientId::new(&new.client_id).map_err(|bad| Error::Refused(bad.to_string()))?;
            is_client(&stores, &id).await?;
            is_account(&stores, &new.owner).await?;
            check::scopes(&new.scopes)?;
            let (record, warnings) = new.record(&*stores.rows).await?;
            stores.sealed.issue(&record).await.map_err(|error| match error.kind() {
                StoreErrorKind::Conflict => exists(record.id.as_str()),
                _ => error.into(),
            })?;
            Ok(Issued {
                token: record.id.as_str().into(),
                token_secret: record.secret.expose().into(),
                warnings,
            })
        })
    }

    fn tokens(
        &self,
        client: Option<&ClientId>,
        user: Option<&str>,
        each: Each<'_, Shown>,
    ) -> Result<(), Error> {
        let stores = self.0.stores()?;
        block_on(async {
            if let Some(id) = client {
                is_client(&stores, id).await?;
            }
            if let Some(name) = user {
                is_account(&stores, name).await?;
            }
            Ok(())
        })?;
        let (rows, owner) = (&stores.rows, user.map(ResourceOwner::from));
        all(async |page| rows.tokens(client, owner.as_ref(), page).await, |one| one.record, Shown::of, each)
    }

    fn revoke(&self, id: &TokenId) -> Result<(), Error> {
        let rows = self.0.stores()?.rows;
        block_on(async {
            if rows.revoke(id, System.now()).await? == Outcome::Done {
                return Ok(());
            }
            // Any client will do: the token is looked up by its own identifier.
            let any = ClientId::new("-").map_err(|bad| Error::Refused(bad.to_string()))?;
            let known = rows.load(&any, Some(id)).await?.token().is_some();
            Err(if known { was_revoked(id) } else { no_token(id) })
        })
    }

    fn take_back(&self, id: &str) -> Result<&'static str, Error> {
        let id = TokenId::new(id).map_err(|bad| Error::Refused(bad.to_string()))?;
        let rows = self.0.stores()?.rows;
        // OK because it is gone, whoever removed it
        let _ = block_on(async { Ok(rows.withdraw(&id).await?) })?;
        Ok("so it was not issued")
    }
}

async fn is_client(stores: &Stores, id: &ClientId) -> Result<(), Error> {
    stores.rows.client(id).await?.map(drop).ok_or_else(|| client::unknown(id))
}

async fn is_account(stores: &Stores, name: &str) -> Result<(), Error> {
    stores.rows.account(name).await?.map(drop).ok_or_else(|| no_account(name))
}
