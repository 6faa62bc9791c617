//! What attackers and clumsy programs send.

use crate::support::{
    admin::{Admin, SCOPES, json, key, server, with},
    place::Place,
};
use base64ct::{Base64UrlUnpadded, Encoding};
use serde_json::{Value, json as body};

#[test]
fn a_key_of_another_scope_opens_nothing() {
    let place = Place::new();
    let secrets = SCOPES.map(|scope| (scope, key(&place, &[scope], &[])));
    let server = server(&place);
    let admin = |key| Admin { server: &server, key };
    let document = json(&admin("").get("/openapi.json").expect(200));
    let mut asked = 0;
    for (path, item) in document["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("operations") {
            let needed = operation["security"][0]["api_key"][0].as_str().expect("a scope");
            let path = path.strip_prefix("/admin/api/v1").expect("below the root");
            let path = path
                .replace("{client_id}", "x")
                .replace("{name}", "x")
                .replace("{token}", "x")
                .replace("{challenge}", "x")
                .replace("{since}", "1")
                .replace("{number}", "0")
                .replace("{session}", "x");
            for (scope, secret) in &secrets {
                let answer = admin(secret).send(&method.to_uppercase(), &path, &body!({}));
                assert_eq!(
                    answer.status == 403,
                    *scope != needed,
                    "{method} {path} {scope}: {}",
                    answer.body
                );
                asked += 1;
            }
        }
    }
    assert!(asked >= 11 * 41, "{asked}");
}

#[test]
fn a_forged_cursor_is_refused() {
    let place = Place::new();
    let (secret, server) = (key(&place, &SCOPES, &[]), server(&place));
    let admin = Admin { server: &server, key: &secret };
    (0..2).for_each(|_| drop(admin.application("A", &Value::Null)));
    let real = json(&admin.get("/applications?limit=1").expect(200));
    let real = real["next_cursor"].as_str().expect("a cursor");
    let long = "A".repeat(10_000);
    // Of another list, of none, with NUL, no number, no base64.
    for forged in [real, "YQ", "YXVkaXQ6AA", "YXVkaXQ6eA", "!", "%00", "", &long] {
        admin.get(&format!("/audit?cursor={forged}")).problem_about(400, Some("cursor"));
    }
    admin.get(&format!("/accounts?cursor={real}")).problem_about(400, Some("cursor"));
    // The least and the greatest number lead nowhere else than to an end of the list.
    for number in [i64::MIN, i64::MAX, 0, -1] {
        let forged = Base64UrlUnpadded::encode_string(format!("audit:{number}").as_bytes());
        admin.get(&format!("/audit?cursor={forged}")).expect(200);
    }
}

#[test]
fn a_stale_revision_overwrites_nothing() {
    let place = Place::new();
    let (secret, server) = (key(&place, &SCOPES, &[]), server(&place));
    let admin = Admin { server: &server, key: &secret };
    let path = format!("/applications/{}", admin.application("A", &Value::Null));
    let read = admin.get(&path).expect(200);
    let (tag, settings) = (read.field("etag").expect("a tag"), &json(&read)["settings"]);
    let change = |name: &str, tag: Option<&str>| {
        let mut settings = settings.clone();
        settings["name"] = name.into();
        let request = with(admin.request("PUT", &path), &settings);
        tag.into_iter().fold(request, |request, tag| request.field("If-Match", tag)).send(&server)
    };
    change("B", None).problem_about(428, Some("If-Match"));
    change("B", Some(tag)).expect(200);
    for stale in [tag, "*", "\"0\"", "W/\"1\"", ""] {
        change("C", Some(stale)).problem_about(412, Some("If-Match"));
    }
    assert_eq!(json(&admin.get(&path))["settings"]["name"], "B");
}

#[test]
fn a_creation_sent_again_happens_once_and_with_another_body_not_at_all() {
    let place = Place::new();
    let secrets = [key(&place, &SCOPES, &[]), key(&place, &SCOPES, &[])];
    let server = server(&place);
    let create = |key, name: &str, once: &str| {
        let new = body!({ "settings": { "name": name, "allow_oob": true } });
        let admin = Admin { server: &server, key };
        with(admin.request("POST", "/applications"), &new).field("Idempotency-Key", once).send(&server)
    };
    let first = create(&secrets[0], "A", "k-1").expect(201);
    let again = create(&secrets[0], "A", "k-1").expect(201);
    assert_eq!(
        (&first.body, first.field("location"), first.field("etag")),
        (&again.body, again.field("location"), again.field("etag"))
    );
    create(&secrets[0], "B", "k-1").problem_about(422, Some("Idempotency-Key"));
    // Another key's name is another name.
    assert_ne!(create(&secrets[1], "A", "k-1").expect(201).body, first.body);
    for wrong in ["", &"x".repeat(256), "\u{e9}"] {
        create(&secrets[0], "A", wrong).problem_about(400, Some("Idempotency-Key"));
    }
    // Refused, it may be tried again in other words.
    create(&secrets[0], "", "k-2").problem_about(422, Some("settings.name"));
    create(&secrets[0], "C", "k-2").expect(201);
    let count = json(&Admin { server: &server, key: &secrets[0] }.get("/applications").expect(200));
    assert_eq!(count["items"].as_array().map(Vec::len), Some(3));
    let secret = json(&first)["client_secret"].as_str().expect("a secret").to_owned();
    drop(server);
    let stored = std::fs::read(place.database()).expect("a database");
    assert!(!String::from_utf8_lossy(&stored).contains(&secret), "the answer is kept sealed");
}

#[test]
fn a_stolen_database_holds_no_quick_hash_of_a_password_that_was_sent() {
    let place = Place::new();
    let (secret, server) = (key(&place, &SCOPES, &[]), server(&place));
    let new = body!({ "name": "jane", "password": "correct horse" });
    let request = with(Admin { server: &server, key: &secret }.request("POST", "/accounts"), &new);
    let guesses =
        ["", "/accounts\0", "/admin/api/v1/accounts\0"].map(|path| [path.as_bytes(), &request.body].concat());
    request.field("Idempotency-Key", "k").send(&server).expect(201);
    server.stop();
    let stored = std::fs::read(place.database()).expect("a database");
    let holds = |bytes: &[u8]| stored.windows(bytes.len()).any(|window| window == bytes);
    assert!(holds(b"argon2id"), "the account is there");
    for guess in guesses {
        let guessed = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &guess);
        assert!(!holds(guessed.as_ref()), "who guesses a password can check it");
    }
}

#[test]
fn a_creation_sent_by_many_at_once_happens_once() {
    let place = Place::new();
    let (secret, server) = (key(&place, &SCOPES, &[]), server(&place));
    let admin = Admin { server: &server, key: &secret };
    let new = body!({ "settings": { "name": "A", "allow_oob": true } });
    let create =
        || with(admin.request("POST", "/applications"), &new).field("Idempotency-Key", "k").send(&server);
    let answers: Vec<_> = std::thread::scope(|scope| {
        let senders: Vec<_> = (0..8).map(|_| scope.spawn(create)).collect();
        senders
            .into_iter()
            .map(|sender| sender.join().expect("an answer").expect_one_of(&[201, 409]))
            .collect()
    });
    let mut made: Vec<_> =
        answers.into_iter().filter(|answer| answer.status == 201).map(|one| one.body).collect();
    assert!(!made.is_empty());
    made.dedup();
    assert_eq!(made.len(), 1, "{made:?}");
    let listed = json(&admin.get("/applications").expect(200));
    assert_eq!(listed["items"].as_array().map(Vec::len), Some(1));
}

#[test]
fn guessed_identifiers_are_told_as_those_that_cannot_be() {
    let place = Place::new();
    let (secret, server) = (key(&place, &SCOPES, &[]), server(&place));
    let admin = Admin { server: &server, key: &secret };
    let long = "x".repeat(10_000);
    let names = ["guess", "%00", "a%00b", "%FF", "..", "%2e%2e%2f", "%0d%0aX:1", "'%20OR%201=1", &long];
    let mut told = Vec::new();
    for name in names {
        for path in [format!("/applications/{name}"), format!("/accounts/{name}")] {
            told.push(admin.get(&path).expect(404).body);
        }
        told.push(admin.act("DELETE", &format!("/tokens/{name}")).expect(404).body);
        told.push(admin.act("DELETE", &format!("/applications/{name}/keys/1")).expect(404).body);
    }
    told.dedup();
    assert_eq!(told.len(), 1, "{told:?}");
}

#[test]
fn nul_and_ten_thousand_characters_are_refused_by_the_name_of_their_field() {
    let place = Place::new();
    let (secret, server) = (key(&place, &SCOPES, &[]), server(&place));
    let admin = Admin { server: &server, key: &secret };
    let long = "x".repeat(10_000);
    for bad in ["a\0b", &long, "\u{202e}txt"] {
        let new = body!({ "settings": { "name": bad, "allow_oob": true } });
        admin.send("POST", "/applications", &new).problem_about(422, Some("settings.name"));
        let new = body!({ "settings": { "name": "A", "description": bad, "allow_oob": true } });
        admin.send("POST", "/applications", &new).problem_about(422, Some("settings.description"));
    }
    for bad in ["jane\u{3164}", "jane\u{fe0f}", "ja\u{34f}ne", "\u{2800}"] {
        admin.send("POST", "/accounts", &body!({ "name": bad })).problem_about(422, Some("name"));
        let new = body!({ "settings": { "name": bad, "allow_oob": true } });
        admin.send("POST", "/applications", &new).problem_about(422, Some("settings.name"));
    }
    for bad in ["a\0b", &long] {
        admin.send("POST", "/accounts", &body!({ "name": bad })).problem_about(422, Some("name"));
        let new = body!({ "settings": { "name": "A", "callbacks": [format!("https://a.example/{bad}")] } });
        admin.send("POST", "/applications", &new).problem_about(422, Some("settings.callbacks"));
    }
    for field in ["owner", "name"] {
        admin.get(&format!("/applications?{field}=a%00b")).problem_about(400, Some(field));
        admin.get(&format!("/applications?{field}={long}")).problem_about(400, Some(field));
    }
    for (path, field) in [
        ("/audit?from=18446744073709551615", "from"),
        ("/audit?client=%00", "client"),
        ("/usage?since=9999999999999", "since"),
    ] {
        admin.get(path).problem_about(400, Some(field));
    }
}

#[test]
fn what_is_not_known_is_refused_by_its_name_and_a_wrong_value_is_not_told_again() {
    let place = Place::new();
    let (secret, server) = (key(&place, &SCOPES, &[]), server(&place));
    let admin = Admin { server: &server, key: &secret };
    for (new, status, field) in [
        (body!({ "settings": { "name": "A" }, "admin": true }), 400, Some("admin")),
        (body!({ "settings": { "name": "A", "status": "active" } }), 400, Some("settings.status")),
        (body!({ "settings": {} }), 400, Some("settings.name")),
        (body!({ "settings": { "name": "A", "callbacks": "x" } }), 400, Some("settings.callbacks")),
        (
            body!({ "settings": { "name": "A", "callbacks": ["javascript:alert(1)//"] } }),
            422,
            Some("settings.callbacks"),
        ),
        (
            body!({ "settings": { "name": "A", "home_page": "javascript:alert(1)" } }),
            422,
            Some("settings.home_page"),
        ),
        (body!({ "settings": { "name": "A" }, "owner": "nobody" }), 422, Some("owner")),
        (body!({ "settings": { "name": "A" }, "public_key": "-----BEGIN GARBAGE" }), 422, Some("public_key")),
        (body!({ "settings": { "name": "A" }, "client_secret": "s" }), 422, Some("client_secret")),
        (body!([]), 400, None),
    ] {
        admin.send("POST", "/applications", &new).problem_about(status, field);
    }
    admin.get("/applications?nonsense=1").problem_about(400, Some("nonsense"));
    admin.get("/applications?limit=0").problem_about(400, Some("limit"));
    admin.get("/applications?limit=201").problem_about(400, Some("limit"));
    let told = admin.send("POST", "/accounts", &body!({ "name": "jane", "password": 123_456_789 }));
    assert!(!told.problem_about(400, Some("password")).body.contains("123456789"));
    let mut form = admin.request("POST", "/accounts").form("name=jane");
    form.send(&server).problem_about(415, None);
    form.fields.retain(|(name, _)| name != "Content-Type");
    form.body = "{\"name\": \"a\"} {}".into();
    form.clone().field("Content-Type", "application/json").send(&server).problem_about(400, None);
    form.body = vec![b' '; 300 << 10];
    form.field("Content-Type", "application/json").send(&server).problem_about(413, None);
    admin.act("PATCH", "/accounts").problem_about(405, None);
}

#[test]
fn a_private_key_that_was_pasted_is_refused_and_neither_stored_nor_logged() {
    let place = Place::new();
    let (secret, server) = (key(&place, &SCOPES, &[]), server(&place));
    let pem = "-----BEGIN PRIVATE KEY-----\nMIIEvPRECIOUS\n-----END PRIVATE KEY-----\n";
    let new = body!({ "settings": { "name": "A" }, "public_key": pem });
    let told = Admin { server: &server, key: &secret }.send("POST", "/applications", &new);
    let told = told.problem_about(422, Some("public_key")).body;
    assert!(told.contains("private key") && !told.contains("PRECIOUS"), "{told}");
    assert!(!String::from_utf8_lossy(&server.log()).contains("PRECIOUS"));
}

#[test]
fn public_key_of_another_kind_is_told_as_what_it_is() {
    let place = Place::new();
    let (secret, server) = (key(&place, &SCOPES, &[]), server(&place));
    let admin = Admin { server: &server, key: &secret };
    let send = |pem: &str| {
        let new = body!({ "settings": { "name": "A", "allow_oob": true }, "public_key": pem });
        admin.send("POST", "/applications", &new)
    };
    for (pem, told) in [
        (include_str!("../support/rsa/elliptic.pem"), "not a key of RSA"),
        ("ssh-rsa AAAAB3NzaC1yc2EAAAADAQAB jane@laptop", "ssh-keygen -e -m PKCS8 -f key.pub"),
        ("garbage", "not a PEM"),
    ] {
        let answer = send(pem);
        assert!(answer.body.contains(told), "{}", answer.body);
        answer.problem_about(422, Some("public_key"));
    }
    let indented = include_str!("../support/rsa/spki.pem").replace('\n', "\n  ");
    send(&format!("\u{feff}{indented}")).expect(201);
}
