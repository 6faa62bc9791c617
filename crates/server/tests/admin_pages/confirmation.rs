//! What asks for the administrator's own password, and who is kept from locking everybody out.

use crate::{
    stage::{PASSWORD, Stage, at},
    support::{browser::Browser, until},
};

#[test]
fn destructive_acts_do_nothing_without_the_password() {
    let stage = Stage::new();
    let (mut ada, mut jane) = (stage.sign_in("ada"), stage.sign_in("jane"));
    let client = stage.proposed(&mut jane, "Printer");
    stage.post(&mut ada, &at(&client, "/approve"), &[("revision", "0")]).expect(303);
    stage.connect("https://id.example.net", "7", "jane");
    let made = stage.place.done(&["client", "key", "add", &client.id, "--json"], "").json();
    let listed = stage.place.done(&["client", "key", "list", &client.id, "--json"], "").stdout;
    assert_eq!(listed.lines().count(), 2);
    for password in ["", "a guess"] {
        let fields = [("password", password), ("how", "random"), ("to", "joe")];
        for page in [
            "/admin/accounts/@jane/disable",
            "/admin/accounts/@jane/role",
            "/admin/accounts/@jane/password",
            "/admin/accounts/@jane/sessions",
            "/admin/accounts/@jane/identity?issuer=https%3A%2F%2Fid.example.net&subject=7",
            &at(&client, "/delete"),
            &at(&client, "/owner"),
            &at(&client, "/keys"),
            &at(&client, &format!("/keys/remove?since={}", made["since"])),
        ] {
            // Each is counted: the table of attempts is emptied by a right one in between.
            Browser::sign_in(&stage.server, "ada", PASSWORD);
            let wrong = stage.fill(&mut ada, page, &fields).expect(422);
            assert!(wrong.body.contains("The password is wrong."), "{page}: {}", wrong.body);
        }
    }
    let account = stage.account("jane");
    assert!(account["admin"] == false && account["disabled"] == false, "{account}");
    assert!(stage.page(&mut ada, "/admin/accounts/@jane").contains("https:&#x2f;&#x2f;id.example.net"));
    stage.page(&mut jane, "/developers");
    assert!(stage.may_begin(&client));
    let listed = stage.place.done(&["client", "key", "list", &client.id, "--json"], "").stdout;
    assert_eq!(listed.lines().count(), 2);
}

#[test]
fn guesses_at_the_password_of_an_open_session_are_delayed_like_those_at_sign_in() {
    let stage = Stage::new();
    let mut ada = stage.sign_in("ada");
    let page = "/admin/accounts/@jane/disable";
    // A delay that is not over before the right password is sent.
    until("guesses are delayed for seconds", || {
        let refused = stage.fill(&mut ada, page, &[("password", "a guess")]).expect(422);
        let wait = refused.body.split_once("Try again in ").and_then(|(_, rest)| rest.split(' ').next());
        wait.is_some_and(|seconds| seconds.parse::<u64>().expect("seconds") >= 3)
    });
    let delayed = stage.fill(&mut ada, page, &[("password", PASSWORD)]).expect(422);
    assert!(delayed.body.contains("Too many attempts."), "{}", delayed.body);
    assert_eq!(stage.account("jane")["disabled"], false);
}

#[test]
fn administrator_does_not_lock_themselves_out() {
    let stage = Stage::new();
    let mut ada = stage.sign_in("ada");
    stage.connect("x", "ada", "ada");
    for below in ["disable", "role", "password", "identity?issuer=x&subject=ada"] {
        let page = format!("/admin/accounts/@ada/{below}");
        assert!(ada.get(&stage.server, &page).expect(409).body.contains("This is your own account."));
        let fields = [("password", PASSWORD), ("admin", "no"), ("how", "random"), ("once", "x")];
        stage.post(&mut ada, &page, &fields).expect(409);
    }
    assert!(stage.page(&mut ada, "/admin/accounts/@ada").contains("This is your own account."));
    assert_eq!(stage.account("ada")["admin"], true);
}

#[test]
fn last_administrator_stays() {
    let stage = Stage::new();
    let (mut ada, mut alan) = (stage.sign_in("ada"), stage.sign_in("alan"));
    // Both look at the other's page; one is faster.
    let alans = stage.open(&mut alan, "/admin/accounts/@ada/role");
    stage.fill(&mut ada, "/admin/accounts/@alan/role", &[("password", PASSWORD)]).expect(303);
    let hidden = alans.iter().map(|(name, value)| (*name, value.as_str()));
    let fields: Vec<_> = hidden.chain([("password", PASSWORD)]).collect();
    alan.post(&stage.server, "/admin/accounts/@ada/role", &fields).expect(404);
    assert_eq!(stage.account("ada")["admin"], true);
    let refused = stage.place.run(&["user", "disable", "ada"], "");
    assert!(refused.stderr.contains("last administrator"), "{}", refused.stderr);
}

#[test]
fn open_page_of_an_administrator_who_is_none_any_more_does_nothing() {
    let stage = Stage::new();
    let (mut ada, mut alan) = (stage.sign_in("ada"), stage.sign_in("alan"));
    let open = stage.open(&mut alan, "/admin/accounts/@jane/disable");
    stage.fill(&mut ada, "/admin/accounts/@alan/role", &[("password", PASSWORD)]).expect(303);
    let hidden = open.iter().map(|(name, value)| (*name, value.as_str()));
    let fields: Vec<_> = hidden.chain([("password", PASSWORD)]).collect();
    alan.post(&stage.server, "/admin/accounts/@jane/disable", &fields).expect(404);
    alan.post(&stage.server, "/admin/accounts/@alan/role", &[&fields[..], &[("admin", "yes")]].concat())
        .expect(404);
    assert_eq!(stage.account("jane")["disabled"], false);
    assert_eq!(stage.account("alan")["admin"], false);
}

#[test]
fn administrator_without_a_password_types_the_name_and_nothing_else_will_do() {
    let stage = Stage::new();
    let mut ada = stage.sign_in("ada");
    let database = rusqlite::Connection::open(stage.place.database()).expect("the database");
    database.execute("UPDATE accounts SET password_hash = NULL WHERE name = 'ada'", []).expect("a change");
    let page = "/admin/accounts/@jane/disable";
    assert!(stage.page(&mut ada, page).contains("The name above, to confirm"));
    for typed in ["", "joe", "Jane", PASSWORD] {
        let wrong = stage.fill(&mut ada, page, &[("named", typed), ("password", PASSWORD)]).expect(422);
        assert!(wrong.body.contains("What you typed to confirm is something else."), "{}", wrong.body);
    }
    assert_eq!(stage.account("jane")["disabled"], false);
    stage.fill(&mut ada, page, &[("named", " jane ")]).expect(303);
    assert_eq!(stage.account("jane")["disabled"], true);
}
