//! A client: signs requests and walks the dance.

use super::{
    browser::Browser,
    http::{Answer, Request, value_of},
    server::Server,
};
use countersign_core::{HmacSha1, Origin, Secret, SigningMethod, Timestamp, sign};
use countersign_provider::{Clock, System, token};

/// An identifier and its secret.
#[derive(Clone, Debug)]
pub(crate) struct Pair {
    pub(crate) id: String,
    pub(crate) secret: Secret,
}

impl Pair {
    pub(crate) fn new(id: &str, secret: &str) -> Self {
        Self { id: id.into(), secret: secret.into() }
    }

    /// The pair that an answer of an endpoint holds.
    #[track_caller]
    pub(crate) fn from(answer: &Answer) -> Self {
        Self::new(&answer.value("oauth_token"), &answer.value("oauth_token_secret"))
    }
}

/// Where the protocol parameters go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Where {
    Header,
    Query,
    Form,
}

/// A request that is signed as it is sent.
#[derive(Clone)]
pub(crate) struct Call<'a> {
    method: &'a str,
    target: &'a str,
    client: &'a Pair,
    token: Option<&'a Pair>,
    form: &'a str,
    hashed: Option<&'a [u8]>,
    extra: Vec<(&'a str, &'a str)>,
    at: Timestamp,
    nonce: String,
}

impl<'a> Call<'a> {
    /// With a timestamp of now and a new nonce.
    pub(crate) fn new(method: &'a str, target: &'a str, client: &'a Pair) -> Self {
        let nonce = token(&System, 20);
        Self {
            method,
            target,
            client,
            token: None,
            form: "",
            hashed: None,
            extra: Vec::new(),
            at: System.now(),
            nonce,
        }
    }

    pub(crate) fn get(target: &'a str, client: &'a Pair) -> Self {
        Self::new("GET", target, client)
    }

    pub(crate) fn post(target: &'a str, client: &'a Pair) -> Self {
        Self::new("POST", target, client)
    }

    pub(crate) fn token(self, token: &'a Pair) -> Self {
        Self { token: Some(token), ..self }
    }

    pub(crate) fn form(self, form: &'a str) -> Self {
        Self { form, ..self }
    }

    /// Signs the hash of a body that is no form.
    pub(crate) fn hashed(self, body: &'a [u8]) -> Self {
        Self { hashed: Some(body), ..self }
    }

    pub(crate) fn with(mut self, name: &'a str, value: &'a str) -> Self {
        self.extra.push((name, value));
        self
    }

    /// As if the client's clock showed that.
    pub(crate) fn at(self, at: Timestamp) -> Self {
        Self { at, ..self }
    }

    /// The same, stamped now and with another nonce.
    pub(crate) fn anew(self) -> Self {
        Self { at: System.now(), nonce: token(&System, 20), ..self }
    }

    /// Under HMAC-SHA1, in the header.
    pub(crate) fn request(&self, public_url: &str) -> Request {
        self.request_by(&HmacSha1, Where::Header, public_url)
    }

    pub(crate) fn request_by(&self, method: &impl SigningMethod, place: Where, public_url: &str) -> Request {
        let origin: Origin = public_url.parse().expect("an origin");
        let mut request = sign::Request::new(self.method, &origin, self.target)
            .form(self.form.as_bytes())
            .client(&self.client.id, &self.client.secret)
            .stamp(self.at, &self.nonce);
        if let Some(token) = self.token {
            request = request.token(&token.id, &token.secret);
        }
        if let Some(body) = self.hashed {
            request = request.body(body);
        }
        for (name, value) in &self.extra {
            request = request.parameter(name, value);
        }
        let signed = request.sign(method).expect("a form and a query that can be read");
        let parameters = signed.form_encoded();
        let joined =
            |text: &str| if text.is_empty() { parameters.clone() } else { format!("{text}&{parameters}") };
        match place {
            Where::Header => {
                let plain = Request::new(self.method, self.target).field("Authorization", &signed.header());
                if self.form.is_empty() { plain } else { plain.form(self.form) }
            }
            Where::Form => Request::new(self.method, self.target).form(&joined(self.form)),
            Where::Query => {
                let (path, query) = self.target.split_once('?').unwrap_or((self.target, ""));
                let plain = Request::new(self.method, &format!("{path}?{}", joined(query)));
                if self.form.is_empty() { plain } else { plain.form(self.form) }
            }
        }
    }

    /// Signs and sends it.
    pub(crate) fn send(&self, server: &Server) -> Answer {
        self.request(&server.public_url).send(server)
    }
}

/// The dance of one client and one signed-in resource owner.
pub(crate) struct Dance<'a> {
    pub(crate) server: &'a Server,
    pub(crate) client: &'a Pair,
    pub(crate) callback: &'a str,
}

impl Dance<'_> {
    /// Temporary credentials.
    #[track_caller]
    pub(crate) fn initiate(&self) -> Pair {
        let call = Call::post("/oauth/initiate", self.client).with("oauth_callback", self.callback);
        Pair::from(&call.send(self.server).expect(200))
    }

    /// The verifier that a grant sends along with the callback.
    #[track_caller]
    pub(crate) fn grant(&self, browser: &mut Browser, temporary: &Pair) -> String {
        let answer = browser.answer(self.server, temporary, "grant").expect(303);
        value_of(answer.location(), "oauth_verifier").expect("a verifier")
    }

    /// The request for token credentials.
    pub(crate) fn exchange(&self, temporary: &Pair, verifier: &str) -> Answer {
        let call = Call::post("/oauth/token", self.client).token(temporary).with("oauth_verifier", verifier);
        call.send(self.server)
    }

    /// All of it.
    #[track_caller]
    pub(crate) fn whole(&self, browser: &mut Browser) -> Pair {
        let temporary = self.initiate();
        let verifier = self.grant(browser, &temporary);
        Pair::from(&self.exchange(&temporary, &verifier).expect(200))
    }
}
