//! Clients with their profiles.

use super::{super::*, account, printer};
use crate::{
    AdminStore, Application, ApplicationFilter, ApplicationProfile, ClientRecord, ClientStatus, Edit,
    Outcome, Page, StoreErrorKind,
};
use countersign_core::Window;
use std::sync::Arc;

/// Both or neither; every field survives; a client of before has an empty one.
pub async fn an_application_comes_with_its_profile(store: Arc<impl AdminStore>) {
    let record = ClientRecord { key_since: NOW, created: NOW, ..printer("printer") };
    store.add_application(&record, &awkward("jane")).await.expect("add");
    let kept = stored(&*store, "printer").await;
    assert_eq!((&kept.profile, kept.revision), (&awkward("jane"), 0));
    assert_eq!(format!("{:?}", kept.client), format!("{record:?}"));
    let found = store.client(&record.id).await.expect("find").expect("it is there");
    assert_eq!(format!("{found:?}"), format!("{record:?}"));

    let again = store.add_application(&printer("printer"), &awkward("bob")).await;
    assert_eq!(again.map_err(|error| error.kind()), Err(StoreErrorKind::Conflict));
    assert_eq!(stored(&*store, "printer").await.profile, awkward("jane"));
    store.add_client(&printer("Printer")).await.expect("add");
    assert_eq!(stored(&*store, "Printer").await.profile, ApplicationProfile::default());
    assert!(store.application(&id("printe")).await.expect("find").is_none());
    assert_eq!(store.remove_client(&record.id).await.expect("remove"), Outcome::Done);
    assert!(store.application(&record.id).await.expect("find").is_none());
}

/// Whoever changes what somebody else has changed since changes nothing; what others have their own verbs for stays.
pub async fn the_later_of_two_administrators_is_told(store: Arc<impl AdminStore>) {
    let record = ClientRecord { key_since: NOW, created: NOW, ..printer("printer") };
    store.add_application(&record, &awkward("jane")).await.expect("add");
    let read = stored(&*store, "printer").await;
    let mut first = read.clone();
    first.client = ClientRecord {
        methods: Some(vec!["HMAC-SHA256".into()]),
        callbacks: vec!["https://a.example/?x=%2F&y=\"".into()],
        callback_prefixes: vec!["https://b.example/".into()],
        allow_oob: true,
        two_legged: true,
        scopes: vec!["a b".into()],
        default_scopes: vec!["c,d".into()],
        window: Some(Window::seconds(60)),
        status: ClientStatus::Rejected,
        ..ClientRecord { name: "it's \"q\" 漢".into(), ..record }
    };
    first.profile = ApplicationProfile {
        rejection: None,
        owner_only: false,
        suspended_by_owner: false,
        ..awkward("jane")
    };
    assert_eq!(store.update_application(&first).await.expect("update"), Edit::Done);
    let kept = stored(&*store, "printer").await;
    assert_eq!((&kept.profile, kept.revision, kept.record), (&first.profile, 1, read.record));
    assert_eq!(format!("{:?}", kept.client), format!("{:?}", first.client));
    assert_eq!(store.update_application(&read).await.expect("update"), Edit::Stale);
    assert_eq!(store.update_application(&first).await.expect("update"), Edit::Stale);

    let mut sly = kept.clone();
    sly.client =
        ClientRecord { key: printer("x").key, created: NOW.plus(9), key_since: NOW.plus(9), ..sly.client };
    sly.client.key = crate::ClientKey::Secret("another".into());
    sly.profile.owner = Some("bob".into());
    assert_eq!(store.update_application(&sly).await.expect("update"), Edit::Done);
    let now = stored(&*store, "printer").await;
    assert_eq!(
        format!("{:?} {:?}", now.client, now.profile),
        format!("{:?} {:?}", kept.client, kept.profile)
    );
    assert!(matches!(&now.client.key, crate::ClientKey::Secret(secret) if secret.matches("sealed")));

    // The command line counts too.
    let set = store.set_client_status(&now.client.id, ClientStatus::Active).await.expect("set");
    assert_eq!((set, store.update_application(&now).await.expect("update")), (Outcome::Done, Edit::Stale));
    let read = stored(&*store, "printer").await;
    assert_eq!(store.update_client(&now.client).await.expect("update"), Outcome::Done);
    assert_eq!(store.update_application(&read).await.expect("update"), Edit::Stale);
    assert_eq!(stored(&*store, "printer").await.profile, kept.profile, "it stays");
    let mut nobody = read;
    nobody.client.id = id("nobody");
    assert_eq!(store.update_application(&nobody).await.expect("update"), Edit::Absent);
}

/// What an operator does by the registry is the operator's, and no owner's to lift.
pub async fn suspension_by_an_operator_takes_the_place_of_the_owners(store: Arc<impl AdminStore>) {
    let record = ClientRecord { status: ClientStatus::Suspended, ..printer("printer") };
    let profile = ApplicationProfile { suspended_by_owner: true, ..awkward("jane") };
    let by_owner = async || stored(&*store, "printer").await.profile.suspended_by_owner;
    let again = async || {
        let mut read = stored(&*store, "printer").await;
        (read.client.status, read.profile.suspended_by_owner) = (ClientStatus::Suspended, true);
        assert_eq!(store.update_application(&read).await.expect("update"), Edit::Done);
        assert!(by_owner().await);
    };
    store.add_application(&record, &profile).await.expect("add");
    assert!(by_owner().await);
    let suspended = store.set_client_status(&record.id, ClientStatus::Suspended).await.expect("set");
    assert_eq!((suspended, by_owner().await), (Outcome::Done, false));
    again().await;
    let resumed = store.set_client_status(&record.id, ClientStatus::Active).await.expect("set");
    assert_eq!((resumed, by_owner().await), (Outcome::Done, false));
    again().await;
    assert_eq!(store.update_client(&record).await.expect("update"), Outcome::Done);
    assert!(!by_owner().await);
}

/// The newest first, a page at a time.
pub async fn applications_are_listed_by_owner_status_and_name(store: Arc<impl AdminStore>) {
    use ClientStatus::{Active, Pending, Rejected};
    for (name, owner, status, title) in [
        ("c-1", Some("jane"), Active, "Printer"),
        ("c-2", Some("Jane"), Pending, "PRINT 100%"),
        ("c-3", None, Pending, "a_print"),
        ("c-4", Some("jane"), Rejected, "Blüte"),
        ("c-5", Some("jane"), Pending, "Camera"),
    ] {
        let client = ClientRecord { name: title.into(), status, ..printer(name) };
        let profile = ApplicationProfile { owner: owner.map(Into::into), ..Default::default() };
        store.add_application(&client, &profile).await.expect("add");
    }
    let names = async |filter: &ApplicationFilter, page: Page| {
        let found = store.applications(filter, page).await.expect("list");
        let names: Vec<_> = found.iter().map(|one| one.client.id.as_str()).collect();
        (names.join(" "), found.last().map(|one| one.record))
    };
    let (any, all) = (ApplicationFilter::default(), Page::first(10));
    let named = |text: &str| ApplicationFilter { name: Some(text.into()), ..ApplicationFilter::default() };
    for (filter, expected) in [
        (any.clone(), "c-5 c-4 c-3 c-2 c-1"),
        (ApplicationFilter { owner: Some("jane".into()), ..any.clone() }, "c-5 c-4 c-1"),
        (ApplicationFilter { owner: Some("jane ".into()), ..any.clone() }, ""),
        (ApplicationFilter { status: Some(Pending), ..any.clone() }, "c-5 c-3 c-2"),
        (
            ApplicationFilter {
                owner: Some("jane".into()),
                status: Some(Pending),
                name: Some("AMER".into()),
            },
            "c-5",
        ),
        (named("print"), "c-3 c-2 c-1"),
        (named("0%"), "c-2"),
        (named("_"), "c-3"),
        (named("%"), "c-2"),
        (named("lü"), "c-4"),
        (named("' OR ''='"), ""),
    ] {
        assert_eq!(names(&filter, all).await.0, expected, "{filter:?}");
    }
    let (first, last) = names(&any, Page::first(2)).await;
    assert_eq!(first, "c-5 c-4");
    assert_eq!(names(&any, Page { limit: 2, before: last }).await.0, "c-3 c-2");
}

/// To an account that may sign in.
pub async fn an_application_is_transferred_by_its_owner_alone(store: Arc<impl AdminStore>) {
    for (name, disabled) in [("jane", false), ("bob", false), ("eve", true)] {
        store.add_account(&crate::Account { disabled, ..account(name) }).await.expect("add");
    }
    let profile = ApplicationProfile { owner: Some("jane".into()), ..Default::default() };
    store.add_application(&printer("printer"), &profile).await.expect("add");
    store.add_client(&printer("nobody's")).await.expect("add");
    let transfer = async |name: &str, from: Option<&str>, to: &str| {
        store.transfer_application(&id(name), from, to).await.expect("transfer")
    };
    for (name, from, to) in [
        ("printer", Some("bob"), "bob"),
        ("printer", None, "bob"),
        ("printer", Some("Jane"), "bob"),
        ("printer", Some("jane"), "nobody"),
        ("printer", Some("jane"), "eve"),
        ("Printer", Some("jane"), "bob"),
        ("nobody's", Some("jane"), "jane"),
    ] {
        assert_eq!(transfer(name, from, to).await, Outcome::Refused, "{name} {from:?} {to}");
    }
    assert_eq!(transfer("printer", Some("jane"), "bob").await, Outcome::Done);
    assert_eq!(transfer("printer", Some("jane"), "bob").await, Outcome::Refused);
    assert_eq!(transfer("nobody's", None, "jane").await, Outcome::Done);
    let kept = stored(&*store, "printer").await;
    assert_eq!((kept.profile.owner.as_deref(), kept.revision), (Some("bob"), 1));
}

pub(super) async fn stored(store: &impl AdminStore, name: &str) -> Application {
    store.application(&id(name)).await.expect("find").expect("it is there")
}

fn awkward(owner: &str) -> ApplicationProfile {
    ApplicationProfile {
        owner: Some(owner.into()),
        description: "it's \"q\" \\ {,} é 漢 🦀 <script>\n".repeat(200),
        home_page: Some("https://printer.example/?a=%2F".into()),
        rejection: Some("why, {not} \\ %".into()),
        owner_only: true,
        suspended_by_owner: true,
    }
}
