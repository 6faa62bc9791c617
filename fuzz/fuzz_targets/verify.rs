//! Sign, then verify: it holds; with one byte changed it holds exactly if the model reads the same meaning.
#![no_main]

use arbitrary::Arbitrary;
use countersign_core::{
    HmacSha1, HmacSha256, HmacSha512, Keys, Methods, Origin, Plaintext, Presented, Secret, Signature,
    SigningMethod, Timestamp, sign, verify,
};
use countersign_fuzz::{
    Request,
    model::{self, Meaning, PROTOCOL},
};
use libfuzzer_sys::fuzz_target;

/// A request that a client could send.
#[derive(Arbitrary, Debug)]
struct Case {
    signing: Signing,
    place: Place,
    change: Change,
    method: Method,
    client: Printable,
    client_secret: Printable,
    token: Option<(Printable, Printable)>,
    timestamp: u64,
    nonce: Printable,
    realm: Option<Printable>,
    callback: Option<Printable>,
    path: Printable,
    query: Vec<Pair>,
    form: Vec<Pair>,
}

#[derive(Arbitrary, Clone, Copy, Debug)]
enum Signing {
    Sha1,
    Sha256,
    Sha512,
    Plaintext,
}

/// Where the protocol parameters are sent.
#[derive(Arbitrary, Clone, Copy, Debug)]
enum Place {
    Header,
    Query,
    Body,
}

/// What is changed between signing and verifying: a byte at `.0`, counted modulo the length, becomes `.1`.
#[derive(Arbitrary, Clone, Copy, Debug)]
enum Change {
    Header(u16, u8),
    Target(u16, u8),
    Form(u16, u8),
    Signature(u16, u8),
    /// Bytes put behind the signature.
    Trailing(u8),
    ClientSecret(u16, u8),
    TokenSecret(u16, u8),
    Method(u16, u8),
    Scheme,
}

#[derive(Arbitrary, Clone, Copy, Debug)]
enum Method {
    Get,
    Post,
    Lower,
    Odd,
}

/// Text as identifiers and secrets are: up to 32 characters of Latin-1, no controls.
#[derive(Arbitrary, Debug)]
struct Printable(Vec<u8>);

impl Printable {
    fn text(&self) -> String {
        let printable = |byte: &u8| Some(char::from(*byte)).filter(|char| !char.is_control()).unwrap_or('%');
        self.0.iter().take(32).map(printable).collect()
    }

    /// An identifier is not empty.
    fn id(&self) -> String {
        Some(self.text()).filter(|text| !text.is_empty()).unwrap_or_else(|| "k".into())
    }
}

/// A pair of a query or a form, and how it is spelled.
#[derive(Arbitrary, Debug)]
struct Pair {
    name: Vec<u8>,
    value: Vec<u8>,
    spelling: Spelling,
}

#[derive(Arbitrary, Clone, Copy, Debug)]
enum Spelling {
    Canonical,
    Plus,
    LowerCase,
    AllEscaped,
}

impl Pair {
    fn text(&self) -> String {
        let spelled = |text: &[u8]| match self.spelling {
            Spelling::Canonical => model::encode(text),
            Spelling::Plus => model::encode(text).replace("%20", "+"),
            Spelling::LowerCase => text.iter().map(|byte| one(*byte, model::encode(&[*byte]))).collect(),
            Spelling::AllEscaped => text.iter().map(|byte| format!("%{byte:02X}")).collect(),
        };
        // Only the signer may send protocol parameters.
        let name =
            if PROTOCOL.iter().any(|known| known.as_bytes() == self.name) { b"n" } else { &*self.name };
        format!("{}={}", spelled(name), spelled(&self.value))
    }
}

/// The escape with lower-case digits, if it is one.
fn one(byte: u8, encoded: String) -> String {
    if encoded.len() == 3 { format!("%{byte:02x}") } else { encoded }
}

fn joined(pairs: &[Pair]) -> String {
    pairs.iter().map(Pair::text).collect::<Vec<_>>().join("&")
}

/// Adds the protocol parameters to a query or a form.
fn with(text: &str, separator: &str, more: &str) -> String {
    if more.is_empty() { text.into() } else { format!("{text}{separator}{more}") }
}

/// Replaces one byte of ASCII text; `None` where nothing would change.
fn changed(text: &str, at: u16, to: u8) -> Option<String> {
    let mut bytes = text.as_bytes().to_vec();
    let at = usize::from(at) % bytes.len().max(1);
    let byte = bytes.get_mut(at).filter(|byte| byte.is_ascii() && **byte != to & 127)?;
    *byte = to & 127;
    String::from_utf8(bytes).ok()
}

/// Replaces one character, or adds one to an empty text: another text in any case.
fn another(text: &str, at: u16, to: u8) -> String {
    let mut chars: Vec<char> = text.chars().collect();
    let at = usize::from(at) % chars.len().max(1);
    match chars.get_mut(at) {
        None => chars.push(char::from(to)),
        Some(char) if *char == char::from(to) => *char = char::from(to ^ 1),
        Some(char) => *char = char::from(to),
    }
    chars.into_iter().collect()
}

fuzz_target!(|case: Case| {
    match case.signing {
        Signing::Sha1 => run(&case, &HmacSha1),
        Signing::Sha256 => run(&case, &HmacSha256),
        Signing::Sha512 => run(&case, &HmacSha512),
        Signing::Plaintext => run(&case, &Plaintext),
    }
});

fn run(case: &Case, signing: &impl SigningMethod) {
    let origin: Origin = "https://example.com/api".parse().expect("an origin");
    let method = match case.method {
        Method::Get => "GET",
        Method::Post => "POST",
        Method::Lower => "put",
        Method::Odd => "M-SEARCH+~",
    };
    let secrets = Secrets {
        client: case.client_secret.text(),
        token: case.token.as_ref().map_or_else(String::new, |(_, secret)| secret.text()),
    };
    let (client, nonce) = (case.client.id(), case.nonce.id());
    let [realm, callback] = [&case.realm, &case.callback].map(|text| text.as_ref().map(Printable::text));
    let path = format!("/{}", case.path.text().replace('?', "/"));
    let target = with(&path, "?", &joined(&case.query));
    let form = joined(&case.form);

    let mut request = sign::Request::new(method, &origin, &target)
        .form(form.as_bytes())
        .client(&client, &secrets.client.as_str().into())
        .stamp(Timestamp::from_seconds(case.timestamp), &nonce);
    if let Some((token, _)) = &case.token {
        request = request.token(&token.id(), &secrets.token.as_str().into());
    }
    if let Some(realm) = &realm {
        request = request.realm(realm);
    }
    if let Some(callback) = &callback {
        request = request.callback(callback);
    }
    let signed = request.sign(signing).expect("every escape is whole");

    // As it is sent.
    let (mut header, mut sent_target, mut sent_form) = (None, target.clone(), form.clone());
    match case.place {
        Place::Header => header = Some(signed.header().into_bytes()),
        Place::Query => {
            sent_target = with(&target, if target.contains('?') { "&" } else { "?" }, &signed.form_encoded())
        }
        Place::Body => sent_form = [form.as_str(), &signed.form_encoded()].join("&"),
    }
    let sent = Request {
        method,
        origin: &origin,
        target: &sent_target,
        header: header.as_deref(),
        form: sent_form.as_bytes(),
    };
    let (parsed, meaning) = sent.compare().expect("what was signed can be read");
    assert_eq!(parsed.base_string(), *signed.base_string(), "the signer's base string is the verifier's");
    assert!(holds(&sent, &secrets), "what was signed holds");

    // One thing changed.
    let (same, text) = (|_: &Presented<'_>| None, signed.signature());
    match case.change {
        Change::Header(at, to) => {
            let Some(mut field) = header.clone() else { return };
            let at = usize::from(at) % field.len();
            field[at] = to;
            judge(&meaning, &Request { header: Some(&field), ..sent }, &secrets);
        }
        Change::Target(at, to) => {
            let Some(target) = changed(&sent_target, at, to) else { return };
            judge(&meaning, &Request { target: &target, ..sent }, &secrets);
        }
        Change::Form(at, to) => {
            let Some(form) = changed(&sent_form, at, to) else { return };
            judge(&meaning, &Request { form: form.as_bytes(), ..sent }, &secrets);
        }
        Change::Method(at, to) => {
            let Some(method) = changed(method, at, to) else { return };
            judge(&meaning, &Request { method: &method, ..sent }, &secrets);
        }
        Change::Scheme => {
            let origin = "http://example.com/api".parse().expect("an origin");
            judge(&meaning, &Request { origin: &origin, ..sent }, &secrets);
        }
        Change::Signature(at, to) => {
            let other = another(text, at, to);
            assert!(!holds_with(&sent, &secrets, |_| Some(other.as_str())), "another signature: {other}");
        }
        Change::Trailing(byte) => {
            let longer = format!("{text}{}", char::from(byte));
            assert!(!holds_with(&sent, &secrets, |_| Some(longer.as_str())), "a longer signature: {longer}");
        }
        Change::ClientSecret(at, to) => {
            let secrets = Secrets { client: another(&secrets.client, at, to), ..secrets };
            assert!(!holds_with(&sent, &secrets, same), "another client secret");
        }
        Change::TokenSecret(at, to) => {
            let secrets = Secrets { token: another(&secrets.token, at, to), ..secrets };
            assert!(!holds_with(&sent, &secrets, same), "another token secret");
        }
    }
}

/// The secrets that the server knows.
struct Secrets {
    client: String,
    token: String,
}

/// A changed request holds if it means the same, and only then.
fn judge(signed: &Meaning, changed: &Request<'_>, secrets: &Secrets) {
    let meaning = changed.compare().map(|(_, meaning)| meaning);
    let held = holds(changed, secrets);
    let Some(meaning) = meaning else { return assert!(!held, "it cannot be read, so it cannot hold") };
    let same_signature = meaning.protocol("oauth_signature") == signed.protocol("oauth_signature");
    if same_signature && meaning.base_string() == signed.base_string() {
        assert!(held, "it means the same, so it holds: {changed:?}");
    } else if !same_signature || signed.protocol("oauth_signature_method") != Some("PLAINTEXT") {
        // PLAINTEXT signs nothing but the secrets.
        assert!(!held, "it means something else, so it does not hold: {changed:?}");
    }
}

fn holds(request: &Request<'_>, secrets: &Secrets) -> bool {
    holds_with(request, secrets, |_| None)
}

/// Verifies as a server does, perhaps with another signature than the one that was sent.
fn holds_with<'s>(
    request: &Request<'_>,
    secrets: &Secrets,
    signature: impl Fn(&Presented<'_>) -> Option<&'s str>,
) -> bool {
    let Ok(parsed) = request.parse() else { return false };
    let methods = Methods::standard().with(Plaintext);
    let Ok(presented) = parsed.protocol().present(&methods) else { return false };
    let keys = Keys {
        client_secret: &Secret::from(secrets.client.as_str()),
        token_secret: &Secret::from(secrets.token.as_str()),
        public_key: None,
    };
    let key = presented.method.prepare(&keys).expect("shared secrets can always be prepared");
    let signature = signature(&presented).map_or(presented.signature, Signature::new);
    verify(&Presented { signature, ..presented.clone() }, &parsed.base_string(), &*key).is_ok()
}
