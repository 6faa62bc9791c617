//! TLS: asked for, it is there, or there is no connection.

use super::{
    server::{Server, free_port, raw},
    things::block_on,
};
use countersign_store::AdminStore;
use countersign_store_sqlx::{MySqlStore, Options};
use mysql_async::{Row, prelude::Queryable as _};

#[test]
fn tls_that_is_required_is_there_or_nothing_is() {
    let mut server = Server::start(&[]);
    let port = free_port();
    let network = ["--skip-networking=0".into(), "--bind-address=127.0.0.1".into(), format!("--port={port}")];
    server.kill();
    server.again_with(&network);
    let (certificate, settings) = server.certify();
    let url = |host: &str| format!("mysql://countersign:own@{host}:{port}/countersign");
    let required = |host: &str| url(host) + "?sslmode=require";
    let trusting = || Options::default().root_certificates(&certificate);
    block_on(async {
        // The server has no TLS yet.
        MySqlStore::open(&required("localhost"), trusting()).await.unwrap_err();
        MySqlStore::open(&url("localhost"), trusting()).await.unwrap().check().await.unwrap();
    });
    server.kill();
    server.again_with(&settings);
    block_on(async {
        let store = MySqlStore::open(&required("localhost"), trusting()).await.unwrap();
        store.check().await.unwrap();
        let by_url = format!("{}&sslrootcert={}", required("localhost"), certificate.display());
        MySqlStore::open(&by_url, Options::default()).await.unwrap();

        // The server itself tells whether the store's connections are encrypted: it now takes no others from a user.
        let mut own = raw(&server.url(), None).await;
        own.query_drop("CREATE USER careful@'%' IDENTIFIED BY 'own' REQUIRE SSL").await.unwrap();
        own.query_drop("GRANT ALL ON countersign.* TO careful@'%'").await.unwrap();
        let careful = |url: String| url.replace("//countersign:", "//careful:");
        let store = MySqlStore::open(&careful(required("localhost")), trusting()).await.unwrap();
        store.check().await.unwrap();
        MySqlStore::open(&careful(url("localhost")), trusting()).await.unwrap_err();
        let row: Option<Row> = own.query_first("SHOW GLOBAL STATUS LIKE 'Ssl_accepts'").await.unwrap();
        let accepted: String = row.unwrap().get(1).unwrap();
        assert!(accepted.parse::<u32>().unwrap() >= 3, "{accepted}");

        // Another name than the certificate's, and an authority that nobody vouches for.
        MySqlStore::open(&required("127.0.0.1"), trusting()).await.unwrap_err();
        MySqlStore::open(&required("localhost"), Options::default()).await.unwrap_err();
    });
}
