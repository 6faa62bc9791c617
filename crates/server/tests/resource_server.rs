//! Two processes on one store: the authorization server, and a resource server with the protector alone.

mod support;

use std::{
    thread,
    time::{Duration, Instant},
};
use support::{
    browser::Browser,
    client::{Call, Dance, Pair},
    example,
    place::{Place, Ran},
    server::{Server, Starter},
    until,
};

const CALLBACK: &str = "http://127.0.0.1/ready";
const WHOAMI: &str = "/api/whoami";
/// Both serve the same path, and clients sign the same origin for both: one signed request fits either.
const PUBLIC_URL: &str = "http://countersign.test";

/// Both processes, who uses them, and the token of a dance with the first.
struct Stage {
    authorization: Server,
    resource: Server,
    client: Pair,
    token: Pair,
    place: Place,
}

impl Stage {
    fn new() -> Self {
        let place = Place::new();
        place.add_user("jane", "correct horse");
        let client = place.add_client(&["--name", "Printer", "--callback", CALLBACK, "--scope", "photos"]);
        let authorization = place.server().public_url(PUBLIC_URL).start();
        let resource = resource_server(&place);
        let mut browser = Browser::sign_in(&authorization, "jane", "correct horse");
        let token = Dance { server: &authorization, client: &client, callback: CALLBACK }.whole(&mut browser);
        Self { authorization, resource, client, token, place }
    }

    fn call(&self) -> Call<'_> {
        Call::get(WHOAMI, &self.client).token(&self.token)
    }
}

/// The example, on the stores of this place.
fn resource_server(place: &Place) -> Server {
    let mut command = place.command_of(&example::program("resource_server"));
    command.args(["x.db", "countersign.keys", "127.0.0.1:0", PUBLIC_URL]);
    Starter::program(command).start().signed_as(PUBLIC_URL)
}

#[test]
fn what_one_process_issued_opens_the_other() {
    let stage = Stage::new();
    let told = stage.call().send(&stage.resource).expect(200).body;
    let expected = format!("{{\"client\":\"{}\",\"resource_owner\":\"jane\"}}", stage.client.id);
    assert_eq!(told, expected);
    let forged = Pair::new(&stage.token.id, "another secret");
    Call::get(WHOAMI, &stage.client).token(&forged).send(&stage.resource).refused(401, "signature_invalid");
    let narrow = stage.place.issue_token(&stage.client.id, "jane", &[], "");
    Call::get(WHOAMI, &stage.client).token(&narrow).send(&stage.resource).refused(403, "permission_denied");
    Call::get(WHOAMI, &stage.client).send(&stage.resource).refused(400, "parameter_absent");
}

#[test]
fn what_is_sealed_under_a_new_key_opens_the_other_at_once() {
    let stage = Stage::new();
    stage.call().send(&stage.resource).expect(200);
    stage.place.rotated();
    let token = stage.place.issue_token(&stage.client.id, "jane", &["--scope", "photos"], "");
    Call::get(WHOAMI, &stage.client).token(&token).send(&stage.resource).expect(200);
}

#[test]
fn a_request_that_one_process_took_is_a_replay_to_the_other() {
    let stage = Stage::new();
    for [first, second] in [[&stage.resource, &stage.authorization], [&stage.authorization, &stage.resource]]
    {
        let request = stage.call().request(PUBLIC_URL);
        request.send(first).expect(200);
        request.send(second).refused(401, "nonce_used");
        request.send(first).refused(401, "nonce_used");
    }
}

#[test]
fn of_one_request_sent_to_both_at_once_one_is_taken() {
    let stage = Stage::new();
    for _ in 0..20 {
        let request = stage.call().request(PUBLIC_URL);
        let statuses = thread::scope(|scope| {
            let both = [&stage.resource, &stage.authorization];
            let sent = both.map(|server| scope.spawn(|| request.send(server).status));
            sent.map(|sent| sent.join().expect("an answer"))
        });
        assert!(statuses == [200, 401] || statuses == [401, 200], "{statuses:?}");
    }
}

#[test]
fn a_token_revoked_by_a_command_is_refused_within_five_seconds() {
    let stage = Stage::new();
    // So that the lookup is kept.
    stage.call().send(&stage.resource).expect(200);
    stage.place.done(&["token", "revoke", &stage.token.id], "");
    let revoked = Instant::now();
    until("the resource server learns of it", || {
        let asked = revoked.elapsed();
        let answer = stage.call().send(&stage.resource);
        if answer.status == 200 {
            assert!(asked < Duration::from_secs(5), "still accepted after {asked:?}");
            return false;
        }
        answer.refused(401, "token_revoked");
        true
    });
}

#[test]
fn it_goes_on_verifying_while_the_authorization_server_is_down() {
    let Stage { authorization, resource, client, token, place } = Stage::new();
    authorization.kill();
    let call = || Call::get(WHOAMI, &client).token(&token);
    let request = call().request(PUBLIC_URL);
    request.send(&resource).expect(200);
    request.send(&resource).refused(401, "nonce_used");
    // It starts, too; and what either took is remembered by who comes after.
    let another = resource_server(&place);
    call().send(&another).expect(200);
    request.send(&another).refused(401, "nonce_used");
    let authorization = place.server().public_url(PUBLIC_URL).start();
    request.send(&authorization).refused(401, "nonce_used");
    call().send(&authorization).expect(200);
}

#[test]
fn it_makes_neither_a_database_nor_keys() {
    let place = Place::new();
    let run = || {
        let mut command = place.command_of(&example::program("resource_server"));
        Ran::from(command.args(["x.db", "countersign.keys", "127.0.0.1:0"]).output().expect("the example"))
    };
    let ran = run();
    assert!(ran.code == Some(1) && ran.stderr.contains("no database"), "{}", ran.stderr);
    assert!(!place.database().exists());
    place.done(&["migrate"], "");
    let ring = place.path().join("countersign.keys");
    std::fs::remove_file(&ring).expect("the ring");
    let ran = run();
    assert!(ran.code == Some(1) && ran.stderr.contains("no key ring"), "{}", ran.stderr);
    assert!(!ring.exists());
}
