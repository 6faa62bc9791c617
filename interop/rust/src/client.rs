//! oauth1-request over ureq: one `Client` per signature method.

use oauth::signature_method::rsa_sha1_09::DecodePrivateKey;
use oauth::{Builder, Credentials, ParameterList, Rsa09Sha1, HMAC_SHA1, PLAINTEXT};
use rsa::RsaPrivateKey;
use serde_json::{json, Value};
use ureq::{http, Agent};

use crate::methods::Extra;

pub type Failure = Box<dyn std::error::Error>;
pub type Pairs = Vec<(String, String)>;

pub const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

/// The one thing beside parameters that a message of the dance carries.
#[derive(Clone, Copy)]
pub enum Carries<'a> {
    Nothing,
    Callback(&'a str),
    Verifier(&'a str),
}

/// Where the credentials go.
#[derive(Clone, Copy)]
pub enum Place {
    Header,
    Query,
    Form,
}

#[derive(Clone)]
pub struct Client {
    method: String,
    credentials: Credentials,
    key: Option<RsaPrivateKey>,
    token: Option<Credentials>,
    agent: Agent,
}

impl Client {
    pub fn new(config: &Value, method: &str) -> Result<Self, Failure> {
        let rsa = method.starts_with("RSA-");
        let who = &config[if rsa { "rsa" } else { "client" }];
        let key = match rsa {
            true => Some(RsaPrivateKey::read_pkcs8_pem_file(text(&who["private_key_file"]))?),
            false => None,
        };
        let agent = Agent::config_builder().http_status_as_error(false).proxy(None).build().into();
        let credentials = owned(text(&who["id"]), text(&who["secret"]));
        Ok(Client { method: method.into(), credentials, key, token: None, agent })
    }

    pub fn with_token(&self, token: &Credentials) -> Self {
        Client { token: Some(token.clone()), ..self.clone() }
    }

    /// A signed header, query or form for `url`, which has no query of its own.
    pub fn sign(&self, place: Place, verb: &str, url: &str, pairs: &Pairs, carries: Carries<'_>) -> String {
        let key = || self.key.clone().expect("a client for RSA has a key");
        match self.method.as_str() {
            "HMAC-SHA1" => self.sign_with(HMAC_SHA1, place, verb, url, pairs, carries),
            "HMAC-SHA256" => self.sign_with(Extra::HmacSha256, place, verb, url, pairs, carries),
            "HMAC-SHA512" => self.sign_with(Extra::HmacSha512, place, verb, url, pairs, carries),
            "RSA-SHA1" => self.sign_with(Rsa09Sha1::new(key()), place, verb, url, pairs, carries),
            "RSA-SHA256" => self.sign_with(Extra::RsaSha256(key()), place, verb, url, pairs, carries),
            "RSA-SHA512" => self.sign_with(Extra::RsaSha512(key()), place, verb, url, pairs, carries),
            _ => self.sign_with(PLAINTEXT, place, verb, url, pairs, carries),
        }
    }

    fn sign_with<M: oauth::signature_method::SignatureMethod + Clone>(
        &self,
        method: M,
        place: Place,
        verb: &str,
        url: &str,
        pairs: &Pairs,
        carries: Carries<'_>,
    ) -> String {
        let request = ParameterList::new(pairs.clone());
        let mut builder = Builder::new(self.credentials.as_ref(), method);
        builder.token(self.token.as_ref().map(Credentials::as_ref));
        match carries {
            Carries::Nothing => {}
            Carries::Callback(callback) => drop(builder.callback(callback)),
            Carries::Verifier(verifier) => drop(builder.verifier(verifier)),
        }
        match place {
            Place::Header => builder.authorize(verb, url, &request),
            Place::Query => builder.to_query(verb, url.to_owned(), &request),
            Place::Form => builder.to_form(verb, url, &request),
        }
    }

    /// Sends `pairs` in the query, credentials in the header.
    pub fn query(&self, verb: &str, url: &str, pairs: &Pairs) -> Result<Value, Failure> {
        let header = self.sign(Place::Header, verb, url, pairs, Carries::Nothing);
        let target = match pairs.is_empty() {
            true => url.to_owned(),
            false => oauth::to_query(url.to_owned(), &ParameterList::new(pairs.clone())),
        };
        self.send(verb, &target, &[("authorization", &header)], None)
    }

    /// Sends `pairs` as a form, credentials in the header.
    pub fn form(&self, verb: &str, url: &str, pairs: &Pairs) -> Result<Value, Failure> {
        let header = self.sign(Place::Header, verb, url, pairs, Carries::Nothing);
        let body = oauth::to_form(&ParameterList::new(pairs.clone()));
        self.send(verb, url, &[("authorization", &header), FORM], Some(&body))
    }

    /// Sends a request as given; answers the fields to report.
    pub fn send(
        &self,
        verb: &str,
        url: &str,
        headers: &[(&str, &str)],
        body: Option<&str>,
    ) -> Result<Value, Failure> {
        let mut request = http::Request::builder().method(verb).uri(url);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut answer = match body {
            Some(body) => self.agent.run(request.body(body.to_owned())?)?,
            None => self.agent.run(request.body(())?)?,
        };
        Ok(json!({ "status": answer.status().as_u16(), "body": answer.body_mut().read_to_string()? }))
    }
}

pub fn owned(identifier: &str, secret: &str) -> Credentials {
    Credentials::new(identifier.to_owned(), secret.to_owned())
}

pub fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
