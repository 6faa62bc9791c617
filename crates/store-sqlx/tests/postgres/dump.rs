//! What a dump of the database holds.

use super::{
    server::Server,
    things::{NOW, block_on, granted, token},
};
use countersign_core::{ClientId, Secret};
use countersign_store::{
    ClientKey, ClientRecord, ClientRegistry, KeyRing, Sealed, TemporaryRecord, TemporaryStore, TokenRecord,
    TokenStore,
};
use countersign_store_sqlx::{Options, PostgresStore};
use std::sync::Arc;

#[test]
fn a_dump_holds_no_secret() {
    let server = Server::start(&["fsync = off"]);
    block_on(async {
        let rows = PostgresStore::open(&server.url(), Options::default()).await.unwrap();
        let store = Sealed::new(rows.clone(), Arc::new(KeyRing::generate()));
        let secret = || Secret::from(SECRET);
        let id = ClientId::new("client-1").unwrap();
        let client = ClientRecord::new(id, "a canary", ClientKey::Secret(secret()));
        rows.add_client(&store.seal_client(&client).unwrap()).await.unwrap();
        store.issue(&TokenRecord { secret: secret(), ..token("k-1") }).await.unwrap();
        store.create(&TemporaryRecord { secret: secret(), ..granted("t-1") }, NOW).await.unwrap();
    });
    let dump = server.tool("pg_dump").output().unwrap();
    let text = String::from_utf8(dump.stdout).unwrap();
    assert!(text.contains("a canary") && text.contains("k-1") && text.contains("t-1"), "{text}");
    let hex: String = SECRET.bytes().map(|byte| format!("{byte:02x}")).collect();
    let log = std::fs::read_to_string(server.folder().join("log")).unwrap();
    for form in [SECRET, BASE64, &hex, "473f82d3"] {
        assert!(!text.contains(form) && !log.contains(form), "{form}");
    }
}

const SECRET: &str = "kd94hf93k423kf44pfkkdhi9sl3r4s00";
const BASE64: &str = "a2Q5NGhmOTNrNDIza2Y0NHBma2tkaGk5c2wzcjRzMDA=";
