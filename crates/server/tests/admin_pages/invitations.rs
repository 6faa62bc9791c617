//! Links with which one person each may sign up.

use crate::{
    stage::{PASSWORD, Stage, shown},
    support::browser::Browser,
};

const PAGE: &str = "/admin/invitations";

#[test]
fn invitation_is_good_for_one_account_and_can_be_withdrawn() {
    let stage = Stage::new();
    let mut ada = stage.sign_in("ada");
    let fields = [("note", "Mary <of> the print shop"), ("days", "7")];
    let link = shown(&stage.fill(&mut ada, PAGE, &fields).expect(200)).id.replace("&#x2f;", "/");
    let (_, code) = link.split_once("/signup?invitation=").expect("a link");
    let mut mary = Browser::default();
    let csrf = mary.get(&stage.server, "/signup").expect(200).hidden("csrf").expect("csrf");
    let wish = [("csrf", csrf.as_str()), ("username", "mary"), ("password", PASSWORD), ("again", PASSWORD)];
    let wish = [&wish[..], &[("invitation", code)]].concat();
    let page = stage.page(&mut ada, PAGE);
    assert!(page.contains("Mary &lt;of&gt; the print shop") && page.contains(">ada<"), "{page}");
    assert!(!page.contains(code), "a code is shown once");
    mary.post(&stage.server, "/signup", &wish).expect(303);
    assert!(stage.page(&mut ada, PAGE).contains(">mary<"));

    shown(&stage.fill(&mut ada, PAGE, &[("days", "1")]).expect(200));
    let record = ada.get(&stage.server, PAGE).expect(200).hidden("record").expect("an invitation");
    for told in ["withdrawn", "gone"] {
        let answer = stage.post(&mut ada, "/admin/invitations/withdraw", &[("record", &record)]).expect(303);
        assert_eq!(answer.location(), format!("{PAGE}?told={told}"));
    }
    stage.post(&mut ada, "/admin/invitations/withdraw", &[("record", "x")]).expect(400);
}

#[test]
fn form_that_is_sent_twice_invites_once_and_a_bad_one_nobody() {
    let stage = Stage::new();
    let mut ada = stage.sign_in("ada");
    let open = stage.open(&mut ada, PAGE);
    let hidden: Vec<_> = open.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let fields = [&hidden[..], &[("days", "7")]].concat();
    ada.post(&stage.server, PAGE, &fields).expect(200);
    ada.post(&stage.server, PAGE, &fields).expect(409);
    for (note, days) in [("", "0"), ("", "366"), ("", "x"), ("a\u{202e}b", "7"), (&*"x".repeat(300), "7")] {
        stage.fill(&mut ada, PAGE, &[("note", note), ("days", days)]).expect(422);
    }
    assert_eq!(stage.place.done(&["user", "invitations"], "").stdout.lines().count(), 1);
}
