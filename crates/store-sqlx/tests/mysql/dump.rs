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
use countersign_store_sqlx::{MySqlStore, Options};
use std::sync::Arc;

#[test]
fn a_dump_holds_no_secret() {
    let server = Server::start(&[]);
    block_on(async {
        let rows = MySqlStore::open(&server.url(), Options::default()).await.unwrap();
        let store = Sealed::new(rows.clone(), Arc::new(KeyRing::generate()));
        let secret = || Secret::from(SECRET);
        let id = ClientId::new("client-1").unwrap();
        let client = ClientRecord::new(id, "a canary", ClientKey::Secret(secret()));
        rows.add_client(&store.seal_client(&client).unwrap()).await.unwrap();
        store.issue(&TokenRecord { secret: secret(), ..token("k-1") }).await.unwrap();
        store.create(&TemporaryRecord { secret: secret(), ..granted("t-1") }, NOW).await.unwrap();
    });
    let text = dump(&server);
    assert!(text.contains("a canary") && text.contains("k-1") && text.contains("t-1"), "{text}");
    for form in forms() {
        assert!(!text.contains(&form), "{form}");
    }

    // A store that does not seal: the search does find what is there.
    block_on(async {
        let rows = MySqlStore::open(&server.url(), Options::default()).await.unwrap();
        let scopes = vec![BASE64.into(), "473f82d3".into()];
        rows.issue(&TokenRecord { secret: Secret::from(SECRET), scopes, ..token("k-2") }).await.unwrap();
    });
    let text = dump(&server);
    for form in forms() {
        assert!(text.contains(&form), "{form}");
    }
}

/// As text, and as hexadecimal digits.
fn dump(server: &Server) -> String {
    let mut both = String::new();
    for how in ["--skip-hex-blob", "--hex-blob"] {
        let mut dump = server.tool("mariadb-dump");
        let dumped = dump.args([how, "--databases", "countersign"]).output().unwrap();
        assert!(dumped.status.success(), "{}", String::from_utf8_lossy(&dumped.stderr));
        both += &String::from_utf8_lossy(&dumped.stdout);
    }
    both
}

fn forms() -> [String; 4] {
    let hex = SECRET.bytes().map(|byte| format!("{byte:02X}")).collect();
    [SECRET.to_owned(), BASE64.to_owned(), hex, "473f82d3".to_owned()]
}

const SECRET: &str = "kd94hf93k423kf44pfkkdhi9sl3r4s00";
const BASE64: &str = "a2Q5NGhmOTNrNDIza2Y0NHBma2tkaGk5c2wzcjRzMDA=";
