//! Forms that others send, and names that would be more than names.

use crate::{
    access::FORMS,
    stage::{CALLBACK, PASSWORD, Stage, at},
    support::http::{Request, form},
};

#[test]
fn forged_forms_are_refused() {
    let stage = Stage::new();
    let (mut ada, mut alan) = (stage.sign_in("ada"), stage.sign_in("alan"));
    let (csrf, his) = (stage.csrf(&mut ada), stage.csrf(&mut alan));
    let client = stage.place.add_client(&["--name", "Printer", "--callback", CALLBACK]);
    for target in FORMS {
        let target = target.replace("none", &client.id);
        let send = |csrf: &str| {
            let fields = [
                ("csrf", csrf),
                ("password", PASSWORD),
                ("admin", "yes"),
                ("name", "Mine"),
                ("how", "random"),
                ("once", "x"),
                ("revision", "0"),
                ("days", "7"),
            ];
            Request::new("POST", &target).form(&form(&fields))
        };
        for forged in ["", "x", &his] {
            ada.send(&stage.server, send(forged)).expect(403);
        }
        ada.send(&stage.server, send(&csrf).field("Origin", "https://evil.example")).expect(403);
        ada.send(&stage.server, send(&csrf).field("Sec-Fetch-Site", "cross-site")).expect(403);
    }
    assert!(stage.may_begin(&client));
    assert!(stage.account("jane")["admin"] == false && stage.account("Mine").is_null());
}

#[test]
fn hostile_names_are_text_and_lead_nowhere_else() {
    let stage = Stage::new();
    let mut ada = stage.sign_in("ada");
    for name in ["..", ".", "new", "<script>alert(1)</script>", "a/b?c#d", "@x", "%2e%2e", "\"><b>"] {
        stage.place.add_user(name, PASSWORD);
        let path = format!("/admin/accounts/@{}", countersign_core::percent::encode(name));
        let page = stage.page(&mut ada, &path);
        assert!(!page.contains("<script>alert") && !page.contains("\"><b>"), "{page}");
        let done = stage.fill(&mut ada, &format!("{path}/disable"), &[("password", PASSWORD)]).expect(303);
        assert_eq!(done.location(), format!("{path}?told=disabled"));
        assert_eq!(stage.account(name)["disabled"], true, "{name}");
    }
    let list = stage.page(&mut ada, "/admin/accounts");
    assert!(list.contains("&lt;script&gt;") && !list.contains("<script>alert"), "{list}");
    assert_eq!(stage.account("ada")["disabled"], false);
}

#[test]
fn hostile_application_is_told_as_it_is() {
    let stage = Stage::new();
    let (mut ada, mut jane) = (stage.sign_in("ada"), stage.sign_in("jane"));
    let client = stage.proposed(&mut jane, "<b>Bank</b> {{ csrf }}");
    for page in ["/admin/applications", "/admin/approvals", &at(&client, ""), &at(&client, "/reject")] {
        let page = stage.page(&mut ada, page);
        assert!(page.contains("&lt;b&gt;Bank&lt;&#x2f;b&gt; {{ csrf }}"), "{page}");
        assert!(!page.contains("<b>"), "{page}");
    }
}

#[test]
fn form_of_ten_thousand_characters_is_told_so() {
    let stage = Stage::new();
    let mut ada = stage.sign_in("ada");
    let long = "x".repeat(10_000);
    let told = stage.fill(&mut ada, "/admin/applications/new", &[("name", &long)]).expect(422);
    assert!(told.body.contains("A name has at most 100 characters."));
    let huge = "x".repeat(300 << 10);
    stage.post(&mut ada, "/admin/applications/new", &[("name", &huge)]).expect(413);
}
