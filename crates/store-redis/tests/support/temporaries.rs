//! Temporary credentials, as the tests of both caches make them.

use countersign_core::{ClientId, Secret, TemporaryId, Timestamp};
use countersign_store::{
    Callback, Grant, Outcome, StoreError, StoreErrorKind, TemporaryRecord, TemporaryState, TemporaryStore,
    VerifierHash, contract::NOW,
};

pub(crate) fn kind<T>(result: Result<T, StoreError>) -> Result<T, StoreErrorKind> {
    result.map_err(|error| error.kind())
}

pub(crate) fn client() -> ClientId {
    "client-1".parse().expect("an identifier")
}

pub(crate) fn id(name: &str) -> TemporaryId {
    name.parse().expect("an identifier")
}

pub(crate) fn yes(id: &TemporaryId) -> Grant {
    Grant { owner: "jane".into(), verifier: VerifierHash::new(id, "473f82d3") }
}

pub(crate) fn pending(name: &str, expires: Timestamp) -> TemporaryRecord {
    TemporaryRecord {
        id: id(name),
        secret: Secret::from("temporary-secret"),
        client: client(),
        callback: Callback::OutOfBand,
        scopes: vec!["photos".into()],
        expires,
        state: TemporaryState::Pending,
    }
}

/// That granted credentials come back byte for byte, whatever their name and their owner hold.
pub(crate) async fn come_back_whole(store: &impl TemporaryStore, names: [&str; 4], owner: &str) {
    for name in names {
        let mut record = pending(name, NOW.plus(600));
        record.scopes = vec![String::new(), "\"{}\\".into()];
        record.callback = "https://h/?a=%00&b={}".to_owned().into();
        store.create(&record, NOW).await.expect("room");
        let grant = Grant { owner: owner.into(), ..yes(&record.id) };
        assert_eq!(kind(store.grant(&record.id, &grant, NOW).await), Ok(Outcome::Done));
        let kept = store.temporary(&record.id).await.expect("an answer").expect("it is there");
        assert_eq!(kept.state, TemporaryState::Granted(grant));
        assert_eq!((kept.id, kept.client, kept.scopes), (record.id, record.client, record.scopes));
        assert_eq!((kept.callback, kept.expires), (record.callback, record.expires));
        assert!(kept.secret.matches(record.secret.expose()));
    }
}
