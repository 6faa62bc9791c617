//! Accounts, listed and changed.

use crate::{
    stage::{CALLBACK, PASSWORD, Stage, shown},
    support::{
        browser::Browser,
        client::{Call, Dance},
        http::Answer,
        until,
    },
};

#[test]
fn lists_are_filtered_and_go_on_where_they_ended() {
    let stage = Stage::new();
    for number in 0..52 {
        stage.place.add_user(&format!("user-{number:02}"), PASSWORD);
    }
    let mut ada = stage.sign_in("ada");
    let page = stage.page(&mut ada, "/admin/accounts?admin=yes");
    assert!(page.contains(">alan<") && !page.contains(">jane<"), "{page}");
    let page = stage.page(&mut ada, "/admin/accounts?name=user-&disabled=no");
    assert!(page.contains(">user-49<") && !page.contains(">user-50<") && !page.contains(">alan<"), "{page}");
    let (_, next) = page.split_once("rel=\"next\" href=\"").expect("a further page");
    let next = next.split('"').next().expect("an address").replace("&#x2f;", "/").replace("&amp;", "&");
    assert!(next.contains("name=user-") && next.contains("after=user-49"), "{next}");
    let page = stage.page(&mut ada, &next);
    assert!(page.contains(">user-50<") && page.contains(">user-51<") && !page.contains("rel=\"next\""));
    for wrong in ["admin=perhaps", "disabled=1", "name=%00"] {
        ada.get(&stage.server, &format!("/admin/accounts?{wrong}")).expect(400);
    }
    ada.get(&stage.server, &format!("/admin/accounts?name={}", "x".repeat(300))).expect(400);
}

#[test]
fn disabled_account_is_out_until_it_is_enabled_again() {
    let stage = Stage::new();
    let (mut ada, mut jane) = (stage.sign_in("ada"), stage.sign_in("jane"));
    let client = stage.place.add_client(&["--name", "Printer", "--callback", CALLBACK]);
    let dance = Dance { server: &stage.server, client: &client, callback: CALLBACK };
    let token = dance.whole(&mut jane);
    let call = || Call::get("/api/whoami", &client).token(&token).send(&stage.server);
    call().expect(200);
    stage.fill(&mut ada, "/admin/accounts/@jane/disable", &[("password", PASSWORD)]).expect(303);
    jane.get(&stage.server, "/account").expect(303);
    call().expect(401);
    let page = stage.page(&mut ada, "/admin/accounts/@jane?told=disabled");
    assert!(page.contains("role=\"status\"") && page.contains("<dd>Disabled</dd>"), "{page}");
    stage.post(&mut ada, "/admin/accounts/@jane/enable", &[]).expect(303);
    stage.post(&mut ada, "/admin/accounts/@jane/enable", &[]).expect(409);
    call().expect(200);
    let log = stage.page(&mut ada, "/admin/accounts/@jane");
    assert!(log.contains("<dd>Enabled</dd>"));
}

#[test]
fn role_is_given_and_taken() {
    let stage = Stage::new();
    let (mut ada, mut jane) = (stage.sign_in("ada"), stage.sign_in("jane"));
    stage.fill(&mut ada, "/admin/accounts/@jane/role", &[("password", PASSWORD)]).expect(303);
    stage.page(&mut jane, "/admin/accounts");
    stage.fill(&mut ada, "/admin/accounts/@jane/role", &[("password", PASSWORD)]).expect(303);
    jane.get(&stage.server, "/admin/accounts").expect(404);
    for wrong in ["", "perhaps"] {
        let fields = [("password", PASSWORD), ("admin", wrong)];
        stage.post(&mut ada, "/admin/accounts/@jane/role", &fields).expect(400);
    }
}

#[test]
fn new_password_ends_sessions_and_a_random_one_is_the_same_for_a_form_sent_twice() {
    let stage = Stage::new();
    let (mut ada, mut jane) = (stage.sign_in("ada"), stage.sign_in("jane"));
    let page = "/admin/accounts/@jane/password";
    let open = stage.open(&mut ada, page);
    let hidden: Vec<_> = open.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let fields = [&hidden[..], &[("how", "random"), ("password", PASSWORD)]].concat();
    let first = shown(&ada.post(&stage.server, page, &fields).expect(200)).id;
    let again = shown(&ada.post(&stage.server, page, &fields).expect(200)).id;
    assert!(first == again && first.len() >= 20, "{first} {again}");
    jane.get(&stage.server, "/account").expect(303);
    Browser::default().try_sign_in(&stage.server, "jane", PASSWORD, "/").expect(401);
    Browser::sign_in(&stage.server, "jane", &first);

    let typed = |new, again| [("how", "typed"), ("new", new), ("again", again), ("password", PASSWORD)];
    let short = stage.fill(&mut ada, page, &typed("short", "short")).expect(422);
    assert!(short.body.contains("8 characters") && !short.body.contains("value=\"short\""));
    stage.fill(&mut ada, page, &typed("battery staple", "battery stable")).expect(422);
    stage.fill(&mut ada, page, &typed("battery staple", "battery staple")).expect(303);
    Browser::sign_in(&stage.server, "jane", "battery staple");
}

#[test]
fn sessions_of_an_account_end_one_by_one_or_all() {
    let stage = Stage::new();
    let mut ada = stage.sign_in("ada");
    let mut janes = [stage.sign_in("jane"), stage.sign_in("jane")];
    let mut signed_in = || {
        let answers = janes.iter_mut().map(|browser| browser.get(&stage.server, "/account").status);
        answers.filter(|status| *status == 200).count()
    };
    let page = ada.get(&stage.server, "/admin/accounts/@jane").expect(200);
    let session = page.hidden("session").expect("a session");
    let mut end = |whose: &str, session: &str| {
        stage.post(&mut ada, &format!("/admin/accounts/@{whose}/session"), &[("session", session)])
    };
    assert!(end("joe", &session).expect(303).location().ends_with("told=gone"));
    assert_eq!(signed_in(), 2, "it is not Joe's");
    assert!(end("jane", &session).expect(303).location().ends_with("told=ended"));
    assert!(end("jane", &session).expect(303).location().ends_with("told=gone"));
    assert_eq!(signed_in(), 1);
    for wrong in ["", "x", "99999999999999999999"] {
        end("jane", wrong).expect(400);
    }
    stage.fill(&mut ada, "/admin/accounts/@jane/sessions", &[("password", PASSWORD)]).expect(303);
    assert_eq!(signed_in(), 0);
}

#[test]
fn identity_is_shown_and_disconnected_from_its_own_account_alone() {
    let stage = Stage::new();
    let mut ada = stage.sign_in("ada");
    let (issuer, subject) = ("https://id.example.net/?a&b", "\"><b>7 +");
    stage.connect(issuer, subject, "jane");
    stage.connect(issuer, "8", "jane");
    let page = stage.page(&mut ada, "/admin/accounts/@jane");
    assert!(page.contains("id.example.net&#x2f;?a&amp;b") && !page.contains("\"><b>7"), "{page}");
    let encoded = countersign_core::percent::encode;
    let below = format!("identity?issuer={}&subject={}", encoded(issuer), encoded(subject));
    let told = |answer: Answer| answer.location().rsplit_once("told=").map(|(_, told)| told.to_owned());
    for other in [below.replace("%3E7", "%3E8"), below.replace("&subject", "&x"), "identity".into()] {
        let answer =
            ada.get(&stage.server, &format!("/admin/accounts/@jane/{other}")).expect_one_of(&[303, 400]);
        assert!(answer.status == 400 || told(answer).as_deref() == Some("gone"), "{other}");
    }
    let fields = [("password", PASSWORD)];
    let theirs = stage.post(&mut ada, &format!("/admin/accounts/@joe/{below}"), &fields).expect(303);
    assert_eq!(told(theirs).as_deref(), Some("gone"));
    let page = format!("/admin/accounts/@jane/{below}");
    let open = stage.open(&mut ada, &page);
    let csrf = open.iter().find(|(name, _)| *name == "csrf").expect("csrf").1.as_str();
    for expected in ["disconnected", "gone"] {
        let answer = ada.post(&stage.server, &page, &[("csrf", csrf), ("password", PASSWORD)]).expect(303);
        assert_eq!(told(answer).as_deref(), Some(expected));
    }
    let page = stage.page(&mut ada, "/admin/accounts/@jane?told=disconnected");
    assert!(page.contains("role=\"status\"") && page.contains("<bdi>8</bdi>"), "{page}");
    until("it is recorded", || {
        let log = stage.page(&mut ada, "/admin/audit?event=identity_disconnected");
        log.contains("https:&#x2f;&#x2f;id.example.net&#x2f;?a&amp;b as &quot;&gt;&lt;b&gt;7 +")
    });
}

#[test]
fn what_an_account_granted_is_revoked_and_nobody_elses() {
    let stage = Stage::new();
    let (mut ada, mut jane) = (stage.sign_in("ada"), stage.sign_in("jane"));
    let client = stage.place.add_client(&["--name", "Printer", "--callback", CALLBACK]);
    let token = Dance { server: &stage.server, client: &client, callback: CALLBACK }.whole(&mut jane);
    let call = || Call::get("/api/whoami", &client).token(&token).send(&stage.server);
    let page = ada.get(&stage.server, "/admin/accounts/@jane").expect(200);
    let grant = page.hidden("grant").expect("a grant");
    stage.post(&mut ada, "/admin/accounts/@joe/grants", &[("grant", &grant)]).expect(303);
    call().expect(200);
    let revoked = stage.post(&mut ada, "/admin/accounts/@jane/grants", &[("grant", &grant)]).expect(303);
    assert!(revoked.location().ends_with("told=revoked"));
    call().expect(401);
    let page = ada.get(&stage.server, "/admin/accounts/@jane").expect(200);
    assert!(page.body.contains(">revoked<") && page.hidden("grant").is_none(), "{}", page.body);
    for wrong in ["", "x", "99999999999999999999"] {
        stage.post(&mut ada, "/admin/accounts/@jane/grants", &[("grant", wrong)]).expect(400);
    }
}

#[test]
fn accounts_are_added_without_a_role() {
    let stage = Stage::new();
    let mut ada = stage.sign_in("ada");
    let page = "/admin/accounts/new";
    let fields = [("name", "Zoë"), ("how", "random"), ("admin", "yes")];
    let password = shown(&stage.fill(&mut ada, page, &fields).expect(200)).id;
    assert_eq!(stage.account("Zoë")["admin"], false);
    Browser::sign_in(&stage.server, "Zoë", &password);
    let taken = stage.fill(&mut ada, page, &fields).expect(409);
    assert!(taken.body.contains("There is an account of that name already."));
    for name in ["", " x", "a\u{202e}b", "a\0b", "ada\u{3164}", "\u{2800}", &"x".repeat(300)] {
        stage.fill(&mut ada, page, &[("name", name), ("how", "random")]).expect(422);
    }
    stage
        .fill(&mut ada, page, &[("name", "mary"), ("how", "typed"), ("new", "x"), ("again", "x")])
        .expect(422);
    assert_eq!(stage.account("mary"), serde_json::Value::Null);
}
