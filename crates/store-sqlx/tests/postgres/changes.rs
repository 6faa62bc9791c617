//! What one node changes, another refuses at once: its cache never grows old here, so that only having been told explains it.

use super::{
    server::{PATIENCE, Server, new_schema, raw, shared},
    things::{NOW, block_on, client, token, token_id},
};
use countersign_core::Secret;
use countersign_store::{
    Account, AccountStore, AdminStore, Cached, ClientKey, ClientRecord, ClientRegistry, ClientStatus, Loaded,
    Outcome, StoreError, TokenRecord, TokenRegistry, TokenStatus, TokenStore,
};
use countersign_store_sqlx::{Options, PostgresStore};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use tokio_postgres::Client;

/// A node that is told, another that changes things, and a hand in SQL.
pub(crate) struct Scene {
    pub(crate) node: Cached<PostgresStore>,
    pub(crate) other: PostgresStore,
    pub(crate) hand: Client,
}

impl Scene {
    pub(crate) async fn new() -> Self {
        let (options, schema) = new_schema();
        Self::at(shared(), options, &schema).await
    }

    /// A client with a token of jane's and one of joe's, both looked up.
    pub(crate) async fn at(url: &str, options: Options, schema: &str) -> Self {
        let other = PostgresStore::open(url, options.clone()).await.unwrap();
        let key = ClientKey::Secret(Secret::from("s"));
        other.add_client(&ClientRecord::new(client(), "Printer", key)).await.unwrap();
        for name in ["jane", "joe"] {
            other.add_account(&account(name)).await.unwrap();
            other.issue(&TokenRecord { owner: name.into(), ..token(name) }).await.unwrap();
        }
        let rows = PostgresStore::connect(url, options).await.unwrap();
        let node = Cached::with_clock(rows.clone(), 1000, Duration::from_secs(5), || Duration::ZERO);
        rows.tell_changes(node.lookups()).await;
        let scene = Self { node, other, hand: raw(url, schema).await };
        assert_eq!(scene.seen("jane").await, Seen::Usable);
        assert_eq!(scene.seen("joe").await, Seen::Usable);
        scene
    }

    async fn load(&self, name: &str) -> Arc<Loaded> {
        self.node.load(&client(), Some(&token_id(name))).await.unwrap()
    }

    /// What this node takes a token for.
    pub(crate) async fn seen(&self, name: &str) -> Seen {
        let loaded = self.load(name).await;
        match (loaded.client(), loaded.token()) {
            (Some(client), Some(token)) => match (client.status, token.status) {
                (ClientStatus::Active, TokenStatus::Active) => Seen::Usable,
                _ => Seen::Refused,
            },
            _ => Seen::Absent,
        }
    }

    /// How long it takes until this node sees that.
    pub(crate) async fn becomes(&self, name: &str, seen: Seen) -> Duration {
        let start = Instant::now();
        while self.seen(name).await != seen {
            assert!(start.elapsed() < PATIENCE, "{name} never becomes {seen:?}");
            tokio::task::yield_now().await;
        }
        start.elapsed()
    }

    /// Changes rows without telling anybody, as a message that is lost would have it.
    pub(crate) async fn unheard(&self, sql: &str) {
        let sql =
            format!("SET session_replication_role = replica; {sql}; SET session_replication_role = origin");
        self.hand.batch_execute(&sql).await.unwrap();
    }

    /// Ends the connection that listens.
    async fn cut(&self) -> u64 {
        self.hand.execute(CUT, &[]).await.unwrap()
    }
}

const CUT: &str = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE application_name LIKE '% listener' AND query = 'LISTEN \"' || current_schema() || '\"'";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Seen {
    Usable,
    Refused,
    Absent,
}

pub(crate) fn account(name: &str) -> Account {
    Account {
        name: name.into(),
        password_hash: Some(Secret::from("$argon2id$")),
        admin: false,
        disabled: false,
        created: NOW,
    }
}

pub(crate) fn done(outcome: Result<Outcome, StoreError>) {
    assert_eq!(outcome.unwrap(), Outcome::Done);
}

#[test]
fn whatever_one_node_ends_another_refuses_at_once() {
    block_on(async {
        let (scene, id) = (Scene::new().await, client());
        let (other, mut longest) = (&scene.other, Duration::ZERO);
        let mut step = |took: Duration| longest = longest.max(took);

        done(other.disable_account("jane").await);
        step(scene.becomes("jane", Seen::Refused).await);
        done(other.enable_account("jane").await);
        step(scene.becomes("jane", Seen::Usable).await);

        done(other.set_client_status(&id, ClientStatus::Suspended).await);
        step(scene.becomes("jane", Seen::Refused).await);
        let key = ClientKey::Secret(Secret::from("another"));
        done(other.update_client(&ClientRecord::new(id.clone(), "Printer", key)).await);
        step(scene.becomes("jane", Seen::Usable).await);

        done(other.revoke(&token_id("jane"), NOW).await);
        step(scene.becomes("jane", Seen::Refused).await);
        assert_eq!(scene.seen("joe").await, Seen::Usable);
        done(other.withdraw(&token_id("joe")).await);
        step(scene.becomes("joe", Seen::Absent).await);

        done(other.remove_client(&id).await);
        step(scene.becomes("jane", Seen::Absent).await);
        println!("7 changes on another node, each seen within {longest:.1?}");
    });
}

#[test]
fn a_client_secret_that_was_replaced_is_forgotten_at_once() {
    block_on(async {
        let scene = Scene::new().await;
        let key = ClientKey::Secret(Secret::from("another"));
        done(scene.other.update_client(&ClientRecord::new(client(), "Printer", key)).await);
        let start = Instant::now();
        let holds = |loaded: &Loaded| match &loaded.client().unwrap().key {
            ClientKey::Secret(secret) => secret.expose() == "another",
            ClientKey::PublicKey(_) => false,
        };
        while !holds(&*scene.load("jane").await) {
            assert!(start.elapsed() < PATIENCE);
        }
    });
}

#[test]
fn whatever_a_hand_in_sql_ends_a_node_refuses_at_once() {
    block_on(async {
        for (sql, seen) in [
            ("UPDATE tokens SET revoked = 0 WHERE id = 'jane'", Seen::Refused),
            ("UPDATE tokens SET revoked = 0", Seen::Refused),
            ("UPDATE tokens SET id = 'another' WHERE id = 'jane'", Seen::Absent),
            ("DELETE FROM tokens WHERE owner = 'jane'", Seen::Absent),
            ("TRUNCATE tokens", Seen::Absent),
            ("UPDATE clients SET status = 'suspended'", Seen::Refused),
            ("DELETE FROM clients", Seen::Absent),
            ("TRUNCATE clients CASCADE", Seen::Absent),
            ("UPDATE accounts SET disabled = true WHERE name = 'jane'", Seen::Refused),
            (
                "BEGIN; DELETE FROM accounts; INSERT INTO accounts VALUES ('jane', '', false, true, 0); COMMIT",
                Seen::Refused,
            ),
            (
                "BEGIN; DELETE FROM accounts WHERE name = 'jane'; UPDATE accounts SET name = 'jane', disabled = true; COMMIT",
                Seen::Refused,
            ),
        ] {
            let scene = Scene::new().await;
            scene.hand.batch_execute(sql).await.unwrap();
            scene.becomes("jane", seen).await;
        }
        let scene = Scene::new().await;
        scene.hand.batch_execute("UPDATE accounts SET disabled = true").await.unwrap();
        scene.becomes("jane", Seen::Refused).await;
        scene.hand.batch_execute("TRUNCATE accounts").await.unwrap();
        scene.becomes("jane", Seen::Usable).await;
    });
}

#[test]
fn a_hand_whose_path_is_another_ends_a_token_all_the_same() {
    block_on(async {
        let (options, schema) = new_schema();
        let scene = Scene::at(shared(), options, &schema).await;
        let sql = format!("SET search_path = public; UPDATE {schema}.tokens SET revoked = 0");
        scene.hand.batch_execute(&sql).await.unwrap();
        scene.becomes("jane", Seen::Refused).await;
    });
}

#[test]
fn a_listener_that_is_cut_off_comes_back_and_trusts_nothing_from_before() {
    block_on(async {
        let scene = Scene::new().await;
        for round in 0..3 {
            // Two connections of one node: both are cut.
            assert!(scene.cut().await > 0, "round {round}");
            scene.unheard("UPDATE tokens SET revoked = 0 WHERE id = 'jane'").await;
            let took = scene.becomes("jane", Seen::Refused).await;
            println!("a revocation that nobody told: refused {took:.1?} after the listener was cut off");
            done(scene.other.revoke(&token_id("joe"), NOW).await);
            scene.becomes("joe", Seen::Refused).await;
            scene.hand.batch_execute("UPDATE tokens SET revoked = NULL").await.unwrap();
            scene.becomes("jane", Seen::Usable).await;
            scene.becomes("joe", Seen::Usable).await;
        }
    });
}

#[test]
fn a_server_that_was_killed_is_listened_to_again() {
    let mut server = Server::start(&[]);
    block_on(async {
        let (options, schema) = new_schema();
        let scene = Scene::at(&server.url(), options.clone(), &schema).await;
        server.kill();
        server.again();
        let other = PostgresStore::connect(&server.url(), options).await.unwrap();
        done(other.revoke(&token_id("jane"), NOW).await);
        let start = Instant::now();
        loop {
            let loaded = scene.node.load(&client(), Some(&token_id("jane"))).await;
            if loaded.is_ok_and(|loaded| loaded.token().unwrap().status == TokenStatus::Revoked) {
                break;
            }
            assert!(start.elapsed() < PATIENCE, "it does not recover");
        }
    });
}

#[test]
fn a_database_that_is_away_keeps_nobody_waiting_and_is_listened_to_once_it_is_there() {
    let mut server = Server::start(&[]);
    block_on(async {
        let (options, schema) = new_schema();
        let options =
            options.connect_timeout(Duration::from_secs(2)).statement_timeout(Duration::from_secs(2));
        let store = PostgresStore::open(&server.url(), options.clone()).await.unwrap();
        server.kill();
        let node = Cached::with_clock(store.clone(), 10, Duration::from_secs(5), || Duration::ZERO);
        let start = Instant::now();
        store.tell_changes(node.lookups()).await;
        assert!(start.elapsed() < PATIENCE);
        server.again();
        let scene = Scene::at(&server.url(), options, &schema).await;
        while node.load(&client(), Some(&token_id("jane"))).await.is_err() {
            assert!(start.elapsed() < PATIENCE);
        }
        done(scene.other.revoke(&token_id("jane"), NOW).await);
        let status = async || {
            let loaded = node.load(&client(), Some(&token_id("jane"))).await.unwrap();
            loaded.token().unwrap().status
        };
        while status().await != TokenStatus::Revoked {
            assert!(start.elapsed() < PATIENCE);
        }
    });
}

#[test]
fn a_listener_ends_with_its_store() {
    block_on(async {
        let scene = Scene::new().await;
        let listening = "SELECT count(*) FROM pg_stat_activity
            WHERE application_name LIKE '% listener' AND query = 'LISTEN \"' || current_schema() || '\"'";
        let count = async || scene.hand.query_one(listening, &[]).await.unwrap().get::<_, i64>(0);
        assert_eq!(count().await, 1);
        scene.node.store().close().await;
        let start = Instant::now();
        while count().await != 0 {
            assert!(start.elapsed() < PATIENCE);
        }
    });
}
