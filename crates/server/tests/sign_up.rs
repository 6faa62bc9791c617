//! Accounts that strangers make: where the operator lets them, under names that read as what they are, one for each invitation.

mod support;

use std::thread;
use support::{
    browser::Browser,
    http::{Answer, Request, form, value_of},
    place::Place,
    server::Server,
};

const PASSWORD: &str = "correct horse";

struct Stage {
    server: Server,
    place: Place,
}

impl Stage {
    fn new(setting: &str) -> Self {
        let place = Place::with([
            ("COUNTERSIGN_DATABASE_URL", "sqlite:x.db".into()),
            ("COUNTERSIGN_SIGN_UP", setting.into()),
            ("COUNTERSIGN_PUBLIC_URL", "http://countersign.test".into()),
        ]);
        place.add_user("jane", PASSWORD);
        Self { server: place.server().start(), place }
    }

    /// The code of a new invitation.
    fn invite(&self) -> String {
        let made = self.place.done(&["user", "invite", "--note", "Joe", "--json"], "").json();
        let link = made["link"].as_str().expect("a link");
        assert!(link.starts_with("http://countersign.test/signup?invitation="), "{link}");
        value_of(link, "invitation").expect("a code")
    }

    fn sign_up(&self, browser: &mut Browser, name: &str, more: &[(&str, &str)]) -> Answer {
        let csrf = browser.get(&self.server, "/signup").expect(200).hidden("csrf").expect("csrf");
        let own = [("csrf", csrf.as_str()), ("username", name), ("password", PASSWORD), ("again", PASSWORD)];
        browser.post(&self.server, "/signup", &[more, &own].concat())
    }
}

#[test]
fn sign_up_is_closed_unless_it_is_opened() {
    let stage = Stage::new("closed");
    let mut joe = Browser::default();
    joe.get(&stage.server, "/signup").expect(404);
    joe.post(&stage.server, "/signup", &[("username", "joe"), ("password", PASSWORD)]).expect(404);
    assert!(!joe.get(&stage.server, "/login").expect(200).body.contains("Sign up"));
    Browser::default().try_sign_in(&stage.server, "joe", PASSWORD, "/").expect(401);
}

#[test]
fn a_stranger_signs_up_and_goes_on_to_where_they_were_going() {
    let stage = Stage::new("open");
    let mut joe = Browser::default();
    let page = joe.get(&stage.server, "/login?next=/account/connections").expect(200);
    assert!(page.body.contains("/signup?next=%2Faccount%2Fconnections"), "{}", page.body);
    let answer = stage.sign_up(&mut joe, "joe", &[("next", "/account/connections")]).expect(303);
    assert_eq!(answer.location(), "/account/connections");
    assert!(joe.get(&stage.server, "/account").expect(200).body.contains("joe"));
    Browser::sign_in(&stage.server, "joe", PASSWORD);
    let listed = stage.place.done(&["user", "list", "--json"], "").stdout;
    assert!(!listed.contains("\"admin\":true"), "{listed}");
}

#[test]
fn open_redirect_after_sign_up_leads_home() {
    let stage = Stage::new("open");
    for (number, evil) in ["https://evil.example", "//evil.example"].into_iter().enumerate() {
        let name = format!("joe{number}");
        let answer = stage.sign_up(&mut Browser::default(), &name, &[("next", evil)]).expect(303);
        assert_eq!(answer.location(), "/", "{evil}");
    }
}

#[test]
fn hostile_names_are_refused_with_a_sentence_each() {
    let stage = Stage::new("open");
    for (name, told) in [
        ("", "A name has at least one character."),
        (&*"x".repeat(10_000), "A name is 255 bytes long at most."),
        ("jo\0e", "A name holds no control characters."),
        ("joe\r\n", "A name holds no control characters."),
        (" jane", "A name neither begins nor ends with a space."),
        ("jane\u{202e}", "none that turn others around."),
        ("ja\u{200b}ne", "A name holds no invisible characters"),
        ("jane\u{3164}", "A name holds no invisible characters"),
        ("jane\u{fe0f}", "A name holds no invisible characters"),
        ("ja\u{34f}ne", "A name holds no invisible characters"),
        ("\u{3164}", "A name has at least one visible character."),
        ("\u{2800}", "A name has at least one visible character."),
        ("\u{e0fff}", "A name has at least one visible character."),
    ] {
        let page = stage.sign_up(&mut Browser::default(), name, &[]).expect(422);
        assert!(page.body.contains(told), "{name:?}: {}", page.body);
    }
    let page = stage.sign_up(&mut Browser::default(), "<script>", &[("next", "/account")]).expect(303);
    assert_eq!(page.location(), "/account");
}

#[test]
fn password_that_is_not_utf8_is_refused_and_never_another_one() {
    let stage = Stage::new("open");
    let mut joe = Browser::default();
    let csrf = joe.get(&stage.server, "/signup").hidden("csrf").expect("csrf");
    let own = form(&[("csrf", &csrf), ("username", "joe")]);
    for escaped in ["correct%20hors%e9", "correct%20hors%ff", "correct+horse%"] {
        let body = format!("{own}&password={escaped}&again={escaped}");
        let told = joe.send(&stage.server, Request::new("POST", "/signup").form(&body)).expect(400);
        assert!(told.body.contains("not UTF-8"), "{escaped}: {}", told.body);
    }
    let body = format!("{own}&password=correct%20hors%c3%a9&again=correct%20hors%c3%a9");
    joe.send(&stage.server, Request::new("POST", "/signup").form(&body)).expect(303);
    let csrf = joe.get(&stage.server, "/login").hidden("csrf").expect("csrf");
    let body = format!("csrf={csrf}&username=joe&password=correct%20hors%ff");
    joe.send(&stage.server, Request::new("POST", "/login").form(&body)).expect(400);
    Browser::sign_in(&stage.server, "joe", "correct horsé");
}

#[test]
fn taken_name_and_weak_password_are_told_and_take_over_nothing() {
    let stage = Stage::new("open");
    let page = stage.sign_up(&mut Browser::default(), "jane", &[]).expect(409);
    assert!(page.body.contains("That name is taken"), "{}", page.body);
    assert!(!page.body.contains(PASSWORD), "no password comes back");
    Browser::sign_in(&stage.server, "jane", PASSWORD);

    let mut joe = Browser::default();
    let csrf = joe.get(&stage.server, "/signup").hidden("csrf").expect("csrf");
    for (password, again, told) in [("short", "short", "at least 8"), (PASSWORD, "correct hose", "differ")] {
        let pairs = [("csrf", csrf.as_str()), ("username", "joe"), ("password", password), ("again", again)];
        let page = joe.post(&stage.server, "/signup", &pairs).expect(422);
        assert!(page.body.contains(told), "{told}: {}", page.body);
    }
}

#[test]
fn forged_sign_up_is_refused() {
    let stage = Stage::new("open");
    let mut joe = Browser::default();
    let csrf = joe.get(&stage.server, "/signup").hidden("csrf").expect("csrf");
    let post = |csrf: &str| {
        let pairs = [("csrf", csrf), ("username", "joe"), ("password", PASSWORD), ("again", PASSWORD)];
        Request::new("POST", "/signup").form(&form(&pairs))
    };
    for forged in ["", "x", &csrf[1..]] {
        joe.send(&stage.server, post(forged)).expect(403);
    }
    post(&csrf).send(&stage.server).expect(403);
    joe.send(&stage.server, post(&csrf).field("Sec-Fetch-Site", "cross-site")).expect(403);
    Browser::default().try_sign_in(&stage.server, "joe", PASSWORD, "/").expect(401);
}

#[test]
fn sign_ups_in_their_hundreds_are_slowed_down() {
    let stage = Stage::new("open");
    let names: Vec<_> = (0..12).map(|number| format!("robot{number}")).collect();
    let statuses: Vec<u16> = thread::scope(|scope| {
        let robots: Vec<_> = names
            .iter()
            .map(|name| scope.spawn(|| stage.sign_up(&mut Browser::default(), name, &[]).status))
            .collect();
        robots.into_iter().map(|robot| robot.join().expect("an answer")).collect()
    });
    let made = statuses.iter().filter(|status| **status == 303).count();
    assert!(statuses.iter().all(|status| [303, 429].contains(status)) && made <= 6, "{statuses:?}");
}

#[test]
fn an_invitation_is_good_for_one_account() {
    let stage = Stage::new("invitation");
    let code = stage.invite();
    let page = Browser::default().get(&stage.server, &format!("/signup?invitation={code}")).expect(200);
    assert!(page.body.contains(&format!("value=\"{code}\"")), "{}", page.body);
    // One that is refused for its name has not spent it.
    stage.sign_up(&mut Browser::default(), "jane", &[("invitation", &code)]).expect(409);
    stage.sign_up(&mut Browser::default(), "joe", &[("invitation", &code)]).expect(303);
    let page = stage.sign_up(&mut Browser::default(), "jim", &[("invitation", &code)]).expect(403);
    assert!(page.body.contains("ask for a new one"), "{}", page.body);
    let listed = stage.place.done(&["user", "invitations"], "").stdout;
    assert!(listed.contains("used by joe") && listed.contains("Joe") && !listed.contains(&code), "{listed}");
    let database = std::fs::read(stage.place.database()).expect("the database");
    assert!(!database.windows(code.len()).any(|part| part == code.as_bytes()), "the code is not stored");
}

#[test]
fn two_who_use_one_invitation_at_once_get_one_account() {
    let stage = Stage::new("invitation");
    let code = stage.invite();
    let mut statuses: Vec<u16> = thread::scope(|scope| {
        let racers = ["joe", "jim"].map(|name| {
            let (stage, code) = (&stage, &code);
            scope.spawn(move || stage.sign_up(&mut Browser::default(), name, &[("invitation", code)]).status)
        });
        racers.into_iter().map(|racer| racer.join().expect("an answer")).collect()
    });
    statuses.sort_unstable();
    assert_eq!(statuses, [303, 403]);
}

#[test]
fn guessed_absent_and_withdrawn_invitations_are_answered_alike() {
    let stage = Stage::new("invitation");
    let code = stage.invite();
    let listed = stage.place.done(&["user", "invitations", "--json"], "").json();
    let record = listed["record"].to_string();
    stage.place.done(&["user", "uninvite", &record], "");
    let again = stage.place.run(&["user", "uninvite", &record], "");
    assert!(
        again.code == Some(1) && again.stderr.contains("there is no open invitation"),
        "{}",
        again.stderr
    );
    let withdrawn = stage.sign_up(&mut Browser::default(), "joe", &[("invitation", &code)]).expect(403);
    let absent = stage.sign_up(&mut Browser::default(), "joe", &[]).expect(403);
    for page in [&withdrawn, &absent] {
        assert!(page.body.contains("not known, has ended, or was used before"), "{}", page.body);
    }
    Browser::default().try_sign_in(&stage.server, "joe", PASSWORD, "/").expect(401);
}

#[test]
fn an_invitation_that_nobody_can_use_yet_is_made_with_a_warning() {
    let place = Place::new();
    let ran = place.done(&["user", "invite"], "");
    assert!(ran.stderr.contains("sign_up = \"invitation\"") && ran.stdout.contains("/signup?invitation="));
    for flags in [["--days", "0"], ["--days", "366"], ["--note", "a\u{202e}b"]] {
        assert_ne!(place.run(&[&["user", "invite"], &flags[..]].concat(), "").code, Some(0), "{flags:?}");
    }
}

#[test]
fn form_without_its_cookie_leads_back_to_signing_up_with_the_invitation() {
    let stage = Stage::new("invitation");
    let sent = [("username", "joe"), ("password", PASSWORD), ("invitation", "a&b"), ("next", "/account")];
    let page = Browser::default().post(&stage.server, "/signup", &sent).expect(403);
    let link = "href=\"/signup?next=%2Faccount&amp;invitation=a%26b\"";
    assert!(page.body.contains(link) && page.body.contains("Allow cookies"), "{}", page.body);
}

#[test]
fn what_is_wrong_with_a_sign_up_is_told_at_its_field() {
    let stage = Stage::new("invitation");
    let (mut joe, code) = (Browser::default(), stage.invite());
    let csrf = joe.get(&stage.server, "/signup").hidden("csrf").expect("csrf");
    for (name, password, again, invitation, fields) in [
        ("joe", "short", "short", &*code, &["password"][..]),
        ("joe", PASSWORD, "correct hose", &code, &["password", "again"]),
        (" joe", PASSWORD, PASSWORD, &code, &["username"]),
        ("jane", PASSWORD, PASSWORD, &code, &["username"]),
        ("joe", PASSWORD, PASSWORD, "guess", &["invitation"]),
    ] {
        let wish = [("username", name), ("password", password), ("again", again), ("invitation", invitation)];
        let page = joe.post(&stage.server, "/signup", &[&[("csrf", &*csrf)][..], &wish].concat());
        let inputs = page.body.split("<input id=\"").skip(1).filter_map(|rest| rest.split_once('>'));
        let tied =
            inputs.filter(|(input, _)| input.contains("aria-describedby=\"problem\" aria-invalid=\"true\""));
        let told: Vec<_> = tied.filter_map(|(input, _)| input.split('"').next()).collect();
        assert_eq!(told, fields, "{}", page.body);
    }
}
