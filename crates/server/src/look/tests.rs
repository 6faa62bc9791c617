//! What is read of a folder, and what a broken one is told.

use super::*;
use crate::pages::Setting;
use tempfile::TempDir;

const SETTING: Setting<'_> = Setting { site_name: "Photos", base: "" };

/// A folder with these files.
fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = TempDir::new().expect("a folder");
    for (name, content) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, content).expect("a file");
    }
    folder
}

/// What is said of these files, each as `NAME:LINE: MESSAGE`.
fn told(files: &[(&str, &str)]) -> Vec<String> {
    let folder = folder(files);
    let look = Look::of_folder(folder.path()).expect("a look");
    let base = format!("{}/", folder.path().display());
    problems(&look, &SETTING).iter().map(|problem| problem.to_string().replace(&base, "")).collect()
}

#[test]
fn ours_alone_have_no_problem() {
    assert_eq!(told(&[]), Vec::<String>::new());
}

#[test]
fn every_template_of_ours_may_stand_in_for_itself() {
    let files: Vec<_> = crate::pages::sources().collect();
    assert_eq!(told(&files), Vec::<String>::new());
}

#[test]
fn a_template_may_extend_ours_and_say_words_of_its_own() {
    let base = "{% extends \"default/base.html\" %}\n{% block about %}<p>{{ t(\"our-imprint\") }}</p>{% include \"imprint.html\" %}{% endblock %}";
    let files = [
        ("base.html", base),
        ("imprint.html", "<a href=\"https://photos.example.net/\">{{ site_name }}</a>"),
        ("locales/en/own.ftl", "our-imprint = Imprint\nsign-in-title = Come in\n"),
        ("locales/de/own.ftl", "our-imprint = Impressum\n"),
        ("style.css", ".card { border: 0 }"),
        ("notes.txt", "{% nothing"),
        (".hidden.html", "{% nothing"),
    ];
    assert_eq!(told(&files), Vec::<String>::new());
    let folder = folder(&files);
    let look = Look::of_folder(folder.path()).unwrap();
    assert_eq!(look.stylesheets(), ["style.css", "own.css"]);
    assert_eq!(look.asset("own.css").unwrap().content, b".card { border: 0 }");
}

/// Each way in which a folder can be broken, and the one line that says so.
#[test]
fn a_broken_override_is_named_with_its_file_and_line() {
    for (name, source, line, says) in [
        ("login.html", "<p>\n{% if error %}\n", 2, "cannot be read: "),
        ("login.html", "\n{{ site_name }\n", 2, "cannot be read: "),
        ("logn.html", "<p>", 1, "no page uses this template"),
        ("login.html", "\n{% extends \"bas.html\" %}", 2, "there is no template `bas.html`"),
        ("login.html", "a\n\n{{ usrname }}", 3, "there is no value `usrname` on this page"),
        ("login.html", "\n{{ t(\"sign-in-titel\") }}", 2, "there is no message `sign-in-titel`"),
        ("login.html", "\n\n{{ t(\"wait-seconds\") }}", 3, "the message `wait-seconds` cannot be said"),
        ("login.html", "\n<form method=\"post\">\n</form>", 2, "name=\"csrf\""),
        ("login.html", "\n<p style=\"color: red\">", 2, "a browser blocks the attribute style here"),
        ("login.html", "\n\n<script>alert(1)</script>", 3, "a browser blocks inline scripts here"),
        ("login.html", "<a href=\"#\"\n onclick=\"x()\">", 1, "a browser blocks the script in onclick here"),
        ("login.html", "\n<img src=\"https://cdn.example.com/x.png\">", 2, "loads nothing from elsewhere"),
        ("login.html", "\n\n\n{{ username|safe }}", 4, "what a stranger typed becomes markup here"),
        ("login.html", "{{ usrname }}<form method=\"post\"></form>", 1, "name=\"csrf\""),
        ("login.html", "\n{{ t(\"no-\" ~ \"such\") }}", 2, "there is no message `no-such`"),
        ("login.html", "\n{{ username|shout }}", 2, "filter shout is unknown"),
        (
            "connections.html",
            "\n{% for one in connections %}\n{{ one.nmae }}{% endfor %}",
            3,
            "`one.nmae` is undefined",
        ),
        ("login.html", "{% extends \"login.html\" %}", 1, ""),
        ("locales/de/own.ftl", "sign-in-title = Hallo\nsign-in-button\n", 2, "cannot be read: "),
        (
            "locales/de/own.ftl",
            "\nsign-in-lede = bei { $seite }\n",
            2,
            "takes { $seite }, but pages give it { $site }",
        ),
        ("locales/xx-/own.ftl", "sign-in-title = Hi\n", 1, "is no language"),
        (
            "locales/xx_YY/own.ftl",
            "sign-in-title = Hi\n",
            1,
            "called xx_YY, which nobody asks for: write it xx-YY",
        ),
        ("locales/DE/own.ftl", "sign-in-title = Hi\n", 1, "called DE, which nobody asks for: write it de"),
        ("style.css", "a {}\n@import \"https://a.example/x.css\";\n", 2, "loads nothing from elsewhere here"),
        ("style.css", "a {\n\nbackground: url(https://a.example/x.png) }", 3, "https://a.example/x.png"),
    ] {
        let said = told(&[(name, source)]);
        let begins = format!("{name}:{line}: ");
        assert!(
            said.iter()
                .any(|told| told.starts_with(&begins) && told.contains(says) && !told.contains("warning")),
            "{name} {source:?}: {said:?}"
        );
    }
}

/// It is on many pages, with many samples.
#[test]
fn a_broken_message_is_told_once_and_where_it_stands() {
    for (source, says) in [
        ("\nsign-in-lede = { $seite }\n", "`sign-in-lede` takes { $seite }, but pages give it"),
        ("\nsign-in-lede = { NONE($site) }\n", "the message `sign-in-lede` cannot be said: "),
        ("\nsign-in-lede = { none }\n", "the message `sign-in-lede` cannot be said: "),
    ] {
        let said = told(&[("locales/de/own.ftl", source)]);
        assert!(said.len() == 1 && said[0].contains(says), "{said:?}");
        assert!(said[0].starts_with("locales/de/own.ftl:2: "), "{said:?}");
    }
}

#[test]
fn what_can_be_served_all_the_same_is_a_warning() {
    let files = [
        ("locales/de/own.ftl", "sign-in-titel = Hallo\n"),
        ("locales/fr/own.ftl", "sign-in-title = Bonjour\n"),
    ];
    let said = told(&files);
    assert!(said[0].starts_with("locales/de/own.ftl:1: warning: no page says `sign-in-titel`"), "{said:?}");
    assert!(said[1].starts_with("locales/fr/own.ftl:1: warning: fr lacks"), "{said:?}");
    assert_eq!(said.len(), 2);
}

#[test]
fn what_is_no_image_is_no_logo() {
    let files = [("a.png", "GIF89a"), ("b.svg", "<html>"), ("c.svg", "<?xml version=\"1.0\"?>\n<svg></svg>")];
    let folder = folder(&files);
    for name in ["a.png", "b.svg"] {
        assert!(logo(&folder.path().join(name)).unwrap_err().to_string().starts_with("look.logo: "));
    }
    assert_eq!(logo(&folder.path().join("c.svg")).unwrap().unwrap().name, "logo.svg");
    assert!(logo(&folder.path().join("none.svg")).is_err());
}
