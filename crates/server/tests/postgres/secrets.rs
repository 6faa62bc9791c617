//! A dump, the files of the database and the log at its most talkative are searched for every secret.

use super::{
    real,
    scene::{self, CALLBACK, Scene},
    support::{
        browser::Browser,
        client::{Call, Pair},
        needles::Needles,
    },
};
use std::{fs, path::Path};

#[test]
fn no_secret_reaches_a_dump_the_files_of_the_database_or_the_log() {
    let postgres =
        real::Server::start(&["fsync = off", "log_statement = 'all'", "log_min_messages = 'debug1'"]);
    let scene = Scene::at(scene::empty_on(&postgres));
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

    let dump = postgres.tool("pg_dump").output().expect("a dump").stdout;
    let files = contents(postgres.folder());
    let mut canary = Needles::default();
    canary.add("callback", CALLBACK);
    for (name, content) in [("dump", &dump), ("files", &files), ("log", &log), ("standard output", &stdout)] {
        assert_eq!(secrets.found_in(content), [""; 0], "in the {name}");
    }
    for content in [&dump, &files] {
        assert!(canary.found_in(content).contains(&"callback, raw".into()), "what is no secret is there");
    }
    println!(
        "{} forms of secrets in {} KiB of dump and files: none",
        secrets.len(),
        (dump.len() + files.len()) >> 10
    );
}

/// All files below a folder, one after the other; sockets and what is gone by now are none.
fn contents(path: &Path) -> Vec<u8> {
    match fs::metadata(path) {
        Ok(found) if found.is_dir() => {
            let files = fs::read_dir(path).into_iter().flatten().flatten();
            files.flat_map(|file| contents(&file.path())).collect()
        }
        Ok(found) if found.is_file() => fs::read(path).unwrap_or_default(),
        _ => Vec::new(),
    }
}

const LONG: &str = "correct horse & battery=staple %41 \u{fc}";
