//! What commands need to administrate, wherever it is done: [`local`](super::local), on a database of this machine, and
//! [`remote`](super::remote), by a server's API. What is shown of a thing is what that API shows of it, so that a command prints the same.

use super::{Place, local::Local, remote};
use crate::{
    admin_api::{
        accounts, api_keys, application, applications, audit, client_keys, identities, invitations, sessions,
        tokens, usage,
    },
    administration::approval::Step,
    error::Error,
};
use clap::{Args, Subcommand};
use countersign_core::{ClientId, Secret, TokenId};
use countersign_store::ClientStatus;

/// Commands that administrate, here or there.
#[derive(Debug, Args)]
pub(super) struct Administering<T: Subcommand> {
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    there: remote::There,
    #[command(subcommand)]
    pub(super) command: T,
}

impl<T: Subcommand> Administering<T> {
    /// Whom to ask, and for what.
    pub(super) fn open(self) -> Result<(Box<dyn Administration>, T), Error> {
        Ok((open(&self.there, self.place)?, self.command))
    }
}

/// Whom to ask: the server that is named, or a database.
pub(super) fn open(there: &remote::There, place: Place) -> Result<Box<dyn Administration>, Error> {
    Ok(match there.open(&place)? {
        Some(remote) => Box::new(remote),
        None => Box::new(Local(place)),
    })
}

/// All of it.
pub(super) trait Administration:
    Accounts + ApiKeys + Clients + Events + Invitations + Tokens + Usage
{
}

impl<T: Accounts + ApiKeys + Clients + Events + Invitations + Tokens + Usage> Administration for T {}

/// What is done with each thing of a list, as it is read.
pub(super) type Each<'a, T> = &'a mut dyn FnMut(T) -> Result<(), Error>;

/// Asks for a secret, once it is known that it is needed.
pub(super) type Ask<'a> = &'a dyn Fn() -> Result<Secret, Error>;

/// Accounts.
pub(super) trait Accounts {
    /// Adds one; its password is asked for.
    fn add_account(&self, name: &str, admin: bool, password: Ask<'_>) -> Result<(), Error>;
    /// All of them, by name.
    fn accounts(&self, each: Each<'_, accounts::Shown>) -> Result<(), Error>;
    /// Sets the password that is asked for, and ends the account's sessions.
    fn set_password(&self, name: &str, password: Ask<'_>) -> Result<(), Error>;
    fn disable_account(&self, name: &str) -> Result<(), Error>;
    fn enable_account(&self, name: &str) -> Result<(), Error>;
    /// Gives it the role of an administrator, or takes it away; nothing is wrong where it is so already.
    fn set_role(&self, name: &str, admin: bool) -> Result<(), Error>;
    /// Where it is signed in, the newest first.
    fn sessions(&self, name: &str) -> Result<Vec<sessions::Shown>, Error>;
    /// Ends all its sessions, and tells how many there were.
    fn end_sessions(&self, name: &str) -> Result<usize, Error>;
    /// Who it is elsewhere, by issuer and subject.
    fn identities(&self, name: &str) -> Result<Vec<identities::Shown>, Error>;
    /// Lets whoever is that elsewhere sign in as it.
    fn connect(&self, name: &str, new: identities::New) -> Result<(), Error>;
    /// Takes that back.
    fn disconnect(&self, name: &str, which: &identities::New) -> Result<(), Error>;
}

/// Keys of the administration's API.
pub(super) trait ApiKeys {
    fn make_key(&self, new: api_keys::New) -> Result<api_keys::MadeKey, Error>;
    /// All of them, the newest first.
    fn keys(&self, each: Each<'_, api_keys::Shown>) -> Result<(), Error>;
    fn revoke_key(&self, number: i64) -> Result<(), Error>;
}

/// Clients.
pub(super) trait Clients {
    fn register(&self, new: applications::New) -> Result<applications::Registered, Error>;
    /// All of them, or those of that status, the newest first.
    fn clients(&self, status: Option<ClientStatus>, each: Each<'_, application::Shown>) -> Result<(), Error>;
    fn client(&self, id: &ClientId) -> Result<application::Shown, Error>;
    /// Decides on the revision that was `seen`, or on whichever is there.
    fn decide(&self, id: &ClientId, step: &Step, seen: Option<u64>) -> Result<(), Error>;
    /// Gives it to another account.
    fn transfer(&self, id: &ClientId, to: &str) -> Result<(), Error>;
    fn remove_client(&self, id: &ClientId) -> Result<(), Error>;
    /// Adds a second key beside the one that it has.
    fn add_client_key(&self, id: &ClientId, new: client_keys::NewKey)
    -> Result<client_keys::AddedKey, Error>;
    /// Removes the one of two keys that is accepted since then.
    fn remove_client_key(&self, id: &ClientId, since: u64) -> Result<(), Error>;
}

/// The audit log.
pub(super) trait Events {
    /// What is asked for, as many as its limit says, the newest first.
    fn events(&self, asked: audit::Filter, each: Each<'_, audit::Shown>) -> Result<(), Error>;
}

/// Invitations.
pub(super) trait Invitations {
    fn invite(&self, new: invitations::New) -> Result<invitations::Invited, Error>;
    /// All of them, the newest first.
    fn invitations(&self, each: Each<'_, invitations::Shown>) -> Result<(), Error>;
    fn withdraw(&self, number: i64) -> Result<(), Error>;
}

/// Token credentials.
pub(super) trait Tokens {
    fn issue(&self, new: tokens::New) -> Result<tokens::Issued, Error>;
    /// Those of a client, of an account, of both, or all of them, the newest first.
    fn tokens(
        &self,
        client: Option<&ClientId>,
        user: Option<&str>,
        each: Each<'_, tokens::Shown>,
    ) -> Result<(), Error>;
    fn revoke(&self, id: &TokenId) -> Result<(), Error>;
    /// Takes back what nobody has seen, and says what came of it.
    fn take_back(&self, id: &str) -> Result<&'static str, Error>;
}

/// Who signs how.
pub(super) trait Usage {
    /// What is asked for, all of it.
    fn usage(&self, asked: usage::Filter, each: Each<'_, usage::Shown>) -> Result<(), Error>;
}

/// Whether there is nothing to do: nothing is wrong with suspending what is suspended. Who enables a client does not approve it by that.
pub(super) fn repeats(step: &Step, status: ClientStatus) -> bool {
    matches!(step, Step::Suspend | Step::Resume) && status == step.to()
}

/// Why nothing was decided: it is not what was looked at.
pub(super) fn changed(id: &ClientId) -> Error {
    Error::Refused(format!(
        "client {id} was changed meanwhile, so nothing was done: `countersign client show {id}` shows it, and its revision"
    ))
}

/// Why a step was not taken.
pub(super) fn not_taken(step: &Step, id: &ClientId, status: &str) -> Error {
    let instead = match step {
        Step::Approve | Step::Reject(_) => "`countersign client proposed` lists those that wait",
        Step::Suspend | Step::Resume => "`countersign client approve` lets it be used",
    };
    Error::Refused(format!("client {id} is {status}: {instead}"))
}
