//! The whole dance: four requests for one token, the owner signed in before.

use crate::{
    Effort,
    cpu::{Busy, compare},
    figure::{Bound, Figure},
    fixture::{CALLBACK, ORIGIN, Signer, message},
    load::{self, Connection},
    process::Process,
};
use countersign_core::{Secret, percent};

pub(crate) fn cpu(effort: Effort) -> Vec<Figure> {
    let mut floor = Busy::naked();
    let mut app = Process::start("app", &[]);
    let mut dancers = Dancers {
        connections: load::connections(app.address()),
        signer: Signer::new(&format!("http://{}", app.address())),
        cookie: app.said[1].clone(),
    };
    let mut signer = Signer::new(ORIGIN);
    let rounds = compare(
        effort,
        || {
            let before = app.cpu();
            dancers.dance();
            let used = app.cpu() - before;
            used.as_secs_f64() * 1e6 / dancers.connections.len() as f64
        },
        || floor.send(&signer.gets(effort.batch, 1_000, true), 200),
    );
    vec![Figure::of_rounds(
        "three-legged dance on SQLite, four requests",
        "µs",
        &rounds,
        Bound::at_most(60.0, 40.0),
    )]
}

struct Dancers {
    connections: Vec<Connection>,
    signer: Signer,
    cookie: String,
}

struct Credentials {
    id: String,
    secret: Secret,
}

impl Dancers {
    /// One dance on each connection, all of them in step.
    fn dance(&mut self) {
        self.connections.iter().for_each(|one| one.sleeps(false));
        for connection in &mut self.connections {
            connection.send(&self.signer.post("/oauth/initiate", None, ("oauth_callback", CALLBACK)));
        }
        let temporary: Vec<_> =
            self.connections.iter_mut().map(|one| credentials(one.receive().expect(200).body)).collect();

        let cookie = format!("countersign={}", self.cookie);
        for (connection, temporary) in self.connections.iter_mut().zip(&temporary) {
            let target = format!("/oauth/authorize?oauth_token={}", temporary.id);
            connection.send(&message("GET", &target, &[("cookie", &cookie)], ""));
        }
        let pages = self.connections.iter_mut().map(|one| csrf(one.receive().expect(200).body));
        let csrf: Vec<_> = pages.collect();

        for ((connection, temporary), csrf) in self.connections.iter_mut().zip(&temporary).zip(&csrf) {
            let form = format!("oauth_token={}&decision=grant&csrf={csrf}", temporary.id);
            let fields = [("cookie", &*cookie), ("sec-fetch-site", "same-origin")];
            connection.send(&message("POST", "/oauth/authorize", &fields, &form));
        }
        let verifiers: Vec<_> = self
            .connections
            .iter_mut()
            .map(|one| value(one.receive().expect(303).field("location"), "oauth_verifier"))
            .collect();

        for ((connection, temporary), verifier) in self.connections.iter_mut().zip(&temporary).zip(&verifiers)
        {
            let token = Some((&*temporary.id, &temporary.secret));
            connection.send(&self.signer.post("/oauth/token", token, ("oauth_verifier", verifier)));
        }
        for connection in &mut self.connections {
            credentials(connection.receive().expect(200).body);
        }
    }
}

/// What the page's form sends back.
fn csrf(page: &[u8]) -> String {
    let page = str::from_utf8(page).unwrap();
    let (_, rest) = page.split_once("name=\"csrf\" value=\"").unwrap();
    rest.split_once('"').unwrap().0.into()
}

fn credentials(body: &[u8]) -> Credentials {
    let text = str::from_utf8(body).unwrap();
    Credentials { id: value(text, "oauth_token"), secret: Secret::from(&*value(text, "oauth_token_secret")) }
}

fn value(text: &str, name: &str) -> String {
    let mut pairs = text.split(['?', '&']).filter_map(|pair| pair.split_once('='));
    let value = pairs.find(|(known, _)| *known == name).unwrap().1;
    String::from_utf8(percent::decode(value.as_bytes()).unwrap().into_owned()).unwrap()
}
