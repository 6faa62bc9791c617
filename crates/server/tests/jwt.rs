//! Identity JWTs and their keys, as an operator and an upstream meet them: commands beside a server that runs.

mod support;

use serde_json::Value;
use support::{
    example,
    http::Request,
    jwks::{json, kid, verify},
    place::{Place, Ran},
    server::Server,
    until,
};

const PUBLISHED: &str = "/.well-known/jwks.json";
const KEYS: &str = "countersign.jwt-keys";

/// A place where tokens are signed, for its commands too.
fn place() -> Place {
    let place = Place::new();
    let identity = "public_url = \"http://countersign.test\"\n[identity]\njwt = \"EdDSA\"\n";
    std::fs::write(place.path().join("countersign.toml"), identity).expect("a configuration");
    place
}

/// What the server publishes.
fn published(server: &Server) -> String {
    Request::get(PUBLISHED).send(server).expect(200).body
}

/// A token that another process signs with the same keys.
fn minted(place: &Place) -> String {
    let mint = place.command_of(&example::program("mint")).arg("https://photos.internal").output();
    let ran = Ran::from(mint.expect("the example"));
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    ran.stdout.trim().to_owned()
}

fn jwt(place: &Place, arguments: &[&str]) -> Ran {
    place.run(&[&["jwt"], arguments].concat(), "")
}

fn rotated(place: &Place, flags: &[&str]) -> String {
    let ran = jwt(place, &[&["rotate", "--json"], flags].concat());
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    ran.json()["kid"].as_str().expect("a name").to_owned()
}

/// Every key's name and state, the newest first.
fn states(place: &Place) -> Vec<(String, String)> {
    let listed = jwt(place, &["list", "--json"]);
    assert_eq!(listed.code, Some(0), "{}", listed.stderr);
    let lines = listed.stdout.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    lines.map(|line| (text(&line["kid"]), text(&line["state"]))).collect()
}

/// Asserts that it says all of this in one line on standard error, and ends with exit code 1.
#[track_caller]
fn refused(ran: &Ran, told: &[&str]) {
    let one_line = ran.stderr.lines().count() == 1 && ran.stderr.starts_with("countersign: ");
    assert!(ran.code == Some(1) && one_line && ran.stdout.is_empty(), "{:?}: {}", ran.code, ran.stderr);
    let missing: Vec<_> = told.iter().filter(|part| !ran.stderr.contains(**part)).collect();
    assert!(missing.is_empty(), "without {missing:?}: {}", ran.stderr);
}

#[test]
fn rotation_needs_no_restart_and_leaves_no_token_unknown() {
    let place = place();
    let server = place.server().start();
    let before = minted(&place);
    let claims = verify(&published(&server), &before).expect("signed by the server's key");
    assert_eq!((&claims["iss"], &claims["sub"]), (&"http://countersign.test".into(), &"jane".into()));

    let waits = rotated(&place, &[]);
    until("the server publishes the new key", || published(&server).contains(&waits));
    let meanwhile = minted(&place);
    assert_eq!(kid(&meanwhile), kid(&before), "it is published before it signs");
    let named = |names: [&str; 2], states: [&str; 2]| {
        names
            .into_iter()
            .zip(states)
            .map(|(name, state)| (name.to_owned(), state.to_owned()))
            .collect::<Vec<_>>()
    };
    assert_eq!(states(&place), named([&waits, &kid(&before)], ["waits", "signs"]));

    let signs = rotated(&place, &["--now"]);
    until("the server publishes the newest key", || published(&server).contains(&signs));
    let after = minted(&place);
    assert_eq!(kid(&after), signs);
    for token in [&before, &meanwhile, &after] {
        verify(&published(&server), token).expect("what the old key signed still counts");
    }

    let removed = jwt(&place, &["remove", &kid(&before)]);
    assert_eq!(removed.code, Some(0), "{}", removed.stderr);
    assert!(removed.stderr.contains("a moment ago"), "{}", removed.stderr);
    until("the server forgets the removed key", || verify(&published(&server), &before).is_err());
    verify(&published(&server), &after).expect("the others stay");
    assert_eq!(states(&place), named([&signs, &waits], ["signs", "published"]));
}

#[test]
fn the_key_set_may_be_cached_for_a_minute_and_is_there_only_where_tokens_are_signed() {
    let place = place();
    let server = place.server().start();
    let answer = Request::get(PUBLISHED).send(&server).expect(200);
    assert_eq!(answer.field("content-type"), Some("application/json"));
    assert_eq!(answer.field("cache-control"), Some("public, max-age=60"));
    let log = String::from_utf8(server.log()).expect("text");
    assert!(log.contains("WARN") && log.contains(KEYS), "the new key is told: {log}");
    Request::new("POST", PUBLISHED).send(&server).expect(405);

    let without = Place::new();
    let server = without.server().start();
    Request::get(PUBLISHED).send(&server).expect(404);
    assert!(!without.path().join(KEYS).exists());
}

#[test]
fn broken_keys_keep_those_of_before_and_are_told_once() {
    let place = place();
    let server = place.server().start();
    let before = published(&server);
    std::fs::write(place.path().join(KEYS), "j1 EdDSA 1 1 c2hvcnQ=\n").expect("a bad file");
    let warnings = || String::from_utf8_lossy(&server.log()).matches("those of before stay").count();
    until("the server looks", || published(&server) == before && warnings() > 0);
    for _ in 0..20 {
        assert_eq!(published(&server), before);
    }
    assert_eq!(warnings(), 1);
    let log = String::from_utf8_lossy(&server.log()).into_owned();
    assert!(log.contains("line 1") && !log.contains("c2hvcnQ="), "{log}");
    refused(&jwt(&place, &["rotate"]), &[KEYS, "line 1"]);
    server.kill();
    let mut serve = place.command();
    let ran = serve.args(["serve", "--insecure-http", "--listen", "127.0.0.1:0"]).output();
    refused(&Ran::from(ran.expect("the binary")), &[KEYS, "line 1"]);
}

#[test]
fn commands_refuse_what_would_cut_verifiers_off_and_say_what_to_do() {
    let place = place();
    refused(&jwt(&place, &["list"]), &[KEYS, "jwt rotate"]);
    let first = rotated(&place, &[]);
    assert_eq!(states(&place), [(first.clone(), "signs".to_owned())], "nothing else could");
    refused(&jwt(&place, &["remove", &first]), &[&first, "signs", "jwt rotate"]);
    refused(&jwt(&place, &["remove", "j0"]), &["no key j0", "jwt list"]);

    let shown = jwt(&place, &["rotate"]);
    assert!(shown.stdout.contains("it signs in 10 minutes"), "{}", shown.stdout);
    let listed = jwt(&place, &["list"]).stdout;
    assert!(listed.contains("published, signs in ") && listed.contains("EdDSA"), "{listed}");

    let off = |arguments: &[&str]| {
        place.run_with(&[&["jwt"], arguments].concat(), "", &[("COUNTERSIGN_IDENTITY_JWT", "")])
    };
    refused(&off(&["rotate"]), &["identity.jwt", "EdDSA"]);
    let listed = off(&["list"]);
    assert!(listed.code == Some(0) && listed.stderr.contains("nothing is signed"), "{}", listed.stderr);
    assert_eq!(off(&["remove", &first]).code, Some(0));
    let (last, _) = states(&place).remove(0);
    refused(&off(&["remove", &last]), &["the only one", KEYS]);

    let help = jwt(&place, &["--help"]).stdout;
    assert!(help.contains("Examples:") && help.contains("--now"), "{help}");
    let bad = place.run_with(&["jwt", "list"], "", &[("COUNTERSIGN_IDENTITY_JWT", "HS256")]);
    refused(&bad, &["COUNTERSIGN_IDENTITY_JWT", "HS256", "EdDSA", "ES256"]);
}

/// No command prints what it keeps, and what waits for the other algorithm is published before a server signs with it.
#[test]
fn the_next_algorithm_is_published_before_it_is_switched_to_and_private_keys_stay_in_the_file() {
    let place = place();
    let server = place.server().start();
    let other = [("COUNTERSIGN_IDENTITY_JWT", "ES256")];
    let ran = place.run_with(&["jwt", "rotate", "--json"], "", &other);
    let new = ran.json()["kid"].as_str().expect("a name").to_owned();
    until("the server publishes both", || published(&server).contains(&new));
    assert_eq!(json(minted(&place).split('.').next().expect("a head"))["alg"], "EdDSA");
    let of_before = published(&server);
    let (_, log, stdout) = server.stop();
    let server = place.server().set(other[0].0, other[0].1).start();
    assert_eq!(published(&server), of_before, "no other key was made");

    let file = std::fs::read_to_string(place.path().join(KEYS)).expect("the keys");
    let private: Vec<_> = file
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split(' ').nth(4))
        .collect();
    let listed = jwt(&place, &["list", "--json"]);
    let said = [
        String::from_utf8_lossy(&log).as_ref(),
        &String::from_utf8_lossy(&stdout),
        &of_before,
        &listed.stdout,
    ]
    .concat();
    assert_eq!(private.len(), 2, "{}", listed.stdout);
    assert!(!private.iter().any(|key| said.contains(key)));
}
