//! TLS: asked for, it is there, or there is no connection.

use super::{
    server::{Server, raw},
    things::block_on,
};
use countersign_store::AdminStore;
use countersign_store_sqlx::{Options, PostgresStore};

#[test]
fn tls_that_is_required_is_there_or_nothing_is() {
    let server = Server::start_on_the_network();
    let certificate = server.certify();
    let required = |host: &str| server.network_url(host) + " sslmode=require";
    block_on(async {
        let trusting = || Options::default().root_certificates(&certificate);
        // The server has no TLS yet.
        PostgresStore::open(&required("localhost"), trusting()).await.unwrap_err();

        let own = raw(&server.url(), "public").await;
        own.batch_execute("ALTER SYSTEM SET ssl = on").await.unwrap();
        own.batch_execute("SELECT pg_reload_conf()").await.unwrap();
        let on = || own.query_one("SHOW ssl", &[]);
        while on().await.unwrap().get::<_, &str>(0) != "on" {
            tokio::task::yield_now().await;
        }
        let store = PostgresStore::open(&required("localhost"), trusting()).await.unwrap();
        store.check().await.unwrap();
        let sql =
            "SELECT count(*) FILTER (WHERE ssl), count(*) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid)
            WHERE application_name = 'countersign'";
        let row = own.query_one(sql, &[]).await.unwrap();
        let (encrypted, all): (i64, i64) = (row.get(0), row.get(1));
        assert!(encrypted == all && all > 0, "{encrypted} of {all}");

        // Another name than the certificate's, and an authority that nobody vouches for.
        PostgresStore::open(&required("db.example.net"), trusting()).await.unwrap_err();
        PostgresStore::open(&required("localhost"), Options::default()).await.unwrap_err();
    });
}
