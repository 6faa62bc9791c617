//! Who may see these pages, and what a broken address gets.

use crate::{
    stage::{PASSWORD, Stage, asking},
    support::{browser::Browser, http::form},
};
use countersign_store::{AccountStore, Outcome};

const PAGES: [&str; 6] = [
    "/admin/tokens",
    "/admin/tokens/revoke?record=1",
    "/admin/audit",
    "/admin/audit/export?format=csv",
    "/admin/usage",
    "/admin/usage/export?format=jsonl",
];

#[test]
fn nothing_is_here_for_whoever_does_not_administrate() {
    let stage = Stage::new();
    let mut jane = stage.sign_in("jane");
    for page in PAGES {
        for method in ["GET", "POST"] {
            jane.send(&stage.server, asking(method, page)).expect(404);
        }
        let sent = Browser::default().send(&stage.server, asking("GET", page)).expect(303);
        assert!(sent.location().starts_with("/login?next=%2Fadmin%2F"), "{}", sent.location());
    }
    stage.post(&mut jane, "/admin/tokens/revoke", &[("client", "x"), ("password", PASSWORD)]).expect(404);
}

#[test]
fn administrator_of_before_sees_nothing_any_more() {
    let stage = Stage::new();
    stage.place.done(&["user", "add", "alan", "--admin", "--password-stdin"], PASSWORD);
    let mut alan = stage.sign_in("alan");
    alan.get(&stage.server, "/admin/audit").expect(200);
    let set = stage.rows(async |rows| rows.set_admin("alan", false).await);
    assert_eq!(set.expect("a store"), Outcome::Done);
    for page in PAGES {
        alan.get(&stage.server, page).expect(404);
    }
}

#[test]
fn broken_addresses_are_told_and_ask_the_store_nothing() {
    let stage = Stage::new();
    let mut ada = stage.sign_in("ada");
    let long = "x".repeat(256);
    for page in [
        "/admin/audit?before=x",
        "/admin/audit?before=9223372036854775808",
        "/admin/audit?from=2027-02-30",
        "/admin/audit?to=tomorrow",
        "/admin/audit?owner=a%00b",
        &format!("/admin/audit?event={long}"),
        "/admin/audit/export",
        "/admin/audit/export?format=xml",
        "/admin/audit/export?format=csv&from=1-1-1",
        "/admin/tokens?before=-",
        "/admin/tokens?client=%0a",
        "/admin/tokens?ended=many",
        "/admin/tokens/revoke",
        "/admin/tokens/revoke?record=1%20OR%201=1",
        "/admin/usage?weak=perhaps",
        "/admin/usage?after=1",
        "/admin/usage?since=now",
        "/admin/usage/export?format=",
    ] {
        let page = ada.send(&stage.server, asking("GET", page)).expect(400);
        assert!(page.body.contains("<h1"), "{}", page.body);
    }
    for page in
        ["/admin/audit?before=-9223372036854775808", "/admin/tokens?before=0", "/admin/usage?after=0.0.0"]
    {
        ada.get(&stage.server, page).expect(200);
    }
}

#[test]
fn form_of_another_site_ends_nothing() {
    let stage = Stage::new();
    let mut ada = stage.sign_in("ada");
    let csrf = stage.csrf(&mut ada);
    let body = form(&[("csrf", &csrf), ("record", "1"), ("password", PASSWORD)]);
    let post = || asking("POST", "/admin/tokens/revoke").form(&body);
    ada.send(&stage.server, post().field("Sec-Fetch-Site", "cross-site")).expect(403);
    ada.send(&stage.server, post().field("Origin", "https://evil.example")).expect(403);
    let unguarded = form(&[("record", "1"), ("password", PASSWORD)]);
    ada.send(&stage.server, asking("POST", "/admin/tokens/revoke").form(&unguarded)).expect(403);
}
