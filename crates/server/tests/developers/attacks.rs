//! Those who would learn who has an account.

use super::{PASSWORD, Stage, at, support};
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
