//! Those who would learn who has an account, or have something shown that nobody approved.

use super::{PASSWORD, Stage, at, printer, support};
use support::browser::Browser;

#[test]
fn names_of_accounts_guessed_by_giving_an_application_away_are_answered_less_and_less_often() {
    let stage = Stage::new("open");
    let (mut jane, mut joe) = (stage.sign_in("jane"), stage.sign_in("joe"));
    let clients = [&mut jane, &mut joe].map(|browser| stage.register(browser, &[]));
    let give = |browser: &mut Browser, client, to| {
        let fields = [("to", to), ("password", PASSWORD)];
        stage.fill(browser, &at(client, "/transfer"), &fields)
    };
    let (mut told, mut refused) = (0, String::new());
    support::until("it is delayed", || {
        let answer = give(&mut jane, &clients[0], "nobody").expect_one_of(&[422, 429]);
        assert_eq!(answer.status == 429, answer.field("retry-after").is_some());
        if answer.status == 422 {
            told += 1;
            assert!(answer.body.contains("It cannot be given to that account."), "{}", answer.body);
        }
        refused = answer.body;
        answer.status == 429
    });
    assert!((3..10).contains(&told), "{told}");
    assert!(refused.contains("Too many attempts.") && !refused.contains("cannot be given"), "{refused}");
    give(&mut joe, &clients[1], "nobody").expect(422);
    stage.sign_in("jane");
}

#[test]
fn description_that_nobody_approved_is_told_by_no_pages_of_the_operators() {
    let pages =
        [("COUNTERSIGN_ADMIN_API_ENABLED", "true"), ("COUNTERSIGN_OWN_PAGES_URL", "http://pages.test/login")];
    let stage = Stage::with("proposed", &pages);
    let mut jane = stage.sign_in("jane");
    let client = stage.register(&mut jane, &[("description", "Prints photos.")]);
    assert_eq!(stage.client(&["approve", &client.id]).code, Some(0));
    support::until("the server sees it", || stage.may_begin(&client));
    let described = |text| [&printer()[..], &[("description", text)]].concat();
    let form = jane.get(&stage.server, &at(&client, "/edit")).expect(200).body;
    assert!(form.contains("A change of more than the methods waits for approval"), "{form}");
    stage.fill(&mut jane, &at(&client, "/edit"), &described("Prints photos.")).expect(303);
    assert!(stage.may_begin(&client), "nothing was changed");
    stage.fill(&mut jane, &at(&client, "/edit"), &described("Your bank's own.")).expect(303);
    assert!(!stage.may_begin(&client));
}
