//! The audit log as a page.

use crate::{
    stage::{NOW, Stage, numbers, pages, unescaped},
    support::browser::Browser,
};
use countersign_core::{ClientId, Timestamp, percent};
use countersign_store::{AuditEntry, AuditFilter, AuditStore, Page};

fn client(id: &str) -> Option<ClientId> {
    Some(id.parse().expect("an identifier"))
}

#[test]
fn events_are_found_by_what_they_say() {
    let stage = Stage::new();
    let entry = |at: u64, event: &str, id: &str, owner: &str, actor: &str| AuditEntry {
        client: client(id),
        owner: Some(owner.into()),
        actor: Some(actor.into()),
        address: Some("2001:db8::1".into()),
        detail: Some(format!("the {at}th")),
        ..AuditEntry::new(NOW.plus(at), event)
    };
    stage.happened([
        entry(0, "granted", "c-1", "jane", "API key 1 (Backup)"),
        entry(1, "denied", "c-1", "joe", "ada"),
        entry(2, "granted", "c-2", "jane", "ada"),
    ]);
    let mut ada = stage.sign_in("ada");
    for (query, expected) in [
        ("event=granted", &["the 2th", "the 0th"][..]),
        ("event=denied&client=", &["the 1th"]),
        ("client=c-1", &["the 1th", "the 0th"]),
        ("owner=jane&event=granted", &["the 2th", "the 0th"]),
        ("actor=API+key+1+(Backup)", &["the 0th"]),
        ("client=c-1&owner=jane&actor=ada", &[]),
        ("event=grant", &[]),
    ] {
        let page = ada.get(&stage.server, &format!("/admin/audit?{query}")).expect(200);
        let shown: Vec<_> = (0..3).rev().map(|at| format!("the {at}th")).collect();
        let shown: Vec<_> = shown.iter().filter(|detail| page.body.contains(detail.as_str())).collect();
        assert_eq!(shown, expected, "{query}");
    }
    let page = ada.get(&stage.server, "/admin/audit?event=granted&owner=jane").expect(200);
    for shown in [
        "value=\"granted\"",
        "value=\"jane\"",
        "<option value=\"application_approved\">",
        "2001:db8::1",
        "2027-01-15 08:00:02",
        "href=\"/admin/audit?client=c-1\"",
    ] {
        assert!(unescaped(&page.body).contains(shown), "{shown}: {}", page.body);
    }
    let nothing = ada.get(&stage.server, "/admin/audit?event=nothing").expect(200);
    assert!(nothing.body.contains("Nothing of that kind"), "{}", nothing.body);
}

#[test]
fn paging_to_the_end_loses_and_repeats_nothing_while_events_are_added() {
    let stage = Stage::new();
    stage.happened_often("happened", 130);
    let mut ada = stage.sign_in("ada");
    let filter = AuditFilter { event: Some("happened".into()), ..AuditFilter::default() };
    let before = stage.rows(async |rows| rows.audit(&filter, Page::first(1000)).await).expect("the log");
    let mut added = 0;
    let walked = pages(&stage, &mut ada, "/admin/audit?event=happened&from=2027-01-15", |_| {
        stage.happened_often("happened", 7);
        added += 1;
    });
    let seen: Vec<_> = walked.iter().flat_map(numbers).collect();
    assert_eq!(seen, before.iter().map(|one| one.id).collect::<Vec<_>>());
    assert_eq!((seen.len(), walked.len(), added), (130, 3, 2));
    assert!(walked[2].body.contains("value=\"happened\""), "the filter stays");
}

#[test]
fn a_last_page_that_is_full_is_the_last() {
    let stage = Stage::new();
    stage.happened_often("happened", 50);
    let walked = pages(&stage, &mut stage.sign_in("ada"), "/admin/audit?event=happened", |_| {});
    assert_eq!((walked.len(), numbers(&walked[0]).len()), (1, 50));
}

#[test]
fn the_end_of_the_list_says_that_older_events_were_deleted() {
    let stage = Stage::new();
    stage.happened_often("happened", 60);
    let mut ada = stage.sign_in("ada");
    let ends = |ada: &mut Browser| {
        let walked = pages(&stage, ada, "/admin/audit?event=happened", |_| {});
        walked.iter().map(|page| page.body.contains("Older events are not kept")).collect::<Vec<_>>()
    };
    assert_eq!(ends(&mut ada), [false, false]);
    stage.happened([AuditEntry::new(NOW, "audit_forgotten")]);
    assert_eq!(ends(&mut ada), [false, true]);
}

#[test]
fn a_day_is_one_of_utc_wherever_the_server_stands() {
    let stage = Stage::new();
    let midnight = Timestamp::from_seconds(1_799_971_200);
    let names = ["before", "first", "last", "after"];
    let seconds = [midnight.minus(1), midnight, midnight.plus(86_399), midnight.plus(86_400)];
    stage.happened(names.into_iter().zip(seconds).map(|(name, at)| AuditEntry {
        detail: Some(format!("{name} second")),
        ..AuditEntry::new(at, "happened")
    }));
    let mut ada = stage.sign_in("ada");
    for (query, expected) in [
        ("from=2027-01-15&to=2027-01-15", &["first", "last"][..]),
        ("from=2027-01-15", &["first", "last", "after"]),
        ("to=2027-01-14", &["before"]),
        ("to=9999-12-31", &["before", "first", "last", "after"]),
        ("from=2027-01-16&to=2027-01-14", &[]),
    ] {
        let page = ada.get(&stage.server, &format!("/admin/audit?event=happened&{query}")).expect(200);
        let shown: Vec<_> =
            names.into_iter().filter(|name| page.body.contains(&format!("{name} second"))).collect();
        assert_eq!(shown, expected, "{query}");
    }
}

#[test]
fn hostile_names_are_text_and_lead_where_they_say() {
    let stage = Stage::new();
    let hostile = "\"><script>alert(1)</script>&owner=jane\u{202e}#x";
    stage.happened([AuditEntry {
        client: client(hostile),
        owner: Some(hostile.into()),
        actor: Some(hostile.into()),
        address: Some(hostile.into()),
        detail: Some(hostile.into()),
        ..AuditEntry::new(NOW, hostile)
    }]);
    let mut ada = stage.sign_in("ada");
    let encoded = percent::encode(hostile);
    for name in ["event", "client", "owner", "actor"] {
        let page = ada.get(&stage.server, &format!("/admin/audit?{name}={encoded}")).expect(200);
        assert!(!page.body.contains("<script"), "{}", page.body);
        assert_eq!(numbers(&page).len(), 1, "{name}: {}", page.body);
        for link in ["client", "owner", "actor"] {
            let link = format!("/admin/audit?{link}={encoded}");
            assert!(unescaped(&page.body).contains(&link), "{link}: {}", page.body);
        }
    }
}
