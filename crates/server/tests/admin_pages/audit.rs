//! What is recorded of what administrators do.

use crate::stage::{CALLBACK, PASSWORD, Stage, at};

#[test]
fn every_act_names_who_did_it_and_a_refused_one_leaves_nothing() {
    let stage = Stage::new();
    let (mut ada, mut jane) = (stage.sign_in("ada"), stage.sign_in("jane"));
    let client = stage.proposed(&mut jane, "Printer");
    let password = [("password", PASSWORD)];
    let account = |below: &str| format!("/admin/accounts/@jane{below}");
    stage.fill(&mut ada, &account("/disable"), &[("password", "a guess")]).expect(422);
    stage.fill(&mut ada, &account("/disable"), &password).expect(303);
    stage.post(&mut ada, &account("/enable"), &[]).expect(303);
    stage.post(&mut ada, &account("/enable"), &[]).expect(409);
    stage.fill(&mut ada, &account("/role"), &password).expect(303);
    stage.fill(&mut ada, &account("/role"), &password).expect(303);
    stage.fill(&mut ada, &account("/password"), &[("how", "random"), password[0]]).expect(200);
    stage.fill(&mut ada, &account("/sessions"), &password).expect(303);
    stage.fill(&mut ada, "/admin/accounts/new", &[("name", "mary"), ("how", "random")]).expect(200);
    stage.fill(&mut ada, "/admin/invitations", &[("days", "7")]).expect(200);
    stage.post(&mut ada, "/admin/invitations/withdraw", &[("record", "1")]).expect(303);
    for (step, revision, status) in
        [("/approve", "0", 303), ("/approve", "0", 409), ("/suspend", "1", 303), ("/resume", "2", 303)]
    {
        stage.post(&mut ada, &at(&client, step), &[("revision", revision)]).expect(status);
    }
    stage.fill(&mut ada, &at(&client, "/edit"), &[("name", "Press"), ("callbacks", CALLBACK)]).expect(303);
    stage.fill(&mut ada, &at(&client, "/owner"), &[("to", "joe"), password[0]]).expect(303);
    stage.fill(&mut ada, &at(&client, "/delete"), &password).expect(303);

    let Stage { server, place } = stage;
    assert!(server.stop().0.success());
    let database = rusqlite::Connection::open(place.database()).expect("the database");
    let sql =
        "SELECT event FROM audit WHERE actor = 'administrator ada' AND address = '127.0.0.1' ORDER BY id";
    let mut query = database.prepare(sql).expect("a query");
    let events: Vec<String> =
        query.query_map([], |row| row.get(0)).expect("rows").map(|row| row.expect("a row")).collect();
    let expected = [
        "account_disabled",
        "account_enabled",
        "administrator_added",
        "administrator_removed",
        "password_changed",
        "sessions_ended",
        "account_added",
        "invitation_added",
        "invitation_withdrawn",
        "application_approved",
        "application_suspended",
        "application_resumed",
        "application_changed",
        "application_transferred",
        "application_removed",
    ];
    assert_eq!(events, expected);
}
