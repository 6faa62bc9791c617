//! Every flow under a TRACE log; then log, standard output, answers and database files are searched for every secret.

mod support;

use base64ct::Encoding;
use countersign_core::{HmacSha256, Plaintext, signature::rsa};
use std::path::Path;
use support::{
    browser::Browser,
    client::{Call, Dance, Pair, Where},
    http::{Answer, Request, form},
    http2,
    needles::{Needles, forms},
    place::Place,
    server::Server,
};

const CALLBACK: &str = "http://127.0.0.1/ready";
const PASSWORD: &str = "correct horse & battery=staple %41 \u{fc}";
const CANARY: &str = "Canary/of+the=mine-7d1f \u{fc}";

/// A server, who uses it, and what has been said in confidence.
struct Stage {
    server: Server,
    place: Place,
    /// Nowhere at all.
    secret: Needles,
    /// Not in the log: the database has to know identifiers.
    private: Needles,
    /// Refusals, which hold no secret either.
    refusals: Vec<String>,
}

impl Stage {
    fn client(&mut self, flags: &[&str], input: &str) -> Pair {
        let pair = self.place.add_client_with(flags, input);
        if !pair.secret.expose().is_empty() {
            self.secret.add(&format!("secret of the client {flags:?}"), pair.secret.expose());
        }
        pair
    }

    fn issued(&mut self, what: &str, pair: Pair) -> Pair {
        self.secret.add(&format!("secret of {what}"), pair.secret.expose());
        self.private.add(&format!("oauth_token of {what}"), &pair.id);
        pair
    }

    fn signs_in(&mut self) -> Browser {
        let mut browser = Browser::default();
        browser.try_sign_in(&self.server, "jane", PASSWORD, "/").expect(303);
        self.knows(&mut browser);
        browser
    }

    /// Takes note of a browser's cookies and of the anti-forgery token in its pages.
    fn knows(&mut self, browser: &mut Browser) {
        let home = browser.get(&self.server, "/").expect(200);
        self.secret.add("csrf of a session", &home.hidden("csrf").expect("csrf"));
        for (name, value) in &browser.cookies {
            self.secret.add(&format!("cookie {name}"), value);
        }
    }

    /// Sends a signed request and takes note of its signature.
    fn send(&mut self, what: &str, request: &Request) -> Answer {
        let texts = request.fields.iter().map(|(_, value)| value.as_str());
        let body = String::from_utf8_lossy(&request.body).into_owned();
        for text in texts.chain([request.target.as_str(), &body]) {
            let Some((_, rest)) = text.split_once("oauth_signature=") else { continue };
            let signature = rest.trim_start_matches('"').split(['"', '&', ',']).next().expect("a part");
            let signature = countersign_core::percent::decode(signature.as_bytes()).expect("an escape");
            self.secret.add(&format!("signature of {what}"), &String::from_utf8_lossy(&signature));
        }
        let answer = request.send(&self.server);
        if answer.status >= 400 {
            self.refusals.push(format!("{what}: {:?} {}", answer.fields, answer.body));
        }
        answer
    }

    fn call(&mut self, what: &str, call: &Call<'_>) -> Answer {
        let request = call.request(&self.server.public_url);
        self.send(what, &request)
    }
}

#[test]
fn no_secret_reaches_log_output_answers_or_database() {
    let place = Place::new();
    place.add_user("jane", PASSWORD);
    let server = place.server().set("COUNTERSIGN_LOG_LEVEL", "trace").flag("--allow-plaintext").start();
    let (secret, private) = (Needles::default(), Needles::default());
    let mut stage = Stage { server, place, secret, private, refusals: Vec::new() };
    stage.secret.add("password", PASSWORD);

    let printer =
        stage.client(&["--name", "Printer", "--callback", CALLBACK, "--allow-oob", "--two-legged"], "");
    let token = three_legged(&mut stage, &printer);
    out_of_band(&mut stage, &printer);
    denied(&mut stage, &printer);
    wrong_password(&mut stage);
    two_legged(&mut stage, &printer);
    every_place(&mut stage, &printer, &token);
    brought_along(&mut stage);
    with_rsa(&mut stage);
    refused(&mut stage, &printer, &token);
    key_ring(&mut stage);
    plant(&stage.place);

    let Stage { server, place, secret, private, refusals } = stage;
    let in_files = |state: &str| {
        let mut bytes = 0;
        for (name, content) in files(place.path()) {
            bytes += content.len();
            assert_eq!(secret.found_in(&content), [""; 0], "in {name}, {state}");
        }
        bytes
    };
    let searched = in_files("while it runs");
    assert_planted(place.path());
    let (status, log, stdout) = server.stop();
    assert!(status.success(), "{status}");
    in_files("after its end");
    assert_planted(place.path());

    for (name, content) in [("log", &log), ("standard output", &stdout)] {
        assert_eq!(secret.found_in(content), [""; 0], "in {name}");
        assert_eq!(private.found_in(content), [""; 0], "in {name}");
    }
    let mut canary = Needles::default();
    canary.add("client", &printer.id);
    assert!(canary.found_in(&log).contains(&"client, raw".into()), "the log names clients");
    for refusal in &refusals {
        assert_eq!(secret.found_in(refusal.as_bytes()), [""; 0], "in {refusal}");
    }
    println!(
        "{} forms of secrets in {} KiB of log, {} KiB of database, {} refusals: none; the canaries were found",
        secret.len() + private.len(),
        log.len() >> 10,
        searched >> 10,
        refusals.len(),
    );
}

fn three_legged(stage: &mut Stage, printer: &Pair) -> Pair {
    let mut browser = stage.signs_in();
    let initiate = Call::post("/oauth/initiate", printer).with("oauth_callback", CALLBACK);
    let answer = stage.call("initiate", &initiate).expect(200);
    let temporary = stage.issued("temporary credentials", Pair::from(&answer));

    let early =
        Call::post("/oauth/token", printer).token(&temporary).with("oauth_verifier", "too-early-verifier");
    stage.call("exchange before the grant", &early).refused(401, "permission_unknown");
    let dance = Dance { server: &stage.server, client: printer, callback: CALLBACK };
    let verifier = dance.grant(&mut browser, &temporary);
    stage.secret.add("verifier", &verifier);
    let wrong =
        Call::post("/oauth/token", printer).token(&temporary).with("oauth_verifier", "a-wrong-verifier");
    stage.call("wrong verifier", &wrong).refused(401, "verifier_invalid");
    stage.secret.add("wrong verifier", "a-wrong-verifier");

    let exchange = Call::post("/oauth/token", printer).token(&temporary).with("oauth_verifier", &verifier);
    let answer = stage.call("exchange", &exchange).expect(200);
    let token = stage.issued("token credentials", Pair::from(&answer));
    stage.call("second exchange", &exchange).expect(401);
    stage.call("protected", &Call::get("/api/whoami", printer).token(&token)).expect(200);
    let consent = browser.consent(&stage.server, &temporary).expect(401);
    stage.refusals.push(consent.body);

    let csrf = browser.get(&stage.server, "/").hidden("csrf").expect("csrf");
    browser.post(&stage.server, "/logout", &[("csrf", &csrf)]).expect(200);
    token
}

fn out_of_band(stage: &mut Stage, printer: &Pair) {
    let mut browser = stage.signs_in();
    let dance = Dance { server: &stage.server, client: printer, callback: "oob" };
    let temporary = dance.initiate();
    let page = browser.answer(&stage.server, &temporary, "grant").expect(200);
    let (_, rest) = page.body.split_once("id=\"verifier\"").expect("the code");
    let code = rest.split(['>', '<']).nth(1).expect("the code");
    stage.secret.add("code out of band", code);
    let token = Pair::from(&dance.exchange(&temporary, code).expect(200));
    stage.issued("temporary credentials out of band", temporary);
    stage.issued("token credentials out of band", token);
}

fn denied(stage: &mut Stage, printer: &Pair) {
    let mut browser = stage.signs_in();
    let dance = Dance { server: &stage.server, client: printer, callback: CALLBACK };
    let temporary = dance.initiate();
    browser.answer(&stage.server, &temporary, "deny").expect(303);
    dance.exchange(&temporary, "whatever").refused(401, "user_refused");
    stage.issued("temporary credentials denied", temporary);
}

fn wrong_password(stage: &mut Stage) {
    let mut browser = Browser::default();
    browser.try_sign_in(&stage.server, "jane", "a-wrong-password", "/").expect(401);
    stage.secret.add("wrong password", "a-wrong-password");
    browser.try_sign_in(&stage.server, "nobody", "another-wrong-password", "/").expect(401);
    stage.secret.add("password of nobody", "another-wrong-password");
    let forged = form(&[("username", "jane"), ("password", PASSWORD), ("csrf", "forged-csrf-token")]);
    let answer = browser.send(&stage.server, Request::new("POST", "/login").form(&forged)).expect(403);
    stage.refusals.push(answer.body);
    stage.secret.add("cookie of the form", &browser.cookies[0].1.clone());
    let stolen = Request::get("/").field("Cookie", "countersign=a-cookie-of-no-session");
    stolen.send(&stage.server).expect(200);
    stage.secret.add("cookie of no session", "a-cookie-of-no-session");
}

fn two_legged(stage: &mut Stage, printer: &Pair) {
    stage.call("two legs", &Call::get("/api/whoami", printer)).expect(200);
}

fn every_place(stage: &mut Stage, printer: &Pair, token: &Pair) {
    let url = stage.server.public_url.clone();
    for place in [Where::Header, Where::Query, Where::Form] {
        let call = Call::post("/api/whoami", printer).token(token).form("a=1");
        // No resource takes POST there: the credentials are read first all the same.
        stage.send(&format!("{place:?}"), &call.request_by(&HmacSha256, place, &url));
        let call = Call::post("/echo/x?b=2", printer).token(token).form("a=1");
        stage.send(&format!("{place:?} at echo"), &call.request_by(&HmacSha256, place, &url)).expect(200);
        let call = Call::get("/api/whoami", printer).token(token);
        let place = if place == Where::Form { Where::Query } else { place };
        stage.send("plain", &call.request_by(&Plaintext, place, &url)).expect(200);
        let call = Call::post("/oauth/initiate", printer).with("oauth_callback", "oob");
        let answer = stage.send("initiate", &call.request_by(&HmacSha256, place, &url)).expect(200);
        stage.issued("temporary credentials by query", Pair::from(&answer));
    }
    let call = Call::get("/api/whoami?h=2", printer).token(token);
    let requests = [Where::Header, Where::Query].map(|place| call.request_by(&Plaintext, place, &url));
    for answer in http2::send(&stage.server, &requests) {
        answer.expect(200);
    }
}

fn brought_along(stage: &mut Stage) {
    let strange = "br\u{f6}ught along&=%+\"quoted\\\"; / 'secret'";
    let flags = ["--name", "Partner", "--client-id", "old&key", "--client-secret-stdin"];
    let partner = stage.client(&flags, strange);
    let strange = "t\u{f6}ken&=%+\"quoted\\\"; / 'secret'";
    let flags = ["--token-id", "old+token-id", "--token-secret-stdin"];
    let token = stage.place.issue_token(&partner.id, "jane", &flags, strange);
    let token = stage.issued("a token brought along", token);
    assert!(token.secret.matches(strange) && token.id == "old+token-id");
    stage.call("brought along", &Call::get("/api/whoami", &partner).token(&token)).expect(200);
    let url = stage.server.public_url.clone();
    let plain = Call::get("/api/whoami", &partner).token(&token).request_by(&Plaintext, Where::Header, &url);
    stage.send("brought along, plain", &plain).expect(200);
    let issued = stage.place.issue_token(&partner.id, "jane", &[], "");
    stage.issued("a token of the command", issued);
    for listed in [["client", "list", "--json"], ["token", "list", "--json"]] {
        let ran = stage.place.done(&listed, "");
        assert_eq!(stage.secret.found_in(ran.stdout.as_bytes()), [""; 0], "{listed:?}");
    }
    stage.place.done(&["token", "revoke", &token.id], "");
    stage.place.done(&["user", "passwd", "jane", "--password-stdin"], PASSWORD);
}

fn with_rsa(stage: &mut Stage) {
    let pair = aws_lc_rs::rsa::KeyPair::generate(aws_lc_rs::rsa::KeySize::Rsa2048).expect("a key");
    let pem = |label: &str, der: &[u8]| {
        let text = base64ct::Base64::encode_string(der);
        let lines: Vec<_> = text.as_bytes().chunks(64).map(String::from_utf8_lossy).collect();
        format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
    };
    let private =
        aws_lc_rs::encoding::AsDer::<aws_lc_rs::encoding::Pkcs8V1Der<'_>>::as_der(&pair).expect("DER");
    let public = aws_lc_rs::signature::KeyPair::public_key(&pair).as_ref().to_vec();
    std::fs::write(stage.place.path().join("ledger.pem"), pem("RSA PUBLIC KEY", &public)).expect("a file");
    let ledger = stage.client(&["--name", "Ledger", "--two-legged", "--rsa-public-key", "ledger.pem"], "");
    let signer =
        rsa::RsaSigner::from_pem(rsa::RsaSha256, &pem("PRIVATE KEY", private.as_ref())).expect("a key");
    let url = stage.server.public_url.clone();
    let call = Call::get("/api/whoami", &ledger);
    stage.send("RSA", &call.request_by(&signer, Where::Header, &url)).expect(200);
    stage.call("HMAC under a key", &call).expect(400);
}

fn refused(stage: &mut Stage, printer: &Pair, token: &Pair) {
    let liar = Pair::new(&printer.id, "the-wrong-client-secret");
    stage.secret.add("wrong client secret", "the-wrong-client-secret");
    let url = stage.server.public_url.clone();
    for place in [Where::Header, Where::Query] {
        let call = Call::get("/api/whoami", &liar).token(token);
        stage.send("liar", &call.request_by(&HmacSha256, place, &url)).refused(401, "signature_invalid");
        stage.send("plain liar", &call.request_by(&Plaintext, place, &url)).refused(401, "signature_invalid");
    }
    let unknown = Pair::new("no-such-client", "secret-of-no-client");
    stage.secret.add("secret of no client", "secret-of-no-client");
    stage.call("unknown", &Call::get("/api/whoami", &unknown)).refused(401, "consumer_key_unknown");
    let lost = stage.issued("no token", Pair::new("no-such-token-id", "secret-of-no-token"));
    stage.call("no token", &Call::get("/api/whoami", printer).token(&lost)).refused(401, "token_rejected");
    let call = Call::get("/api/whoami", printer).token(token);
    stage.call("first", &call).expect(200);
    stage.call("replay", &call).refused(401, "nonce_used");
    let twice = Call::get("/api/whoami", printer).with("oauth_nonce", "another").request(&url);
    stage.send("twice", &twice).expect(400);
    let garbage =
        Request::get("/api/whoami").field("Authorization", "OAuth oauth_token=\"%zz-garbage-token\", =,");
    stage.send("garbage", &garbage).expect(400);
    let astray = call.request_by(&Plaintext, Where::Query, &url);
    stage.send("astray", &Request::get(&astray.target.replace("/api/", "/nowhere/"))).expect(404);
}

/// The keys that seal: in their file alone.
fn key_ring(stage: &mut Stage) {
    let text = std::fs::read_to_string(stage.place.path().join("countersign.keys")).expect("the key file");
    let key = text.lines().last().and_then(|line| line.split_once(':')).expect("a key").1.to_owned();
    stage.secret.add("sealing key", &key);
}

/// Puts every form of a canary where the database keeps names.
fn plant(place: &Place) {
    for (_, form) in forms(CANARY) {
        let form = String::from_utf8(form).expect("text");
        place.add_client(&["--name", &form, "--two-legged"]);
    }
}

/// Every form is found, so that the search would have found a secret.
fn assert_planted(folder: &Path) {
    let mut canary = Needles::default();
    canary.add("canary", CANARY);
    let mut found: Vec<_> = files(folder).iter().flat_map(|(_, content)| canary.found_in(content)).collect();
    found.sort();
    found.dedup();
    assert_eq!(found.len(), forms(CANARY).len(), "{found:#?}");
}

/// The database and all that lies beside it, but for the key ring.
fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let entries =
        std::fs::read_dir(folder).expect("a directory").map(|entry| entry.expect("an entry").path());
    let read = |path: std::path::PathBuf| {
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        (name, std::fs::read(&path).expect("a file"))
    };
    let files: Vec<_> = entries.map(read).filter(|(name, _)| name.starts_with("x.db")).collect();
    assert!(files.iter().any(|(name, _)| name == "x.db"), "the database was searched");
    files
}
