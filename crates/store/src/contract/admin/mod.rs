//! The contract of a database that a whole server runs on.

mod accounts;
mod api_keys;
mod applications;
mod audit;
mod challenges;
mod client_keys;
mod idempotency;
mod invitations;
mod lists;
mod races;
mod sealed;
mod sessions;
mod site_races;
mod usage;

pub use accounts::*;
pub use api_keys::*;
pub use applications::*;
pub use audit::*;
pub use challenges::*;
pub use client_keys::*;
pub use idempotency::*;
pub use invitations::*;
pub use lists::*;
pub use races::*;
pub use sealed::*;
pub use sessions::*;
pub use site_races::*;
pub use usage::*;

use super::{NOW, id};
use crate::{Account, AdminStore, ClientRecord, SessionRecord, TokenStatus};
use countersign_core::{Secret, TokenId};

/// Expands to one test for each rule of [`AdminStore`]; takes an `async fn() -> impl AdminStore` that gives a new, empty store.
///
/// [`contract!`](crate::contract!) holds the rules of the protocol: run both.
#[macro_export]
macro_rules! admin_contract {
    ($new_store:path) => {
        $crate::contract!(@cases $new_store,
            an_account_is_never_overwritten,
            accounts_differ_if_any_byte_differs,
            an_over_long_account_is_refused_or_kept_whole,
            many_accounts_are_added_at_once_and_the_first_of_a_name_stays,
            a_password_is_changed,
            accounts_are_found_a_page_at_a_time,
            the_last_administrator_is_neither_demoted_nor_disabled,
            an_identity_belongs_to_one_account,
            who_signs_up_gets_all_of_it_or_nothing,
            invitations_are_listed_and_withdrawn,
            what_a_disabled_account_granted_cannot_be_used,
            a_session_lives_until_it_expires_or_is_ended,
            a_disabled_account_begins_no_session,
            sessions_are_ended_by_name_by_their_account_alone,
            program_that_signs_in_for_ever_ends_its_own_sessions_alone,
            audit_entries_are_kept_in_their_order,
            audit_entries_are_filtered,
            the_audit_log_is_forgotten_from_its_old_end_alone,
            an_audit_entry_names_a_token_by_its_record,
            clients_are_listed_and_their_status_changes,
            a_removed_client_takes_its_credentials_along,
            an_application_comes_with_its_profile,
            the_later_of_two_administrators_is_told,
            suspension_by_an_operator_takes_the_place_of_the_owners,
            applications_are_listed_by_owner_status_and_name,
            an_application_is_transferred_by_its_owner_alone,
            a_client_has_two_keys_while_it_changes_over,
            a_key_of_another_kind_is_refused,
            usage_adds_up_in_any_order,
            usage_of_what_is_gone_is_dropped,
            a_token_tells_when_it_was_last_used,
            an_api_key_is_found_while_it_may_be_used,
            api_keys_are_listed_and_revoked_for_good,
            a_request_is_claimed_answered_and_forgotten,
            a_released_request_may_be_tried_again,
            a_challenge_is_answered_once_and_expires,
            tokens_are_listed_the_newest_first,
            a_withdrawn_token_was_never_there,
            many_tokens_are_added_where_they_belong_to_somebody,
            each_sealed_secret_is_met_once,
            a_sample_holds_both_ends_and_nothing_that_expired,
            a_newer_secret_is_never_resealed,
            it_is_well_and_can_be_written_to,
            what_began_once_is_never_the_first_again,
            where_nonces_are_claimed_is_noted_with_the_time_of_the_last_move,
            one_of_64_tasks_begins_claims,
            one_of_64_tasks_adds_an_account,
            one_of_64_tasks_adds_a_token,
            one_of_64_tasks_disables_an_account,
            one_of_64_administrators_is_left,
            one_of_64_tasks_redeems_an_invitation,
            one_of_64_tasks_claims_a_request,
            one_of_64_tasks_answers_a_challenge,
            one_of_64_tasks_edits_an_application,
            one_of_64_tasks_adds_a_key,
            usage_of_64_tasks_adds_up,
            no_session_outlives_a_disabling_at_the_same_time,
            sessions_that_begin_at_the_same_time_all_begin,
            one_of_64_tasks_reseals_a_secret,
            entries_of_64_tasks_are_all_kept,
        );
    };
}

/// It answers, takes a change, and knows its nonce key.
pub async fn it_is_well_and_can_be_written_to(store: std::sync::Arc<impl AdminStore>) {
    store.check().await.expect("it can answer");
    store.check_writable(NOW).await.expect("it can store");
    store.check_writable(NOW.plus(1)).await.expect("it can store again");
    store.flush().await.expect("nothing waits");
    if let Some(clock) = store.clock().await.expect("a clock or none") {
        assert!(clock.seconds() > 1_700_000_000, "{clock:?}");
    }
    store.close().await;
}

/// Whoever comes later is told when it was.
pub async fn what_began_once_is_never_the_first_again(store: std::sync::Arc<impl AdminStore>) {
    assert_eq!(store.begin_claims(NOW).await.expect("it is noted"), None);
    for later in [NOW, NOW.plus(1), NOW.plus(1_000_000)] {
        assert_eq!(store.begin_claims(later).await.expect("it was noted"), Some(NOW));
    }
}

/// Back to an old place is a move too: what was claimed meanwhile is not known there.
pub async fn where_nonces_are_claimed_is_noted_with_the_time_of_the_last_move(
    store: std::sync::Arc<impl AdminStore>,
) {
    let moves = [
        ("sql:", 0, None),
        ("sql:", 1, None),
        ("Sql:", 2, Some(2)),
        ("Sql:", 9, Some(2)),
        ("sql:", 10, Some(10)),
    ];
    for (place, later, moved) in moves {
        let told = store.nonces_at(place, NOW.plus(later)).await.expect("it is noted");
        assert_eq!(told, moved.map(|later| NOW.plus(later)), "{place} {later}");
    }
}

fn account(name: &str) -> Account {
    Account {
        name: name.into(),
        password_hash: Some(Secret::from("$argon2id$v=19$…")),
        admin: false,
        disabled: false,
        created: NOW,
    }
}

fn session(number: u8, account: &str) -> SessionRecord {
    SessionRecord::new([number; 32], account, NOW, NOW.plus(3600))
}

fn printer(name: &str) -> ClientRecord {
    ClientRecord::with_secret(name, "sealed", "Printer")
}

async fn status(store: &impl AdminStore, name: &str) -> Option<TokenStatus> {
    let token: TokenId = id(name);
    let loaded = store.load(&super::client(), Some(&token)).await.expect("a load");
    loaded.token().map(|token| token.status)
}
