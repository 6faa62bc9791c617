//! A database that does not answer, two servers on one, and configurations that cannot work.

mod support;

use rusqlite::Connection;
use support::{
    browser::Browser,
    client::{Call, Dance, Pair},
    http::Request,
    place::Place,
    server::Starter,
    until,
};

const CALLBACK: &str = "http://127.0.0.1/ready";
const PASSWORD: &str = "correct horse";
const OTHER_KEY: &str = "other:MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";

fn prepared() -> (Place, Pair) {
    let place = Place::new();
    place.add_user("jane", PASSWORD);
    let client =
        place.add_client(&["--name", "Printer", "--callback", CALLBACK, "--allow-oob", "--two-legged"]);
    (place, client)
}

#[test]
fn locked_database_is_unavailable_and_never_reads_as_unknown_or_fresh() {
    let (place, client) = prepared();
    let server = place.server().start();
    let dance = Dance { server: &server, client: &client, callback: CALLBACK };
    let mut jane = Browser::sign_in(&server, "jane", PASSWORD);
    let granted = dance.initiate();
    let verifier = dance.grant(&mut jane, &granted);
    let pending = dance.initiate();
    let used = Call::get("/api/whoami", &client);
    used.send(&server).expect(200);
    Request::get("/readyz").send(&server).expect(200);

    let lock = Connection::open(place.database()).expect("the database");
    lock.execute_batch("BEGIN EXCLUSIVE").expect("the lock");
    let unused = Call::get("/api/whoami?new", &client);
    // All at once: each of them waits for the lock for seconds.
    std::thread::scope(|scope| {
        let page = scope.spawn(|| jane.clone().answer(&server, &pending, "grant"));
        let sign_in = scope.spawn(|| Browser::default().try_sign_in(&server, "jane", PASSWORD, "/"));
        // A verdict counts for a second.
        let ready =
            scope.spawn(|| until("it says so", || Request::get("/readyz").send(&server).status == 503));
        let calls = [
            unused.clone(),
            used.clone(),
            Call::post("/oauth/initiate", &client).with("oauth_callback", "oob"),
            Call::post("/oauth/token", &client).token(&granted).with("oauth_verifier", &verifier),
        ]
        .map(|call| call.request(&server.public_url));
        let answers = calls.map(|call| {
            let server = &server;
            scope.spawn(move || call.send(server))
        });
        for answer in answers {
            answer.join().expect("an answer").refused(503, "store_unavailable");
        }
        for page in [page.join(), sign_in.join()] {
            let page = page.expect("an answer").expect(503);
            assert_eq!(page.field("retry-after"), Some("60"), "{:?}", page.fields);
        }
        ready.join().expect("an answer");
        Request::get("/healthz").send(&server).expect(200);
    });

    lock.execute_batch("ROLLBACK").expect("the end of the lock");
    until("it is ready again", || Request::get("/readyz").send(&server).status == 200);
    unused.send(&server).expect(200);
    used.send(&server).refused(401, "nonce_used");
    jane.answer(&server, &pending, "grant").expect(303);
    dance.exchange(&granted, &verifier).expect(200);
    assert!(!String::from_utf8_lossy(&server.log()).contains("panicked"));
}

/// The largest file that the server may write stands for the end of the disk.
#[cfg(unix)]
#[test]
fn full_disk_is_unavailable_and_loses_nothing_acknowledged() {
    let (place, client) = prepared();
    let script = "trap '' XFSZ; ulimit -f 1000; exec \"$0\" \"$@\"";
    let mut shell = place.command_of("sh");
    shell.args(["-c", script, env!("CARGO_BIN_EXE_countersign")]);
    let server = Starter::new(shell).start();
    let mut used = Vec::new();
    let token = place.issue_token(&client.id, "jane", &[], "");
    until("the disk is full", || {
        let call = Call::get("/api/whoami", &client).token(&token);
        let status = call.send(&server).status;
        assert!([200, 503].contains(&status), "{status}");
        if status == 200 {
            used.push(call);
        }
        status == 503
    });
    for _ in 0..3 {
        let call = Call::get("/api/whoami", &client).token(&token);
        call.send(&server).refused(503, "store_unavailable");
        used[0].send(&server).expect_one_of(&[401, 503]);
    }
    // A change that is small enough may still fit.
    until("it says so", || Request::get("/readyz").send(&server).status == 503);
    let (status, log, _) = server.stop();
    assert!(status.success() && !String::from_utf8_lossy(&log).contains("panicked"), "{status}");

    let server = place.server().start();
    Call::get("/api/whoami", &client).token(&token).send(&server).expect(200);
    for call in &used {
        call.send(&server).refused(401, "nonce_used");
    }
    println!("{} acknowledged before the disk was full, replays accepted after it: 0", used.len());
}

#[test]
fn replay_at_a_second_server_on_the_same_database_is_refused() {
    let (place, client) = prepared();
    let (one, two) = (place.server().start(), place.server().start());
    let here = |server| Dance { server, client: &client, callback: CALLBACK };
    let temporary = here(&one).initiate();
    let mut jane = Browser::sign_in(&two, "jane", PASSWORD);
    let verifier = here(&two).grant(&mut jane, &temporary);
    let token = Pair::from(&here(&one).exchange(&temporary, &verifier).expect(200));
    here(&two).exchange(&temporary, &verifier).refused(401, "token_rejected");

    for _ in 0..20 {
        let call = Call::get("/api/whoami", &client).token(&token);
        let mut codes: Vec<_> = std::thread::scope(|scope| {
            let both = [&one, &two].map(|server| scope.spawn(|| call.send(server)));
            both.into_iter().map(|answer| answer.join().expect("an answer")).collect()
        });
        codes.sort_by_key(|answer| answer.status);
        assert_eq!(codes[0].status, 200, "{}", codes[0].body);
        codes.remove(1).refused(401, "nonce_used");
    }
    place.done(&["token", "revoke", &token.id], "");
    for server in [&one, &two] {
        until("both see it", || Call::get("/api/whoami", &client).token(&token).send(server).status == 401);
    }
}

/// Asserts that it says all of this in one line on standard error, and ends with exit code 1.
#[track_caller]
fn mistaken(place: &Place, flags: &[&str], environment: &[(&str, &str)], told: &[&str]) {
    assert_eq!(misses(place, flags, environment, told), None);
}

fn misses(place: &Place, flags: &[&str], environment: &[(&str, &str)], told: &[&str]) -> Option<String> {
    let ran = place.run_with(&[&["serve"], flags].concat(), "", environment);
    let one_line = ran.stderr.lines().count() == 1 && ran.stderr.starts_with("countersign: ");
    let whole = ran.code == Some(1) && one_line && ran.stdout.is_empty();
    let missing: Vec<_> = told.iter().filter(|part| !ran.stderr.contains(**part)).collect();
    (!whole || !missing.is_empty()).then(|| format!("{:?}, without {missing:?}: {}", ran.code, ran.stderr))
}

#[test]
fn wrong_configuration_names_place_key_and_remedy() {
    let place = Place::new();
    let local = ["--listen", "127.0.0.1:0", "--public-url", "http://countersign.test", "--insecure-http"];
    let file = |text: &str, told: &[&str]| {
        std::fs::write(place.path().join("c.toml"), text).expect("a file");
        misses(&place, &[&local[..], &["--config", "c.toml"]].concat(), &[], told)
    };
    let variable = |name: &str, value: &str, told: &[&str]| {
        misses(&place, &local, &[(name, value)], &[&[name], told].concat())
    };
    let flags = |flags: &[&str], told: &[&str]| misses(&place, flags, &[], told);
    let missed = [
        file("echo = true\npublik_url = \"x\"\n", &["c.toml:2:", "publik_url", "public_url"]),
        file("\n[limits]\nform = \"1 MB\"\n", &["c.toml:3:", "form"]),
        file("listen = 8080\n", &["c.toml:1:", "listen", "socket address"]),
        file("trusted_proxies = [\"10.0.0.0/99\"]\n", &["c.toml:1:", "trusted_proxies"]),
        file("echo = \n", &["c.toml:1:"]),
        file("signature_methods = [\"PLAINTEXT\"]\n", &["signature_methods", "allow_plaintext"]),
        file("[limits]\nheaders = 10\n", &["limits.headers", "8192"]),
        file("[endpoints]\ntoken = \"/login\"\n", &["endpoints", "/login", "taken"]),
        file("[cache]\nurl = \"mongodb://h\"\n", &["cache.url", "sql:", "memory:", "redis:"]),
        variable("COUNTERSIGN_PUBLIK_URL", "x", &["config init"]),
        variable("COUNTERSIGN_ECHO", "yes", &["true or false"]),
        variable("COUNTERSIGN_LIMITS_STALL", "30s", &["whole number"]),
        misses(
            &place,
            &local,
            &[("COUNTERSIGN_DATABASE_URL", "mongodb://h")],
            &["database.url", "sqlite:PATH"],
        ),
        variable("COUNTERSIGN_KEYS", "only-an-id", &["id:base64", "32 bytes"]),
        misses(&place, &local, &[("COUNTERSIGN_LOG_LEVEL", "x=y=z")], &["log.level"]),
        variable("COUNTERSIGN_LISTEN", "here", &["socket address"]),
        flags(&["--config", "none.toml"], &["none.toml", "No such file"]),
        flags(&["--public-url", "http://countersign.test"], &["public_url", "--insecure-http", "https"]),
        flags(&["--public-url", "countersign.test"], &["countersign.test", "https://host"]),
        flags(&["--listen", "0.0.0.0:0", "--insecure-http"], &["public_url", "https://"]),
    ];
    let missed: Vec<_> = missed.into_iter().flatten().collect();
    assert!(missed.is_empty(), "{}", missed.join(""));
}

#[test]
fn address_in_use_is_named() {
    let place = Place::new();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("an address").to_string();
    mistaken(
        &place,
        &["--listen", &address, "--insecure-http"],
        &[],
        &[&address, "cannot listen", "in use", "--listen"],
    );
}

#[test]
fn unusable_database_is_named_and_left_alone() {
    let local = ["--listen", "127.0.0.1:0", "--public-url", "http://countersign.test", "--insecure-http"];
    let place = Place::new();
    place.done(&["migrate"], "");
    let newer = Connection::open(place.database()).expect("the database");
    newer.pragma_update(None, "user_version", 4711).expect("a version");
    drop(newer);
    mistaken(&place, &local, &[], &["x.db", "4711", "newer"]);

    let place = Place::new();
    let foreign = Connection::open(place.database()).expect("a database");
    foreign.execute_batch("CREATE TABLE theirs (a)").expect("a table");
    drop(foreign);
    mistaken(&place, &local, &[], &["x.db", "not one of Countersign's"]);

    let place = Place::new();
    std::fs::write(place.database(), "no database, but longer than the header of one".repeat(100))
        .expect("a file");
    mistaken(&place, &local, &[], &["x.db", "not a database"]);

    let place = Place::new();
    mistaken(&place, &local, &[("COUNTERSIGN_DATABASE_URL", "sqlite:none/x.db")], &["none", "No such file"]);
}

#[test]
fn lost_sealing_key_is_named_at_start_and_nothing_is_unsealed_or_unknown() {
    let (place, client) = prepared();
    let file = place.path().join("countersign.keys");
    let ring = std::fs::read_to_string(&file).expect("the key ring");
    let entry = ring.lines().last().expect("an entry").to_owned();
    let lost = entry.split(':').next().expect("an identifier");
    let missing = format!("key {lost} is missing");
    let local = ["--listen", "127.0.0.1:0", "--public-url", "http://countersign.test", "--insecure-http"];

    mistaken(
        &place,
        &local,
        &[("COUNTERSIGN_KEYS", OTHER_KEY)],
        &[&missing, "COUNTERSIGN_KEYS", "x.db", "copy"],
    );
    std::fs::rename(&file, place.path().join("elsewhere")).expect("another name");
    mistaken(&place, &local, &[], &[&missing, "countersign.keys", "x.db", "copy"]);
    let issue = ["token", "issue", "--client", &client.id, "--user", "jane"];
    for command in [&issue[..], &["migrate"], &["user", "add", "joe", "--password-stdin"]] {
        let ran = place.run(command, "correct horse");
        assert!(ran.code == Some(1) && ran.stderr.contains(&missing), "{command:?}: {}", ran.stderr);
    }
    assert!(
        place.done(&["client", "list"], "").stdout.contains(&client.id),
        "who opens no secret needs no ring"
    );
    assert!(!file.exists(), "no second ring for what the first one sealed");

    // The right name, another key: neither is that noticed by the first request only.
    let wrong = format!("{lost}:{}", OTHER_KEY.split_once(':').expect("an entry").1);
    mistaken(&place, &local, &[("COUNTERSIGN_KEYS", &wrong)], &[lost, "opens none", "copy"]);

    let server = place.server().set("COUNTERSIGN_KEYS", &format!("{OTHER_KEY},{entry}")).start();
    Call::get("/api/whoami", &client).send(&server).expect(200);
}

/// One damaged row is that row's trouble, not everybody's.
#[test]
fn one_damaged_secret_stops_neither_the_start_nor_other_clients() {
    let (place, client) = prepared();
    let other = place.add_client(&["--name", "Another", "--two-legged"]);
    let raw = Connection::open(place.database()).expect("the database");
    let swap = "UPDATE clients SET secret = (SELECT secret FROM clients WHERE id = ?2) WHERE id = ?1";
    raw.execute(swap, [&client.id, &other.id]).expect("a change");
    let server = place.server().start();
    Call::get("/api/whoami", &client).send(&server).refused(503, "store_unavailable");
    Call::get("/api/whoami", &other).send(&server).expect(200);
    drop(server);

    // The name of its key damaged: it is told, and stops nobody either.
    let rename = "UPDATE clients SET secret = replace(secret, ':k', ':x') WHERE id = ?1";
    raw.execute(rename, [&client.id]).expect("a change");
    let server = place.server().start();
    assert!(String::from_utf8_lossy(&server.log()).contains("is missing"), "the key is named");
    Call::get("/api/whoami", &client).send(&server).refused(503, "store_unavailable");
    Call::get("/api/whoami", &other).send(&server).expect(200);
    place.done(&["client", "remove", &client.id], "");
}

/// A key that leaked is dropped once all that it sealed is revoked.
#[test]
fn key_that_sealed_nothing_of_use_any_more_is_not_asked_for() {
    let (place, client) = prepared();
    let token = place.issue_token(&client.id, "jane", &[], "");
    place.done(&["token", "revoke", &token.id], "");
    place.done(&["client", "remove", &client.id], "");
    place.add_user("joe", PASSWORD);
    std::fs::remove_file(place.path().join("countersign.keys")).expect("the ring");
    let fresh = place.add_client(&["--name", "Fresh", "--two-legged"]);
    let server = place.server().start();
    Call::get("/api/whoami", &fresh).send(&server).expect(200);
}

#[test]
fn free_port_needs_no_public_url() {
    let place = Place::new();
    let server = Starter::bare(place.command()).start();
    let client = place.add_client(&["--name", "Printer", "--two-legged"]);
    Call::get("/api/whoami", &client).send(&server).expect(200);
}

#[cfg(target_os = "linux")]
#[test]
fn terminal_that_hangs_up_does_not_matter_under_nohup() {
    let (place, client) = prepared();
    let mut shell = place.command_of("sh");
    shell.args(["-c", "trap '' HUP; exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_countersign")]);
    let server = Starter::new(shell).start();
    server.hang_up();
    Call::get("/api/whoami", &client).send(&server).expect(200);
}
