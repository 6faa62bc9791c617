//! One client and any number of tokens, known to the load and to the servers by their numbers.

use countersign_core::{ClientId, HmacSha1, Origin, Secret, Timestamp, TokenId, sign};
use countersign_provider::{Clock, System};
use countersign_store::{ClientKey, ClientRecord, TokenRecord, TokenStatus};
use std::fmt::Write as _;

pub(crate) const CLIENT: &str = "dpf43f3p2l4k3l03";
pub(crate) const CALLBACK: &str = "http://localhost/ready";
pub(crate) const OWNER: &str = "jane";
pub(crate) const ORIGIN: &str = "http://photos.example.net";
pub(crate) const HOST: &str = "photos.example.net";
/// Two of the eight signed parameters.
pub(crate) const TARGET: &str = "/photos?file=vacation.jpg&size=original";

pub(crate) fn client() -> ClientRecord {
    let mut client =
        ClientRecord::new(ClientId::new(CLIENT).unwrap(), "Printer", ClientKey::Secret(client_secret()));
    client.callbacks = vec![CALLBACK.into()];
    client.scopes = vec!["photos".into()];
    client.default_scopes = client.scopes.clone();
    client
}

pub(crate) fn client_secret() -> Secret {
    Secret::from("kd94hf93k423kf44kd94hf93k423kf44kd94hf93k42")
}

pub(crate) fn token(number: usize) -> TokenRecord {
    TokenRecord {
        id: TokenId::new(&format!("nnch734d00sl2jdk{number:08}")).unwrap(),
        secret: token_secret(number),
        client: ClientId::new(CLIENT).unwrap(),
        owner: OWNER.into(),
        scopes: vec!["photos".into()],
        issued: System.now(),
        expires: None,
        status: TokenStatus::Active,
    }
}

fn token_secret(number: usize) -> Secret {
    Secret::from(format!("pfkkdhi9sl3r4s00pfkkdhi9sl3r4s00pfk{number:08}").as_str())
}

/// Signs requests, each with a nonce that no other has.
pub(crate) struct Signer {
    origin: Origin,
    salt: u64,
    signed: u64,
}

impl Signer {
    pub(crate) fn new(origin: &str) -> Self {
        let salt = countersign_provider::token(&System, 8);
        let salt = salt.bytes().fold(0_u64, |salt, byte| salt << 8 | u64::from(byte));
        Self { origin: origin.parse().unwrap(), salt, signed: 0 }
    }

    /// What differs from one request to the next.
    fn nonce(&mut self) -> String {
        self.signed += 1;
        format!("{:016x}", self.salt ^ self.signed)
    }

    /// GETs as they go over the wire, each under another of `tokens` tokens, in no order that a cache could follow.
    pub(crate) fn gets(&mut self, requests: usize, tokens: usize, truly: bool) -> Vec<Vec<u8>> {
        let secret =
            if truly { client_secret() } else { Secret::from("not the secret, but as long as it is: it") };
        let get = |_| {
            let nonce = self.nonce();
            // Odd, so that every token has its turn before one has a second.
            let number = (self.signed as usize).wrapping_mul(0x9e37_79b1) % tokens;
            let signed = sign::Request::new("GET", &self.origin, TARGET)
                .client(CLIENT, &secret)
                .token(token(number).id.as_str(), &token_secret(number))
                .stamp(System.now(), &nonce)
                .parameter("oauth_version", "1.0")
                .sign(&HmacSha1)
                .unwrap();
            message("GET", TARGET, &[("authorization", &signed.header())], "")
        };
        (0..requests).map(get).collect()
    }

    /// A signed POST without a body, as the endpoints take it.
    pub(crate) fn post(
        &mut self,
        target: &str,
        token: Option<(&str, &Secret)>,
        parameter: (&str, &str),
    ) -> Vec<u8> {
        let nonce = self.nonce();
        let mut request = sign::Request::new("POST", &self.origin, target)
            .client(CLIENT, &client_secret())
            .stamp(System.now(), &nonce)
            .parameter(parameter.0, parameter.1);
        if let Some((id, secret)) = token {
            request = request.token(id, secret);
        }
        let header = request.sign(&HmacSha1).unwrap().header();
        message("POST", target, &[("authorization", &header)], "")
    }
}

/// A request as it goes over the wire.
pub(crate) fn message(method: &str, target: &str, fields: &[(&str, &str)], form: &str) -> Vec<u8> {
    let mut text =
        format!("{method} {target} HTTP/1.1\r\nhost: {HOST}\r\nuser-agent: bench\r\naccept: */*\r\n");
    for (name, value) in fields {
        write!(text, "{name}: {value}\r\n").unwrap();
    }
    if method == "POST" {
        write!(text, "content-length: {}\r\n", form.len()).unwrap();
    }
    if !form.is_empty() {
        text.push_str("content-type: application/x-www-form-urlencoded\r\n");
    }
    text.push_str("\r\n");
    text.push_str(form);
    text.into_bytes()
}

/// Some time ago, or to come: for records that are made by hand.
pub(crate) fn in_an_hour() -> Timestamp {
    System.now().plus(3600)
}
