//! The look of an operator's own, as `serve` shows it and `templates` proves it.

mod support;

use std::fs;
use support::{http::Request, place::Place};

fn place(files: &[(&str, &str)]) -> Place {
    let place = Place::with([
        ("COUNTERSIGN_DATABASE_URL", "sqlite:x.db".into()),
        ("COUNTERSIGN_LOOK_TEMPLATES", "look".into()),
    ]);
    for language in ["en", "de"] {
        fs::create_dir_all(place.path().join("look/locales").join(language)).expect("a folder");
    }
    for (name, content) in files {
        fs::write(place.path().join("look").join(name), content).expect("a file");
    }
    place
}

#[test]
fn pages_wear_what_the_operator_gives_them() {
    let place = place(&[
        (
            "login.html",
            "{% extends \"default/login.html\" %}{% block about %}<p>{{ t(\"our-words\") }}</p>{% endblock %}",
        ),
        ("locales/de/own.ftl", "our-words = Guten Tag\nsign-in-button = Hinein\n"),
        ("locales/en/own.ftl", "our-words = Good day\n"),
        ("style.css", ".card { border: 0 }"),
        ("logo.svg", "<svg xmlns=\"http://www.w3.org/2000/svg\"></svg>"),
    ]);
    let settings = place.path().join("countersign.toml");
    fs::write(settings, "[look]\nlogo = \"look/logo.svg\"\naccent = \"#0a5c36\"\n").expect("a file");
    let server = place.server().start();
    let page = Request::get("/login").field("Accept-Language", "de").send(&server).expect(200);
    assert!(
        page.body.contains("<p>Guten Tag</p>") && page.body.contains(">Hinein</button>"),
        "{}",
        page.body
    );
    for (name, media_type, holds) in [
        ("logo.svg", "image/svg+xml", "<svg"),
        ("colours.css", "text/css; charset=utf-8", "--accent: #0a5c36"),
        ("own.css", "text/css; charset=utf-8", ".card { border: 0 }"),
        ("style.css", "text/css; charset=utf-8", "--accent"),
    ] {
        assert!(page.body.contains(&format!("/assets/{name}\"")), "{name}: {}", page.body);
        let asset = Request::get(&format!("/assets/{name}")).send(&server).expect(200);
        assert!(
            asset.field("content-type") == Some(media_type) && asset.body.contains(holds),
            "{name}: {}",
            asset.body
        );
        assert!(
            asset.field("content-security-policy").is_some_and(|policy| policy.contains("sandbox")),
            "{name}"
        );
    }
    Request::get("/assets/logo.png").send(&server).expect(404);
}

#[test]
fn a_broken_override_is_named_and_nothing_is_served_with_it() {
    let place = place(&[("login.html", "<p>\n{{ usrname }}\n<p style=\"x\">\n")]);
    let checked = place.run(&["templates", "check"], "");
    assert_eq!(checked.code, Some(1), "{}", checked.stderr);
    let lines: Vec<_> = checked.stdout.lines().collect();
    assert!(lines[0].starts_with("look/login.html:2: there is no value `usrname`"), "{lines:?}");
    assert!(lines[1].starts_with("look/login.html:3: a browser blocks the attribute style"), "{lines:?}");
    let json = place.run(&["templates", "check", "--json", "look"], "").json();
    assert!(
        json[0]["path"] == "look/login.html" && json[0]["line"] == 2 && json[0]["warning"] == false,
        "{json}"
    );
    for command in ["serve", "config"] {
        let more: &[&str] = if command == "serve" { &["--listen", "127.0.0.1:0"] } else { &["check"] };
        let insecure = ("COUNTERSIGN_INSECURE_HTTP", "true");
        let refused = place.run_with(&[&[command], more].concat(), "", &[insecure]);
        assert_eq!(refused.code, Some(1), "{}", refused.stdout);
        assert!(refused.stderr.contains("look/login.html:2: there is no value"), "{}", refused.stderr);
        assert!(refused.stderr.contains("templates check"), "{}", refused.stderr);
    }
}

#[test]
fn a_broken_message_is_no_line_of_the_log_for_each_page() {
    let place = place(&[("locales/de/own.ftl", "sign-in-title = { NONE() }\n")]);
    let refused = place.run(&["serve", "--insecure-http", "--listen", "127.0.0.1:0"], "");
    assert_eq!((refused.code, refused.stderr.lines().count()), (Some(1), 1), "{}", refused.stderr);
    assert!(refused.stderr.contains("look/locales/de/own.ftl:1: the message"), "{}", refused.stderr);
}

#[test]
fn ours_are_listed_copied_and_proven() {
    let place = place(&[("login.html", "mine")]);
    let listed = place.done(&["templates", "list"], "").stdout;
    assert!(listed.lines().any(|name| name == "developers/form.html"), "{listed}");
    let copied = place.done(&["templates", "export", "look"], "");
    assert!(copied.stderr.contains("login.html is there already"), "{}", copied.stderr);
    assert_eq!(fs::read_to_string(place.path().join("look/login.html")).expect("a file"), "mine");
    fs::remove_file(place.path().join("look/login.html")).expect("removed");
    place.done(&["templates", "export", "look", "login.html"], "");
    let one = place.done(&["templates", "check", "look"], "").stdout;
    assert!(!one.contains("1 template is yours") && one.contains(" templates are yours"), "{one}");
    fs::create_dir_all(place.path().join("one")).expect("a folder");
    fs::write(place.path().join("one/login.html"), "mine").expect("a file");
    assert_eq!(
        place.done(&["templates", "check", "one"], "").stdout,
        "pages can be served: 1 template is yours\n"
    );
    let unknown = place.run(&["templates", "export", "look", "none.html"], "");
    assert!(unknown.code == Some(1) && unknown.stderr.contains("none.html"), "{}", unknown.stderr);
}

#[test]
fn a_look_that_is_not_there_is_refused_with_its_key_and_line() {
    let place = Place::new();
    for (text, variable, told) in [
        ("\n[look]\nlogo = \"none.svg\"\n", "COUNTERSIGN_LOOK_LOGO", "look.logo: none.svg: No such file"),
        (
            "\n[look]\ntemplates = \"none\"\n",
            "COUNTERSIGN_LOOK_TEMPLATES",
            "look.templates: none: No such file",
        ),
    ] {
        let insecure = ("COUNTERSIGN_INSECURE_HTTP", "true");
        fs::write(place.path().join("countersign.toml"), text).expect("a file");
        let refused = place.run_with(&["config", "check"], "", &[insecure]);
        assert!(refused.stderr.contains(&format!("countersign.toml:3: {told}")), "{}", refused.stderr);
        let named = (variable, told.split(": ").nth(1).expect("a name"));
        let refused = place.run_with(&["config", "check"], "", &[insecure, named]);
        assert!(refused.stderr.contains(&format!("{variable}: {told}")), "{}", refused.stderr);
    }
    let refused = place.run(&["templates", "check", "gone"], "");
    assert!(refused.stderr.contains("gone: No such file"), "{}", refused.stderr);
}

#[test]
fn colours_that_are_hard_to_read_are_told_and_allowed() {
    let place = place(&[]);
    let warned = place.run_with(&["templates", "check"], "", &[("COUNTERSIGN_LOOK_ACCENT", "#ffcc00")]);
    assert!(warned.code == Some(0) && warned.stdout.contains("4.5:1"), "{} {}", warned.stdout, warned.stderr);
    let refused = place.run_with(
        &["config", "check"],
        "",
        &[("COUNTERSIGN_INSECURE_HTTP", "true"), ("COUNTERSIGN_LOOK_ACCENT", "red")],
    );
    assert!(refused.code == Some(1) && refused.stderr.contains("#0a5c36"), "{}", refused.stderr);
}
