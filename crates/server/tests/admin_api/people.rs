//! What is done to accounts: passwords, sessions, identities, invitations.

use crate::support::{
    admin::{Admin, SCOPES, json, key, server, with},
    browser::Browser,
    http::Request,
    place::Place,
    until,
};
use serde_json::{Value, json as body};

const PASSWORD: &str = "correct horse";

/// A place with accounts of these names.
fn peopled(names: &[&str]) -> Place {
    let place = Place::new();
    names.iter().for_each(|name| place.add_user(name, PASSWORD));
    place
}

fn items(value: &Value) -> &[Value] {
    value["items"].as_array().unwrap_or_else(|| panic!("no items: {value}"))
}

fn is_signed_in(browser: &mut Browser, at: &crate::support::server::Server) -> bool {
    browser.get(at, "/account").status == 200
}

#[test]
fn a_set_password_signs_in_and_everybody_who_knew_the_old_one_is_out() {
    let place = peopled(&["jane"]);
    let (secret, server) = (key(&place, &SCOPES, &[]), server(&place));
    let admin = Admin { server: &server, key: &secret };
    let mut old = Browser::sign_in(&server, "jane", PASSWORD);
    assert!(is_signed_in(&mut old, &server));
    let set = |name: &str, password: &str| {
        admin.send("PUT", &format!("/accounts/{name}/password"), &body!({ "password": password }))
    };
    set("jane", "short").problem_about(422, Some("password"));
    set("nobody", "another horse").problem_about(404, None);
    assert!(is_signed_in(&mut old, &server), "a refusal ends nothing");
    let told = set("jane", "another horse").expect(200);
    assert!(json(&told)["has_password"] == true && !told.body.contains("horse"), "{}", told.body);
    assert!(!is_signed_in(&mut old, &server));
    let tried = |password| Browser::default().try_sign_in(&server, "jane", password, "").status;
    assert_ne!(tried(PASSWORD), 303, "the old one");
    assert_eq!(tried("another horse"), 303);
}

#[test]
fn a_session_is_listed_without_its_cookie_and_ended_by_its_name_alone() {
    let place = peopled(&["jane"]);
    let (secret, server) = (key(&place, &SCOPES, &[]), server(&place));
    let admin = Admin { server: &server, key: &secret };
    let mut first = Browser::sign_in(&server, "jane", PASSWORD);
    let mut second = Browser::sign_in(&server, "jane", PASSWORD);
    let listed = admin.get("/accounts/jane/sessions").expect(200);
    for browser in [&first, &second] {
        let cookie = browser.cookie("countersign").expect("a cookie");
        assert!(!listed.body.contains(cookie), "no cookie can be made of it: {}", listed.body);
    }
    let listed = json(&listed);
    assert_eq!((listed["total"].as_u64(), items(&listed).len()), (Some(2), 2));
    assert_eq!(items(&listed)[0]["address"], "127.0.0.1");
    let name = |at: usize| items(&listed)[at]["session"].as_str().expect("a name").to_owned();
    admin.act("DELETE", &format!("/accounts/jane/sessions/{}", name(0))).expect(204);
    let left = [is_signed_in(&mut first, &server), is_signed_in(&mut second, &server)];
    assert_eq!(left.iter().filter(|left| **left).count(), 1, "one of two has ended");
    admin.act("DELETE", &format!("/accounts/jane/sessions/{}", name(0))).problem_about(404, None);
    assert_eq!(json(&admin.act("DELETE", "/accounts/jane/sessions").expect(200))["ended"], 1);
    assert!(items(&json(&admin.get("/accounts/jane/sessions").expect(200))).is_empty());
}

#[test]
fn session_of_another_account_is_not_ended_by_this_ones_name() {
    let place = peopled(&["jane", "mallory"]);
    let (secret, server) = (key(&place, &SCOPES, &[]), server(&place));
    let admin = Admin { server: &server, key: &secret };
    let mut jane = Browser::sign_in(&server, "jane", PASSWORD);
    let listed = json(&admin.get("/accounts/jane/sessions").expect(200));
    let name = items(&listed)[0]["session"].as_str().expect("a name").to_owned();
    for other in ["mallory", "nobody"] {
        admin.act("DELETE", &format!("/accounts/{other}/sessions/{name}")).problem_about(404, None);
    }
    for forged in [name.to_uppercase(), format!("{name}0"), "%00".into(), "..".into()] {
        admin.act("DELETE", &format!("/accounts/jane/sessions/{forged}")).expect(404);
    }
    assert!(is_signed_in(&mut jane, &server));
}

#[test]
fn an_identity_belongs_to_one_account_and_another_one_cannot_take_it() {
    let place = peopled(&["jane", "mallory"]);
    let (secret, server) = (key(&place, &SCOPES, &[]), server(&place));
    let admin = Admin { server: &server, key: &secret };
    let new = body!({ "issuer": "https://id.example.com/a?b=c&d", "subject": "Jane +1" });
    let at = |name: &str| format!("/accounts/{name}/identities");
    admin.send("POST", &at("jane"), &new).expect(201);
    admin.send("POST", &at("mallory"), &new).problem_about(409, None);
    admin.send("POST", &at("jane"), &new).problem_about(409, None);
    admin.send("POST", &at("nobody"), &new).problem_about(404, None);
    for (issuer, subject, field) in [("", "x", "issuer"), ("x", "", "subject"), ("a\0", "x", "issuer")] {
        let new = body!({ "issuer": issuer, "subject": subject });
        admin.send("POST", &at("jane"), &new).problem_about(422, Some(field));
    }
    let listed = json(&admin.get(&at("jane")).expect(200));
    assert_eq!(items(&listed)[0]["subject"], "Jane +1");
    assert!(items(&json(&admin.get(&at("mallory")).expect(200))).is_empty());
    let which = "issuer=https%3A%2F%2Fid.example.com%2Fa%3Fb%3Dc%26d&subject=Jane%20%2B1";
    admin.act("DELETE", &format!("{}?{which}", at("mallory"))).problem_about(404, None);
    admin
        .act("DELETE", &format!("{}?{}", at("jane"), which.replace("Jane", "jane")))
        .problem_about(404, None);
    admin.act("DELETE", &format!("{}?issuer=x", at("jane"))).problem_about(400, Some("subject"));
    admin.act("DELETE", &format!("{}?{which}", at("jane"))).expect(204);
    assert!(items(&json(&admin.get(&at("jane")).expect(200))).is_empty());
    let recorded = |event: &str| {
        let listed = json(&admin.get(&format!("/audit?event={event}&owner=jane")).expect(200));
        items(&listed).len()
    };
    until("each is recorded once, and nothing that was refused", || {
        ["identity_connected", "identity_disconnected"].map(recorded) == [1, 1]
    });
    for event in ["identity_connected", "identity_disconnected"] {
        let listed = json(&admin.get(&format!("/audit?event={event}&owner=jane")).expect(200));
        assert_eq!(items(&listed)[0]["detail"], "https://id.example.com/a?b=c&d as Jane +1", "{event}");
    }
}

#[test]
fn an_invitation_is_good_for_one_account_and_listed_without_its_code() {
    let place = Place::new();
    let secret = key(&place, &SCOPES, &[]);
    let server = place
        .server()
        .set("COUNTERSIGN_ADMIN_API_ENABLED", "true")
        .set("COUNTERSIGN_SIGN_UP", "invitation")
        .start();
    let admin = Admin { server: &server, key: &secret };
    let made = admin.send("POST", "/invitations", &body!({ "note": "Jane", "days": 3 })).expect(201);
    let location = made.field("location").expect("a location").to_owned();
    let made = json(&made);
    let code = made["code"].as_str().expect("a code");
    assert!(
        made["link"].as_str().is_some_and(|link| link.ends_with(code))
            && items(&body!({"items": made["warnings"]})).is_empty()
    );
    assert_eq!(location, format!("/admin/api/v1/invitations/{}", made["number"]));
    until("it is recorded by its number and for whom, without its code", || {
        let listed = json(&admin.get("/audit?event=invitation_added").expect(200));
        items(&listed)
            .first()
            .is_some_and(|event| event["detail"] == format!("invitation {} (Jane)", made["number"]))
    });
    let listed = admin.get("/invitations").expect(200);
    assert!(!listed.body.contains(code), "{}", listed.body);
    assert_eq!(items(&json(&listed))[0]["note"], "Jane");
    let mut browser = Browser::default();
    let page = browser.get(&server, &format!("/signup?invitation={code}"));
    let csrf = page.hidden("csrf").expect("a form");
    let wish = [
        ("username", "jane"),
        ("password", PASSWORD),
        ("again", PASSWORD),
        ("invitation", code),
        ("next", ""),
        ("csrf", &csrf),
    ];
    assert_eq!(browser.post(&server, "/signup", &wish).status, 303);
    assert_eq!(items(&json(&admin.get("/invitations").expect(200)))[0]["redeemed_by"], "jane");
    let number = &made["number"];
    admin.act("DELETE", &format!("/invitations/{number}")).problem_about(404, None);
    let other = json(&admin.send("POST", "/invitations", &body!({})).expect(201));
    admin.act("DELETE", &format!("/invitations/{}", other["number"])).expect(204);
    admin.act("DELETE", &format!("/invitations/{}", other["number"])).problem_about(404, None);
    for forged in ["x", "-1", "99999999999999999999", "%00"] {
        admin.act("DELETE", &format!("/invitations/{forged}")).problem_about(404, None);
    }
    for (new, field) in [
        (body!({ "days": 0 }), "days"),
        (body!({ "days": 366 }), "days"),
        (body!({ "note": "\u{202e}x" }), "note"),
        (body!({ "note": "x".repeat(256) }), "note"),
    ] {
        admin.send("POST", "/invitations", &new).problem_about(422, Some(field));
    }
}

#[test]
fn an_invitation_asked_for_twice_is_made_once_and_warned_of_where_nobody_can_use_it() {
    let place = Place::new();
    let (secret, server) = (key(&place, &SCOPES, &[]), server(&place));
    let admin = Admin { server: &server, key: &secret };
    let ask = || {
        with(admin.request("POST", "/invitations"), &body!({})).field("Idempotency-Key", "k").send(&server)
    };
    let made = ask().expect(201).body;
    assert_eq!(ask().expect(201).body, made);
    assert!(made.contains("sign_up"), "{made}");
    assert_eq!(items(&json(&admin.get("/invitations").expect(200))).len(), 1);
}

#[test]
fn an_application_is_given_to_another_account_and_an_owners_own_stays() {
    let place = peopled(&["jane", "john", "gone"]);
    let (secret, server) = (key(&place, &SCOPES, &[]), server(&place));
    let admin = Admin { server: &server, key: &secret };
    admin.act("POST", "/accounts/gone/disable").expect(200);
    let id = admin.application("Printer", &body!({ "owner": "jane" }));
    let give = |id: &str, to: &str| {
        admin.send("POST", &format!("/applications/{id}/transfer"), &body!({ "to": to }))
    };
    for nobody in ["nobody", "gone", ""] {
        give(&id, nobody).problem_about(422, Some("to"));
    }
    let given = give(&id, "john").expect(200);
    assert!(given.field("etag").is_some() && json(&given)["owner"] == "john", "{}", given.body);
    let own =
        body!({ "settings": { "name": "Mine", "owner_only": true, "allow_oob": true }, "owner": "jane" });
    let own = json(&admin.send("POST", "/applications", &own).expect(201));
    give(own["application"]["client_id"].as_str().expect("an identifier"), "john").problem_about(409, None);
    give("unknown", "john").problem_about(404, None);
    let nobodys = admin.application("Nobody's", &Value::Null);
    assert_eq!(json(&give(&nobodys, "jane").expect(200))["owner"], "jane");
}

#[test]
fn a_callback_is_judged_as_the_endpoint_would() {
    let place = Place::new();
    let (secret, server) = (key(&place, &SCOPES, &[]), server(&place));
    let admin = Admin { server: &server, key: &secret };
    let settings = body!({ "name": "A", "callbacks": ["https://a.example/ready"] });
    let made = json(&admin.send("POST", "/applications", &body!({ "settings": settings })).expect(201));
    let id = made["application"]["client_id"].as_str().expect("an identifier");
    let verdict = |url: &str| {
        json(&admin.get(&format!("/applications/{id}/callback?url={url}")).expect(200))["accepted"].clone()
    };
    assert_eq!(verdict("https%3A%2F%2Fa.example%2Fready%3Fx%3D1"), true);
    for url in ["https%3A%2F%2Fb.example%2Fready", "javascript%3Aalert(1)", "", "oob", "%00"] {
        assert_eq!(verdict(url), false, "{url}");
    }
}

#[test]
fn one_token_is_shown_without_its_secret() {
    let place = peopled(&["jane"]);
    let (secret, server) = (key(&place, &SCOPES, &[]), server(&place));
    let admin = Admin { server: &server, key: &secret };
    let id = admin.application("Printer", &Value::Null);
    let new = |more: Value| {
        let mut new = body!({ "client_id": id, "owner": "jane" });
        new.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        admin.send("POST", "/tokens", &new)
    };
    let kept = body!({ "token": "old-token", "token_secret": "precious" });
    assert_eq!(json(&new(kept.clone()).expect(201))["token_secret"], "precious");
    new(kept).problem_about(409, None);
    new(body!({ "token_secret": "precious" })).problem_about(422, Some("token_secret"));
    new(body!({ "token": "old-2", "token_secret": "" })).problem_about(422, Some("token_secret"));
    new(body!({ "scopes": ["admin"] })).problem_about(422, Some("scopes"));
    let beyond = json(&new(body!({ "scopes": ["admin"], "any_scope": true })).expect(201));
    assert!(beyond["warnings"][0].as_str().is_some_and(|told| told.contains("admin")), "{beyond}");
    let shown = admin.get("/tokens/old-token").expect(200);
    assert!(!shown.body.contains("precious") && json(&shown)["status"] == "active", "{}", shown.body);
    admin.act("DELETE", "/tokens/old-token").expect(204);
    assert_eq!(json(&admin.get("/tokens/old-token").expect(200))["status"], "revoked");
    admin.get("/tokens/unknown").problem_about(404, None);
    // Not even in the log, at its most talkative.
    assert!(!String::from_utf8_lossy(&server.log()).contains("precious"));
    Request::get("/healthz").send(&server).expect(200);
}
