//! API keys: made, listed and revoked on the command line, and refused once they should be.

use crate::support::{
    admin::{Admin, ROOT, SCOPES, key, server},
    http::Request,
    place::Place,
};

#[test]
fn a_key_is_shown_once_and_neither_listed_nor_stored_nor_logged() {
    let place = Place::new();
    let secret = key(&place, &["accounts:read"], &[]);
    assert!(secret.starts_with("csk_") && secret.len() == 47, "{secret}");
    let server = place
        .server()
        .set("COUNTERSIGN_ADMIN_API_ENABLED", "true")
        .set("COUNTERSIGN_LOG_LEVEL", "trace")
        .start();
    Admin { server: &server, key: &secret }.get("/accounts").expect(200);
    let listed = place.done(&["api-key", "list", "--json"], "").json();
    assert_eq!((&listed["status"], &listed["scopes"][0]), (&"active".into(), &"accounts:read".into()));
    assert!(listed["last_used"].is_u64(), "{listed}");
    let log = String::from_utf8_lossy(&server.log()).into_owned();
    drop(server);
    let stored = std::fs::read(place.database()).expect("a database");
    let stored = String::from_utf8_lossy(&stored).into_owned();
    for text in [&log, &stored, &listed.to_string()] {
        assert!(!text.contains(&secret[4..]), "the key is in {text}");
    }
}

#[test]
fn a_key_ends_when_it_is_revoked() {
    let place = Place::new();
    let (secret, server) = (key(&place, &SCOPES, &[]), server(&place));
    let admin = Admin { server: &server, key: &secret };
    admin.get("/accounts").expect(200);
    place.done(&["api-key", "revoke", "1"], "");
    let refused = admin.get("/accounts").problem_about(401, None);
    assert_eq!(refused.field("www-authenticate"), Some("Bearer"));
    assert_eq!(place.run(&["api-key", "revoke", "1"], "").code, Some(1));
}

#[test]
fn an_expired_key_is_refused() {
    let place = Place::new();
    let (secret, server) = (key(&place, &SCOPES, &["--expires", "1s"]), server(&place));
    crate::support::until("the key expires", || {
        Admin { server: &server, key: &secret }.get("/accounts").status == 401
    });
}

#[test]
fn the_key_of_an_account_that_administrates_no_more_is_refused() {
    let place = Place::new();
    for name in ["root", "jane"] {
        place.done(&["user", "add", name, "--admin", "--password-stdin"], "correct horse");
    }
    let secret = key(&place, &SCOPES, &["--account", "jane"]);
    let (other, server) = (key(&place, &SCOPES, &[]), server(&place));
    let (jane, root) = (Admin { server: &server, key: &secret }, Admin { server: &server, key: &other });
    jane.get("/accounts").expect(200);
    let role = |admin| serde_json::json!({ "admin": admin });
    root.send("PUT", "/accounts/jane/role", &role(false)).expect(200);
    jane.get("/accounts").problem_about(401, None);
    root.send("PUT", "/accounts/jane/role", &role(true)).expect(200);
    jane.get("/accounts").expect(200);
    root.act("POST", "/accounts/jane/disable").expect(200);
    jane.get("/accounts").problem_about(401, None);
}

#[test]
fn a_key_that_nobody_has_is_refused_alike_however_it_is_written() {
    let place = Place::new();
    let (secret, server) = (key(&place, &SCOPES, &[]), server(&place));
    let long = "x".repeat(10_000);
    let wrong = [
        "".to_owned(),
        "Bearer".into(),
        "Bearer ".into(),
        format!("Basic {secret}"),
        format!("Bearer {secret}x"),
        format!("Bearer {}", &secret[..46]),
        format!("Bearer {}", secret.to_uppercase()),
        format!("Bearer {long}"),
        secret.clone(),
    ];
    let mut told: Vec<_> = wrong
        .iter()
        .map(|value| {
            let request = Request::get(&format!("{ROOT}/accounts")).field("Authorization", value);
            request.send(&server).problem_about(401, None).body
        })
        .collect();
    let twice = Request::get(&format!("{ROOT}/accounts")).field("Authorization", &format!("Bearer {secret}"));
    told.push(twice.field("Authorization", "Bearer x").send(&server).problem_about(401, None).body);
    told.push(Request::get(&format!("{ROOT}/accounts")).send(&server).problem_about(401, None).body);
    told.dedup();
    assert_eq!(told.len(), 1, "{told:?}");
}

#[test]
fn no_key_is_taken_over_http() {
    let place = Place::new();
    let secret = key(&place, &SCOPES, &[]);
    let server = crate::support::server::Starter::over_https(place.command())
        .set("COUNTERSIGN_ADMIN_API_ENABLED", "true")
        .set("COUNTERSIGN_TRUSTED_PROXIES", "127.0.0.1/32")
        .start();
    let admin = Admin { server: &server, key: &secret };
    let refused = admin.get("/accounts");
    assert!((400..=403).contains(&refused.status), "{} {}", refused.status, refused.body);
    admin.request("GET", "/accounts").field("X-Forwarded-Proto", "https").send(&server).expect(200);
}

#[test]
fn nothing_is_served_unless_it_is_switched_on() {
    let place = Place::new();
    let (secret, server) = (key(&place, &SCOPES, &[]), place.server().start());
    Admin { server: &server, key: &secret }.get("/accounts").expect(404);
    Request::get(&format!("{ROOT}/openapi.json")).send(&server).expect(404);
}

#[test]
fn a_key_with_an_unknown_scope_or_a_life_that_cannot_be_is_not_made() {
    let place = Place::new();
    for (flags, told) in [
        (["--scope", "accounts:all", "--expires", "1d"], "accounts:write"),
        (["--scope", "accounts:read", "--expires", "0d"], "10 years"),
        (["--scope", "accounts:read", "--expires", "99999d"], "10 years"),
        (["--scope", "accounts:read", "--expires", "1é"], "such as 90d"),
        (["--scope", "accounts:read", "--account", "nobody"], "no account"),
    ] {
        let ran = place.run(&[&["api-key", "new", "--name", "x"][..], &flags].concat(), "");
        assert!(ran.code != Some(0) && ran.stderr.contains(told), "{flags:?}: {}", ran.stderr);
    }
}
