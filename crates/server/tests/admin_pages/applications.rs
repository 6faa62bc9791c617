//! Applications, listed and changed.

use crate::{
    stage::{CALLBACK, PASSWORD, Stage, at, shown},
    support::client::{Call, Pair},
};

const KEY: &str = include_str!("../support/rsa/spki.pem");

fn approved(stage: &Stage, name: &str) -> Pair {
    stage.place.add_client(&["--name", name, "--callback", CALLBACK])
}

#[test]
fn lists_are_filtered_by_name_owner_and_status() {
    let stage = Stage::new();
    let (mut ada, mut jane) = (stage.sign_in("ada"), stage.sign_in("jane"));
    approved(&stage, "Camera");
    let client = stage.proposed(&mut jane, "Printer");
    for (filter, camera, printer) in [
        ("", true, true),
        ("name=CAM", true, false),
        ("owner=jane", false, true),
        ("status=active", true, false),
        ("status=pending&owner=jane&name=print", false, true),
        ("status=suspended", false, false),
        ("id=none", false, false),
    ] {
        let page = stage.page(&mut ada, &format!("/admin/applications?{filter}"));
        assert_eq!((page.contains("Camera"), page.contains("Printer")), (camera, printer), "{filter}");
    }
    let page = stage.page(&mut ada, &format!("/admin/applications?id={}&owner=jane", client.id));
    assert!(page.contains("Printer") && !page.contains("Camera"), "{page}");
    for other in ["owner=joe", "status=active", "name=cam"] {
        let page = stage.page(&mut ada, &format!("/admin/applications?id={}&{other}", client.id));
        assert!(page.contains("There is none of that kind."), "{other}: {page}");
    }
    for wrong in ["status=x", "before=x", "before=99999999999999999999", "name=%0a"] {
        ada.get(&stage.server, &format!("/admin/applications?{wrong}")).expect(400);
    }
}

#[test]
fn page_of_an_application_tells_everything_but_its_secret() {
    let stage = Stage::new();
    let mut ada = stage.sign_in("ada");
    let client = stage.place.add_client(&["--name", "Printer", "--callback", CALLBACK, "--two-legged"]);
    Call::get("/api/whoami", &client).send(&stage.server).expect(200);
    crate::support::until("the usage is noted", || {
        stage.page(&mut ada, &at(&client, "")).contains("<code>HMAC-SHA1</code>")
    });
    let page = stage.page(&mut ada, &at(&client, ""));
    for told in [&*client.id, "127.0.0.1&#x2f;ready", "Secret", "None: operators keep it", "Requests"] {
        assert!(page.contains(told), "{told}: {page}");
    }
    assert!(!page.contains(client.secret.expose()));
    for nothing in ["@none", "none", "@%00", "@%ff", &client.id] {
        ada.get(&stage.server, &format!("/admin/applications/{nothing}")).expect(404);
    }
}

#[test]
fn of_two_administrators_at_once_the_later_one_is_told_and_nothing_is_lost() {
    let stage = Stage::new();
    let (mut ada, mut alan) = (stage.sign_in("ada"), stage.sign_in("alan"));
    let client = approved(&stage, "Printer");
    let open = stage.open(&mut alan, &at(&client, "/edit"));
    stage.fill(&mut ada, &at(&client, "/edit"), &[("name", "Press"), ("callbacks", CALLBACK)]).expect(303);
    let hidden: Vec<_> = open.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let fields = [&hidden[..], &[("name", "Plotter"), ("callbacks", CALLBACK)]].concat();
    let stale = alan.post(&stage.server, &at(&client, "/edit"), &fields).expect(409);
    let told = "it is now <strong><bdi>Press</bdi></strong>; you wrote <strong><bdi>Plotter</bdi></strong>";
    assert!(stale.body.contains(told) && stale.body.contains("value=\"Plotter\""), "{}", stale.body);
    assert!(stage.page(&mut ada, &at(&client, "")).contains("<h1><bdi>Press</bdi></h1>"));
    let hidden = ["csrf", "revision"].map(|name| (name, stale.hidden(name).expect("hidden")));
    let hidden: Vec<_> = hidden.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let again = [&hidden[..], &[("name", "Plotter"), ("callbacks", CALLBACK)]].concat();
    alan.post(&stage.server, &at(&client, "/edit"), &again).expect(303);
    assert!(stage.page(&mut ada, &at(&client, "")).contains("<h1><bdi>Plotter</bdi></h1>"));
    assert!(stage.may_begin(&client), "a change of an administrator's needs no approval");
}

#[test]
fn registered_by_an_administrator_it_is_approved_and_whose_they_say() {
    let stage = Stage::new();
    let mut ada = stage.sign_in("ada");
    let page = "/admin/applications/new";
    let open = stage.open(&mut ada, page);
    let hidden: Vec<_> = open.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let printer = [("name", "Printer"), ("callbacks", CALLBACK), ("key", "secret"), ("owner", "jane")];
    let fields = [&hidden[..], &printer].concat();
    let client = shown(&ada.post(&stage.server, page, &fields).expect(200));
    assert!(stage.may_begin(&client));
    assert!(stage.page(&mut stage.sign_in("jane"), "/developers").contains("Printer"));
    ada.post(&stage.server, page, &fields).expect(409);
    for owner in ["nobody", "jane\u{202e}"] {
        let bad = stage.fill(&mut ada, page, &[&printer[..3], &[("owner", owner)]].concat()).expect(422);
        assert!(bad.body.contains("There is no account of that name that may sign in."), "{}", bad.body);
    }
    let unmeant = [("name", "Camera"), ("key", "secret"), ("public_key", KEY)];
    let told = stage.fill(&mut ada, page, &unmeant).expect(422);
    assert!(told.body.contains("chose a secret"), "{}", told.body);
    let key = [("name", "Camera"), ("key", "public"), ("public_key", KEY)];
    let camera = shown(&stage.fill(&mut ada, page, &key).expect(200));
    let page = stage.page(&mut ada, &at(&camera, ""));
    assert!(page.contains("SHA-256 of its DER") && page.contains("RSA public key"), "{page}");
}

#[test]
fn deleted_application_is_gone_with_its_tokens() {
    let stage = Stage::new();
    let mut ada = stage.sign_in("ada");
    let client = approved(&stage, "Printer");
    let token = stage.place.issue_token(&client.id, "jane", &[], "");
    let call = || Call::get("/api/whoami", &client).token(&token).send(&stage.server);
    call().expect(200);
    stage.fill(&mut ada, &at(&client, "/delete"), &[("password", PASSWORD)]).expect(303);
    call().expect(401);
    ada.get(&stage.server, &at(&client, "")).expect(404);
    stage.post(&mut ada, &at(&client, "/delete"), &[("password", PASSWORD)]).expect(404);
}

#[test]
fn application_is_given_to_another_account_that_may_sign_in() {
    let stage = Stage::new();
    let (mut ada, mut jane, mut joe) = (stage.sign_in("ada"), stage.sign_in("jane"), stage.sign_in("joe"));
    let client = stage.proposed(&mut jane, "Printer");
    stage.place.add_user("mary", PASSWORD);
    stage.place.done(&["user", "disable", "mary"], "");
    let owner = at(&client, "/owner");
    for nobody in ["", "nobody", "mary", "jane"] {
        stage.fill(&mut ada, &owner, &[("to", nobody), ("password", PASSWORD)]).expect(422);
    }
    let open = stage.open(&mut ada, &owner);
    stage.fill(&mut ada, &owner, &[("to", "joe"), ("password", PASSWORD)]).expect(303);
    assert!(stage.page(&mut joe, "/developers").contains("Printer"));
    assert!(!stage.page(&mut jane, "/developers").contains("Printer"));
    let hidden: Vec<_> = open.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let late = [&hidden[..], &[("to", "alan"), ("password", PASSWORD)]].concat();
    let told = ada.post(&stage.server, &owner, &late).expect(409);
    assert!(told.body.contains("Somebody changed it"), "it was decided on what was Jane's");
}

#[test]
fn administrator_changes_a_secret_over_without_an_outage() {
    let stage = Stage::new();
    let mut ada = stage.sign_in("ada");
    let old = approved(&stage, "Printer");
    let confirmed = [("password", PASSWORD)];
    let new = shown(&stage.fill(&mut ada, &at(&old, "/keys"), &confirmed).expect(200));
    assert_ne!(old.secret.expose(), new.secret.expose());
    assert!(stage.may_begin(&old) && stage.may_begin(&new));
    let third = stage.post(&mut ada, &at(&old, "/keys"), &confirmed).expect(409);
    assert!(
        third.body.contains("There are two already") && third.body.contains("Not done"),
        "{}",
        third.body
    );

    let page = stage.page(&mut ada, &at(&old, ""));
    assert!(!page.contains(new.secret.expose()) && !page.contains(old.secret.expose()));
    let links: Vec<_> = page.split("/keys/remove?since=").skip(1).collect();
    let since: Vec<_> = links.iter().filter_map(|rest| rest.split('"').next()).collect();
    let [newer, older] = since[..] else { panic!("two keys: {page}") };
    let [newer, older] = [newer, older].map(|since| at(&old, &format!("/keys/remove?since={since}")));
    stage.fill(&mut ada, &older, &confirmed).expect(303);
    assert!(!stage.may_begin(&old) && stage.may_begin(&new));
    for gone_or_last in [&older, &newer, &at(&old, "/keys/remove?since=x"), &at(&old, "/keys/remove")] {
        let asked = ada.get(&stage.server, gone_or_last).expect(409);
        let refused = stage.post(&mut ada, gone_or_last, &confirmed).expect(409);
        for page in [asked, refused] {
            assert!(page.body.contains("It is gone already, or it is the last one"), "{}", page.body);
        }
    }
    crate::support::until("both are recorded", || {
        let log = stage.page(&mut ada, &format!("/admin/audit?client={}", old.id));
        log.contains("key_added") && log.contains("key_removed")
    });
}

#[test]
fn private_key_pasted_by_an_administrator_is_neither_kept_nor_told() {
    let stage = Stage::new();
    let mut ada = stage.sign_in("ada");
    std::fs::write(stage.place.path().join("key.pem"), KEY).expect("a file");
    let client = stage.place.add_client(&["--name", "Till", "--two-legged", "--rsa-public-key", "key.pem"]);
    let private = "-----BEGIN PRIVATE KEY-----\nAAAAB3Nz\n-----END PRIVATE KEY-----";
    let fields = [("password", PASSWORD), ("public_key", private)];
    let refused = stage.fill(&mut ada, &at(&client, "/keys"), &fields).expect(422);
    assert!(refused.body.contains("That is a private key") && !refused.body.contains("AAAAB3Nz"));
    let fields = [("password", PASSWORD), ("public_key", KEY)];
    stage.fill(&mut ada, &at(&client, "/keys"), &fields).expect(200);
    assert_eq!(stage.page(&mut ada, &at(&client, "")).matches("RSA public key, 2048 bits").count(), 2);
}
