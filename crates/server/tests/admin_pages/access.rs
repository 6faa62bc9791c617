//! Who gets in.

use crate::{
    stage::{PASSWORD, Stage},
    support::{browser::Browser, http::Request},
};

/// Every address of these pages, with something in the place of names.
const PAGES: [&str; 2] = ["/admin", "/admin/accounts"];

#[test]
fn whoever_is_not_signed_in_comes_back_after_signing_in() {
    let stage = Stage::new();
    let mut browser = Browser::default();
    for page in PAGES {
        let away = browser.get(&stage.server, &format!("{page}?name=a&admin=yes")).expect(303);
        let back = away.field("location").expect("a place").to_owned();
        assert!(
            back.starts_with("/login?next=%2Fadmin") && back.contains("%3Fname%3Da%26admin%3Dyes"),
            "{back}"
        );
        browser.post(&stage.server, page, &[("csrf", "x")]).expect(403);
    }
    let back = browser.try_sign_in(&stage.server, "ada", PASSWORD, "/admin").expect(303);
    assert_eq!(back.field("location"), Some("/admin"));
    browser.get(&stage.server, "/admin").expect(200);
}

#[test]
fn for_an_account_without_the_role_there_is_nothing_whatever_the_method() {
    let stage = Stage::new();
    let mut jane = stage.sign_in("jane");
    let nowhere = jane.get(&stage.server, "/nowhere").expect(404).body;
    for page in PAGES {
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] {
            let answer = jane.send(&stage.server, Request::new(method, page)).expect(404);
            assert_eq!(answer.body, nowhere, "{method} {page}");
        }
        assert_eq!(stage.post(&mut jane, page, &[("password", PASSWORD)]).expect(404).body, nowhere);
    }
}

#[test]
fn only_administrators_are_shown_the_way() {
    let stage = Stage::new();
    for (name, shown) in [("jane", false), ("ada", true)] {
        let mut browser = stage.sign_in(name);
        for page in ["/", "/account", "/account/connections", "/developers", "/developers/new"] {
            let page = browser.get(&stage.server, page).expect(200);
            assert_eq!(page.body.contains("href=\"/admin\""), shown, "{name}");
        }
    }
}

#[test]
fn overview_counts_what_waits_and_links_to_it() {
    let stage = Stage::new();
    stage.place.add_client(&["--name", "Printer", "--allow-oob"]);
    let mut ada = stage.sign_in("ada");
    let page = ada.get(&stage.server, "/admin").expect(200).body;
    assert!(page.contains("Applications that wait for approval</dt><dd>None"), "{page}");
    assert!(page.contains("<a class=\"tall\" href=\"/admin/accounts\">4</a>"), "{page}");
    assert!(page.contains("<a class=\"tall\" href=\"/admin/accounts?admin=yes\">2</a>"), "{page}");
    assert!(page.contains("<a href=\"/admin\" aria-current=\"page\">Overview</a>"), "{page}");
}
