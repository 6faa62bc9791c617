//! Opening: a new schema, an old one, a foreign one, and all nodes at once.

use super::{
    server::{Server, new_schema, raw, shared},
    things::{NOW, block_on, claim, client, granted, temporary_id, token, token_id},
};
use countersign_core::{PublicKey, Secret, Timestamp, Window};
use countersign_store::{
    AdminStore, AuditEntry, AuditStore, ClientKey, ClientRecord, ClientRegistry, ClientStatus, ClientStore,
    Freshness, Outcome, SealedKind, SealedRows, StoreErrorKind, TemporaryStore, TokenStatus, TokenStore,
};
use countersign_store_sqlx::{OpenError, PostgresStore};

#[test]
fn many_nodes_may_open_a_new_schema_at_once() {
    block_on(async {
        for _ in 0..5 {
            let (options, schema) = new_schema();
            let open = || {
                let options = options.clone();
                tokio::spawn(async { PostgresStore::open(shared(), options).await.unwrap() })
            };
            let mut fresh = 0;
            for node in (0..8).map(|_| open()).collect::<Vec<_>>() {
                let node = node.await.unwrap();
                node.check().await.unwrap();
                // One key for all: the second claim is a replay, whoever makes it.
                fresh += usize::from(claim(&node, NOW, "n-1", NOW).await == Ok(Freshness::Fresh));
            }
            assert_eq!(fresh, 1);
            let raw = raw(shared(), &schema).await;
            let rows = raw.query_one("SELECT count(*) FROM schema_version", &[]).await.unwrap();
            assert_eq!(rows.get::<_, i64>(0), 6);
        }
    });
}

#[test]
fn a_schema_must_be_migrated_before_it_is_only_connected_to() {
    block_on(async {
        let (options, _) = new_schema();
        let refused = PostgresStore::connect(shared(), options.clone()).await.unwrap_err();
        assert!(matches!(refused, OpenError::Older { found: 0, known: 6, .. }), "{refused}");
        assert_eq!(PostgresStore::migrate(shared(), &options).await.unwrap(), 6);
        assert_eq!(PostgresStore::migrate(shared(), &options).await.unwrap(), 0);
        PostgresStore::connect(shared(), options).await.unwrap().check().await.unwrap();
    });
}

#[test]
fn a_database_of_the_first_version_keeps_what_it_holds() {
    block_on(async {
        let (options, schema) = new_schema();
        let raw = raw(shared(), &schema).await;
        let first = include_str!("../../migrations/postgres/0001_init.sql");
        raw.batch_execute(&format!("CREATE SCHEMA {schema}; {VERSIONS}; {first}; {ROWS}")).await.unwrap();
        let refused = PostgresStore::connect(shared(), options.clone()).await.unwrap_err();
        assert!(matches!(refused, OpenError::Older { found: 1, known: 6, .. }), "{refused}");
        assert_eq!(PostgresStore::missing(shared(), &options).await.unwrap(), 5);

        let store = PostgresStore::open(shared(), options.clone()).await.unwrap();
        assert_eq!(PostgresStore::missing(shared(), &options).await.unwrap(), 0);
        let sealed = store.sealed_after(SealedKind::Client, None, 10, NOW).await.unwrap();
        let mut records: Vec<_> = sealed.iter().map(|row| row.record).collect();
        records.dedup();
        assert_eq!((sealed.len(), records.len()), (3, 3));
        let loaded = store.load(&client(), Some(&token_id("k-1"))).await.unwrap();
        assert_eq!(loaded.token().unwrap().status, TokenStatus::Active);
        // Nobody knows when it was first used, but that it may have been.
        assert_eq!(store.begin_claims(NOW).await.unwrap(), Some(Timestamp::from_seconds(0)));
    });
}

const VERSIONS: &str =
    "CREATE TABLE schema_version (version int PRIMARY KEY, applied timestamptz NOT NULL DEFAULT now())";
const ROWS: &str = "INSERT INTO schema_version VALUES (1);
    INSERT INTO nonce_key (key) VALUES (decode('000102030405060708090a0b0c0d0e0f', 'hex'));
    INSERT INTO clients SELECT 'client-' || n, 'n', 's', NULL, NULL, '{}', '{}', true, true, '{}', '{}', NULL, 'active', 0
        FROM generate_series(1, 3) n;
    INSERT INTO tokens (id, secret, client, owner, scopes, issued) VALUES ('k-1', 's', 'client-1', 'jane', '{}', 0)";

#[test]
fn one_role_may_migrate_an_empty_schema_and_another_only_use_it() {
    let server = Server::start(&["fsync = off"]);
    block_on(async {
        let (options, schema) = new_schema();
        let raw = raw(&server.url(), &schema).await;
        let given = format!(
            "CREATE ROLE owner LOGIN; CREATE ROLE node LOGIN; CREATE SCHEMA {schema} AUTHORIZATION owner;
             GRANT USAGE ON SCHEMA {schema} TO node"
        );
        raw.batch_execute(&given).await.unwrap();
        let by = |role: &str| server.url().replace("user=countersign", &format!("user={role}"));
        assert_eq!(PostgresStore::migrate(&by("owner"), &options).await.unwrap(), 6);
        let tables = "GRANT SELECT, INSERT, UPDATE, DELETE ON clients, temporaries, tokens, nonces, accounts, sessions,
                client_usage, token_uses, identities, invitations, api_keys, idempotent, challenges TO node;
            GRANT SELECT, INSERT ON audit TO node; GRANT SELECT, UPDATE ON heartbeat TO node;
            GRANT SELECT, UPDATE ON nonce_horizon TO node; GRANT SELECT ON nonce_key, schema_version TO node";
        raw.batch_execute(tables).await.unwrap();
        // Nothing is missing, so that it may be asked for.
        let store = PostgresStore::open(&by("node"), options).await.unwrap();
        store.create(&granted("t-1"), NOW).await.unwrap();
        store.issue(&token("k-1")).await.unwrap();
        assert_eq!(claim(&store, NOW, "n-1", NOW).await, Ok(Freshness::Fresh));
        let _ = store.sweep(NOW, 10).await.unwrap();
        store.append_audit(vec![AuditEntry::new(NOW, "issued")]);
        store.flush().await.unwrap();
        store.check_writable(NOW).await.unwrap();
    });
}

#[test]
fn a_newer_schema_is_refused_with_both_versions() {
    block_on(async {
        let (options, schema) = new_schema();
        let store = PostgresStore::open(shared(), options.clone()).await.unwrap();
        let raw = raw(shared(), &schema).await;
        raw.batch_execute("INSERT INTO schema_version VALUES (7)").await.unwrap();
        let error = PostgresStore::open(shared(), options.clone()).await.unwrap_err();
        assert!(matches!(error, OpenError::Newer { found: 7, known: 6, .. }), "{error}");
        assert!(error.to_string().contains("version 7") && error.to_string().contains(&schema), "{error}");
        assert!(matches!(PostgresStore::connect(shared(), options).await, Err(OpenError::Newer { .. })));
        // Who had it open before notices too.
        assert!(store.check().await.unwrap_err().is_retryable());
    });
}

#[test]
fn another_programs_schema_is_refused_and_left_alone() {
    block_on(async {
        let (options, schema) = new_schema();
        let raw = raw(shared(), &schema).await;
        raw.batch_execute(&format!("CREATE SCHEMA {schema}; CREATE TABLE theirs (x int)")).await.unwrap();
        let error = PostgresStore::open(shared(), options).await.unwrap_err();
        assert!(matches!(error, OpenError::Foreign { .. }), "{error}");
        let tables = "SELECT count(*) FROM pg_tables WHERE schemaname = $1";
        assert_eq!(raw.query_one(tables, &[&schema]).await.unwrap().get::<_, i64>(0), 1);
    });
}

#[test]
fn nothing_is_forgotten_when_it_is_opened_again() {
    block_on(async {
        let (options, _) = new_schema();
        let store = PostgresStore::open(shared(), options.clone()).await.unwrap();
        assert_eq!(claim(&store, NOW, "n-1", NOW).await, Ok(Freshness::Fresh));
        store.issue(&token("k-1")).await.unwrap();
        store.create(&granted("t-1"), NOW).await.unwrap();
        drop(store);

        let store = PostgresStore::open(shared(), options).await.unwrap();
        assert_eq!(claim(&store, NOW, "n-1", NOW).await, Ok(Freshness::Replayed));
        assert!(store.load(&client(), Some(&token_id("k-1"))).await.unwrap().token().is_some());
        assert!(store.temporary(&temporary_id("t-1")).await.unwrap().is_some());
        assert!(
            store.clock().await.unwrap() > Some(countersign_core::Timestamp::from_seconds(1_700_000_000))
        );
    });
}

#[test]
fn clients_are_registered_changed_and_removed_with_what_is_theirs() {
    block_on(async {
        let store = super::server::new_store().await;
        let mut record = ClientRecord::new(client(), "Printer", ClientKey::Secret(Secret::from("s")));
        store.add_client(&record).await.unwrap();
        let again = store.add_client(&record).await.unwrap_err();
        assert_eq!(again.kind(), StoreErrorKind::Conflict);

        record.key = ClientKey::PublicKey(PublicKey::from_der(b"\x00\xff"));
        (record.name, record.status) = ("Press ü".into(), ClientStatus::Suspended);
        (record.methods, record.window) = (Some(vec!["RSA-SHA1".into()]), Some(Window::seconds(u32::MAX)));
        (record.callbacks, record.scopes) =
            (vec!["https://a/\"{,}".into(), String::new()], vec!["NULL".into()]);
        (record.created, record.allow_oob) = (NOW, true);
        assert_eq!(store.update_client(&record).await.unwrap(), Outcome::Done);
        let found = store.client(&client()).await.unwrap().unwrap();
        assert_eq!(format!("{found:?}"), format!("{record:?}"));

        store.issue(&token("k-1")).await.unwrap();
        store.create(&granted("t-1"), NOW).await.unwrap();
        let loaded = store.load(&client(), Some(&token_id("k-1"))).await.unwrap();
        assert!(loaded.client().is_some() && loaded.token().is_some());
        assert_eq!(store.remove_client(&client()).await.unwrap(), Outcome::Done);
        assert_eq!(store.remove_client(&client()).await.unwrap(), Outcome::Refused);
        assert_eq!(store.update_client(&record).await.unwrap(), Outcome::Refused);
        let loaded = store.load(&client(), Some(&token_id("k-1"))).await.unwrap();
        assert!(loaded.client().is_none() && loaded.token().is_none());
        assert!(store.temporary(&temporary_id("t-1")).await.unwrap().is_none());
    });
}

#[test]
fn what_cannot_work_is_told_without_the_password() {
    block_on(async {
        for url in [
            "postgres://u:hunter2@h:port/d",
            "host=/nowhere password=hunter2",
            "sslmode=perhaps password=hunter2",
        ] {
            let error = PostgresStore::open(url, new_schema().0).await.unwrap_err();
            let mut told = format!("{error} {error:?}");
            let mut cause: Option<&dyn std::error::Error> = std::error::Error::source(&error);
            while let Some(error) = cause {
                told += &error.to_string();
                cause = error.source();
            }
            assert!(!told.contains("hunter2"), "{told}");
        }
        let options = new_schema().0.schema("Robert'); --");
        assert!(matches!(PostgresStore::open(shared(), options).await, Err(OpenError::Unusable(_))));
    });
}
