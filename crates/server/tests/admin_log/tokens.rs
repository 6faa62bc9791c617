//! Token credentials: seen by number, ended at once by whoever knows a password.

use crate::{
    stage::{NOW, PASSWORD, Stage, after, pages, unescaped},
    support::{
        browser::Browser,
        client::{Call, Pair},
        http::Answer,
        until,
    },
};
use countersign_core::{Timestamp, TokenId};
use countersign_store::{AccountStore, Outcome, Page, TokenRecord, TokenRegistry, TokenStatus, TokenStore};

const TOKENS: &str = "/admin/tokens";
const REVOKE: &str = "/admin/tokens/revoke";

fn client(stage: &Stage, name: &str) -> Pair {
    stage.place.add_client(&["--name", name, "--allow-oob", "--scope", "photos"])
}

fn issued(stage: &Stage, client: &Pair, owner: &str) -> Pair {
    stage.place.issue_token(&client.id, owner, &[], "")
}

#[track_caller]
fn works(stage: &Stage, client: &Pair, token: &Pair) {
    Call::get("/api/whoami", client).token(token).send(&stage.server).expect(200);
}

#[track_caller]
fn is_revoked(stage: &Stage, client: &Pair, token: &Pair) {
    Call::get("/api/whoami", client).token(token).send(&stage.server).refused(401, "token_revoked");
}

fn record_of(stage: &Stage, token: &Pair) -> i64 {
    let all = stage.rows(async |rows| rows.tokens(None, None, Page::first(1000)).await).expect("the tokens");
    all.iter().find(|one| one.token.id.as_str() == token.id).expect("it is there").record
}

/// Sends the form that ends what `what` names.
#[track_caller]
fn revoke(stage: &Stage, browser: &mut Browser, what: &[(&str, &str)], password: &str) -> Answer {
    stage.post(browser, REVOKE, &[what, &[("password", password)]].concat())
}

fn numbers(page: &Answer) -> Vec<i64> {
    after(page, "<strong>No. ").iter().map(|text| text.parse().expect("a number")).collect()
}

#[test]
fn tokens_are_listed_with_whose_they_are_and_never_by_their_identifier() {
    let stage = Stage::new();
    let (printer, other) = (client(&stage, "<b>Printer"), client(&stage, "Other"));
    let token = stage.place.issue_token(&printer.id, "jane", &["--scope", "photos"], "");
    issued(&stage, &printer, "joe");
    issued(&stage, &other, "jane");
    let mut ada = stage.sign_in("ada");
    for (query, count) in [
        (String::new(), 3),
        (format!("?client={}", printer.id), 2),
        ("?owner=jane".into(), 2),
        (format!("?client={}&owner=jane", printer.id), 1),
        ("?client=nobody".into(), 0),
        ("?owner=Jane".into(), 0),
    ] {
        let page = ada.get(&stage.server, &format!("{TOKENS}{query}")).expect(200);
        assert_eq!(numbers(&page).len(), count, "{query}: {}", page.body);
        assert!(
            !page.body.contains(&token.id) && !page.body.contains(token.secret.expose()),
            "no credentials"
        );
        let all = unescaped(&page.body).contains(&format!("{REVOKE}?")) && page.body.contains("Revoke all");
        assert_eq!(all, count > 0 && !query.is_empty(), "never simply all: {query}");
    }
    let page = ada.get(&stage.server, &format!("{TOKENS}?client={}&owner=jane", printer.id)).expect(200);
    for shown in ["&lt;b&gt;Printer", "<code>photos</code>", "active", "Never, as far as is known"] {
        assert!(page.body.contains(shown), "{shown}: {}", page.body);
    }
}

#[test]
fn one_is_revoked_at_once_and_the_log_says_by_whom() {
    let stage = Stage::new();
    let printer = client(&stage, "Printer");
    let (token, other) = (issued(&stage, &printer, "jane"), issued(&stage, &printer, "jane"));
    works(&stage, &printer, &token);
    let record = record_of(&stage, &token).to_string();
    let mut ada = stage.sign_in("ada");
    let page = ada.get(&stage.server, &format!("{REVOKE}?record={record}")).expect(200);
    assert!(page.body.contains("jane") && page.body.contains("type=\"password\""), "{}", page.body);

    let answer = revoke(&stage, &mut ada, &[("record", &record)], PASSWORD).expect(303);
    assert_eq!(answer.location(), "/admin/tokens?ended=1");
    is_revoked(&stage, &printer, &token);
    works(&stage, &printer, &other);
    let page = ada.get(&stage.server, answer.location()).expect(200);
    assert!(page.body.contains("One was revoked") && page.body.contains("revoked</span>"), "{}", page.body);
    let shown = [format!("No. {record}<"), "jane".into(), printer.id.clone(), "127.0.0.1".into()];
    until("it is recorded by whom", || {
        let log = ada.get(&stage.server, "/admin/audit?event=revoked&actor=administrator+ada").expect(200);
        shown.iter().all(|shown| log.body.contains(shown))
    });
    let again = revoke(&stage, &mut ada, &[("record", &record)], PASSWORD).expect(303);
    assert_eq!(again.location(), "/admin/tokens?ended=0", "a form that is sent twice ends nothing twice");
}

#[test]
fn wrong_password_changes_nothing() {
    let stage = Stage::new();
    let printer = client(&stage, "Printer");
    let token = issued(&stage, &printer, "jane");
    let record = record_of(&stage, &token).to_string();
    let mut ada = stage.sign_in("ada");
    for what in [("record", &*record), ("client", &*printer.id), ("owner", "jane")] {
        let page = revoke(&stage, &mut ada, &[what], "wrong").expect(422);
        assert!(page.body.contains("role=\"alert\""), "{}", page.body);
        works(&stage, &printer, &token);
    }
    let unconfirmed = stage.post(&mut ada, REVOKE, &[("record", &record), ("named", &record)]);
    unconfirmed.expect_one_of(&[422, 429]);
    works(&stage, &printer, &token);
    let log = ada.get(&stage.server, "/admin/audit?event=revoked").expect(200);
    assert!(log.body.contains("Nothing of that kind"), "{}", log.body);
}

#[test]
fn all_of_an_application_and_an_account_end_and_no_others() {
    let stage = Stage::new();
    let (printer, other) = (client(&stage, "Printer"), client(&stage, "Other"));
    let hers = [(); 3].map(|()| issued(&stage, &printer, "jane"));
    let (his, elsewhere) = (issued(&stage, &printer, "joe"), issued(&stage, &other, "jane"));
    let mut ada = stage.sign_in("ada");
    let both = [("client", &*printer.id), ("owner", "jane")];
    let page = ada.get(&stage.server, &format!("{REVOKE}?client={}&owner=jane", printer.id)).expect(200);
    assert!(page.body.contains("Revoke 3 tokens"), "{}", page.body);
    let answer = revoke(&stage, &mut ada, &both, PASSWORD).expect(303);
    assert_eq!(answer.location(), format!("/admin/tokens?client={}&owner=jane&ended=3", printer.id));
    hers.iter().for_each(|token| is_revoked(&stage, &printer, token));
    works(&stage, &printer, &his);
    works(&stage, &other, &elsewhere);

    let answer = revoke(&stage, &mut ada, &[("client", &printer.id)], PASSWORD).expect(303);
    assert_eq!(answer.location(), format!("/admin/tokens?client={}&ended=1", printer.id));
    is_revoked(&stage, &printer, &his);
    works(&stage, &other, &elsewhere);
    let answer = revoke(&stage, &mut ada, &[("owner", "jane")], PASSWORD).expect(303);
    assert_eq!(answer.location(), "/admin/tokens?owner=jane&ended=1");
    is_revoked(&stage, &other, &elsewhere);
}

#[test]
fn hundreds_end_in_one_go_and_those_of_a_disabled_account_too() {
    let stage = Stage::new();
    let printer = client(&stage, "Printer");
    let tokens = stage.place.issue_many(&printer, 260);
    let disabled = stage.rows(async |rows| rows.disable_account("jane").await);
    assert_eq!(disabled.expect("a store"), Outcome::Done);
    let mut ada = stage.sign_in("ada");
    let page = ada.get(&stage.server, &format!("{REVOKE}?client={}", printer.id)).expect(200);
    assert!(page.body.contains("Revoke 260 tokens"), "{}", page.body);
    let answer = revoke(&stage, &mut ada, &[("client", &printer.id)], PASSWORD).expect(303);
    assert!(answer.location().ends_with("&ended=260"), "{}", answer.location());
    let enabled = stage.rows(async |rows| rows.enable_account("jane").await);
    assert_eq!(enabled.expect("a store"), Outcome::Done);
    for token in [&tokens[0], &tokens[130], &tokens[259]] {
        is_revoked(&stage, &printer, token);
    }
}

#[test]
fn nothing_named_and_nothing_found_end_nothing() {
    let stage = Stage::new();
    let printer = client(&stage, "Printer");
    let token = issued(&stage, &printer, "jane");
    let mut ada = stage.sign_in("ada");
    for what in [&[][..], &[("record", "")], &[("client", ""), ("owner", "")], &[("record", "1 OR 1=1")]] {
        revoke(&stage, &mut ada, what, PASSWORD).expect(400);
    }
    for record in ["0", "-1", "9223372036854775807", "999999"] {
        let page = ada.get(&stage.server, &format!("{REVOKE}?record={record}")).expect(200);
        assert!(page.body.contains("There is no token of that number"), "{}", page.body);
        let answer = revoke(&stage, &mut ada, &[("record", record)], PASSWORD).expect(303);
        assert_eq!(answer.location(), "/admin/tokens?ended=0", "{record}");
    }
    let answer = revoke(&stage, &mut ada, &[("client", "nobody & co"), ("owner", "")], PASSWORD).expect(303);
    assert_eq!(answer.location(), "/admin/tokens?client=nobody%20%26%20co&ended=0");
    works(&stage, &printer, &token);
}

#[test]
fn paging_to_the_end_loses_and_repeats_nothing_while_tokens_are_issued() {
    let stage = Stage::new();
    let printer = client(&stage, "Printer");
    stage.place.issue_many(&printer, 120);
    let mut ada = stage.sign_in("ada");
    let all = stage.rows(async |rows| rows.tokens(None, None, Page::first(1000)).await).expect("the tokens");
    let walked = pages(&stage, &mut ada, &format!("{TOKENS}?client={}&ended=4", printer.id), |_| {
        stage.place.issue_many(&printer, 3);
    });
    let seen: Vec<_> = walked.iter().flat_map(numbers).collect();
    assert_eq!(seen, all.iter().map(|one| one.record).collect::<Vec<_>>());
    assert_eq!(walked.len(), 3);
    assert!(walked[0].body.contains("4 were revoked") && !walked[1].body.contains("4 were revoked"));
}

#[test]
fn each_token_says_whether_it_can_still_be_used() {
    let stage = Stage::new();
    let printer = client(&stage, "Printer");
    let issue = |id: &str, owner: &str, expires: Option<u64>, status| {
        let record = TokenRecord {
            id: TokenId::new(id).expect("an identifier"),
            secret: "sealed".into(),
            client: printer.id.parse().expect("an identifier"),
            owner: owner.into(),
            scopes: Vec::new(),
            issued: NOW,
            expires: expires.map(Timestamp::from_seconds),
            status,
        };
        stage.rows(async |rows| rows.issue(&record).await).expect("a token");
    };
    issue("k-1", "joe", None, TokenStatus::Active);
    issue("k-2", "jane", Some(1), TokenStatus::Active);
    issue("k-3", "jane", None, TokenStatus::Revoked);
    issue("k-4", "jane", Some(1 << 40), TokenStatus::Active);
    let disabled = stage.rows(async |rows| rows.disable_account("joe").await);
    assert_eq!(disabled.expect("a store"), Outcome::Done);
    let mut ada = stage.sign_in("ada");
    let page = ada.get(&stage.server, TOKENS).expect(200);
    let marks = after(&page, "<span class=\"mark\">");
    assert_eq!(marks, ["active", "revoked", "expired", "account disabled"]);
    let ends = unescaped(&page.body).matches("/admin/tokens/revoke?record=").count();
    assert_eq!(ends, 2, "what is over cannot end again: {}", page.body);
}
