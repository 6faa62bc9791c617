//! Keys that make keys: never more than they are.

use crate::support::{
    admin::{Admin, SCOPES, json, key, server},
    place::Place,
    until,
};
use countersign_provider::{Clock, System};
use serde_json::{Value, json as body};

fn new(scopes: &[&str]) -> Value {
    body!({ "name": "Made", "scopes": scopes, "expires": null })
}

#[test]
fn a_made_key_works_until_it_is_revoked_and_is_listed_without_itself() {
    let place = Place::new();
    let (secret, server) = (key(&place, &SCOPES, &["--expires", "never"]), server(&place));
    let admin = Admin { server: &server, key: &secret };
    let made = admin.send("POST", "/api-keys", &new(&["accounts:read"])).expect(201);
    assert_eq!(made.field("location"), Some("/admin/api/v1/api-keys/2"));
    let made = json(&made);
    let own = made["api_key"].as_str().expect("a key").to_owned();
    let other = Admin { server: &server, key: &own };
    other.get("/accounts").expect(200);
    other.get("/tokens").problem_about(403, None);
    let listed = admin.get("/api-keys").expect(200);
    for secret in [&own, &secret] {
        assert!(!listed.body.contains(&secret[4..]), "{}", listed.body);
    }
    assert_eq!(json(&listed)["items"].as_array().map(Vec::len), Some(2));
    admin.act("DELETE", "/api-keys/2").expect(204);
    other.get("/accounts").problem_about(401, None);
    admin.act("DELETE", "/api-keys/2").problem_about(404, None);
    assert_eq!(json(&admin.get("/api-keys").expect(200))["items"][0]["status"], "revoked");
    drop(server);
    let stored = std::fs::read(place.database()).expect("a database");
    assert!(!String::from_utf8_lossy(&stored).contains(&own[4..]), "neither the key nor its answer");
}

#[test]
fn a_key_that_gives_itself_more_scopes_gets_none() {
    let place = Place::new();
    let few = key(&place, &["api_keys:write", "accounts:read"], &[]);
    let (all, server) = (key(&place, &SCOPES, &[]), server(&place));
    let admin = Admin { server: &server, key: &few };
    for scopes in [&["accounts:write"][..], &["accounts:read", "api_keys:read"], &SCOPES] {
        admin.send("POST", "/api-keys", &new(scopes)).problem_about(403, Some("scopes"));
    }
    for scopes in [&[][..], &["root"], &["accounts:read "], &["ACCOUNTS:READ"], &["*"]] {
        admin.send("POST", "/api-keys", &new(scopes)).problem_about(422, Some("scopes"));
    }
    admin.send("POST", "/api-keys", &new(&["accounts:read"])).expect(201);
    admin.get("/api-keys").problem_about(403, None);
    let listed = json(&Admin { server: &server, key: &all }.get("/api-keys").expect(200));
    assert_eq!(listed["items"].as_array().map(Vec::len), Some(3), "{listed}");
}

#[test]
fn a_key_cannot_outlast_the_one_that_made_it() {
    let place = Place::new();
    let (secret, server) = (key(&place, &SCOPES, &["--expires", "1h"]), server(&place));
    let admin = Admin { server: &server, key: &secret };
    let end = json(&admin.get("/api-keys").expect(200))["items"][0]["expires"].clone();
    let now = System.now().seconds();
    for expires in [Value::Null, (now + 86_400).into()] {
        let wish = body!({ "name": "Made", "scopes": ["accounts:read"], "expires": expires });
        let made = json(&admin.send("POST", "/api-keys", &wish).expect(201));
        assert_eq!(made["expires"], end);
        assert!(made["warnings"][0].as_str().is_some_and(|told| told.contains("ends")), "{made}");
    }
    let short = body!({ "name": "Made", "scopes": ["accounts:read"], "expires": now + 600 });
    assert_eq!(json(&admin.send("POST", "/api-keys", &short).expect(201))["expires"], now + 600);
    for expires in [0, now - 10, now + 3651 * 86_400, u64::MAX] {
        let wish = body!({ "name": "Made", "scopes": ["accounts:read"], "expires": expires });
        admin.send("POST", "/api-keys", &wish).problem_about(422, Some("expires"));
    }
}

#[test]
fn a_key_of_an_account_makes_keys_of_that_account_alone() {
    let place = Place::new();
    for name in ["root", "jane"] {
        place.done(&["user", "add", name, "--admin", "--password-stdin"], "correct horse");
    }
    place.add_user("john", "correct horse");
    let jane = key(&place, &SCOPES, &["--account", "jane"]);
    let (free, server) = (key(&place, &SCOPES, &[]), server(&place));
    let (jane, free) = (Admin { server: &server, key: &jane }, Admin { server: &server, key: &free });
    let of = |account: &str| {
        let mut wish = new(&["accounts:read"]);
        wish["account"] = account.into();
        wish
    };
    jane.send("POST", "/api-keys", &of("root")).problem_about(403, Some("account"));
    for nobody in ["john", "nobody", "a\0b"] {
        free.send("POST", "/api-keys", &of(nobody)).problem_about(422, Some("account"));
    }
    let made = json(&jane.send("POST", "/api-keys", &new(&["accounts:read"])).expect(201));
    let made = made["api_key"].as_str().expect("a key");
    let made = Admin { server: &server, key: made };
    made.get("/accounts").expect(200);
    let listed = json(&free.get("/api-keys?account=jane").expect(200));
    assert_eq!(listed["items"].as_array().map(Vec::len), Some(2), "{listed}");
    free.send("PUT", "/accounts/jane/role", &body!({ "admin": false })).expect(200);
    made.get("/accounts").problem_about(401, None);
}

#[test]
fn who_made_and_revoked_a_key_is_in_the_audit_log() {
    let place = Place::new();
    let (secret, server) = (key(&place, &SCOPES, &[]), server(&place));
    let admin = Admin { server: &server, key: &secret };
    admin.send("POST", "/api-keys", &new(&["accounts:read"])).expect(201);
    admin.act("DELETE", "/api-keys/2").expect(204);
    let mut events = Vec::new();
    until("the events are stored", || {
        let found = json(&admin.get("/audit").expect(200));
        let items = found["items"].as_array().expect("items").iter();
        events = items.map(|item| item["event"].as_str().unwrap_or_default().to_owned()).collect();
        events.len() == 3
    });
    assert_eq!(events, ["api_key_revoked", "api_key_added", "api_key_added"]);
}
