//! A server with an administrator and others, far from Greenwich, and what was noted in its database before anybody looks.

use crate::support::{
    browser::Browser,
    http::{Answer, Request},
    place::Place,
    server::Server,
};
use countersign_core::{ClientId, Timestamp};
use countersign_store::{
    AdminStore, ApplicationStore, AuditEntry, AuditStore, ClientUsage, UsageBatch, UsageStore,
};
use countersign_store_sqlite::{Options, SqliteStore};
use tokio::runtime::Runtime;

pub(crate) const PASSWORD: &str = "correct horse";
/// 2027-01-15, 08:00 in UTC.
pub(crate) const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

/// Ada administrates; Jane and Joe do not.
pub(crate) struct Stage {
    pub(crate) server: Server,
    pub(crate) place: Place,
    rows: SqliteStore,
    runtime: Runtime,
}

impl Stage {
    pub(crate) fn new() -> Self {
        let place = Place::new();
        for name in ["jane", "joe"] {
            place.add_user(name, PASSWORD);
        }
        place.done(&["user", "add", "ada", "--admin", "--password-stdin"], PASSWORD);
        // The day begins there fourteen hours earlier.
        let server = place.server().set("TZ", "Pacific/Kiritimati").start();
        let rows = SqliteStore::open(place.database(), Options::default()).expect("the database");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        Self { server, place, rows, runtime }
    }

    pub(crate) fn sign_in(&self, name: &str) -> Browser {
        Browser::sign_in(&self.server, name, PASSWORD)
    }

    /// The anti-forgery token of whoever is signed in.
    #[track_caller]
    pub(crate) fn csrf(&self, browser: &mut Browser) -> String {
        browser.get(&self.server, "/account").expect(200).hidden("csrf").expect("csrf")
    }

    /// Sends a form with the anti-forgery token and these fields.
    #[track_caller]
    pub(crate) fn post(&self, browser: &mut Browser, to: &str, fields: &[(&str, &str)]) -> Answer {
        let csrf = self.csrf(browser);
        browser.post(&self.server, to, &[&[("csrf", csrf.as_str())], fields].concat())
    }

    /// Notes events as if they had happened.
    pub(crate) fn happened(&self, entries: impl IntoIterator<Item = AuditEntry>) {
        self.rows.append_audit(entries.into_iter().collect());
        self.runtime.block_on(self.rows.flush()).expect("the entries");
    }

    /// So many events of one name, a second apart.
    pub(crate) fn happened_often(&self, event: &str, count: u64) {
        self.happened((0..count).map(|at| AuditEntry::new(NOW.plus(at), event)));
    }

    /// Notes that clients signed by these methods with their newest key, each so many seconds after [`NOW`].
    pub(crate) fn signed(&self, uses: &[(&str, &str, u64)]) {
        let uses = uses.iter().map(|(client, method, at)| {
            let client: ClientId = client.parse().expect("an identifier");
            let known = self.runtime.block_on(self.rows.application(&client)).expect("a store");
            ClientUsage {
                key_since: known.expect("a client").client.key_since,
                client,
                method: (*method).into(),
                first_used: NOW,
                last_used: NOW.plus(*at),
                requests: 3,
            }
        });
        let batch = UsageBatch { clients: uses.collect(), tokens: Vec::new() };
        self.runtime.block_on(self.rows.add_usage(batch)).expect("usage");
    }

    /// Whatever else is asked of the database.
    pub(crate) fn rows<T>(&self, ask: impl AsyncFnOnce(&SqliteStore) -> T) -> T {
        self.runtime.block_on(ask(&self.rows))
    }
}

/// Every page of a list, from this address on; `between` may do something before each further one.
pub(crate) fn pages(
    stage: &Stage,
    browser: &mut Browser,
    from: &str,
    mut between: impl FnMut(&Answer),
) -> Vec<Answer> {
    let mut pages = vec![browser.get(&stage.server, from).expect(200)];
    while let Some(next) = next(pages.last().expect("a page")) {
        between(pages.last().expect("a page"));
        assert!(pages.len() < 100, "the list does not end: {next}");
        pages.push(browser.get(&stage.server, &next).expect(200));
    }
    pages
}

/// Where a list goes on.
pub(crate) fn next(page: &Answer) -> Option<String> {
    let (_, rest) = page.body.split_once("rel=\"next\" href=\"")?;
    Some(unescaped(rest.split('"').next()?))
}

/// What stands behind each of these marks, up to a quotation mark or a tag.
pub(crate) fn after(page: &Answer, mark: &str) -> Vec<String> {
    let parts = page.body.split(mark).skip(1);
    parts.map(|rest| unescaped(rest.split(['"', '<']).next().unwrap_or_default())).collect()
}

/// The numbers of the events on a page.
pub(crate) fn numbers(page: &Answer) -> Vec<i64> {
    after(page, "id=\"entry-").iter().map(|text| text.parse().expect("a number")).collect()
}

pub(crate) fn unescaped(text: &str) -> String {
    let pairs =
        [("&#x2f;", "/"), ("&quot;", "\""), ("&#x27;", "'"), ("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")];
    pairs.iter().fold(text.to_owned(), |text, (escaped, plain)| text.replace(escaped, plain))
}

/// A request that asks for a page.
pub(crate) fn asking(method: &str, target: &str) -> Request {
    Request::new(method, target).field("Accept", "text/html")
}
