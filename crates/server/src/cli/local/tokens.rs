//! Token credentials of a database of this machine.

use super::{Local, all};
use crate::{
    admin_api::tokens::{Issued, New, Shown},
    administration::{Refusal, tokens},
    audit::Event,
    check,
    cli::{
        act,
        administration::{Each, Tokens},
        block_on, client,
        token::{exists, no_account, no_token, was_revoked},
    },
    error::Error,
    stores::Stores,
};
use countersign_core::{ClientId, TokenId};
use countersign_provider::{Clock, System};
use countersign_store::{ClientStore, Outcome, ResourceOwner, StoreErrorKind, TokenRecord, TokenStore};

impl Tokens for Local {
    fn issue(&self, new: New) -> Result<Issued, Error> {
        let stores = self.0.stores_to_seal()?;
        let (record, warnings) = block_on(async {
            let id = ClientId::new(&new.client_id).map_err(|bad| Error::Refused(bad.to_string()))?;
            is_client(&stores, &id).await?;
            is_account(&stores, &new.owner).await?;
            check::scopes(&new.scopes)?;
            let (record, warnings) = new.record(&*stores.rows).await?;
            stores.sealed.issue(&record).await.map_err(|error| match error.kind() {
                StoreErrorKind::Conflict => exists(record.id.as_str()),
                _ => error.into(),
            })?;
            Ok((record, warnings))
        })?;
        act::record(&stores, tokens::about(&act::who(), Event::Issued, &record));
        Ok(Issued { token: record.id.as_str().into(), token_secret: record.secret.expose().into(), warnings })
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
        let stores = self.0.stores()?;
        let known = found(&stores, id)?;
        if block_on(async { Ok(stores.rows.revoke(id, System.now()).await?) })? == Outcome::Refused {
            return Err(was_revoked(id));
        }
        act::record(&stores, tokens::about(&act::who(), Event::Revoked, &known));
        Ok(())
    }

    fn take_back(&self, id: &str) -> Result<&'static str, Error> {
        let id = TokenId::new(id).map_err(|bad| Error::Refused(bad.to_string()))?;
        let stores = self.0.stores()?;
        let known = found(&stores, &id)?;
        if block_on(async { Ok(stores.rows.withdraw(&id).await?) })? == Outcome::Done {
            act::record(&stores, tokens::about(&act::who(), Event::Revoked, &known));
        }
        Ok("so it was not issued")
    }
}

fn found(stores: &Stores, id: &TokenId) -> Result<TokenRecord, Error> {
    block_on(async {
        match tokens::find(stores, id).await {
            Ok(known) => Ok(known),
            Err(Refusal::Store(error)) => Err(error.into()),
            Err(_) => Err(no_token(id)),
        }
    })
}

async fn is_client(stores: &Stores, id: &ClientId) -> Result<(), Error> {
    stores.rows.client(id).await?.map(drop).ok_or_else(|| client::unknown(id))
}

async fn is_account(stores: &Stores, name: &str) -> Result<(), Error> {
    stores.rows.account(name).await?.map(drop).ok_or_else(|| no_account(name))
}
