//! Those who guess passwords, or only keep the server busy with them.

mod support;

use support::{
    browser::Browser,
    http::{Line, Request, form},
    place::Place,
    server::Server,
};

const PASSWORD: &str = "correct horse";

fn started() -> (Place, Server) {
    let place = Place::new();
    place.add_user("jane", PASSWORD);
    let server = place.server().start();
    (place, server)
}

/// A sign-in as a browser sends it, written out.
fn sign_in(browser: &Browser, csrf: &str, server: &Server, name: &str) -> Vec<u8> {
    let cookie = browser.cookie("countersign-form").expect("a cookie");
    let filled = form(&[("username", name), ("password", "wrong password"), ("csrf", csrf)]);
    let request = Request::new("POST", "/login").form(&filled);
    request.field("Cookie", &format!("countersign-form={cookie}")).bytes(&server.public_url)
}

#[test]
fn aborted_sign_ins_hash_no_more_passwords_at_a_time_than_others() {
    let (_place, server) = started();
    let mut browser = Browser::default();
    let csrf = browser.get(&server, "/login").hidden("csrf").expect("csrf");
    if server.peak_memory().is_none() {
        println!("SKIPPED: this system does not tell how much memory a process held");
        return;
    }
    for round in 0..100 {
        let mut lines: Vec<_> = (0..2)
            .map(|number| {
                let mut line = Line::open(server.address).expect("a connection");
                let bytes = sign_in(&browser, &csrf, &server, &format!("nobody-{round}-{number}"));
                line.send(&bytes).expect("sent");
                line
            })
            .collect();
        // They were read before this one, which came later, is answered.
        Request::get("/healthz").send(&server).expect(200);
        lines.clear();
        Request::get("/healthz").send(&server).expect(200);
    }
    Browser::sign_in(&server, "jane", PASSWORD);
    let peak = server.peak_memory().expect("a number");
    assert!(peak < 150 << 10, "{peak} KiB: two at a time hold 38 MiB");
}

#[test]
fn names_that_no_account_can_have_are_refused_before_they_count() {
    let (_place, server) = started();
    let long = "x".repeat(256);
    for _ in 0..8 {
        Browser::default().try_sign_in(&server, &long, "wrong password", "/").expect(400);
    }
    Browser::default().try_sign_in(&server, &long[1..], "wrong password", "/").expect(401);
}
