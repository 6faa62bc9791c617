//! Pages in the language of whoever reads them, over real HTTP.

mod support;

use support::{
    browser::Browser,
    client::Dance,
    http::{Answer, Request},
    place::Place,
    server::Server,
};

const PASSWORD: &str = "correct horse";
const INSECURE: (&str, &str) = ("COUNTERSIGN_INSECURE_HTTP", "true");

fn accepting(server: &Server, target: &str, language: &str) -> Answer {
    Request::get(target).field("Accept-Language", language).send(server).expect(200)
}

#[track_caller]
fn is_in(page: &Answer, language: &str) {
    let tag = format!("<html lang=\"{language}\" dir=\"ltr\">");
    assert!(page.body.contains(&tag), "{}", page.body);
    assert_eq!(page.field("content-language"), Some(language));
    assert_eq!(page.field("vary"), Some("Accept-Language"));
}

#[test]
fn a_browser_reads_its_own_language_or_that_of_the_site() {
    let place = Place::new();
    let server = place.server().start();
    let german = accepting(&server, "/login", "fr;q=0.9, de-AT;q=0.8, en;q=0.1");
    is_in(&german, "de");
    assert!(german.body.contains("<h1>Anmelden</h1>"), "{}", german.body);
    is_in(&accepting(&server, "/login", "fr"), "en");
    is_in(&Request::get("/login").send(&server).expect(200), "en");
    let missing = Request::get("/none").field("Accept-Language", "de").send(&server).expect(404);
    assert!(missing.body.contains("Hier ist nichts"), "{}", missing.body);
    let german = accepting(&server, "/help/nonce_used", "de");
    assert!(german.body.contains("Nonce") && german.body.contains("Übliche Ursachen"), "{}", german.body);
}

#[test]
fn a_site_may_speak_another_language_by_default() {
    let place = Place::with([
        ("COUNTERSIGN_DATABASE_URL", "sqlite:x.db".into()),
        ("COUNTERSIGN_LANGUAGE", "de".into()),
    ]);
    let server = place.server().start();
    is_in(&accepting(&server, "/", "fr"), "de");
    is_in(&accepting(&server, "/", "en"), "en");
    let refused = place.run_with(&["config", "check"], "", &[INSECURE, ("COUNTERSIGN_LANGUAGE", "fr")]);
    assert!(refused.code == Some(1) && refused.stderr.contains("en, de"), "{}", refused.stderr);
    assert!(refused.stderr.contains("COUNTERSIGN_LANGUAGE"), "{}", refused.stderr);
}

#[test]
fn garbage_in_accept_language_breaks_no_page() {
    let place = Place::new();
    let server = place.server().start();
    for garbage in [
        ";",
        "*",
        "de;q=NaN",
        "\u{e9}",
        "../../etc/passwd",
        "<script>",
        &"de-".repeat(3000),
        &",".repeat(9000),
    ] {
        let page = accepting(&server, "/login", garbage);
        assert!(page.body.contains("<form"), "{garbage}: {}", page.body);
    }
    for garbage in ["%", "%ff", "%00", "<script>", "de&xoauth_lang_pref=en", "../../etc/passwd"] {
        let page = Request::get(&format!("/login?xoauth_lang_pref={garbage}")).send(&server);
        assert!(
            [200, 400].contains(&page.status) && !page.body.contains("<script"),
            "{garbage}: {}",
            page.body
        );
    }
}

/// The application says what its user reads: from the consent page through a failed and a good sign-in to the code.
#[test]
fn the_language_of_the_link_lasts_through_sign_in_and_answer() {
    let place = Place::new();
    place.add_user("jane", PASSWORD);
    let client = place.add_client(&["--name", "Printer", "--allow-oob"]);
    let server = place.server().start();
    let dance = Dance { server: &server, client: &client, callback: "oob" };
    let temporary = dance.initiate();
    let mut jane = Browser::default();
    let link = format!("/oauth/authorize?oauth_token={}&xoauth_lang_pref=de-AT", temporary.id);
    let sent = jane.get(&server, &link).expect(303);
    let to = sent.location().to_owned();
    let page = jane.get(&server, to.trim_start_matches(&server.public_url)).expect(200);
    is_in(&page, "de");
    let action = action(&page, "/login");
    let next = page.hidden("next").expect("next").replace("&amp;", "&").replace("&#x2f;", "/");
    let csrf = page.hidden("csrf").expect("csrf");
    let sign_in =
        |password| [("username", "jane"), ("password", password), ("csrf", &*csrf), ("next", &*next)];
    let wrong = jane.post(&server, &action, &sign_in("wrong horse")).expect(401);
    assert!(wrong.body.contains("Name oder Passwort ist falsch."), "{}", wrong.body);
    let signed_in = jane.post(&server, &action, &sign_in(PASSWORD)).expect(303);
    let page = jane.get(&server, signed_in.location().trim_start_matches(&server.public_url)).expect(200);
    is_in(&page, "de");
    assert!(page.body.contains("<bdi>Printer</bdi> bittet um Zugriff"), "{}", page.body);
    let csrf = page.hidden("csrf").expect("csrf");
    let pairs = [("oauth_token", &*temporary.id), ("decision", "grant"), ("csrf", &*csrf)];
    let code = jane.post(&server, &self::action(&page, "/oauth/authorize"), &pairs).expect(200);
    assert!(code.body.contains("<h1>Ihr Code</h1>"), "{}", code.body);

    let temporary = dance.initiate();
    let link = format!("/oauth/authorize?oauth_token={}&xoauth_lang_pref=de-AT", temporary.id);
    let action = self::action(&jane.get(&server, &link).expect(200), "/oauth/authorize");
    let pairs = [("oauth_token", &*temporary.id), ("decision", "deny"), ("csrf", &*csrf)];
    let denied = jane.post(&server, &action, &pairs).expect(303);
    assert_eq!(denied.location(), "/denied?xoauth_lang_pref=de");
    is_in(&jane.get(&server, denied.location()).expect(200), "de");
}

/// Where the form whose address begins so leads.
#[track_caller]
fn action(page: &Answer, begins: &str) -> String {
    let of = |mark: String| Some(page.body.split_once(&mark)?.1.split_once('"')?.0.to_owned());
    let escaped = begins.replace('/', "&#x2f;");
    let found = of(format!("action=\"{begins}")).map(|rest| format!("{begins}{rest}"));
    let found = found.or_else(|| of(format!("action=\"{escaped}")).map(|rest| format!("{begins}{rest}")));
    found.expect("a form").replace("&#x2f;", "/")
}
