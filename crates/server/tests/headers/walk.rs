//! The walk: every answer, and the route that it belongs to.

use super::{
    World,
    rules::{cookies, faults},
};
use crate::support::{
    browser::Browser,
    http::{Answer, Request},
};
use std::{collections::BTreeSet, fmt::Write};

/// What was asked, the route that it belongs to, and what came back.
#[derive(Default)]
pub(super) struct Walk {
    seen: Vec<(String, String, Answer)>,
}

impl Walk {
    pub(super) fn note(&mut self, route: &str, what: &str, answer: Answer) -> &Answer {
        self.seen.push((route.into(), what.into(), answer));
        &self.seen.last().expect("noted").2
    }

    pub(super) fn get(&mut self, world: &World, route: &str, browser: &mut Browser, target: &str) {
        let answer = browser.send(&world.server, Request::get(target).field("Accept", "text/html"));
        self.note(route, &format!("GET {target}"), answer);
    }

    pub(super) fn routes(&self) -> BTreeSet<String> {
        self.seen.iter().map(|(route, ..)| route.clone()).collect()
    }

    /// That no rule is broken by any of the answers, of which a table is printed.
    #[track_caller]
    pub(super) fn assert_guarded(&self) {
        println!("{}", self.table());
        let faults = self.seen.iter().flat_map(|(_, what, answer)| faults(what, answer));
        let faults: Vec<_> = faults.collect();
        assert!(faults.is_empty(), "{}", faults.join("\n"));
    }

    fn table(&self) -> String {
        let mut table = String::new();
        for (_, what, answer) in &self.seen {
            let field = |name| answer.field(name).unwrap_or("–");
            let policy = answer.field("content-security-policy").map_or("–", |_| "yes");
            let cookies = cookies(answer).map(|cookie| cookie.split_once('=').map_or("", |(name, _)| name));
            let cookies: Vec<_> = cookies.collect();
            writeln!(
                table,
                "{:44} {} | csp {policy:3} | {:7} | referrer {:11} | {:22} | {}",
                what.chars().take(44).collect::<String>(),
                answer.status,
                field("x-content-type-options"),
                field("referrer-policy"),
                field("cache-control"),
                cookies.join(" ")
            )
            .expect("text");
        }
        table
    }
}
