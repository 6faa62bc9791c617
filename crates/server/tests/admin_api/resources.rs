//! What each resource does for a program that is allowed to ask.

use crate::support::{
    admin::{Admin, SCOPES, json, key, server, with},
    client::{Call, Pair},
    place::Place,
};
use countersign_core::Timestamp;
use countersign_server::{config::Config, stores::Stores};
use countersign_store::{ClientUsage, UsageBatch};
use serde_json::{Value, json as body};

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}"))
}

#[test]
fn an_application_lives_from_its_registration_to_its_removal() {
    let place = Place::new();
    let (secret, server) = (key(&place, &SCOPES, &[]), server(&place));
    let admin = Admin { server: &server, key: &secret };
    let new = body!({ "settings": { "name": "Printer", "two_legged": true, "home_page": "https://printer.example/" }, "pending": true });
    let made = admin.send("POST", "/applications", &new).expect(201);
    let (location, tag) =
        (made.field("location").expect("a location").to_owned(), made.field("etag").map(str::to_owned));
    let made = json(&made);
    let id = text(&made["application"]["client_id"]).to_owned();
    let client = Pair::new(&id, text(&made["client_secret"]));
    assert_eq!(location, format!("/admin/api/v1/applications/{id}"));
    let call = || Call::get("/api/whoami", &client).send(&server).status;
    assert_eq!(call(), 401, "it waits for approval");
    let path = |verb: &str| format!("/applications/{id}{verb}");
    admin.send("POST", &path("/reject"), &body!({ "reason": "Say why." })).expect(200);
    assert_eq!(json(&admin.get(&path("")))["rejection"], "Say why.");
    let approved = json(&admin.act("POST", &path("/approve")).expect(200));
    assert_eq!((&approved["status"], &approved["rejection"]), (&"active".into(), &Value::Null));
    assert_eq!(call(), 200);
    admin.act("POST", &path("/suspend")).expect(200);
    assert_eq!(call(), 401, "it is suspended, and at once");
    admin.act("POST", &path("/suspend")).problem_about(409, None);
    admin.act("POST", &path("/resume")).expect(200);
    assert_eq!(call(), 200);
    let read = admin.get(&path("")).expect(200);
    assert_ne!(read.field("etag").map(str::to_owned), tag);
    let mut settings = json(&read)["settings"].clone();
    settings["name"] = "Plotter".into();
    let change = with(admin.request("PUT", &path("")), &settings)
        .field("If-Match", read.field("etag").expect("a tag"));
    assert_eq!(json(&change.send(&server).expect(200))["settings"]["name"], "Plotter");
    admin.act("DELETE", &path("")).expect(204);
    assert_eq!(call(), 401);
    admin.act("DELETE", &path("")).problem_about(404, None);
}

#[test]
fn a_client_changes_over_to_another_secret_without_an_outage() {
    let place = Place::new();
    let (secret, server) = (key(&place, &SCOPES, &[]), server(&place));
    let admin = Admin { server: &server, key: &secret };
    let first = json(
        &admin
            .send("POST", "/applications", &body!({ "settings": { "name": "A", "two_legged": true } }))
            .expect(201),
    );
    let id = text(&first["application"]["client_id"]);
    let keys = format!("/applications/{id}/keys");
    let second = json(&admin.send("POST", &keys, &body!({})).expect(201));
    let call = |made: &Value| {
        Call::get("/api/whoami", &Pair::new(id, text(&made["client_secret"]))).send(&server).status
    };
    assert_eq!([call(&first), call(&second)], [200, 200]);
    admin.send("POST", &keys, &body!({})).problem_about(409, None);
    let old = first["application"]["keys"][0]["since"].as_u64().expect("a time");
    admin.act("DELETE", &format!("{keys}/{old}")).expect(204);
    assert_eq!([call(&first), call(&second)], [401, 200]);
    admin.act("DELETE", &format!("{keys}/{old}")).problem_about(404, None);
    let new = second["key"]["since"].as_u64().expect("a time");
    admin.act("DELETE", &format!("{keys}/{new}")).problem_about(409, None);
}

#[test]
fn accounts_are_made_listed_disabled_and_enabled() {
    let place = Place::new();
    let (secret, server) = (key(&place, &SCOPES, &[]), server(&place));
    let admin = Admin { server: &server, key: &secret };
    for name in ["jane", "joe", "jöran d'Arc"] {
        admin.send("POST", "/accounts", &body!({ "name": name, "password": "correct horse" })).expect(201);
    }
    admin.send("POST", "/accounts", &body!({ "name": "joe" })).problem_about(409, Some("name"));
    admin
        .send("POST", "/accounts", &body!({ "name": "x", "password": "short" }))
        .problem_about(422, Some("password"));
    admin.send("POST", "/accounts", &body!({ "name": "root", "admin": true })).expect(201);
    admin.act("POST", "/accounts/root/disable").problem_about(409, None);
    assert_eq!(json(&admin.get("/accounts/j%C3%B6ran%20d'Arc").expect(200))["has_password"], true);
    let mut browser = crate::support::browser::Browser::sign_in(&server, "jane", "correct horse");
    assert_eq!(json(&admin.act("DELETE", "/accounts/jane/sessions").expect(200))["ended"], 1);
    assert!(browser.get(&server, "/").hidden("csrf").is_none(), "nobody is signed in");
    assert_eq!(json(&admin.act("POST", "/accounts/jane/disable").expect(200))["disabled"], true);
    let listed = json(&admin.get("/accounts?disabled=true").expect(200));
    assert_eq!(listed["items"].as_array().map(Vec::len), Some(1));
    admin.act("POST", "/accounts/jane/enable").expect(200);
}

#[test]
fn a_list_is_walked_by_its_cursor_and_nothing_is_missed() {
    let place = Place::new();
    let (secret, server) = (key(&place, &SCOPES, &[]), server(&place));
    let admin = Admin { server: &server, key: &secret };
    for number in 0..5 {
        admin.application(&format!("App {number}"), &Value::Null);
        admin.send("POST", "/accounts", &body!({ "name": format!("user{number}") })).expect(201);
    }
    for list in ["applications", "accounts", "audit"] {
        let (mut seen, mut cursor) = (0, String::new());
        loop {
            let page = json(&admin.get(&format!("/{list}?limit=2{cursor}")).expect(200));
            seen += page["items"].as_array().expect("items").len();
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        // That the key was made is an event too.
        assert_eq!(seen, if list == "audit" { 11 } else { 5 }, "{list}");
    }
}

#[test]
fn tokens_are_issued_used_listed_and_revoked_at_once() {
    let place = Place::new();
    place.add_user("jane", "correct horse");
    place.add_user("joe", "correct horse");
    let (secret, server) = (key(&place, &SCOPES, &[]), server(&place));
    let admin = Admin { server: &server, key: &secret };
    let settings = body!({ "name": "Script", "allow_oob": true, "scopes": ["photos"], "owner_only": true });
    let made = json(
        &admin.send("POST", "/applications", &body!({ "settings": settings, "owner": "jane" })).expect(201),
    );
    let id = text(&made["application"]["client_id"]);
    let new = |owner: &str, scope: &str| body!({ "client_id": id, "owner": owner, "scopes": [scope] });
    admin.send("POST", "/tokens", &new("joe", "photos")).problem_about(422, Some("owner"));
    admin.send("POST", "/tokens", &new("nobody", "photos")).problem_about(422, Some("owner"));
    admin.send("POST", "/tokens", &new("jane", "more")).problem_about(422, Some("scopes"));
    let issued = json(&admin.send("POST", "/tokens", &new("jane", "photos")).expect(201));
    let client = Pair::new(id, text(&made["client_secret"]));
    let token = Pair::new(text(&issued["token"]), text(&issued["token_secret"]));
    let call = || Call::get("/api/whoami", &client).token(&token).send(&server).status;
    assert_eq!(call(), 200);
    let listed = admin.get(&format!("/tokens?client={id}&owner=jane")).expect(200);
    assert!(listed.body.contains(token.id.as_str()) && !listed.body.contains(token.secret.expose()));
    admin.act("DELETE", &format!("/tokens/{}", token.id)).expect(204);
    assert_eq!(call(), 401);
    admin.act("DELETE", &format!("/tokens/{}", token.id)).expect(204);
    admin.act("DELETE", "/tokens/unknown").problem_about(404, None);
}

#[test]
fn every_change_is_in_the_audit_log_with_the_keys_name_and_number() {
    let place = Place::new();
    let (secret, server) = (key(&place, &SCOPES, &[]), server(&place));
    let admin = Admin { server: &server, key: &secret };
    let id = admin.application("Printer", &Value::Null);
    admin.act("POST", &format!("/applications/{id}/suspend")).expect(200);
    admin.send("POST", "/accounts", &body!({ "name": "jane", "password": "correct horse" })).expect(201);
    let mut found = Value::Null;
    crate::support::until("the events are stored", || {
        found = json(&admin.get("/audit").expect(200));
        found["items"].as_array().is_some_and(|items| items.len() == 4)
    });
    let events: Vec<_> =
        found["items"].as_array().expect("items").iter().map(|item| text(&item["event"])).collect();
    assert_eq!(events, ["account_added", "application_suspended", "application_registered", "api_key_added"]);
    for item in found["items"].as_array().expect("items").iter().take(3) {
        assert_eq!((text(&item["actor"]), text(&item["address"])), ("API key 1 (Tests)", "127.0.0.1"));
    }
    let filtered = json(
        &admin.get(&format!("/audit?client={id}&event=application_suspended&to=99999999999")).expect(200),
    );
    assert_eq!(filtered["items"].as_array().map(Vec::len), Some(1));
}

/// How often clients signed, as a server would have counted it.
fn seen(place: &Place, uses: &[(&str, &str, u64)]) {
    let mut config = Config::default();
    config.database.url = format!("sqlite:{}", place.database().display());
    let used = Timestamp::from_seconds(1_800_000_000);
    let clients = uses.iter().map(|(client, method, key_since)| ClientUsage {
        client: client.parse().expect("an identifier"),
        key_since: Timestamp::from_seconds(*key_since),
        method: (*method).into(),
        first_used: used,
        last_used: used,
        requests: 1,
    });
    let batch = UsageBatch { clients: clients.collect(), tokens: Vec::new() };
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let stores = Stores::open_existing(&config, None).await.expect("stores");
        stores.rows.add_usage(batch).await.expect("usage");
        stores.rows.close().await;
    });
}

#[test]
fn usage_names_who_still_signs_by_what_should_end() {
    let place = Place::new();
    let secret = key(&place, &SCOPES, &[]);
    let server = server(&place);
    let admin = Admin { server: &server, key: &secret };
    let register = |more: Value| {
        let mut new = body!({ "settings": { "name": "A", "two_legged": true } });
        new.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        let made = json(&admin.send("POST", "/applications", &new).expect(201))["application"].clone();
        (text(&made["client_id"]).to_owned(), made["keys"][0]["since"].as_u64().expect("a time"))
    };
    let (shared, since) = register(body!({}));
    let small = register(body!({ "public_key": SMALL_KEY, "allow_small_key": true }));
    seen(
        &place,
        &[
            (&shared, "HMAC-SHA256", since),
            (&shared, "HMAC-SHA1", since),
            (&shared, "PLAINTEXT", since),
            (&small.0, "RSA-SHA256", small.1),
        ],
    );
    let listed = json(&admin.get("/usage?weak=true&since=0").expect(200));
    let items = listed["items"].as_array().expect("items");
    let mut weak: Vec<_> = items.iter().map(|item| (text(&item["method"]), text(&item["weak"][0]))).collect();
    weak.sort_unstable();
    assert_eq!(weak, [("HMAC-SHA1", "sha1"), ("PLAINTEXT", "plaintext"), ("RSA-SHA256", "small_key")]);
    let strong = json(&admin.get(&format!("/usage?weak=false&client={shared}")).expect(200));
    assert_eq!(strong["items"].as_array().map(Vec::len), Some(1), "{strong}");
    assert_eq!(json(&admin.get("/usage?limit=1").expect(200))["items"].as_array().map(Vec::len), Some(1));
}

const SMALL_KEY: &str = include_str!("../../../../vectors/keys/wiki.pem");
