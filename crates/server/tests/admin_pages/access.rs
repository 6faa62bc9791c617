//! Who gets in.

use crate::{
    stage::{PASSWORD, Stage},
    support::{browser::Browser, http::Request},
};

/// Every page, with Jane and an application that is not there in the place of names.
pub(crate) const PAGES: [&str; 17] = [
    "/admin",
    "/admin/accounts",
    "/admin/accounts/new",
    "/admin/accounts/@jane",
    "/admin/accounts/@jane/disable",
    "/admin/accounts/@jane/role",
    "/admin/accounts/@jane/password",
    "/admin/accounts/@jane/sessions",
    "/admin/invitations",
    "/admin/applications",
    "/admin/approvals",
    "/admin/applications/new",
    "/admin/applications/@none",
    "/admin/applications/@none/edit",
    "/admin/applications/@none/owner",
    "/admin/applications/@none/reject",
    "/admin/applications/@none/delete",
];

/// Every address that takes a form.
pub(crate) const FORMS: [&str; 19] = [
    "/admin/accounts/new",
    "/admin/accounts/@jane/disable",
    "/admin/accounts/@jane/enable",
    "/admin/accounts/@jane/role",
    "/admin/accounts/@jane/password",
    "/admin/accounts/@jane/session",
    "/admin/accounts/@jane/sessions",
    "/admin/accounts/@jane/grants",
    "/admin/accounts/@jane/identity",
    "/admin/invitations",
    "/admin/invitations/withdraw",
    "/admin/applications/new",
    "/admin/applications/@none/approve",
    "/admin/applications/@none/reject",
    "/admin/applications/@none/suspend",
    "/admin/applications/@none/resume",
    "/admin/applications/@none/edit",
    "/admin/applications/@none/owner",
    "/admin/applications/@none/delete",
];

#[test]
fn whoever_is_not_signed_in_comes_back_after_signing_in() {
    let stage = Stage::new();
    let mut browser = Browser::default();
    for page in PAGES {
        let away = browser.get(&stage.server, &format!("{page}?name=a&admin=yes")).expect(303);
        let back = away.field("location").expect("a place");
        assert!(back.starts_with("/login?next=%2Fadmin"), "{back}");
        assert!(back.ends_with("%3Fname%3Da%26admin%3Dyes"), "{back}");
    }
    for form in FORMS {
        browser.post(&stage.server, form, &[("csrf", "x")]).expect(403);
    }
    let back = browser.try_sign_in(&stage.server, "ada", PASSWORD, "/admin").expect(303);
    assert_eq!(back.field("location"), Some("/admin"));
    browser.get(&stage.server, "/admin").expect(200);
}

#[test]
fn for_an_account_without_the_role_there_is_nothing_whatever_the_method() {
    let stage = Stage::new();
    let mut jane = stage.sign_in("jane");
    let csrf = stage.csrf(&mut jane);
    let nowhere = jane.get(&stage.server, "/nowhere").expect(404).body;
    for page in PAGES.into_iter().chain(FORMS) {
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] {
            let answer = jane.send(&stage.server, Request::new(method, page)).expect(404);
            assert_eq!(answer.body, nowhere, "{method} {page}");
        }
        let fields = [("csrf", csrf.as_str()), ("password", PASSWORD), ("admin", "yes")];
        assert_eq!(jane.post(&stage.server, page, &fields).expect(404).body, nowhere);
    }
    assert_eq!(stage.account("jane")["admin"], false);
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
    let (mut ada, mut jane) = (stage.sign_in("ada"), stage.sign_in("jane"));
    let page = stage.page(&mut ada, "/admin");
    assert!(page.contains("Applications that wait for approval</dt><dd>None"), "{page}");
    assert!(page.contains("<a class=\"tall\" href=\"/admin/accounts\">4</a>"), "{page}");
    assert!(page.contains("<a class=\"tall\" href=\"/admin/accounts?admin=yes\">2</a>"), "{page}");
    assert!(page.contains("<a href=\"/admin\" aria-current=\"page\">Overview</a>"), "{page}");
    stage.proposed(&mut jane, "Printer");
    let page = stage.page(&mut ada, "/admin");
    assert!(page.contains("<a class=\"tall\" href=\"/admin/approvals\">1</a>"), "{page}");
}
