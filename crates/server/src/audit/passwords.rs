//! Wrong passwords, and that they begin to delay whoever gives them.

use super::{Event, Recorder, seldom::Seldom};
use crate::network::Network;
use countersign_core::Timestamp;
use countersign_provider::{Clock, System};
use countersign_store::AuditEntry;
use std::{net::IpAddr, time::Duration};

/// Who is recorded of those who guess, within a minute.
///
/// # Security
///
/// Names that no account has cost a guesser nothing. They have room of their own, so that noise on them hides nobody's guesses for an
/// account; and one account takes a part of the room for all of them.
pub(super) struct Guessers {
    of_accounts: Seldom<(String, Network)>,
    of_nobody: Seldom<Network>,
}

/// Where a password was asked for.
#[derive(Clone, Copy)]
pub(crate) enum Asked {
    AtSignIn,
    BeforeAChange,
}

impl Recorder {
    /// Records a wrong password: one a minute for each account and network, and some dozens a minute in all, so that no
    /// stranger fills the table. How many were not recorded for lack of room is recorded when their minute has ended. The same holds for
    /// lock-outs, counted apart.
    ///
    /// # Security
    ///
    /// `account` is one that exists: what somebody typed who has none may be a password in the wrong field, and is nowhere
    /// recorded.
    pub(crate) fn wrong_password(
        &self,
        account: Option<&str>,
        address: Option<IpAddr>,
        asked: Asked,
        locks_out: bool,
        at: Timestamp,
    ) {
        let network = Network::of(address);
        let entry = |event| AuditEntry {
            owner: account.map(Into::into),
            address: address.map(|address| address.to_string()),
            detail: asked.detail().map(ToOwned::to_owned),
            ..AuditEntry::new(at, event)
        };
        if self.0.wrong_passwords.is_news(account, network, at) {
            self.append(entry(Event::SignInFailed));
        }
        if locks_out && self.0.lock_outs.is_news(account, network, at) {
            self.append(entry(Event::LockedOut));
        }
    }

    /// Records, once a minute, how many were left out before.
    pub(crate) async fn keep_counting_guesses(self) {
        loop {
            tokio::time::sleep(MINUTE).await;
            let now = System.now();
            self.count_guesses(now, now);
        }
    }

    /// Records how many were left out in minutes that have ended by then.
    pub(super) fn count_guesses(&self, ended: Timestamp, at: Timestamp) {
        for (event, guessers) in
            [(Event::SignInFailed, &self.0.wrong_passwords), (Event::LockedOut, &self.0.lock_outs)]
        {
            if let Some(detail) = guessers.left_out(ended) {
                self.append(AuditEntry { detail: Some(detail), ..AuditEntry::new(at, event) });
            }
        }
    }
}

impl Guessers {
    fn is_news(&self, account: Option<&str>, network: Network, at: Timestamp) -> bool {
        let Some(account) = account else { return self.of_nobody.is_news(&network, at) };
        let (who, same) = ((account.to_owned(), network), |(name, _): &(String, Network)| name == account);
        self.of_accounts.is_news_among(&who, at, MOST_OF_AN_ACCOUNT, same)
    }

    fn left_out(&self, ended: Timestamp) -> Option<String> {
        let (accounts, nobody) = (self.of_accounts.left_out(ended), self.of_nobody.left_out(ended));
        (accounts.max(nobody) > 0).then(|| {
            format!(
                "not recorded one by one: {accounts} for accounts, {nobody} for names that no account has"
            )
        })
    }
}

impl Default for Guessers {
    fn default() -> Self {
        Self { of_accounts: Seldom::of(MOST_OF_ACCOUNTS), of_nobody: Seldom::of(MOST_OF_NOBODY) }
    }
}

impl Asked {
    const fn detail(self) -> Option<&'static str> {
        match self {
            Self::AtSignIn => None,
            Self::BeforeAChange => Some("the password that is asked for before a change"),
        }
    }
}

const MINUTE: Duration = Duration::from_secs(60);
/// How many are recorded in a minute of those who guess for accounts.
const MOST_OF_ACCOUNTS: usize = 60;
/// How many of them for one account.
const MOST_OF_AN_ACCOUNT: usize = 12;
/// How many of those who guess for names that no account has.
const MOST_OF_NOBODY: usize = 20;

#[cfg(test)]
mod tests {
    use super::*;
    use countersign_store::{AdminStore, AuditFilter, AuditStore as _, Page};
    use countersign_store_sqlite::{Options, SqliteStore};
    use std::sync::Arc;

    const AT: Timestamp = Timestamp::from_seconds(1_800_000_000);

    fn from(last: u32) -> Network {
        Network::of(Some(IpAddr::from((0xC633_6400 + last).to_be_bytes())))
    }

    #[test]
    fn noise_on_names_that_do_not_exist_hides_no_guess_for_an_account() {
        let guessers = Guessers::default();
        let noise = |at| (0..5000).filter(|last| guessers.is_news(None, from(*last), at)).count();
        assert_eq!(noise(AT), MOST_OF_NOBODY);
        assert!(guessers.is_news(Some("jane"), from(7), AT));
        let told = "not recorded one by one: 0 for accounts, 4980 for names that no account has";
        assert_eq!(guessers.left_out(AT.plus(60)).as_deref(), Some(told));
        assert_eq!(guessers.left_out(AT.plus(120)), None);
    }

    #[tokio::test]
    async fn guesses_that_were_left_out_are_recorded_as_a_number_at_the_latest_when_the_server_stops() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = SqliteStore::open(folder.path().join("x.db"), Options::default()).expect("a database");
        let store = Arc::new(store);
        let recorder = Recorder::new(Arc::clone(&store) as Arc<dyn AdminStore>, None);
        for last in 0..30 {
            let address = Some(IpAddr::from([198, 51, 100, last]));
            recorder.wrong_password(None, address, Asked::AtSignIn, last < 25, AT);
        }
        recorder.count_guesses(AT, AT);
        recorder.flush(AT.plus(1));
        store.flush().await.expect("flush");
        let all = store.audit(&AuditFilter::default(), Page::first(100)).await.expect("read");
        let of = |name: &str| all.iter().filter(|one| one.event == name).collect::<Vec<_>>();
        let (failed, locked) = (of("sign_in_failed"), of("locked_out"));
        assert_eq!((failed.len(), locked.len()), (MOST_OF_NOBODY + 1, MOST_OF_NOBODY + 1));
        for (newest, number) in [(failed[0], 10), (locked[0], 5)] {
            let told =
                format!("not recorded one by one: 0 for accounts, {number} for names that no account has");
            assert_eq!(
                (newest.detail.as_deref(), newest.at, &newest.address),
                (Some(&*told), AT.plus(1), &None)
            );
        }
    }

    #[test]
    fn noise_on_one_account_hides_no_guess_for_another() {
        let guessers = Guessers::default();
        let noise = |name| (0..5000).filter(|last| guessers.is_news(Some(name), from(*last), AT)).count();
        assert_eq!(noise("bob"), MOST_OF_AN_ACCOUNT);
        assert!(guessers.is_news(Some("jane"), from(7), AT) && !guessers.is_news(Some("jane"), from(7), AT));
        let all: usize = ["jane", "joe", "ada", "eve", "max", "ann"].map(noise).into_iter().sum();
        assert_eq!(1 + MOST_OF_AN_ACCOUNT + all, MOST_OF_ACCOUNTS, "the table is not filled");
        assert!(
            guessers.left_out(AT.plus(60)).is_some_and(|told| told.contains(" for accounts, 0 for names"))
        );
    }
}
