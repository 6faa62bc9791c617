//! Two who administrate at once: the later one is told, and nothing is done.

use crate::support::{
    admin::{Admin, SCOPES, json, key, server, with},
    http::Answer,
    place::Place,
    server::Server,
};
use serde_json::{Value, json as body};

/// A server, a key of it, and an application there that waits for approval.
struct Stage {
    server: Server,
    key: String,
    path: String,
    _place: Place,
}

impl Stage {
    fn new() -> Self {
        let place = Place::new();
        let (key, server) = (key(&place, &SCOPES, &[]), server(&place));
        let id = Admin { server: &server, key: &key }.application("Printer", &body!({ "pending": true }));
        Self { server, key, path: format!("/applications/{id}"), _place: place }
    }

    fn admin(&self) -> Admin<'_> {
        Admin { server: &self.server, key: &self.key }
    }

    fn read(&self) -> Answer {
        self.admin().get(&self.path).expect(200)
    }

    fn status(&self) -> Value {
        json(&self.read())["status"].clone()
    }

    /// Its `ETag`, as somebody reads it now.
    fn tag(&self) -> String {
        self.read().field("etag").expect("a tag").to_owned()
    }

    /// Takes a step on what has these tags.
    fn step(&self, verb: &str, tags: &[&str]) -> Answer {
        let request = self.admin().request("POST", &format!("{}/{verb}", self.path));
        let request =
            if verb == "reject" { with(request, &body!({ "reason": "Say why." })) } else { request };
        tags.iter().fold(request, |request, tag| request.field("If-Match", tag)).send(&self.server)
    }

    /// How many decisions are in the audit log; what was done before them comes into it by and by.
    fn decisions(&self) -> usize {
        let of = |event| json(&self.admin().get(&format!("/audit?event={event}")).expect(200));
        let count = |event| of(event)["items"].as_array().expect("items").len();
        count("application_approved") + count("application_rejected")
    }
}

#[test]
fn the_later_of_two_who_decide_is_told_and_nothing_is_done() {
    let stage = Stage::new();
    let seen = stage.tag();
    let approved = stage.step("approve", &[&seen]).expect(200);
    assert_eq!(approved.field("etag"), Some(&*stage.tag()), "whoever goes on knows what is there");
    for verb in ["reject", "approve", "suspend"] {
        stage.step(verb, &[&seen]).problem_about(412, Some("If-Match"));
    }
    assert_eq!(stage.status(), "active");
    let active = stage.tag();
    stage.step("suspend", &[&active]).expect(200);
    for tag in [&seen, &active] {
        stage.step("resume", &[tag]).problem_about(412, Some("If-Match"));
    }
    assert_eq!(stage.status(), "suspended");
    stage.step("resume", &[&stage.tag()]).expect(200);
    // What does not suit is told of what is there alone.
    stage.step("resume", &[&stage.tag()]).problem_about(409, None);
    // Who names none decides on whatever is there.
    stage.step("suspend", &[]).expect(200);
    stage.step("resume", &[]).expect(200);
}

#[test]
fn what_its_owner_changed_is_not_approved_unseen() {
    let stage = Stage::new();
    let seen = stage.read();
    let mut settings = json(&seen)["settings"].clone();
    settings["name"] = "Your bank".into();
    let tag = seen.field("etag").expect("a tag");
    let change = with(stage.admin().request("PUT", &stage.path), &settings).field("If-Match", tag);
    change.send(&stage.server).expect(200);
    for verb in ["approve", "reject"] {
        stage.step(verb, &[tag]).problem_about(412, Some("If-Match"));
    }
    assert_eq!(stage.status(), "pending");
    stage.step("reject", &[&stage.tag()]).expect(200);
}

#[test]
fn a_forged_tag_decides_nothing() {
    let stage = Stage::new();
    let real = stage.tag();
    let (weak, bare, long) = (format!("W/{real}"), real.trim_matches('"').to_owned(), "9".repeat(10_000));
    let padded = format!("\"0{bare}\"");
    let signed = format!("\"+{bare}\"");
    let list = format!("{real}, \"7\"");
    for forged in
        ["*", "", "\"", "\"\"", "\"-1\"", &weak, &bare, &padded, &signed, &list, &format!("\"{long}\"")]
    {
        for verb in ["approve", "reject", "suspend", "resume"] {
            stage.step(verb, &[forged]).problem_about(412, Some("If-Match"));
        }
    }
    stage.step("approve", &[&real, &real]).problem_about(412, Some("If-Match"));
    assert_eq!((stage.status(), stage.tag()), ("pending".into(), real.clone()));
    stage.step("approve", &[&real]).expect(200);
}

#[test]
fn of_many_who_decide_on_one_revision_at_once_one_does() {
    let stage = Stage::new();
    let seen = stage.tag();
    let statuses: Vec<_> = std::thread::scope(|scope| {
        let verbs = ["approve", "reject"].into_iter().cycle().take(8);
        let all: Vec<_> = verbs.map(|verb| scope.spawn(|| stage.step(verb, &[&seen]).status)).collect();
        all.into_iter().map(|one| one.join().expect("an answer")).collect()
    });
    let count = |status| statuses.iter().filter(|one| **one == status).count();
    assert_eq!((count(200), count(412)), (1, 7), "{statuses:?}");
    crate::support::until("the one act is recorded", || stage.decisions() == 1);
}
