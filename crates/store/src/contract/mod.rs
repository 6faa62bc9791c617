//! The contract that every store keeps, as tests to run against yours.
//!
//! ```
//! # mod tests {
//! // in tests/contract.rs of your crate; a new, empty store for every case
//! async fn new_store() -> countersign_store::MemoryStore {
//!     countersign_store::MemoryStore::default()
//! }
//! countersign_store::contract!(new_store);
//! # }
//! ```
//!
//! A store of clients alone runs the part that is about clients, by `contract!(clients: new_list)`, and again all of it as
//! the half of a [`WithClients`](crate::WithClients).

mod admin;
mod clients;
mod credentials;
mod nonces;
mod races;

pub use admin::*;
pub use clients::*;
pub use credentials::*;
pub use nonces::*;
pub use races::*;

use crate::{Callback, Grant, TemporaryRecord, TemporaryState, TokenRecord, TokenStatus, VerifierHash};
use countersign_core::{ClientId, Secret, TemporaryId, Timestamp, TokenId};

/// Expands to one test for each rule; takes an `async fn() -> impl Store` that gives a new, empty store.
///
/// The store need not know the client `client-1`, but where foreign keys ask for it, create it in that function, together
/// with the resource owner `jane`.
///
/// `contract!(clients: new_list)` expands to the tests of clients alone. There the function gives a
/// [`ClientStore`](crate::ClientStore) that knows one client: `client-1`, with the secret `client-secret`.
#[macro_export]
macro_rules! contract {
    (clients: $new_list:path) => {
        $crate::contract!(@cases $new_list,
            a_known_client_is_found,
            a_client_is_found_by_its_very_bytes,
            an_unknown_client_is_absent,
        );
    };
    ($new_store:path) => {
        $crate::contract!(@cases $new_store,
            an_identifier_is_never_overwritten,
            identifiers_differ_if_any_byte_differs,
            a_grant_is_final,
            a_denial_is_final,
            an_expired_request_is_not_there,
            only_its_client_consumes_it,
            a_pending_or_denied_request_is_not_redeemed,
            redeem_issues_the_token_and_ends_the_request,
            a_refused_redeem_issues_nothing,
            wrong_verifiers_destroy_the_request,
            a_revoked_token_stays_revoked,
            an_unknown_token_or_client_is_absent,
            awkward_text_survives,
            a_nonce_is_fresh_once,
            nonces_differ_if_any_part_differs,
            an_expired_nonce_may_be_forgotten_and_a_live_one_never,
            one_of_64_tasks_redeems,
            one_of_64_tasks_grants_or_denies,
            one_of_64_tasks_claims_a_nonce,
            guesses_in_parallel_count_each,
        );
    };
    (@cases $new_store:path, $($case:ident,)+) => {
        $(
            #[test]
            fn $case() {
                $crate::contract::block_on(async {
                    $crate::contract::$case(std::sync::Arc::new($new_store().await)).await;
                });
            }
        )+
    };
}

/// Runs a case on a runtime of its own, with threads, so that races are races.
pub fn block_on<T>(case: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(4).enable_all().build();
    // OK because a test that has no runtime cannot go on
    runtime.expect("a runtime").block_on(case)
}

/// The time at which every case starts.
pub const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

fn client() -> ClientId {
    id("client-1")
}

fn id<T: std::str::FromStr<Err: std::fmt::Debug>>(text: &str) -> T {
    text.parse().expect("an identifier")
}

fn pending(name: &str) -> TemporaryRecord {
    TemporaryRecord {
        id: id(name),
        secret: Secret::from("temporary-secret"),
        client: client(),
        callback: Callback::Url("https://printer.example.com/ready?a=%2F".into()),
        scopes: vec!["photos".into(), "print".into()],
        expires: NOW.plus(600),
        state: TemporaryState::Pending,
    }
}

fn token(name: &str) -> TokenRecord {
    TokenRecord {
        id: id(name),
        secret: Secret::from("token-secret"),
        client: client(),
        owner: "jane".into(),
        scopes: vec!["photos".into()],
        issued: NOW,
        expires: None,
        status: TokenStatus::Active,
    }
}

fn yes(temporary: &TemporaryId) -> Grant {
    Grant { owner: "jane".into(), verifier: VerifierHash::new(temporary, "473f82d3") }
}

async fn stored_token(store: &impl crate::Store, name: &str) -> Option<TokenRecord> {
    let token: TokenId = id(name);
    store.load(&client(), Some(&token)).await.expect("a load").token().cloned()
}
