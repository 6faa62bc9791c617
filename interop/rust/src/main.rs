//! Rust: oauth1-request, a signer for any HTTP client; here with ureq.

mod client;
mod methods;

use client::{owned, text, Carries, Client, Failure, Pairs, Place, FORM};
use oauth::Credentials;
use serde_json::{json, Value};

const BUILT_IN: [&str; 3] = ["HMAC-SHA1", "RSA-SHA1", "PLAINTEXT"];
const OWN_METHOD: &str = "not built in; written against the crate's SignatureMethod trait";
const LEFT_OUT: &str = "to_query and to_form sign the other parameters but leave them out; added by hand";
const ADDED: [&str; 4] = ["HMAC-SHA256", "HMAC-SHA512", "RSA-SHA256", "RSA-SHA512"];

fn main() -> Result<(), Failure> {
    if std::env::args().nth(1).as_deref() == Some("--version") {
        println!("{}", about());
        return Ok(());
    }
    let config: Value = serde_json::from_reader(std::io::stdin())?;
    println!("{}", json!({ "about": about() }));
    let at = |path: &str| format!("{}{path}", text(&config["base"]));
    let plain = Client::new(&config, "HMAC-SHA1")?;
    let token = dance(&config, &plain, text(&config["callback"]), report)?;
    let client = plain.with_token(&token);
    let (hard, twice) = (pairs(&config["pairs"]), pairs(&config["twice_pairs"]));
    let (none, one) = (Pairs::new(), vec![("a".into(), "b".into())]);

    step("whoami", None, || client.query("GET", &at("/api/whoami"), &none));
    step("query", None, || client.query("GET", &at("/echo/query"), &hard));
    step("query dup", None, || client.query("GET", &at("/echo/query"), &twice));
    step("in header", None, || client.query("GET", &at("/echo/header"), &none));
    step("in query", Some(LEFT_OUT), || {
        let url = client.sign(Place::Query, "GET", &at("/echo/query"), &one, Carries::Nothing);
        client.send("GET", &format!("{url}&a=b"), &[], None)
    });
    step("in body", Some(LEFT_OUT), || {
        let form = client.sign(Place::Form, "POST", &at("/echo/body"), &one, Carries::Nothing);
        client.send("POST", &at("/echo/body"), &[FORM], Some(&format!("{form}&a=b")))
    });
    step("form", None, || client.form("POST", &at("/echo/form"), &hard));
    step("form dup", None, || client.form("POST", &at("/echo/form"), &twice));
    step("json", None, || {
        let header = client.sign(Place::Header, "POST", &at("/echo/json"), &none, Carries::Nothing);
        let headers = [("authorization", header.as_str()), ("content-type", "application/json")];
        client.send("POST", &at("/echo/json"), &headers, Some(text(&config["json"])))
    });
    step("put", None, || client.form("PUT", &at("/echo/put"), &hard));
    step("delete", None, || {
        let sent = vec![("id".into(), "7".into()), ("why".into(), "a b".into())];
        client.query("DELETE", &at("/echo/delete"), &sent)
    });
    step("oob", None, || {
        let token = dance(&config, &plain, "oob", |_, _| ())?;
        plain.with_token(&token).query("GET", &at("/echo/oob"), &none)
    });
    for method in BUILT_IN.into_iter().chain(ADDED) {
        let note = ADDED.contains(&method).then_some(OWN_METHOD);
        step(method, note, || {
            let signer = Client::new(&config, method)?;
            let token = dance(&config, &signer, text(&config["callback"]), |_, _| ())?;
            signer.with_token(&token).query("GET", &at("/echo/method"), &none)
        });
    }
    step("2-legged", None, || plain.query("GET", &at("/echo/two-legged"), &none));
    step("tampered", None, || {
        let wrong = owned(&token.identifier, &format!("{}x", token.secret));
        plain.with_token(&wrong).query("GET", &at("/echo/tampered"), &none)
    });
    step("replay", None, || {
        let url = at("/echo/replay");
        let header = client.sign(Place::Header, "GET", &url, &none, Carries::Nothing);
        let first = client.send("GET", &url, &[("authorization", &header)], None)?;
        let mut again = client.send("GET", &url, &[("authorization", &header)], None)?;
        again["first"] = first["status"].clone();
        Ok(again)
    });
    Ok(())
}

fn dance(
    config: &Value,
    client: &Client,
    callback: &str,
    report: impl Fn(&str, Value),
) -> Result<Credentials, Failure> {
    let base = text(&config["base"]);
    let (answer, temporary) = ask(client, &format!("{base}/oauth/initiate"), Carries::Callback(callback))?;
    report("initiate", json!({ "credentials": answer }));
    let back =
        browse(config, client, &format!("{base}/oauth/authorize?oauth_token={}", temporary.identifier))?;
    let same = back["oauth_token"].is_null() || text(&back["oauth_token"]) == temporary.identifier;
    let verifier = text(&back["oauth_verifier"]);
    report("authorize", json!({ "verifier": verifier, "same_token": same }));
    let asking = client.with_token(&temporary);
    let (answer, granted) = ask(&asking, &format!("{base}/oauth/token"), Carries::Verifier(verifier))?;
    report("token", json!({ "credentials": answer }));
    Ok(granted)
}

/// Posts to an endpoint of the dance; answers its form as JSON and the credentials in it.
fn ask(client: &Client, url: &str, carries: Carries<'_>) -> Result<(Value, Credentials), Failure> {
    let header = client.sign(Place::Header, "POST", url, &Pairs::new(), carries);
    let answer = client.send("POST", url, &[("authorization", &header)], Some(""))?;
    if answer["status"] != 200 {
        return Err(answer.to_string().into());
    }
    // No decoding: the server promises that identifiers and secrets are letters and digits.
    let fields: Value = text(&answer["body"]).split('&').filter_map(|pair| pair.split_once('=')).collect();
    let credentials = owned(text(&fields["oauth_token"]), text(&fields["oauth_token_secret"]));
    Ok((fields, credentials))
}

/// Lets the resource owner approve; answers what the browser brought back.
fn browse(config: &Value, client: &Client, url: &str) -> Result<Value, Failure> {
    let target = format!("{}/approve?url={}", text(&config["browser"]), methods::percent(url.as_bytes()));
    let answer = client.send("GET", &target, &[], None)?;
    let back: Value = serde_json::from_str(text(&answer["body"]))?;
    match back.get("error") {
        Some(error) => Err(text(error).into()),
        None => Ok(back),
    }
}

/// Runs one step; `action` answers the fields to report. A failure is reported and the next step goes on.
fn step(name: &str, note: Option<&str>, action: impl FnOnce() -> Result<Value, Failure>) {
    let mut line = action().unwrap_or_else(|error| json!({ "error": error.to_string() }));
    if let Some(note) = note {
        line["note"] = note.into();
    }
    report(name, line);
}

fn report(name: &str, mut line: Value) {
    line["step"] = name.into();
    println!("{line}");
}

fn pairs(list: &Value) -> Pairs {
    let each = list.as_array().into_iter().flatten();
    each.map(|pair| (text(&pair[0]).to_owned(), text(&pair[1]).to_owned())).collect()
}

/// The versions of the libraries, as locked.
fn about() -> String {
    let version = |name: &str| {
        let entry = format!("name = \"{name}\"\nversion = \"");
        let found =
            include_str!("../Cargo.lock").split_once(&entry).and_then(|(_, rest)| rest.split_once('"'));
        found.map_or("?", |(version, _)| version)
    };
    format!("oauth1-request {}, ureq {}", version("oauth1-request"), version("ureq"))
}
