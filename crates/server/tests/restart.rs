//! `kill -9` and start again: nothing that was acknowledged is lost, and no nonce comes back.

mod support;

use support::{
    browser::Browser,
    client::{Call, Dance, Pair},
    place::Place,
    server::Server,
};

const CALLBACK: &str = "http://127.0.0.1/ready";

fn start(place: &Place) -> Server {
    place.server().start()
}

fn prepared() -> (Place, Pair) {
    let place = Place::new();
    place.add_user("jane", "correct horse");
    let printer =
        place.add_client(&["--name", "Printer", "--callback", CALLBACK, "--allow-oob", "--two-legged"]);
    (place, printer)
}

#[test]
fn acknowledged_credentials_survive_a_kill() {
    let (place, printer) = prepared();
    let server = start(&place);
    let token = Dance { server: &server, client: &printer, callback: CALLBACK }.whole(&mut Browser::sign_in(
        &server,
        "jane",
        "correct horse",
    ));
    server.kill();

    let server = start(&place);
    let told = Call::get("/api/whoami", &printer).token(&token).send(&server).expect(200);
    assert!(told.body.contains("\"resource_owner\":\"jane\""), "{}", told.body);
    Call::get("/api/whoami", &printer).send(&server).expect(200);
}

#[test]
fn a_dance_goes_on_where_a_kill_broke_it_off() {
    let (place, printer) = prepared();
    let server = start(&place);
    let mut browser = Browser::sign_in(&server, "jane", "correct horse");
    let temporary = Dance { server: &server, client: &printer, callback: CALLBACK }.initiate();
    server.kill();

    let server = start(&place);
    let verifier =
        Dance { server: &server, client: &printer, callback: CALLBACK }.grant(&mut browser, &temporary);
    server.kill();

    let server = start(&place);
    let dance = Dance { server: &server, client: &printer, callback: CALLBACK };
    let token = Pair::from(&dance.exchange(&temporary, &verifier).expect(200));
    Call::get("/api/whoami", &printer).token(&token).send(&server).expect(200);
    server.kill();

    let server = start(&place);
    let dance = Dance { server: &server, client: &printer, callback: CALLBACK };
    dance.exchange(&temporary, &verifier).refused(401, "token_rejected");
}

#[test]
fn nonce_used_before_a_kill_is_refused_after_it() {
    let (place, printer) = prepared();
    let server = start(&place);
    let calls = [
        Call::get("/api/whoami?a=1", &printer),
        Call::post("/echo/form", &printer).form("a=1&a=2+3"),
        Call::post("/oauth/initiate", &printer).with("oauth_callback", "oob"),
    ];
    let requests: Vec<_> = calls.iter().map(|call| call.request(&server.public_url)).collect();
    for request in &requests {
        request.send(&server).expect(200);
    }
    server.kill();

    for _ in 0..2 {
        let server = start(&place);
        for request in &requests {
            request.send(&server).refused(401, "nonce_used");
        }
        server.stop();
    }
}
