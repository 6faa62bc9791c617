//! What no column holds, and that no error shows it.

use super::{
    server::new_store,
    things::{block_on, token},
};
use countersign_core::Secret;
use countersign_store::{StoreErrorKind, TokenRecord, TokenStore};

#[test]
fn a_nul_is_refused_and_its_error_shows_no_row() {
    block_on(async {
        let store = new_store().await;
        let secret = Secret::from("kd94\0hf93");
        let error = store.issue(&TokenRecord { secret, ..token("k-1") }).await.unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::Corrupt);
        assert!(!format!("{error:?}").contains("kd94"), "{error:?}");
        let owner = "o".repeat(2000);
        let error = store.issue(&TokenRecord { owner: owner.into(), ..token("k-1") }).await.unwrap_err();
        assert!(!format!("{error:?}").contains("token-secret"), "{error:?}");
    });
}
