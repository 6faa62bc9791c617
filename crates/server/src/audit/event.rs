//! What is recorded, each event by one name: whoever searches for one need not know which page, key or command did it.

use countersign_provider::audit::Action;
use std::sync::LazyLock;

/// Makes the list, so that none can be left out of it.
macro_rules! events {
    ($($(#[$what:meta])* $event:ident = $name:literal,)+) => {
        /// Something that an operator may have to account for.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub(crate) enum Event {
            $($(#[$what])* $event,)+
        }

        impl Event {
            /// As it is stored.
            pub(crate) const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$event => $name,)+
                }
            }

            /// Every one of them.
            pub(crate) const ALL: &[Self] = &[$(Self::$event,)+];
        }
    };
}

events! {
    /// An account was made for somebody.
    AccountAdded = "account_added",
    /// An account was disabled: its sessions ended, its tokens are refused.
    AccountDisabled = "account_disabled",
    /// A disabled account was enabled again.
    AccountEnabled = "account_enabled",
    /// An account became an administrator's, or was made as one.
    AdministratorAdded = "administrator_added",
    /// An account is no administrator's any more.
    AdministratorRemoved = "administrator_removed",
    /// A key of a program that administrates was made.
    ApiKeyAdded = "api_key_added",
    /// One was revoked.
    ApiKeyRevoked = "api_key_revoked",
    /// An application that waited may be used.
    ApplicationApproved = "application_approved",
    /// What an application says or may do was changed.
    ApplicationChanged = "application_changed",
    /// An application was registered.
    ApplicationRegistered = "application_registered",
    /// An application may not be used: its owner reads why.
    ApplicationRejected = "application_rejected",
    /// An application was removed with all its tokens.
    ApplicationRemoved = "application_removed",
    /// A suspended application goes on.
    ApplicationResumed = "application_resumed",
    /// An application's requests are refused.
    ApplicationSuspended = "application_suspended",
    /// An application was given to another account.
    ApplicationTransferred = "application_transferred",
    /// Events were saved to a file by an administrator.
    AuditExported = "audit_exported",
    /// Old events were deleted, as the retention says or a command.
    AuditForgotten = "audit_forgotten",
    /// A challenge to pages of the operator's own was accepted by their backend.
    ChallengeAccepted = "challenge_accepted",
    /// One was rejected by their backend.
    ChallengeRejected = "challenge_rejected",
    /// Somebody signs in to an account by who they are elsewhere.
    IdentityConnected = "identity_connected",
    /// They do no more.
    IdentityDisconnected = "identity_disconnected",
    /// A new key signs identity JWTs, or will.
    IdentityKeyAdded = "identity_key_added",
    /// A key that signed identity JWTs was removed.
    IdentityKeyRemoved = "identity_key_removed",
    /// Accounts, clients and tokens of another provider were brought in.
    Imported = "imported",
    /// An invitation to sign up was made.
    InvitationAdded = "invitation_added",
    /// One was taken back.
    InvitationWithdrawn = "invitation_withdrawn",
    /// Token credentials were issued without the dance.
    Issued = "issued",
    /// A client got a second key.
    KeyAdded = "key_added",
    /// One of a client's two keys was removed.
    KeyRemoved = "key_removed",
    /// Wrong passwords begin to delay who asks for an account from an address.
    LockedOut = "locked_out",
    /// A password was changed.
    PasswordChanged = "password_changed",
    /// Token credentials were revoked.
    Revoked = "revoked",
    /// A new key seals secrets in the database.
    SealingKeyAdded = "sealing_key_added",
    /// A key that sealed secrets was removed.
    SealingKeyRemoved = "sealing_key_removed",
    /// Secrets in the database were sealed anew.
    SecretsResealed = "secrets_resealed",
    /// One session was ended, by its owner or an administrator.
    SessionEnded = "session_ended",
    /// All sessions of an account were ended, or all but the one that asked.
    SessionsEnded = "sessions_ended",
    /// A password was wrong, at sign-in or where it is asked for again.
    SignInFailed = "sign_in_failed",
    /// Somebody signed in.
    SignedIn = "signed_in",
    /// Somebody signed out.
    SignedOut = "signed_out",
    /// Somebody made an account of their own.
    SignedUp = "signed_up",
}

/// Every event by name, those that the provider records by itself among them, in order.
pub(crate) static NAMES: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
    let ours = Event::ALL.iter().map(|event| event.as_str());
    let mut names: Vec<_> = ours.chain(DANCE.map(Action::as_str)).collect();
    names.sort_unstable();
    names.dedup();
    names
});

/// What the provider records by itself.
const DANCE: [Action; 7] = [
    Action::Denied,
    Action::Granted,
    Action::Guessed,
    Action::Initiated,
    Action::Issued,
    Action::Replayed,
    Action::Revoked,
];

impl From<Event> for String {
    fn from(event: Event) -> Self {
        event.as_str().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    const DOCUMENTED: &str = include_str!("../../../../docs/src/monitoring.md");

    #[test]
    fn the_book_lists_each_event_and_no_other() {
        let recorded: BTreeSet<_> = NAMES.iter().copied().collect();
        let (_, table) = DOCUMENTED.split_once("| event | when |").expect("the table of events");
        let rows = table.lines().skip(2).take_while(|line| line.starts_with('|'));
        let documented: BTreeSet<_> =
            rows.flat_map(|row| row.split('|').nth(1)?.trim().strip_prefix('`')?.strip_suffix('`')).collect();
        assert_eq!(documented, recorded);
    }
}
