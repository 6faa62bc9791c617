//! An issuer of OpenID Connect on this machine, which lies where a test tells it to.

use super::{
    http::{form, value_of},
    upstream::{Seen, Upstream},
};
use aws_lc_rs::{
    digest::{SHA256, digest},
    encoding::AsDer,
    hmac,
    rsa::{KeyPair, KeySize},
    signature::Ed25519KeyPair,
};
use base64ct::{Base64, Base64UrlUnpadded, Encoding};
use chrono::{DateTime, TimeDelta, Utc};
use countersign_core::percent;
use countersign_provider::{System, token};
use openidconnect::{
    Audience, AuthUrl, EmptyAdditionalClaims, EmptyAdditionalProviderMetadata, EndUserEmail, EndUserUsername,
    IssuerUrl, JsonWebKeyId, JsonWebKeySetUrl, Nonce, PrivateSigningKey, ResponseTypes, StandardClaims,
    SubjectIdentifier, TokenUrl, UserInfoUrl,
    core::{
        CoreEdDsaPrivateSigningKey, CoreGenderClaim, CoreIdToken, CoreIdTokenClaims, CoreJsonWebKeySet,
        CoreJwsSigningAlgorithm, CoreProviderMetadata, CoreResponseType, CoreRsaPrivateSigningKey,
        CoreSubjectIdentifierType,
    },
};
use serde_json::{Value, json};
use std::{
    collections::HashMap,
    io::Write,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// It listens as long as the test runs.
pub(crate) struct Issuer {
    pub(crate) url: String,
    upstream: Upstream,
    desk: Arc<Mutex<Desk>>,
}

/// What it says that is not so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lie {
    Audience,
    Expired,
    ForeignIssuer,
    ForeignKey,
    LongSubject,
    /// HS256 with the client's secret, which more than the issuer know.
    Mac,
    NoNonce,
    NoToken,
    Nonce,
    SubjectOfUserInfo,
    Unsigned,
}

/// Somebody who has an account there.
#[derive(Clone, Debug, Default)]
pub(crate) struct Person {
    pub(crate) subject: String,
    pub(crate) username: Option<String>,
    pub(crate) email: Option<(String, bool)>,
    /// Whether what they are called stands at the user info endpoint alone.
    pub(crate) reserved: bool,
}

struct Desk {
    url: String,
    key: Key,
    codes: HashMap<String, Grant>,
    tokens: HashMap<String, Person>,
    lie: Option<Lie>,
    /// Answers nothing but 500.
    down: bool,
}

struct Grant {
    client: String,
    redirect: String,
    challenge: String,
    nonce: String,
    person: Person,
}

enum Key {
    Rsa(CoreRsaPrivateSigningKey),
    Ed(CoreEdDsaPrivateSigningKey),
}

pub(crate) const CLIENT: &str = "countersign";
pub(crate) const SECRET: &str = "a+secret/with=signs";

impl Issuer {
    pub(crate) fn start() -> Self {
        let desk = Arc::new(Mutex::new(Desk {
            url: String::new(),
            key: Key::rsa(),
            codes: HashMap::new(),
            tokens: HashMap::new(),
            lie: None,
            down: false,
        }));
        let answering = Arc::clone(&desk);
        let upstream = Upstream::answering(move |seen, line| {
            let (status, media_type, body) = locked(&answering).answer(seen);
            let head = format!(
                "HTTP/1.1 {status}\r\nContent-Type: {media_type}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                body.len()
            );
            line.get_mut().write_all([head, body].concat().as_bytes())
        });
        let url = format!("http://{}", upstream.address);
        locked(&desk).url.clone_from(&url);
        Self { url, upstream, desk }
    }

    /// `[[sign_in.oidc]]` for it, with what else is to be set.
    pub(crate) fn settings(&self, id: &str, more: &str) -> String {
        let url = &self.url;
        format!(
            "[[sign_in.oidc]]\nid = \"{id}\"\nname = \"The {id}\"\nissuer = \"{url}\"\nclient_id = \"{CLIENT}\"\n\
             client_secret_variable = \"OIDC_SECRET\"\n{more}\n"
        )
    }

    /// Signs somebody in who was sent there; the target of this server to which they are sent back.
    pub(crate) fn sends_back(&self, address: &str, person: &Person) -> String {
        self.desk().sends_back(address, person)
    }

    pub(crate) fn lie(&self, lie: Lie) {
        self.desk().lie = Some(lie);
    }

    pub(crate) fn is_down(&self, down: bool) {
        self.desk().down = down;
    }

    /// Signs with another key from now on, and has forgotten the one of before.
    pub(crate) fn rotate_its_key(&self) {
        self.desk().key = Key::ed("second");
    }

    /// How often a path was asked for.
    pub(crate) fn asked(&self, path: &str) -> usize {
        self.upstream.seen().iter().filter(|seen| seen.target.split('?').next() == Some(path)).count()
    }

    fn desk(&self) -> MutexGuard<'_, Desk> {
        locked(&self.desk)
    }
}

impl Person {
    pub(crate) fn new(subject: &str, username: &str) -> Self {
        Self { subject: subject.into(), username: Some(username.into()), ..Self::default() }
    }
}

type Answer = (&'static str, &'static str, String);

impl Desk {
    fn answer(&mut self, seen: &Seen) -> Answer {
        if self.down {
            return ("500 Internal Server Error", "text/plain", "out of order".into());
        }
        let json = |value: Value| ("200 OK", "application/json", value.to_string());
        match seen.target.split('?').next().unwrap_or_default() {
            "/.well-known/openid-configuration" => json(self.metadata()),
            "/keys" => json(json!(CoreJsonWebKeySet::new(vec![self.key.public()]))),
            "/token" => self.redeem(seen),
            "/userinfo" => self.user_info(seen),
            _ => ("404 Not Found", "text/plain", "nothing here".into()),
        }
    }

    fn metadata(&self) -> Value {
        let at = |path: &str| [&self.url, path].concat();
        let metadata = CoreProviderMetadata::new(
            IssuerUrl::new(self.url.clone()).expect("a URL"),
            AuthUrl::new(at("/authorize")).expect("a URL"),
            JsonWebKeySetUrl::new(at("/keys")).expect("a URL"),
            vec![ResponseTypes::new(vec![CoreResponseType::Code])],
            vec![CoreSubjectIdentifierType::Public],
            vec![CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256],
            EmptyAdditionalProviderMetadata {},
        );
        let metadata = metadata
            .set_token_endpoint(Some(TokenUrl::new(at("/token")).expect("a URL")))
            .set_userinfo_endpoint(Some(UserInfoUrl::new(at("/userinfo")).expect("a URL")));
        json!(metadata)
    }

    fn sends_back(&mut self, address: &str, person: &Person) -> String {
        let said = |name: &str| value_of(address, name).unwrap_or_else(|| panic!("no {name}: {address}"));
        assert!(address.starts_with(&self.url), "another issuer's: {address}");
        assert_eq!((&*said("response_type"), &*said("code_challenge_method")), ("code", "S256"));
        let code = token(&System, 24);
        let (redirect, state) = (said("redirect_uri"), said("state"));
        let (_, path) = redirect.split_once("countersign.test").expect("a path");
        let target = format!("{path}?{}", form(&[("code", &code), ("state", &state), ("iss", &self.url)]));
        let grant = Grant {
            client: said("client_id"),
            redirect,
            challenge: said("code_challenge"),
            nonce: said("nonce"),
            person: person.clone(),
        };
        self.codes.insert(code, grant);
        target
    }

    fn redeem(&mut self, seen: &Seen) -> Answer {
        let body = String::from_utf8_lossy(&seen.body).into_owned();
        let said = |name: &str| value_of(&body, name).unwrap_or_default();
        let refused =
            |error: &str| ("400 Bad Request", "application/json", json!({ "error": error }).to_string());
        let basic = Base64::encode_string(format!("{CLIENT}:{}", percent::encode(SECRET)).as_bytes());
        if seen.all("authorization") != [format!("Basic {basic}")] {
            return refused("invalid_client");
        }
        // Whatever comes of it, a code is used up.
        let Some(grant) = self.codes.remove(&said("code")) else { return refused("invalid_grant") };
        let hashed = digest(&SHA256, said("code_verifier").as_bytes());
        let proven = Base64UrlUnpadded::encode_string(hashed.as_ref()) == grant.challenge;
        if !proven || grant.redirect != said("redirect_uri") || grant.client != CLIENT {
            return refused("invalid_grant");
        }
        let access = token(&System, 24);
        let mut answer = json!({ "access_token": access, "token_type": "Bearer", "expires_in": 60 });
        if self.lie != Some(Lie::NoToken) {
            answer["id_token"] = self.id_token(&grant).into();
        }
        self.tokens.insert(access, grant.person);
        ("200 OK", "application/json", answer.to_string())
    }

    fn id_token(&self, grant: &Grant) -> String {
        let lies = |lie| self.lie == Some(lie);
        let now: DateTime<Utc> = Utc::now();
        let expires = now + TimeDelta::seconds(if lies(Lie::Expired) { -10 } else { 60 });
        let issuer = if lies(Lie::ForeignIssuer) { "https://another.example" } else { &self.url };
        let audience = if lies(Lie::Audience) { "another" } else { CLIENT };
        let mut person = grant.person.clone();
        if lies(Lie::LongSubject) {
            person.subject = "x".repeat(256);
        }
        let claims = CoreIdTokenClaims::new(
            IssuerUrl::new(issuer.into()).expect("a URL"),
            vec![Audience::new(audience.into())],
            expires,
            now,
            if person.reserved {
                StandardClaims::new(SubjectIdentifier::new(person.subject))
            } else {
                claims(&person)
            },
            EmptyAdditionalClaims {},
        );
        let nonce = if lies(Lie::Nonce) { "another".into() } else { grant.nonce.clone() };
        let claims = claims.set_nonce(Some(Nonce::new(nonce)).filter(|_| !lies(Lie::NoNonce)));
        if lies(Lie::Unsigned) {
            return [by_hand("none", &claims), String::new()].join(".");
        }
        if lies(Lie::Mac) {
            let signed = by_hand("HS256", &claims);
            let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes()), signed.as_bytes());
            return [signed, Base64UrlUnpadded::encode_string(tag.as_ref())].join(".");
        }
        if lies(Lie::ForeignKey) { Key::rsa().sign(claims) } else { self.key.sign(claims) }
    }

    fn user_info(&self, seen: &Seen) -> Answer {
        let authorization = seen.all("authorization").join("");
        let access = authorization.strip_prefix("Bearer ").unwrap_or_default();
        let Some(person) = self.tokens.get(access) else {
            return ("401 Unauthorized", "text/plain", "who are you?".into());
        };
        let mut person = person.clone();
        if self.lie == Some(Lie::SubjectOfUserInfo) {
            person.subject = "somebody else".into();
        }
        ("200 OK", "application/json", json!(claims(&person)).to_string())
    }
}

impl Key {
    fn rsa() -> Self {
        let pair = KeyPair::generate(KeySize::Rsa2048).expect("a key");
        let der = pair.as_der().expect("PKCS#8");
        // The PKCS#1 key stands behind a head of 26 bytes.
        let pem = pem("RSA PRIVATE KEY", &der.as_ref()[26..]);
        let kid = Some(JsonWebKeyId::new("first".into()));
        Self::Rsa(CoreRsaPrivateSigningKey::from_pem(&pem, kid).expect("a key"))
    }

    fn ed(kid: &str) -> Self {
        let pair = Ed25519KeyPair::generate().expect("a key");
        let der = pair.to_pkcs8v1().expect("PKCS#8");
        let kid = Some(JsonWebKeyId::new(kid.into()));
        Self::Ed(
            CoreEdDsaPrivateSigningKey::from_ed25519_pem(&pem("PRIVATE KEY", der.as_ref()), kid)
                .expect("a key"),
        )
    }

    fn public(&self) -> openidconnect::core::CoreJsonWebKey {
        match self {
            Self::Rsa(key) => key.as_verification_key(),
            Self::Ed(key) => key.as_verification_key(),
        }
    }

    fn sign(&self, claims: CoreIdTokenClaims) -> String {
        let signed = match self {
            Self::Rsa(key) => {
                CoreIdToken::new(claims, key, CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256, None, None)
            }
            Self::Ed(key) => CoreIdToken::new(claims, key, CoreJwsSigningAlgorithm::EdDsa, None, None),
        };
        signed.expect("a token").to_string()
    }
}

fn claims(person: &Person) -> StandardClaims<CoreGenderClaim> {
    let email = person.email.clone();
    StandardClaims::new(SubjectIdentifier::new(person.subject.clone()))
        .set_preferred_username(person.username.clone().map(EndUserUsername::new))
        .set_email_verified(email.as_ref().map(|(_, verified)| *verified))
        .set_email(email.map(|(address, _)| EndUserEmail::new(address)))
}

/// Head and claims of a token, as they are signed.
fn by_hand(algorithm: &str, claims: &CoreIdTokenClaims) -> String {
    let part = |value: Value| Base64UrlUnpadded::encode_string(value.to_string().as_bytes());
    [part(json!({ "alg": algorithm, "typ": "JWT" })), part(json!(claims))].join(".")
}

fn pem(label: &str, der: &[u8]) -> String {
    let text = Base64::encode_string(der);
    let lines: Vec<_> = text.as_bytes().chunks(64).map(String::from_utf8_lossy).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}

fn locked(desk: &Mutex<Desk>) -> MutexGuard<'_, Desk> {
    desk.lock().unwrap_or_else(PoisonError::into_inner)
}
