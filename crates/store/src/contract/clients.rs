//! Clients alone: for a list or a directory that holds nothing else.

use super::{client, id};
use crate::{ClientKey, ClientStatus, ClientStore};
use countersign_core::ClientId;
use std::sync::Arc;

/// The one client that is there comes with its secret, ready for use.
pub async fn a_known_client_is_found(store: Arc<impl ClientStore>) {
    let found = store.client(&client()).await.expect("find").expect("client-1 is there");
    assert_eq!((found.id, found.status), (client(), ClientStatus::Active));
    assert!(matches!(found.key, ClientKey::Secret(secret) if secret.matches("client-secret")));
}

/// No collation folds case, accents or trailing spaces; no pattern is read into an identifier.
pub async fn a_client_is_found_by_its_very_bytes(store: Arc<impl ClientStore>) {
    for other in [
        "Client-1",
        "CLIENT-1",
        "client-1 ",
        " client-1",
        "client-",
        "client-10",
        "client_1",
        "clíent-1",
        "clıent-1",
        "client-1\u{301}",
        "client%2D1",
        "client-%",
        "c*",
    ] {
        let found = store.client(&id(other)).await.unwrap_or_else(|error| panic!("{other:?}: {error:?}"));
        assert!(found.is_none(), "{other:?} is another client");
    }
}

/// Absence is `None`, not an error, whatever the identifier holds.
pub async fn an_unknown_client_is_absent(store: Arc<impl ClientStore>) {
    let longest = "é".repeat(127);
    for name in ["nobody", "it's \"q\" \\ % _ ; é 漢 🦀", "' OR '1'='1", "../client-1", &longest] {
        let name: ClientId = id(name);
        assert!(store.client(&name).await.expect("find").is_none(), "{name:?}");
    }
}
