//! What a form says of an application, and whether that can be registered.

use super::{fault::Faults, reason, sent::Fields};
use crate::{
    app::App,
    check, names,
    words::{Text, text},
};
use countersign_core::{Methods, Plaintext};
use countersign_provider::callback;
use countersign_store::{Application, ApplicationProfile, ClientRecord};
use serde::Serialize;
use serde_json::{Value, json};

/// An application as its form has it.
#[derive(Clone, Debug, Default, Serialize, PartialEq, Eq)]
pub(in crate::pages) struct Draft {
    name: String,
    description: String,
    home_page: String,
    callbacks: Vec<String>,
    callback_prefixes: Vec<String>,
    scopes: Vec<String>,
    /// Empty for all that fit the key.
    methods: Vec<String>,
    allow_oob: bool,
    two_legged: bool,
}

impl Draft {
    /// What was sent.
    pub(in crate::pages) fn sent(fields: &Fields) -> Self {
        let all = |name| fields.all(name).map(ToOwned::to_owned).collect();
        Self {
            name: fields.text("name").trim().into(),
            description: fields.text("description").replace("\r\n", "\n").trim().into(),
            home_page: fields.text("home_page").trim().into(),
            callbacks: fields.lines("callbacks"),
            callback_prefixes: fields.lines("callback_prefixes"),
            scopes: all("scope"),
            methods: all("method"),
            allow_oob: fields.is_on("allow_oob"),
            two_legged: fields.is_on("two_legged"),
        }
    }

    /// What is registered.
    pub(in crate::pages) fn of(application: &Application) -> Self {
        let Application { client, profile, .. } = application;
        Self {
            name: client.name.clone(),
            description: profile.description.clone(),
            home_page: profile.home_page.clone().unwrap_or_default(),
            callbacks: client.callbacks.clone(),
            callback_prefixes: client.callback_prefixes.clone(),
            scopes: client.scopes.clone(),
            methods: client.methods.clone().unwrap_or_default(),
            allow_oob: client.allow_oob,
            two_legged: client.two_legged,
        }
    }

    /// What cannot be registered: scopes and methods are those that the form offered, and no others.
    pub(in crate::pages) fn faults(&self, scopes: &[String], methods: &[String]) -> Faults {
        let mut faults = Faults::default();
        faults.check("name", check::client_name(&self.name).is_ok(), "form-bad-name");
        faults.check("name", self.name.chars().count() <= LONGEST_NAME, "form-long-name");
        let reads = !names::obscures_lines(&self.description);
        faults.check("description", reads, "form-bad-description");
        let short = self.description.chars().count() <= LONGEST_DESCRIPTION;
        faults.check("description", short, "form-long-description");
        let home = self.home_page.is_empty() || is_web_address(&self.home_page);
        faults.check("home_page", home, "form-bad-home-page");
        for (field, urls) in [("callbacks", &self.callbacks), ("callback_prefixes", &self.callback_prefixes)]
        {
            if let Err(wrong) = callbacks(urls) {
                faults.note(field, wrong);
            }
        }
        let offered = self.scopes.iter().all(|scope| scopes.contains(scope));
        faults.check("scopes", offered, "form-bad-scopes");
        let offered = self.methods.iter().all(|method| methods.contains(method));
        faults.check("methods", offered, "form-bad-methods");
        faults
    }

    /// Writes it into the records.
    pub(in crate::pages) fn put(self, client: &mut ClientRecord, profile: &mut ApplicationProfile) {
        client.name = self.name;
        client.callbacks = self.callbacks;
        client.callback_prefixes = self.callback_prefixes;
        client.default_scopes.clone_from(&self.scopes);
        client.scopes = self.scopes;
        client.methods = (!self.methods.is_empty()).then_some(self.methods);
        client.allow_oob = self.allow_oob;
        client.two_legged = self.two_legged;
        profile.description = self.description;
        profile.home_page = Some(self.home_page).filter(|home| !home.is_empty());
    }

    /// Whether what resource owners are told or asked differs: that is what approval is about. Our own pages do not tell them the
    /// description, those of an operator's own do.
    pub(in crate::pages) fn needs_approval_after(&self, approved: &Self, description_is_told: bool) -> bool {
        let told = |draft: &Self| {
            let mut told = Self { methods: Vec::new(), ..draft.clone() };
            if !description_is_told {
                told.description.clear();
            }
            told
        };
        told(self) != told(approved)
    }

    /// Each field in which another one differs: its name, what it is there, what it is here.
    pub(in crate::pages) fn differences(&self, now: &Self) -> Vec<Value> {
        let pairs = self.words().into_iter().zip(now.words());
        let differing = pairs.filter(|((_, sent), (_, now))| sent != now);
        differing
            .map(|((field, sent), (_, now))| json!({ "field": field, "sent": sent, "now": now }))
            .collect()
    }

    fn words(&self) -> [(Text, Value); 9] {
        let yes = |on| json!(if on { text("form-yes") } else { text("form-no") });
        [
            (text("form-name"), json!(self.name)),
            (text("form-description"), json!(self.description)),
            (text("form-home-page"), json!(self.home_page)),
            (text("form-callbacks"), json!(self.callbacks.join(" "))),
            (text("form-prefixes"), json!(self.callback_prefixes.join(" "))),
            (text("form-scopes-word"), json!(self.scopes.join(" "))),
            (text("form-methods-word"), json!(self.methods.join(" "))),
            (text("form-oob-word"), yes(self.allow_oob)),
            (text("form-two-legged-word"), yes(self.two_legged)),
        ]
    }
}

fn callbacks(urls: &[String]) -> Result<(), Text> {
    if urls.len() > MOST_CALLBACKS {
        return Err(text("form-most-callbacks"));
    }
    if urls.iter().any(|url| url == "oob") {
        return Err(text("form-oob-is-no-callback"));
    }
    let bad = |url: &String| {
        if check::names_user(url) {
            return Some((url.clone(), text("callback-names-user")));
        }
        callback::check_registered(url).err().map(|why| (url.clone(), reason::in_words(why)))
    };
    match urls.iter().find_map(bad) {
        Some((url, why)) => Err(text("form-bad-callback").code("url", &url).text("reason", &why)),
        None => Ok(()),
    }
}

/// Whether a link may lead there: as strict as with callbacks, so that what is read is where it leads.
fn is_web_address(text: &str) -> bool {
    (text.starts_with("https://") || text.starts_with("http://")) && callback::check_registered(text).is_ok()
}

/// The scopes that a form offers: those of the server, and those that the application has already.
pub(in crate::pages) fn scopes(app: &App, has: &[String]) -> Vec<String> {
    let mut all: Vec<String> = app.config.scopes.keys().cloned().collect();
    all.extend(has.iter().filter(|scope| !app.config.scopes.contains_key(*scope)).cloned());
    all
}

/// The signature methods that the server accepts and that fit the client's key, and those that it has already.
pub(in crate::pages) fn methods(app: &App, client: &ClientRecord) -> Vec<String> {
    let known = Methods::standard().with(Plaintext);
    let accepted = |name: &str| {
        app.config.signature_methods.iter().any(|on| on == name)
            || (name == "PLAINTEXT" && app.config.allow_plaintext)
            || client.methods.iter().flatten().any(|has| has == name)
    };
    let fitting = known.iter().filter(|method| method.kind() == client.key.kind() && accepted(method.name()));
    fitting.map(|method| method.name().to_owned()).collect()
}

const LONGEST_NAME: usize = 100;
const LONGEST_DESCRIPTION: usize = 2000;
const MOST_CALLBACKS: usize = 20;
