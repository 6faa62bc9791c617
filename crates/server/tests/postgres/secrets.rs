//! A dump, the files of the database and its logs at their most talkative are searched for every secret, before and after all of it
//! is sealed anew.

use super::{
    scene::{self, Scene},
    support::{
        browser::Browser,
        client::{Call, Pair},
        needles::{Needles, forms},
        server::Server,
        until,
    },
};
use countersign_provider::{System, token};
use serde_json::json;
use std::{
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
};

#[test]
fn no_secret_reaches_a_dump_the_files_of_the_database_or_the_log() {
    let own = scene::talkative();
    let scene = Scene::at(scene::empty_on(&own));
    plant(&scene);
    scene.place.add_user("joe", LONG);
    let server = scene.place.server().set("COUNTERSIGN_LOG_LEVEL", "trace").start();
    let mut joe = Browser::sign_in(&server, "joe", LONG);
    let mut secrets = Needles::default();
    secrets.add("password", LONG);
    secrets.add("client secret", scene.client.secret.expose());
    for (name, value) in &joe.cookies {
        secrets.add(&format!("cookie {name}"), value);
    }
    let issued = scene.place.issue_token(&scene.client.id, "joe", &[], "");
    secrets.add("token secret", issued.secret.expose());
    for _ in 0..3 {
        let pending = scene.dance(&server).initiate();
        secrets.add("temporary secret", pending.secret.expose());
        let granted = scene.dance(&server).initiate();
        secrets.add("temporary secret", granted.secret.expose());
        let verifier = scene.dance(&server).grant(&mut joe, &granted);
        secrets.add("verifier", &verifier);
        let token = Pair::from(&scene.dance(&server).exchange(&granted, &verifier).expect(200));
        secrets.add("token secret", token.secret.expose());
        Call::get("/api/whoami", &scene.client).token(&token).send(&server).expect(200);
    }
    let (status, log, stdout) = server.stop();
    assert!(status.success(), "{status}");

    for (name, content) in [("log of the server", &log), ("standard output", &stdout)] {
        assert_eq!(secrets.found_in(content), [""; 0], "in the {name}");
    }
    let searched = searched(&own, &secrets);
    println!("{} forms of secrets in {searched}: none; the canary in each", secrets.len());
}

/// Requests are signed, and dances begun, from before the key is changed until after everything is under the new one.
#[test]
fn no_secret_reaches_them_while_all_are_resealed_under_load() {
    let own = scene::talkative();
    let scene = Scene::at(scene::empty_on(&own));
    let tokens = imported(&scene);
    plant(&scene);
    let mut secrets = Needles::default();
    secrets.add("client secret", scene.client.secret.expose());
    for token in &tokens {
        secrets.add("token secret", token.secret.expose());
    }
    let server = scene.node();
    let old = scene.place.sealing();
    let load = Load::new(&scene, &server, &tokens);
    let during = thread::scope(|scope| {
        let _ends = Ends(&load.over);
        for _ in 0..2 {
            scope.spawn(|| load.run());
        }
        until("requests are under way", || load.verified.load(Ordering::Relaxed) > 20);
        let before = load.verified.load(Ordering::Relaxed);
        let new = scene.place.rotated();
        let told = scene.place.done(&["keys", "reseal", "--json", "--batch", "20"], "").json();
        assert_eq!((&told["key"], &told["left"]), (&new.into(), &0.into()), "{told}");
        assert!(told["resealed"].as_u64() >= Some(TOKENS as u64), "{told}");
        load.verified.load(Ordering::Relaxed) - before
    });
    assert!(during > 0, "some were verified while it ran");
    for temporary in load.temporaries.into_inner().expect("every thread ended well") {
        secrets.add("temporary secret", temporary.secret.expose());
    }
    for entry in scene.place.entries() {
        secrets.add("sealing key", entry.split_once(':').expect("a key").1);
    }
    let searched = searched(&own, &secrets);
    println!(
        "{during} requests verified while {TOKENS} tokens were sealed anew, none failed; {} forms of secrets in {searched}: none; \
         the canary in each",
        secrets.len()
    );

    scene.place.ring_is_old();
    scene.place.done(&["keys", "remove", &old], "");
    let after = scene.node();
    for token in tokens.iter().step_by(TOKENS / 20) {
        Call::get("/api/whoami", &scene.client).token(token).send(&after).expect(200);
    }
}

/// Who signs requests until it is over: every one another token's, so that each is looked up and opened.
struct Load<'a> {
    scene: &'a Scene,
    server: &'a Server,
    tokens: &'a [Pair],
    over: AtomicBool,
    verified: AtomicUsize,
    temporaries: Mutex<Vec<Pair>>,
}

impl<'a> Load<'a> {
    fn new(scene: &'a Scene, server: &'a Server, tokens: &'a [Pair]) -> Self {
        let (over, verified, temporaries) = Default::default();
        Self { scene, server, tokens, over, verified, temporaries }
    }

    fn run(&self) {
        while !self.over.load(Ordering::Relaxed) {
            let token = &self.tokens[self.verified.fetch_add(1, Ordering::Relaxed) % self.tokens.len()];
            Call::get("/api/whoami", &self.scene.client).token(token).send(self.server).expect(200);
            let temporary = self.scene.dance(self.server).initiate();
            self.temporaries.lock().expect("every thread ends well").push(temporary);
        }
    }
}

/// However it ends, the threads do too.
struct Ends<'a>(&'a AtomicBool);

impl Drop for Ends<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Tokens of the client, as many at once as the database takes.
fn imported(scene: &Scene) -> Vec<Pair> {
    let tokens: Vec<_> = (0..TOKENS).map(|_| Pair::new(&token(&System, 24), &token(&System, 43))).collect();
    let rows = tokens.iter().map(|token| {
        let (id, secret, client) = (&token.id, token.secret.expose(), &scene.client.id);
        json!({ "type": "token", "token": id, "token_secret": secret, "client": client, "owner": "jane" })
    });
    let text: String = rows.map(|row| format!("{row}\n")).collect();
    std::fs::write(scene.place.path().join("tokens.jsonl"), text).expect("a file");
    scene.place.done(&["import", "tokens.jsonl"], "");
    tokens
}

/// Puts every form of a canary where the database keeps names.
fn plant(scene: &Scene) {
    for (_, form) in forms(CANARY) {
        let form = String::from_utf8(form).expect("text");
        scene.place.add_client(&["--name", &form, "--two-legged"]);
    }
}

/// Looks through all that a database keeps: no secret is there, the canary is in each place, and all its forms are in the dump. Gives back what
/// was searched.
fn searched(own: &super::real::Server, secrets: &Needles) -> String {
    let mut canary = Needles::default();
    canary.add("canary", CANARY);
    let kept = scene::kept(own).into_iter().map(|(name, content)| {
        assert_eq!(secrets.found_in(&content), [""; 0], "in the {name}");
        let found = canary.found_in(&content);
        let wanted = if name == "dump" { forms(CANARY).len() } else { 1 };
        assert!(found.len() >= wanted && found.contains(&"canary, raw".into()), "in the {name}: {found:?}");
        format!("{name} ({} KiB)", content.len() >> 10)
    });
    kept.collect::<Vec<_>>().join(", ")
}

const LONG: &str = "correct horse & battery=staple %41 \u{fc}";
const CANARY: &str = "Canary-of-the-mine-7d1f";
const TOKENS: usize = 600;
