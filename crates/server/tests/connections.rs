//! What resource owners see of what they granted, and its end: at once, by them alone.

mod support;

use support::{
    browser::Browser,
    client::{Call, Dance, Pair},
    http::{Answer, Request, form},
    place::Place,
    server::{Server, Starter},
    until,
};

const SETTINGS: &str = "
public_url = \"http://countersign.test\"
insecure_http = true
echo = true
database.url = \"sqlite:x.db\"

[scopes]
photos = \"See your photos\"
";
const CALLBACK: &str = "http://127.0.0.1/ready";
const CONNECTIONS: &str = "/account/connections";
const PASSWORD: &str = "correct horse";

struct Stage {
    server: Server,
    place: Place,
    printer: Pair,
}

impl Stage {
    fn new() -> Self {
        let place = Place::new();
        let settings = place.path().join("c.toml");
        std::fs::write(&settings, SETTINGS).expect("a file");
        place.add_user("jane", PASSWORD);
        place.add_user("mallory", PASSWORD);
        let printer =
            place.add_client(&["--name", "<b>Printer", "--callback", CALLBACK, "--scope", "photos"]);
        let server =
            Starter::configured(place.command(), &settings).start().signed_as("http://countersign.test");
        Self { server, place, printer }
    }

    fn signed_in(&self, name: &str) -> Browser {
        Browser::sign_in(&self.server, name, PASSWORD)
    }

    fn granted_by(&self, browser: &mut Browser) -> Pair {
        Dance { server: &self.server, client: &self.printer, callback: CALLBACK }.whole(browser)
    }

    fn call(&self, token: &Pair) -> Answer {
        Call::get("/api/whoami", &self.printer).token(token).send(&self.server)
    }

    fn revoke(&self, browser: &mut Browser, csrf: &str, what: (&str, &str)) -> Answer {
        browser.post(&self.server, CONNECTIONS, &[("csrf", csrf), what])
    }
}

/// What a form of the page needs: its token, and the newest grant.
fn forms(page: &Answer) -> (String, String) {
    (page.hidden("csrf").expect("csrf"), page.hidden("grant").expect("a grant"))
}

#[test]
fn connected_applications_are_listed_with_what_they_may_and_when_they_did() {
    let stage = Stage::new();
    let mut jane = stage.signed_in("jane");
    let page = jane.get(&stage.server, CONNECTIONS).expect(200);
    assert!(page.body.contains("No application has access"), "{}", page.body);

    let token = stage.granted_by(&mut jane);
    let page = jane.get(&stage.server, CONNECTIONS).expect(200);
    for shown in ["&lt;b&gt;Printer", "See your photos", "Not yet", "<time datetime="] {
        assert!(page.body.contains(shown), "{shown}: {}", page.body);
    }
    assert!(!page.body.contains(&token.id) && !page.body.contains(token.secret.expose()), "no credentials");
    stage.call(&token).expect(200);
    until("the use is noted", || !jane.get(&stage.server, CONNECTIONS).expect(200).body.contains("Not yet"));
}

#[test]
fn what_was_used_just_before_the_end_is_noted() {
    let stage = Stage::new();
    let token = stage.granted_by(&mut stage.signed_in("jane"));
    stage.call(&token).expect(200);
    stage.server.stop();
    let database = rusqlite::Connection::open(stage.place.database()).expect("the database");
    let read = |sql| database.query_row(sql, [], |row| row.get::<_, u32>(0)).expect("a count");
    assert_eq!(read("SELECT count(*) FROM token_uses"), 1);
    assert_eq!(read("SELECT sum(requests) FROM client_usage"), 3, "two of the dance, and the call");
}

#[test]
fn revoked_access_is_refused_at_once() {
    let stage = Stage::new();
    let mut jane = stage.signed_in("jane");
    let tokens = [(); 3].map(|()| stage.granted_by(&mut jane));
    tokens.iter().for_each(|token| drop(stage.call(token).expect(200)));

    let (csrf, newest) = forms(&jane.get(&stage.server, CONNECTIONS).expect(200));
    let answer = stage.revoke(&mut jane, &csrf, ("grant", &newest)).expect(303);
    assert_eq!(answer.location(), "/account/connections?told=revoked");
    stage.call(&tokens[2]).refused(401, "token_revoked");
    stage.call(&tokens[0]).expect(200);

    stage.revoke(&mut jane, &csrf, ("client", &stage.printer.id)).expect(303);
    tokens.iter().for_each(|token| drop(stage.call(token).refused(401, "token_revoked")));
    let page = jane.get(&stage.server, "/account/connections?told=revoked").expect(200);
    assert!(page.body.contains("No application has access") && page.body.contains("Access was revoked"));
}

#[test]
fn double_submit_of_a_revocation_says_that_it_had_ended() {
    let stage = Stage::new();
    let mut jane = stage.signed_in("jane");
    stage.granted_by(&mut jane);
    let (csrf, grant) = forms(&jane.get(&stage.server, CONNECTIONS).expect(200));
    let told =
        [(); 2].map(|()| stage.revoke(&mut jane, &csrf, ("grant", &grant)).expect(303).location().to_owned());
    assert_eq!(told, ["revoked", "gone"].map(|word| format!("{CONNECTIONS}?told={word}")));
}

#[test]
fn another_owners_grant_cannot_be_revoked_nor_told_from_one_that_never_was() {
    let stage = Stage::new();
    let (mut jane, mut mallory) = (stage.signed_in("jane"), stage.signed_in("mallory"));
    let token = stage.granted_by(&mut jane);
    let (_, grant) = forms(&jane.get(&stage.server, CONNECTIONS).expect(200));
    stage.granted_by(&mut mallory);
    let page = mallory.get(&stage.server, CONNECTIONS).expect(200);
    let (csrf, own) = forms(&page);
    assert!(own != grant && !page.body.contains(&format!("value=\"{grant}\"")));
    for what in [grant.as_str(), "0", "-1", "9223372036854775807", "999999"] {
        let answer = stage.revoke(&mut mallory, &csrf, ("grant", what)).expect(303);
        assert_eq!(answer.location(), "/account/connections?told=gone", "{what}");
    }
    stage.revoke(&mut mallory, &csrf, ("client", &stage.printer.id)).expect(303);
    stage.revoke(&mut mallory, &csrf, ("client", "nobody")).expect(303);
    stage.call(&token).expect(200);
    for what in [("grant", ""), ("grant", "1 OR 1=1"), ("client", "")] {
        stage.revoke(&mut mallory, &csrf, what).expect(400);
    }
}

#[test]
fn forged_and_stale_revocations_are_refused() {
    let stage = Stage::new();
    let (mut jane, mut mallory) = (stage.signed_in("jane"), stage.signed_in("mallory"));
    let token = stage.granted_by(&mut jane);
    let (csrf, grant) = forms(&jane.get(&stage.server, CONNECTIONS).expect(200));
    let hers = mallory.get(&stage.server, "/").hidden("csrf").expect("csrf");
    let post =
        |csrf: &str| Request::new("POST", CONNECTIONS).form(&form(&[("csrf", csrf), ("grant", &grant)]));
    for forged in ["", "x", &csrf[1..], &hers] {
        jane.send(&stage.server, post(forged)).expect(403);
    }
    for (name, value) in
        [("Sec-Fetch-Site", "cross-site"), ("Origin", "https://evil.example"), ("Origin", "null")]
    {
        jane.send(&stage.server, post(&csrf).field(name, value)).expect(403);
    }
    post(&csrf).send(&stage.server).expect(403);
    jane.get(&stage.server, &format!("{CONNECTIONS}?grant={grant}&csrf={csrf}")).expect(200);
    // A form from before she signed in anew.
    jane.try_sign_in(&stage.server, "jane", PASSWORD, "/").expect(303);
    jane.send(&stage.server, post(&csrf)).expect(403);
    stage.call(&token).expect(200);
}

#[test]
fn whoever_is_not_signed_in_is_sent_to_sign_in_and_comes_back() {
    let stage = Stage::new();
    let mut nobody = Browser::default();
    let answer = nobody.get(&stage.server, CONNECTIONS).expect(303);
    assert_eq!(answer.location(), "/login?next=%2Faccount%2Fconnections");
    let back = nobody.try_sign_in(&stage.server, "jane", PASSWORD, CONNECTIONS).expect(303);
    assert_eq!(back.location(), CONNECTIONS);
}
