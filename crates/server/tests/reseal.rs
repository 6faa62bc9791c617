//! `keys reseal`: under load, killed in the middle, and over rows that somebody has tampered with.

mod support;

use rusqlite::Connection;
use serde_json::Value;
use std::{
    path::Path,
    process::Stdio,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};
use support::{
    client::{Call, Dance, Pair},
    needles::{Needles, forms},
    place::Place,
    server::Server,
    until,
};

const CANARY: &str = "Canary-of-the-mine-7d1f";

struct Scene {
    place: Place,
    client: Pair,
    tokens: Vec<Pair>,
    old: String,
}

impl Scene {
    fn new(tokens: usize) -> Self {
        let place = Place::new();
        place.add_user("jane", "correct horse");
        let client = place.add_client(&["--name", "Printer", "--two-legged", "--allow-oob"]);
        let tokens = place.issue_many(&client, tokens);
        Self { old: place.sealing(), place, client, tokens }
    }

    fn raw(&self) -> Connection {
        let raw = Connection::open(self.place.database()).expect("the database");
        raw.busy_timeout(support::PATIENCE).expect("patience");
        raw
    }

    /// How many tokens a key sealed.
    fn under(&self, raw: &Connection, key: &str) -> u32 {
        let sql = "SELECT count(*) FROM tokens WHERE secret GLOB 'cs1:' || ?1 || ':*'";
        raw.query_row(sql, [key], |row| row.get(0)).expect("a count")
    }

    fn secret(&self, token: &Pair) -> String {
        let sql = "SELECT secret FROM tokens WHERE id = ?1";
        self.raw().query_row(sql, [&token.id], |row| row.get(0)).expect("a secret")
    }

    fn put(&self, token: &Pair, secret: &str) {
        let sql = "UPDATE tokens SET secret = ?2 WHERE id = ?1";
        assert_eq!(self.raw().execute(sql, [&token.id, secret]), Ok(1));
    }

    fn call(&self, token: &Pair, server: &Server) {
        Call::get("/api/whoami", &self.client).token(token).send(server).expect(200);
    }

    /// Every token, on a server that has looked none up before.
    fn all_open(&self) {
        let server = self.place.server().start();
        self.tokens.iter().for_each(|token| self.call(token, &server));
    }
}

/// Every request brings another token, so that each asks the database and none the cache.
#[test]
fn reseal_under_load_fails_no_request_and_then_the_old_key_can_go() {
    let scene = Scene::new(1500);
    let server = scene.place.server().start();
    let dance = Dance { server: &server, client: &scene.client, callback: "oob" };
    let temporary = dance.initiate();
    let new = scene.place.rotated();
    let next = AtomicUsize::new(0);
    let meanwhile = thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while let Some(token) = scene.tokens.get(next.fetch_add(1, Ordering::Relaxed)) {
                    scene.call(token, &server);
                    // What is issued meanwhile is sealed under the new key, and nothing of it is lost.
                    dance.initiate();
                }
            });
        }
        until("requests are under way", || next.load(Ordering::Relaxed) > 20);
        let before = next.load(Ordering::Relaxed);
        let ran = scene.place.done(&["keys", "reseal", "--json", "--batch", "20"], "");
        let told: Value = ran.json();
        assert_eq!((&told["key"], &told["left"]), (&Value::from(new.as_str()), &0.into()), "{told}");
        assert_eq!(told["resealed"], 1502, "a client, its tokens, and one temporary: {told}");
        next.load(Ordering::Relaxed).min(scene.tokens.len()) - before
    });
    println!("{meanwhile} requests while 1502 secrets were sealed anew; none failed");
    assert!(meanwhile > 0, "some were verified while it ran");

    scene.place.ring_is_old();
    scene.place.done(&["keys", "remove", &scene.old], "");
    assert!(!scene.place.ring_text().contains(&scene.old));
    dance.exchange(&temporary, "whatever").refused(401, "permission_unknown");
    server.stop();
    scene.all_open();
}

#[test]
fn interrupted_reseal_is_finished_by_the_next_one() {
    let scene = Scene::new(600);
    let (new, raw) = (scene.place.rotated(), scene.raw());
    for round in 1..=2 {
        let mut command = scene.place.command();
        let command = command.args(["keys", "reseal", "--batch", "1"]).stdout(Stdio::null());
        let mut child = command.spawn().expect("the binary");
        until("a part is sealed anew", || scene.under(&raw, &new) >= round * 50);
        child.kill().expect("a kill");
        assert!(!child.wait().expect("an end").success(), "it was killed before its end");
    }
    let (old, done) = (scene.under(&raw, &scene.old), scene.under(&raw, &new));
    assert!(old > 0 && old + done == 600, "{old} and {done}");
    drop(raw);
    scene.all_open();

    let told = scene.place.done(&["keys", "reseal", "--json"], "").json();
    assert_eq!((&told["sealed"], &told["left"]), (&601.into(), &0.into()), "{told}");
    let again = scene.place.done(&["keys", "reseal", "--json"], "").json();
    assert_eq!(again["resealed"], 0, "{again}");
    scene.place.ring_is_old();
    scene.place.done(&["keys", "remove", &scene.old], "");
    scene.all_open();
}

#[test]
fn a_sealed_secret_moved_to_another_row_is_not_resealed() {
    let scene = Scene::new(4);
    let [first, second, third, fourth] = scene.tokens.as_slice() else { panic!("four") };
    let (moved, whole) = (scene.secret(first), scene.secret(third));
    scene.put(second, &moved);
    let damaged = [&whole[..whole.len() - 1], if whole.ends_with('A') { "B" } else { "A" }].concat();
    scene.put(third, &damaged);
    let new = scene.place.rotated();
    let ran = scene.place.keys(&["reseal"]);
    assert_eq!(ran.code, Some(1));
    for told in ["token of record 2", "token of record 3", &scene.old, "does not open", "2 secrets were left"]
    {
        assert!(ran.stderr.contains(told), "{told}: {}", ran.stderr);
    }
    assert!(!ran.stderr.contains(&second.id) && !ran.stderr.contains("record 4"), "{}", ran.stderr);
    assert_eq!((scene.secret(second), scene.secret(third)), (moved, damaged), "left as they were");
    for token in [first, fourth] {
        assert!(scene.secret(token).starts_with(&format!("cs1:{new}:")));
    }
    // What is under the key that seals already is tried as well.
    scene.put(fourth, &scene.secret(first));
    let told = scene.place.keys(&["reseal", "--json"]).json();
    assert_eq!((&told["left"], &told["resealed"]), (&3.into(), &0.into()), "{told}");
    assert_eq!(
        (&told["rows"][2]["row"], &told["rows"][2]["key"]),
        (&"token of record 4".into(), &new.into())
    );
    let refused = scene.place.keys(&["remove", &scene.old]);
    assert!(refused.code == Some(1) && refused.stderr.contains("tokens: 2"), "{}", refused.stderr);
}

#[test]
fn a_secret_under_a_missing_key_is_left_and_the_others_are_not() {
    let scene = Scene::new(2);
    scene.put(&scene.tokens[0], "cs1:k0:AAAA");
    scene.place.rotated();
    let ran = scene.place.keys(&["reseal", "--json"]);
    let told = ran.json();
    assert_eq!((ran.code, &told["left"], &told["sealed"]), (Some(1), &1.into(), &2.into()), "{told}");
    assert_eq!(
        (&told["rows"][0]["key"], &told["rows"][0]["why"]),
        (&"k0".into(), &"its key is missing".into())
    );
    assert!(ran.stderr.contains("key k0 is missing"), "{}", ran.stderr);
}

#[test]
fn a_secret_that_was_never_sealed_is_sealed_only_when_asked() {
    let scene = Scene::new(2);
    let token = &scene.tokens[0];
    let plain = token.secret.expose();
    scene.put(token, plain);
    let ran = scene.place.keys(&["reseal"]);
    assert!(
        ran.code == Some(1) && ran.stderr.contains("token of record 1: it was never sealed"),
        "{}",
        ran.stderr
    );
    assert_eq!(scene.secret(token), plain);
    let server = scene.place.server().start();
    Call::get("/api/whoami", &scene.client).token(token).send(&server).refused(503, "store_unavailable");
    assert!(scene.place.listed().iter().any(|line| line.state == "never sealed" && line.all() == 1));

    let ran = scene.place.done(&["keys", "reseal", "--seal-plain"], "");
    assert!(ran.stderr.contains("VACUUM"), "{}", ran.stderr);
    scene.call(token, &server);
    server.stop();
    scene.raw().execute_batch("VACUUM").expect("a smaller file");
    let mut needles = Needles::default();
    needles.add("a secret that was in the clear", plain);
    assert_eq!(found(&needles, scene.place.path()), [""; 0]);
}

/// As in a database of a time before there were key rings, or one that was filled by other means.
#[test]
fn what_was_never_sealed_is_sealed_by_migrate() {
    let scene = Scene::new(500);
    let (place, plain) = (&scene.place, &scene.tokens[100..400]);
    plain.iter().for_each(|token| scene.put(token, token.secret.expose()));
    let whole = scene.secret(&scene.tokens[0]);
    let sql = "UPDATE clients SET secret = ?1";
    assert_eq!(scene.raw().execute(sql, [scene.client.secret.expose()]), Ok(1));
    let check = place.run(&["migrate", "--check"], "");
    assert_eq!((check.code, check.stdout.as_str()), (Some(1), ""));
    assert!(check.stderr.contains("301 secrets that were never sealed"), "{}", check.stderr);
    let server = place.server().start();
    Call::get("/api/whoami", &scene.client).send(&server).refused(503, "store_unavailable");
    let log = String::from_utf8_lossy(&server.log()).into_owned();
    assert!(log.contains("never sealed") && log.contains("`countersign migrate`"), "{log}");
    assert_eq!(scene.secret(&plain[0]), plain[0].secret.expose(), "neither did that");

    let ran = place.done(&["migrate"], "");
    assert!(ran.stdout.contains("is up to date"), "{}", ran.stdout);
    assert!(ran.stderr.contains("sealed 301 secrets") && ran.stderr.contains("VACUUM"), "{}", ran.stderr);
    assert_eq!(scene.secret(&scene.tokens[0]), whole, "what was sealed is left alone");
    assert_eq!(place.listed().iter().map(support::keys::Listed::all).collect::<Vec<_>>(), [501]);
    place.done(&["migrate", "--check"], "");
    assert_eq!(place.done(&["migrate"], "").stderr, "");
    scene.tokens.iter().for_each(|token| scene.call(token, &server));
}

#[test]
fn migrate_seals_nothing_under_a_ring_of_another_database() {
    let (scene, other) = (Scene::new(2), Scene::new(0));
    let plain = scene.tokens[0].secret.expose();
    scene.put(&scene.tokens[0], plain);
    std::fs::copy(other.place.ring(), scene.place.ring()).expect("another's ring");
    for environment in [&[][..], &[("COUNTERSIGN_SINGLE_NODE", "false")]] {
        let ran = scene.place.run_with(&["migrate"], "", environment);
        assert!(ran.code == Some(1), "{}", ran.stderr);
        assert_eq!(scene.secret(&scene.tokens[0]), plain);
    }
}

/// Before, between and after: in the database, its log, and whatever else lies there but the ring.
#[test]
fn no_secret_is_in_the_files_whatever_key_they_are_sealed_under() {
    let scene = Scene::new(300);
    let (place, mut secrets, mut canary) = (&scene.place, Needles::default(), Needles::default());
    canary.add("canary", CANARY);
    for (_, form) in forms(CANARY) {
        place.add_client(&["--name", &String::from_utf8(form).expect("text"), "--two-legged"]);
    }
    secrets.add("client secret", scene.client.secret.expose());
    for token in &scene.tokens {
        secrets.add("token secret", token.secret.expose());
    }
    let server = place.server().start();
    let temporary = Dance { server: &server, client: &scene.client, callback: "oob" }.initiate();
    secrets.add("temporary secret", temporary.secret.expose());
    let clean = |secrets: &Needles, when: &str| {
        assert_eq!(found(secrets, place.path()), [""; 0], "{when}");
        let mut planted = found(&canary, place.path());
        planted.sort();
        planted.dedup();
        assert_eq!(planted.len(), forms(CANARY).len(), "{when}: {planted:?}");
    };
    clean(&secrets, "before");
    place.rotated();
    for entry in place.entries() {
        secrets.add("sealing key", entry.split_once(':').expect("a key").1);
    }
    place.done(&["keys", "reseal"], "");
    clean(&secrets, "after");
    scene.tokens.iter().for_each(|token| scene.call(token, &server));
    server.stop();
    clean(&secrets, "after the server's end");
}

/// In every file of the folder but the ring.
fn found(needles: &Needles, folder: &Path) -> Vec<String> {
    let files = std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    let searched: Vec<_> = files.filter(|path| !path.ends_with("countersign.keys")).collect();
    assert!(searched.iter().any(|path| path.ends_with("x.db")), "{searched:?}");
    searched.iter().flat_map(|path| needles.found_in(&std::fs::read(path).expect("a file"))).collect()
}
