//! Token credentials of a server.

use super::{Remote, fault::Fault, path};
use crate::{
    admin_api::tokens::{Issued, New, Shown},
    check,
    cli::{
        administration::{Each, Tokens},
        client,
        token::{exists, no_account, no_token, was_revoked},
    },
    error::Error,
};
use countersign_core::{ClientId, TokenId};
use http::StatusCode;

impl Tokens for Remote {
    fn issue(&self, new: New) -> Result<Issued, Error> {
        check::scopes(&new.scopes)?;
        self.create("/tokens", &new).map_err(|fault: Fault| {
            if fault.is_about("client_id") {
                let id = ClientId::new(&new.client_id);
                return id.map_or_else(|bad| Error::Refused(bad.to_string()), |id| client::unknown(&id));
            }
            if fault.is_about("owner") && self.has_account(&new.owner).ok().flatten() == Some(false) {
                return no_account(&new.owner);
            }
            match &new.token {
                Some(id) if fault.is(StatusCode::CONFLICT) => exists(id),
                _ => fault.into(),
            }
        })
    }

    fn tokens(
        &self,
        client: Option<&ClientId>,
        user: Option<&str>,
        each: Each<'_, Shown>,
    ) -> Result<(), Error> {
        let mut count = 0;
        let query = [("client", client.map(ClientId::as_str)), ("owner", user)];
        self.all("/tokens", &query, &mut |token| {
            count += 1;
            each(token)
        })?;
        if count > 0 {
            return Ok(());
        }
        // None may be listed because nobody is there whose they could be; if the key may look.
        if let Some(id) = client
            && let Err(fault) = self.get::<serde_json::Value>(&path("applications", id.as_str(), ""))
            && fault.is(StatusCode::NOT_FOUND)
        {
            return Err(client::unknown(id));
        }
        match user {
            Some(name) if self.has_account(name)? == Some(false) => Err(no_account(name)),
            _ => Ok(()),
        }
    }

    fn revoke(&self, id: &TokenId) -> Result<(), Error> {
        let path = path("tokens", id.as_str(), "");
        // The API revokes what is revoked; who types it is told, if the key may look.
        if self.get::<Shown>(&path).is_ok_and(|token| token.status == "revoked") {
            return Err(was_revoked(id));
        }
        self.delete(&path).map_err(|fault| fault.or_absent(no_token(id)))
    }

    fn take_back(&self, id: &str) -> Result<&'static str, Error> {
        self.delete(&path("tokens", id, ""))?;
        Ok("so it was revoked")
    }
}
