//! What is ended elsewhere, and how soon a node that has just looked it up refuses it: sooner than its cache grows old.

use super::{
    real,
    scene::{self, Scene},
    support::{
        client::{Call, Pair},
        server::Server,
        until,
    },
};
use std::time::{Duration, Instant};

/// How long a lookup is kept where nobody tells otherwise.
const LIFE: Duration = Duration::from_secs(5);
const ROUNDS: usize = 5;

/// Two nodes on a PostgreSQL of the test's own.
struct Nodes {
    nodes: [Server; 2],
    scene: Scene,
    postgres: real::Server,
}

impl Nodes {
    fn start() -> Self {
        let postgres = real::Server::start(&["fsync = off"]);
        let scene = Scene::at(scene::empty_on(&postgres));
        let node = || {
            let node = scene.place.server().set("COUNTERSIGN_DATABASE_STATEMENT_TIMEOUT", "1");
            node.set("COUNTERSIGN_LOG_LEVEL", "info,countersign_store_sqlx=debug").start()
        };
        Self { nodes: [node(), node()], scene, postgres }
    }

    fn token(&self) -> Pair {
        self.scene.place.issue_token(&self.scene.client.id, "jane", &[], "")
    }

    fn status(&self, node: &Server, token: &Pair) -> u16 {
        Call::get("/api/whoami", &self.scene.client).token(token).send(node).status
    }

    fn by_hand(&self, sql: &str) {
        let ran = self.postgres.tool("psql").args(["-c", sql]).output().expect("psql");
        assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    }

    /// Both nodes look it up, then it is ended; how old the older lookup is when both refuse.
    fn refused(&self, token: &Pair, end: impl FnOnce()) -> Duration {
        let start = Instant::now();
        for node in &self.nodes {
            until("it is accepted", || self.status(node, token) == 200);
        }
        end();
        for node in &self.nodes {
            until("it is refused", || self.status(node, token) == 401);
        }
        start.elapsed()
    }
}

/// The middle one: a busy machine may be late once.
fn middle(mut ages: Vec<Duration>, what: &str) {
    ages.sort();
    println!("{what}: refused by both nodes when the lookup was this old: {ages:.0?}");
    assert!(ages[ages.len() / 2] < LIFE, "{what}: {ages:?}");
}

#[test]
fn what_a_command_or_a_hand_in_sql_ends_is_refused_before_its_lookup_is_old() {
    let nodes = Nodes::start();
    let place = &nodes.scene.place;
    let rounds = |end: &dyn Fn(&Pair), back: &dyn Fn()| -> Vec<_> {
        let round = |_| {
            let token = nodes.token();
            let age = nodes.refused(&token, || end(&token));
            back();
            age
        };
        (0..ROUNDS).map(round).collect()
    };
    let revoke = |token: &Pair| drop(place.done(&["token", "revoke", &token.id], ""));
    middle(rounds(&revoke, &|| {}), "token revoke");
    let revoke = |token: &Pair| {
        nodes.by_hand(&format!("UPDATE countersign.tokens SET revoked = 0 WHERE id = '{}'", token.id));
    };
    middle(rounds(&revoke, &|| {}), "UPDATE tokens");
    let client = &nodes.scene.client.id;
    let disable = |_: &Pair| drop(place.done(&["client", "disable", client], ""));
    let enable = || drop(place.done(&["client", "enable", client], ""));
    middle(rounds(&disable, &enable), "client disable");
    let disable = |_: &Pair| drop(place.done(&["user", "disable", "jane"], ""));
    let enable = || drop(place.done(&["user", "enable", "jane"], ""));
    middle(rounds(&disable, &enable), "user disable");
    middle(
        rounds(
            &|token| nodes.by_hand(&format!("DELETE FROM countersign.tokens WHERE id = '{}'", token.id)),
            &|| {},
        ),
        "DELETE FROM tokens",
    );
}

#[test]
fn a_node_whose_listener_is_cut_off_says_so_once_and_is_told_again() {
    let nodes = Nodes::start();
    let said = |node: &Server, what: &str| String::from_utf8_lossy(&node.log()).matches(what).count();
    for round in 1..=2 {
        nodes.by_hand(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'countersign listener'",
        );
        for node in &nodes.nodes {
            until("it says so", || said(node, LOST) == round);
            until("it is back", || said(node, BACK) == round);
        }
        let ages = (0..ROUNDS).map(|_| {
            let token = nodes.token();
            nodes.refused(&token, || drop(nodes.scene.place.done(&["token", "revoke", &token.id], "")))
        });
        middle(ages.collect(), "token revoke, after the listener was cut off");
    }
    for node in &nodes.nodes {
        assert_eq!((said(node, LOST), said(node, BACK)), (2, 2));
    }
}

#[test]
fn a_database_that_hangs_is_noticed_by_whoever_listens() {
    let nodes = Nodes::start();
    let said = |node: &Server, what: &str| String::from_utf8_lossy(&node.log()).contains(what);
    nodes.postgres.stop();
    for node in &nodes.nodes {
        until("it says so", || said(node, LOST));
    }
    nodes.postgres.go_on();
    for node in &nodes.nodes {
        until("it is back", || said(node, BACK));
    }
    let token = nodes.token();
    nodes.refused(&token, || drop(nodes.scene.place.done(&["token", "revoke", &token.id], "")));
}

#[test]
fn no_log_of_what_was_told_names_a_token() {
    let nodes = Nodes::start();
    let token = nodes.token();
    nodes.refused(&token, || drop(nodes.scene.place.done(&["token", "revoke", &token.id], "")));
    for node in &nodes.nodes {
        let log = String::from_utf8_lossy(&node.log()).into_owned();
        assert!(log.contains("others changed") && !log.contains(&token.id), "{log}");
    }
}

const LOST: &str = "what others change is not heard";
const BACK: &str = "is heard at once again";
