//! Walks `vectors/` and asserts every step of every case; `vectors/README.md` tells the form.
//!
//! A folder without a case, a step that nothing read, a case that lacks one: all of them fail, so nothing is forgotten.

#![expect(clippy::unwrap_used, reason = "a vector that cannot be read fails the test")]

use countersign_core::{
    BaseString, HmacSha1, HmacSha256, HmacSha512, Keys, Methods, Origin, ParseError, ParsedRequest,
    Plaintext, PublicKey, RequestView, Secret, Signature, SigningMethod, percent,
};
use hmac::{Hmac, KeyInit, Mac};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

#[test]
fn every_step_of_every_case_holds() {
    let mut tally = Tally::default();
    let folders = folders();
    for folder in &folders {
        let mut case = Case::open(folder);
        case.run(&mut tally);
        case.finish();
        tally.visited += 1;
        tally.failures.append(&mut case.failures);
    }
    let Tally { visited, refused, accepted, failures } = tally;
    assert!(failures.is_empty(), "{} steps fail:\n{}", failures.len(), failures.join("\n"));
    assert_eq!(visited, folders.len(), "every folder is visited");
    assert!(visited >= 60, "only {visited} cases");
    assert!(refused >= 20, "only {refused} signatures that must be refused");
    let known = methods();
    let untried: Vec<_> = known.names().filter(|name| !accepted.contains(*name)).collect();
    assert!(untried.is_empty(), "no case has an accepted signature of {untried:?}");
}

#[derive(Default)]
struct Tally {
    visited: usize,
    refused: usize,
    accepted: BTreeSet<String>,
    failures: Vec<String>,
}

/// One folder: its facts, the files that no step has read yet, and what went wrong.
struct Case {
    folder: PathBuf,
    facts: BTreeMap<String, String>,
    unread: BTreeSet<String>,
    failures: Vec<String>,
}

impl Case {
    fn open(folder: &Path) -> Self {
        let name = |entry: std::io::Result<fs::DirEntry>| entry.unwrap().file_name().into_string().unwrap();
        let unread = fs::read_dir(folder).unwrap().map(name).collect();
        let mut case = Self { folder: folder.into(), facts: BTreeMap::new(), unread, failures: Vec::new() };
        case.facts = case.pairs("case.txt");
        for key in ["origin", "kind", "confirmed"] {
            case.holds("case.txt", !case.fact(key).is_empty(), key);
        }
        case
    }

    fn run(&mut self, tally: &mut Tally) {
        match self.fact("kind") {
            "encode" => self.encode(),
            "raw" => self.raw(tally),
            "base_uri" | "normalized" | "base_string" | "signature" => self.request(tally),
            _ => self.fail("case.txt", "is of no known kind"),
        }
    }

    fn finish(&mut self) {
        for file in std::mem::take(&mut self.unread) {
            self.fail(&file, "is read by no step");
        }
    }

    fn encode(&mut self) {
        let plain: Vec<u8> = self.text("input.txt").split_whitespace().flat_map(bytes_of).collect();
        let encoded = self.text("encoded.txt");
        self.same("encoded.txt", &encoded, &percent::encode(&plain));
        let back = percent::decode(encoded.as_bytes());
        self.holds("encoded.txt", back.is_ok_and(|back| *back == plain), "decode to the input");
    }

    /// The signature of a given text: of a request that has this base string, where there can be one.
    fn raw(&mut self, tally: &mut Tally) {
        let (text, signature) = (self.text("base.txt"), self.text("signature.txt"));
        if self.fact("signature_method") == "PLAINTEXT" {
            let any = base_string("GET&http%3A%2F%2Fexample.com%2F&").unwrap();
            return self.signature(&any, &signature, tally);
        }
        if let Some(base) = base_string(&text) {
            self.same("base.txt", &text, base.as_str());
            return self.signature(&base, &signature, tally);
        }
        // No request has such a base string, so that only the key can be asserted.
        let keys = self.keys();
        let mut mac = Hmac::<sha1::Sha1>::new_from_slice(&keys.borrow().shared_secret()).unwrap();
        mac.update(text.as_bytes());
        let mut buffer = [0; 20];
        let received = Signature::new(&signature).base64(&mut buffer).unwrap_or_default();
        self.holds("signature.txt", mac.verify_slice(received).is_ok(), "hold under the key");
    }

    fn request(&mut self, tally: &mut Tally) {
        let raw = self.bytes("request.http");
        let http = Http::parse(&raw);
        let origin: Origin = http.origin(self.fact("scheme")).parse().unwrap();
        if let Some(sent) = http.header("authorization") {
            let expected = self.text("authorization.txt");
            self.same("authorization.txt", &expected, sent);
        }
        match http.view(&origin).parse() {
            refused if self.fact("malformed") == "yes" => {
                self.holds("request.http", refused.is_err(), "be refused as it is read");
            }
            Ok(request) => self.steps(&request, tally),
            // A signature alone makes credentials and is part of no step.
            Err(ParseError::NoCredentials) if self.fact("unsigned") == "yes" => {
                let view = http.view(&origin).authorization(br#"OAuth oauth_signature="""#);
                self.steps(&view.parse().unwrap(), tally);
            }
            Err(error) => self.fail("request.http", &format!("is not read: {error}")),
        }
    }

    fn steps(&mut self, request: &ParsedRequest<'_>, tally: &mut Tally) {
        let line = |p: countersign_core::Parameter<'_>| format!("{} {}={}\n", p.source, p.name, p.value);
        let base = request.base_string();
        for (file, got) in [
            ("params.txt", request.parameters().map(line).collect()),
            ("normalized.txt", base.normalized()),
            ("base_uri.txt", request.base_uri()),
            ("base.txt", base.as_str().to_owned()),
        ] {
            let expected = self.text(file);
            self.same(file, &expected, &got);
        }
        if self.fact("kind") != "signature" {
            return;
        }
        let signature = self.text("signature.txt");
        let method = request.protocol().signature_method().unwrap_or_default();
        let named = self.fact("signature_method").to_owned();
        self.same("case.txt", &named, method);
        match request.protocol().present(&methods()) {
            Ok(presented) => self.same("signature.txt", &signature, presented.signature.as_str()),
            Err(ParseError::MethodRejected) if no_rsa(method) => {}
            Err(error) => self.fail("request.http", &format!("presents no signature: {error}")),
        }
        self.signature(&base, &signature, tally);
    }

    fn signature(&mut self, base: &BaseString, expected: &str, tally: &mut Tally) {
        let (name, keys) = (self.fact("signature_method").to_owned(), self.keys());
        let known = methods();
        let Some(method) = known.find(&name) else {
            return self.holds("case.txt", no_rsa(&name), "name a known method");
        };
        let verdict = method.prepare(&keys.borrow()).unwrap().verify(base, &Signature::new(expected));
        match self.fact("expect") {
            "accept" => {
                self.holds("signature.txt", verdict.is_ok(), "verify");
                if let Some(ours) = keys.sign(&name, base) {
                    self.same("signature.txt", expected, &ours);
                }
                tally.accepted.insert(name);
            }
            "refuse" => {
                self.holds("signature.txt", verdict.is_err(), "be refused");
                tally.refused += 1;
            }
            _ => self.fail("case.txt", "expects neither `accept` nor `refuse`"),
        }
    }

    fn keys(&mut self) -> OwnedKeys {
        let keys = self.pairs("keys.txt");
        let secret = |name: &str| {
            let encoded = keys.get(name).map_or("", String::as_str);
            Secret::from(plain(encoded).unwrap())
        };
        let public = keys.get("public_key").and_then(|name| public_key(name));
        OwnedKeys { client: secret("client_secret"), token: secret("token_secret"), public }
    }

    fn fact(&self, key: &str) -> &str {
        self.facts.get(key).map_or("", String::as_str)
    }

    fn bytes(&mut self, file: &str) -> Vec<u8> {
        if !self.unread.remove(file) {
            self.fail(file, "is missing");
            return Vec::new();
        }
        fs::read(self.folder.join(file)).unwrap()
    }

    fn text(&mut self, file: &str) -> String {
        String::from_utf8(self.bytes(file)).unwrap()
    }

    fn pairs(&mut self, file: &str) -> BTreeMap<String, String> {
        let pair = |line: &str| line.split_once(':').map(|(key, value)| (key.into(), value.trim().into()));
        self.text(file).lines().filter_map(pair).collect()
    }

    fn same(&mut self, file: &str, expected: &str, got: &str) {
        if expected != got {
            self.fail(file, &format!("differs\n  expected {expected:?}\n  got      {got:?}"));
        }
    }

    fn holds(&mut self, file: &str, holds: bool, what: &str) {
        if !holds {
            self.fail(file, &format!("should: {what}"));
        }
    }

    fn fail(&mut self, file: &str, what: &str) {
        let case = self.folder.file_name().unwrap_or_default().display();
        self.failures.push(format!("{case}: {file} {what}"));
    }
}

struct OwnedKeys {
    client: Secret,
    token: Secret,
    public: Option<PublicKey>,
}

impl OwnedKeys {
    fn borrow(&self) -> Keys<'_> {
        Keys { client_secret: &self.client, token_secret: &self.token, public_key: self.public.as_ref() }
    }

    fn sign(&self, method: &str, base: &BaseString) -> Option<String> {
        let method: &dyn SigningMethod = match method {
            "HMAC-SHA1" => &HmacSha1,
            "HMAC-SHA256" => &HmacSha256,
            "HMAC-SHA512" => &HmacSha512,
            "PLAINTEXT" => &Plaintext,
            _ => return None,
        };
        Some(method.sign(base, &self.client, &self.token))
    }
}

/// A request as `request.http` holds it: lines end in LF, the body is exact.
struct Http<'a> {
    method: &'a str,
    target: &'a str,
    headers: Vec<(&'a str, &'a str)>,
    body: &'a [u8],
}

impl<'a> Http<'a> {
    fn parse(raw: &'a [u8]) -> Self {
        let end = raw.windows(2).position(|pair| pair == b"\n\n").expect("an empty line after the headers");
        let mut lines = std::str::from_utf8(&raw[..end]).unwrap().lines();
        let (method, target) = lines.next().and_then(|line| line.split_once(' ')).unwrap();
        let target = target.strip_suffix(" HTTP/1.1").unwrap();
        let headers = lines.map(|line| line.split_once(": ").unwrap()).collect();
        Self { method, target, headers, body: &raw[end + 2..] }
    }

    fn header(&self, name: &str) -> Option<&'a str> {
        self.headers.iter().find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| *value)
    }

    /// Scheme and authority: of a target in absolute form, or else of `Host`.
    fn origin(&self, scheme: &str) -> String {
        match self.path_start() {
            0 => format!("{scheme}://{}", self.header("host").unwrap()),
            start => self.target[..start].to_owned(),
        }
    }

    fn path_start(&self) -> usize {
        let Some(authority) = self.target.find("://").map(|at| at + 3) else { return 0 };
        if self.target.starts_with('/') {
            return 0;
        }
        self.target[authority..].find(['/', '?']).map_or(self.target.len(), |at| authority + at)
    }

    fn view<'b>(&self, origin: &'b Origin) -> RequestView<'b>
    where
        'a: 'b,
    {
        let mut view = RequestView::new(self.method, origin, &self.target[self.path_start()..]);
        if let Some(value) = self.header("authorization") {
            view = view.authorization(value.as_bytes());
        }
        match self.header("content-type") {
            Some(media_type) => view.body(media_type, self.body),
            None => view,
        }
    }
}

fn folders() -> Vec<PathBuf> {
    let entries = fs::read_dir(ROOT).expect("the folder of the vectors").map(|entry| entry.unwrap().path());
    let mut folders: Vec<_> = entries.filter(|path| path.is_dir() && !path.ends_with("keys")).collect();
    folders.sort();
    folders
}

fn methods() -> Methods {
    Methods::standard().with(Plaintext)
}

/// Whether this is an RSA method in a build without RSA.
fn no_rsa(method: &str) -> bool {
    cfg!(not(feature = "rsa")) && method.starts_with("RSA-")
}

/// The base string of a request that carries all its parameters in the query.
fn base_string(text: &str) -> Option<BaseString> {
    let mut parts = text.splitn(3, '&').map(plain);
    let (method, uri, query) = (parts.next()??, parts.next()??, parts.next()??);
    let authority = uri.find("://")? + 3;
    let path = authority + uri[authority..].find('/')?;
    let (origin, target) = (uri[..path].parse().ok()?, format!("{}?{query}", &uri[path..]));
    let view = RequestView::new(&method, &origin, &target);
    let view =
        if query.contains("oauth_") { view } else { view.authorization(br#"OAuth oauth_signature="""#) };
    view.parse().ok().map(|request| request.base_string())
}

fn plain(encoded: &str) -> Option<String> {
    String::from_utf8(percent::decode(encoded.as_bytes()).ok()?.into_owned()).ok()
}

/// `U+1F511` is a character in UTF-8, `0xFF` is a byte.
fn bytes_of(token: &str) -> Vec<u8> {
    let number = u32::from_str_radix(&token[2..], 16).unwrap();
    match &token[..2] {
        "U+" => char::from_u32(number).unwrap().to_string().into_bytes(),
        _ => vec![u8::try_from(number).unwrap()],
    }
}

#[cfg(feature = "rsa")]
fn public_key(name: &str) -> Option<PublicKey> {
    let pem = fs::read_to_string(Path::new(ROOT).join("keys").join(name).with_extension("pem")).unwrap();
    // OK because the published test keys have 1,024 bits.
    Some(countersign_core::signature::rsa::from_pem(&pem, 1024).unwrap())
}

#[cfg(not(feature = "rsa"))]
fn public_key(_: &str) -> Option<PublicKey> {
    None
}

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../vectors");
