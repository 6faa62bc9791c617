//! Opening: a new database, an old one, a foreign one, a half-made one, and all nodes at once.

use super::{
    server::{Server, free_port, new_database, raw, shared},
    things::{NOW, block_on, claim, client, granted, temporary_id, token, token_id},
};
use countersign_core::{PublicKey, Secret, Timestamp, Window};
use countersign_store::{
    AdminStore, AuditEntry, AuditStore, ClientKey, ClientRecord, ClientRegistry, ClientStatus, ClientStore,
    CredentialStore, Freshness, Outcome, StoreErrorKind, TemporaryStore, TokenStore,
};
use countersign_store_sqlx::{MySqlStore, OpenError, Options};
use mysql_async::prelude::Queryable as _;

#[test]
fn many_nodes_may_open_a_new_database_at_once() {
    block_on(async {
        for _ in 0..5 {
            let (options, database) = new_database();
            let open = || {
                let options = options.clone();
                tokio::spawn(async { MySqlStore::open(shared(), options).await.unwrap() })
            };
            let mut fresh = 0;
            for node in (0..8).map(|_| open()).collect::<Vec<_>>() {
                let node = node.await.unwrap();
                node.check().await.unwrap();
                // One key for all: the second claim is a replay, whoever makes it.
                fresh += usize::from(claim(&node, NOW, "n-1", NOW).await == Ok(Freshness::Fresh));
            }
            assert_eq!(fresh, 1);
            let mut raw = raw(shared(), Some(&database)).await;
            let rows = raw.query_first("SELECT COUNT(*) FROM countersign_version").await.unwrap();
            assert_eq!(rows, Some(4));
        }
    });
}

#[test]
fn a_database_must_be_migrated_before_it_is_only_connected_to() {
    block_on(async {
        let (options, _) = new_database();
        let refused = MySqlStore::connect(shared(), options.clone()).await.unwrap_err();
        assert!(matches!(refused, OpenError::Older { found: 0, known: 4, .. }), "{refused}");
        assert_eq!(MySqlStore::missing(shared(), &options).await.unwrap(), 4);
        assert_eq!(MySqlStore::migrate(shared(), &options).await.unwrap(), 4);
        assert_eq!(MySqlStore::missing(shared(), &options).await.unwrap(), 0);
        assert_eq!(MySqlStore::migrate(shared(), &options).await.unwrap(), 0);
        MySqlStore::connect(shared(), options).await.unwrap().check().await.unwrap();
    });
}

#[test]
fn a_migration_that_fails_anywhere_is_completed_by_the_next_one() {
    const TABLES: [&str; 11] = [
        "countersign_version",
        "nonce_key",
        "clients",
        "temporaries",
        "tokens",
        "nonces",
        "nonce_horizon",
        "accounts",
        "sessions",
        "audit",
        "heartbeat",
    ];
    block_on(async {
        for allowed in 0..TABLES.len() {
            let (options, database) = new_database();
            let mut raw = raw(shared(), None).await;
            raw.query_drop(format!("CREATE DATABASE {database}")).await.unwrap();
            // It may create the first tables, and no more.
            let user = format!("{database}_owner");
            raw.query_drop(format!("CREATE USER {user}@'%' IDENTIFIED BY 'own'")).await.unwrap();
            raw.query_drop(format!("GRANT SELECT, INSERT ON {database}.* TO {user}@'%'")).await.unwrap();
            for table in &TABLES[..allowed] {
                let grant = format!("GRANT CREATE ON {database}.{table} TO {user}@'%'");
                raw.query_drop(grant).await.unwrap();
            }
            let by_owner = shared().replace("//countersign:", &format!("//{user}:"));
            let failed = MySqlStore::migrate(&by_owner, &options).await.unwrap_err();
            assert!(matches!(failed, OpenError::Failed(_)), "{failed}");
            // Nobody uses what is half made.
            let refused = MySqlStore::connect(shared(), options.clone()).await.unwrap_err();
            assert!(matches!(refused, OpenError::Older { found: 0, .. }), "{refused}");

            let rights = "CREATE, ALTER, INDEX, UPDATE";
            let grant = format!("GRANT {rights} ON {database}.* TO {user}@'%'");
            raw.query_drop(grant).await.unwrap();
            assert_eq!(MySqlStore::migrate(&by_owner, &options).await.unwrap(), 4);
            works(&MySqlStore::connect(shared(), options).await.unwrap()).await;
        }
    });
}

#[test]
fn a_server_that_is_killed_while_it_migrates_is_migrated_afterwards() {
    let mut server = Server::start(&[]);
    block_on(async {
        for wanted in [1, 3, 5, 7, 9, 11_u32] {
            let (options, database) = new_database();
            let mut raw = raw(&server.url(), None).await;
            let (url, migrated) = (server.url(), options.clone());
            let migration = tokio::spawn(async move { MySqlStore::migrate(&url, &migrated).await });
            let tables =
                format!("SELECT COUNT(*) FROM information_schema.TABLES WHERE TABLE_SCHEMA = '{database}'");
            while raw.query_first::<u32, _>(&tables).await.unwrap() < Some(wanted) {}
            server.kill();
            let _ = migration.await.unwrap();
            server.again();
            works(&MySqlStore::open(&server.url(), options).await.unwrap()).await;
        }
    });
}

async fn works(store: &MySqlStore) {
    store.check().await.unwrap();
    store.create(&granted("t-1"), NOW).await.unwrap();
    assert_eq!(store.redeem(&temporary_id("t-1"), &token("k-1"), NOW).await.unwrap(), Outcome::Done);
    assert_eq!(claim(store, NOW, "n-1", NOW).await, Ok(Freshness::Fresh));
    assert_eq!(claim(store, NOW, "n-1", NOW).await, Ok(Freshness::Replayed));
    let _ = store.sweep(NOW, 10).await.unwrap();
    store.append_audit(vec![AuditEntry::new(NOW, "issued")]);
    store.flush().await.unwrap();
    store.check_writable(NOW).await.unwrap();
}

#[test]
fn a_node_waits_for_the_one_that_migrates() {
    block_on(async {
        let (options, database) = new_database();
        let mut raw = raw(shared(), None).await;
        let lock = format!("SELECT GET_LOCK(CONCAT('countersign migrate ', MD5('{database}')), 0)");
        assert_eq!(raw.query_first(lock).await.unwrap(), Some(1));
        let opening = tokio::spawn(MySqlStore::open(shared(), options));
        let waits = "SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE STATE = 'User lock'";
        while raw.query_first(waits).await.unwrap() != Some(1) {}
        assert!(!opening.is_finished());
        drop(raw);
        opening.await.unwrap().unwrap().check().await.unwrap();
    });
}

#[test]
fn one_user_may_migrate_an_empty_database_and_another_only_use_it() {
    block_on(async {
        let (options, database) = new_database();
        let mut raw = raw(shared(), None).await;
        for given in [
            format!("CREATE DATABASE {database}"),
            format!("CREATE USER {database}_node@'%' IDENTIFIED BY 'own'"),
        ] {
            raw.query_drop(given).await.unwrap();
        }
        assert_eq!(MySqlStore::migrate(shared(), &options).await.unwrap(), 4);
        for (rights, tables) in [
            (
                "SELECT, INSERT, UPDATE, DELETE",
                &[
                    "clients",
                    "temporaries",
                    "tokens",
                    "nonces",
                    "accounts",
                    "sessions",
                    "client_usage",
                    "usage_turn",
                    "token_uses",
                    "identities",
                    "invitations",
                    "api_keys",
                    "idempotent",
                    "challenges",
                ][..],
            ),
            ("SELECT, UPDATE", &["nonce_horizon", "heartbeat"]),
            ("SELECT, INSERT", &["audit"]),
            ("SELECT", &["nonce_key", "countersign_version"]),
        ] {
            for table in tables {
                let grant = format!("GRANT {rights} ON {database}.{table} TO {database}_node@'%'");
                raw.query_drop(grant).await.unwrap();
            }
        }
        // Nothing is missing, so that it may be asked for.
        let by_node = shared().replace("//countersign:", &format!("//{database}_node:"));
        works(&MySqlStore::open(&by_node, options).await.unwrap()).await;
    });
}

#[test]
fn a_newer_database_is_refused_with_both_versions() {
    block_on(async {
        let (options, database) = new_database();
        let store = MySqlStore::open(shared(), options.clone()).await.unwrap();
        let mut raw = raw(shared(), Some(&database)).await;
        raw.query_drop("INSERT INTO countersign_version (version) VALUES (99)").await.unwrap();
        let error = MySqlStore::open(shared(), options.clone()).await.unwrap_err();
        assert!(matches!(error, OpenError::Newer { found: 99, known: 4, .. }), "{error}");
        assert!(error.to_string().contains("version 99") && error.to_string().contains(&database), "{error}");
        assert!(matches!(MySqlStore::connect(shared(), options).await, Err(OpenError::Newer { .. })));
        // Who had it open before notices too.
        assert!(store.check().await.unwrap_err().is_retryable());
    });
}

#[test]
fn another_programs_database_is_refused_and_left_alone() {
    block_on(async {
        let (options, database) = new_database();
        let mut raw = raw(shared(), None).await;
        raw.query_drop(format!("CREATE DATABASE {database}")).await.unwrap();
        raw.query_drop(format!("CREATE TABLE {database}.theirs (x INT)")).await.unwrap();
        for error in [
            MySqlStore::open(shared(), options.clone()).await.unwrap_err(),
            MySqlStore::connect(shared(), options).await.unwrap_err(),
        ] {
            assert!(matches!(error, OpenError::Foreign { .. }), "{error}");
        }
        let tables =
            format!("SELECT COUNT(*) FROM information_schema.TABLES WHERE TABLE_SCHEMA = '{database}'");
        assert_eq!(raw.query_first(tables).await.unwrap(), Some(1));
    });
}

#[test]
fn whatever_the_server_is_set_to_a_session_is_strict_and_sees_bytes() {
    let server = Server::start(&[
        "--sql-mode=PAD_CHAR_TO_FULL_LENGTH,PIPES_AS_CONCAT,ANSI_QUOTES,NO_BACKSLASH_ESCAPES",
        "--autocommit=0",
        "--transaction-isolation=SERIALIZABLE",
        "--character-set-server=latin1",
        "--init-connect=SET unique_checks = 0, SESSION innodb_lock_wait_timeout = 1000",
        "--innodb-lock-wait-timeout=1000",
    ]);
    block_on(async {
        // A user whom `init_connect` does not spare.
        let mut raw = raw(&server.url(), None).await;
        raw.query_drop("CREATE USER node@'%' IDENTIFIED BY 'own'").await.unwrap();
        raw.query_drop("GRANT ALL ON countersign.* TO node@'%'").await.unwrap();
        let url = server.url().replace("//countersign:", "//node:");
        let store = MySqlStore::open(&url, Options::default()).await.unwrap();
        works(&store).await;
        let longer = countersign_store::TokenRecord { owner: "é".repeat(513).into(), ..token("k-2") };
        assert_eq!(store.issue(&longer).await.unwrap_err().kind(), StoreErrorKind::Corrupt);
        let awkward = countersign_store::TokenRecord { owner: "漢 🦀\\'\" ".into(), ..token("k-3") };
        store.issue(&awkward).await.unwrap();
        // Committed, and seen by others.
        drop(store);
        let store = MySqlStore::open(&url, Options::default()).await.unwrap();
        let loaded = store.load(&client(), Some(&awkward.id)).await.unwrap();
        assert_eq!(loaded.token().unwrap().owner, awkward.owner);
        assert_eq!(store.issue(&awkward).await.unwrap_err().kind(), StoreErrorKind::Conflict);
    });
}

#[test]
fn nothing_is_forgotten_when_it_is_opened_again() {
    block_on(async {
        let (options, _) = new_database();
        let store = MySqlStore::open(shared(), options.clone()).await.unwrap();
        assert_eq!(claim(&store, NOW, "n-1", NOW).await, Ok(Freshness::Fresh));
        store.issue(&token("k-1")).await.unwrap();
        store.create(&granted("t-1"), NOW).await.unwrap();
        drop(store);

        let store = MySqlStore::open(shared(), options).await.unwrap();
        assert_eq!(claim(&store, NOW, "n-1", NOW).await, Ok(Freshness::Replayed));
        assert!(store.load(&client(), Some(&token_id("k-1"))).await.unwrap().token().is_some());
        assert!(store.temporary(&temporary_id("t-1")).await.unwrap().is_some());
        assert!(store.clock().await.unwrap() > Some(Timestamp::from_seconds(1_700_000_000)));
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
        // The second time nothing is different, and it happened all the same.
        for _ in 0..2 {
            assert_eq!(store.update_client(&record).await.unwrap(), Outcome::Done);
            let found = store.client(&client()).await.unwrap().unwrap();
            assert_eq!(format!("{found:?}"), format!("{record:?}"));
        }

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
    let server = Server::start(&[]);
    block_on(async {
        let nobody_listens = format!("mysql://u:hunter2@127.0.0.1:{}/d", free_port());
        for (url, may_pass) in [
            (server.url().replace(":own@", ":hunter2@"), false),
            ("mysql://u:hunter2@localhost/d?socket=/nowhere".to_owned(), true),
            (nobody_listens, true),
            ("mysql://u:hunter2@h:port/d".to_owned(), false),
        ] {
            let error = MySqlStore::open(&url, new_database().0).await.unwrap_err();
            assert_eq!(error.may_pass(), may_pass, "{error:?}");
            let mut told = format!("{error} {error:?}");
            let mut cause: Option<&dyn std::error::Error> = std::error::Error::source(&error);
            while let Some(error) = cause {
                told += &error.to_string();
                cause = error.source();
            }
            assert!(!told.contains("hunter2"), "{told}");
        }
        let options = new_database().0.schema("Robert'); --");
        assert!(matches!(MySqlStore::open(shared(), options).await, Err(OpenError::Unusable(_))));
    });
}
