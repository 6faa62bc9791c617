//! The dance, the pages, and what an operator's change does to a server that runs.

use super::{
    scene::{CALLBACK, PASSWORD, Scene},
    support::{
        browser::Browser,
        client::{Call, Pair},
        http::Request,
        until,
    },
};

#[test]
fn a_dance_over_http_ends_with_a_request_that_is_verified_once() {
    let scene = Scene::new();
    let server = scene.node();
    Request::get("/readyz").send(&server).expect(200);
    let mut jane = Browser::sign_in(&server, "jane", PASSWORD);
    let token = scene.dance(&server).whole(&mut jane);
    let call = Call::get("/api/whoami", &scene.client).token(&token);
    assert!(call.send(&server).expect(200).body.contains("\"jane\""));
    call.send(&server).refused(401, "nonce_used");
    // Out of band, and denied.
    let dance = super::support::client::Dance { callback: "oob", ..scene.dance(&server) };
    let page = jane.answer(&server, &dance.initiate(), "grant").expect(200);
    assert!(page.body.contains("Printer"), "{}", page.body);
    let denied = scene.dance(&server).initiate();
    let answer = jane.answer(&server, &denied, "deny").expect(303);
    assert!(answer.location().starts_with(CALLBACK), "{}", answer.location());
    scene.dance(&server).exchange(&denied, "anything").expect(401);
    // The fifth wrong verifier ends a request.
    let granted = scene.dance(&server).initiate();
    let verifier = scene.dance(&server).grant(&mut jane, &granted);
    for _ in 0..5 {
        scene.dance(&server).exchange(&granted, "wrong").refused(401, "verifier_invalid");
    }
    scene.dance(&server).exchange(&granted, &verifier).refused(401, "token_rejected");
}

#[test]
fn wrong_password_another_case_and_unknown_names_sign_nobody_in() {
    let scene = Scene::new();
    let server = scene.node();
    for (name, password) in
        [("jane", "wrong horse"), ("Jane", PASSWORD), ("jane ", PASSWORD), ("j\0ne", PASSWORD)]
    {
        let mut browser = Browser::default();
        browser.try_sign_in(&server, name, password, "/").expect(401);
        assert!(browser.cookie("countersign").is_none(), "{name:?}");
    }
    let mut jane = Browser::sign_in(&server, "jane", PASSWORD);
    let page = jane.get(&server, "/").expect(200);
    let mut before = jane.clone();
    jane.post(&server, "/logout", &[("csrf", &page.hidden("csrf").expect("csrf"))]).expect(200);
    assert!(jane.cookie("countersign").is_none(), "signed out");
    let pending = scene.dance(&server).initiate();
    assert_eq!(before.consent(&server, &pending).status, 303, "its cookie is of no use any more");
}

#[test]
fn a_disabled_owner_is_signed_out_and_what_they_granted_is_refused() {
    let scene = Scene::new();
    let server = scene.node();
    let mut jane = Browser::sign_in(&server, "jane", PASSWORD);
    let token = scene.dance(&server).whole(&mut jane);
    let granted = scene.dance(&server).initiate();
    let verifier = scene.dance(&server).grant(&mut jane, &granted);
    let call = || Call::get("/api/whoami", &scene.client).token(&token).send(&server);
    call().expect(200);
    scene.place.done(&["user", "disable", "jane"], "");
    until("the token is refused", || call().status == 401);
    scene.dance(&server).exchange(&granted, &verifier).refused(401, "token_rejected");
    let pending = scene.dance(&server).initiate();
    assert_eq!(jane.consent(&server, &pending).status, 303, "to the sign-in page");
    Browser::default().try_sign_in(&server, "jane", PASSWORD, "/").expect(401);
    scene.place.done(&["user", "enable", "jane"], "");
    until("the token is accepted", || call().status == 200);
}

#[test]
fn a_revoked_token_and_a_suspended_client_are_refused() {
    let scene = Scene::new();
    let server = scene.node();
    let issued = scene.place.issue_token(&scene.client.id, "jane", &[], "");
    let call = |token: &Pair| Call::get("/api/whoami", &scene.client).token(token).send(&server);
    call(&issued).expect(200);
    scene.place.done(&["token", "revoke", &issued.id], "");
    until("it is refused", || call(&issued).status == 401);
    call(&issued).refused(401, "token_revoked");
    scene.place.done(&["client", "disable", &scene.client.id], "");
    until("the client is refused", || Call::get("/api/whoami", &scene.client).send(&server).status == 401);
}
