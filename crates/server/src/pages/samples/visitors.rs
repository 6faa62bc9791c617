//! Pages for whoever comes: signing in and up, consent and its answers, errors, help, home.

use super::{Sample, sample};
use crate::{
    pages::help::TOPICS,
    words::{Text, text},
};
use serde_json::{Value, json};

pub(super) fn samples() -> Vec<Sample> {
    let mut all = vec![home(), home_signed_in(), leaving()];
    all.extend(sign_in());
    all.extend(signed_out());
    all.extend(sign_up());
    all.extend(consent());
    all.extend(errors());
    all.extend(TOPICS.iter().map(|(code, status)| {
        let values = json!({ "code": code, "status": status, "title": code.replace('_', " ") });
        sample("help.html", code, values)
    }));
    all
}

fn home() -> Sample {
    let named =
        |name, method, path| json!({ "name": text(name), "method": method, "url": format!("{URL}{path}") });
    let values = json!({
        "public_url": URL,
        "endpoints": [
            named("home-initiate", "POST", "/oauth/initiate"),
            named("home-authorize", "GET", "/oauth/authorize"),
        ],
        "account": null,
        "csrf": null,
        "admin": null,
    });
    sample("home.html", "ordinary", values)
}

fn home_signed_in() -> Sample {
    let mut sample = home();
    (sample.values["account"], sample.values["csrf"]) = ("jane".into(), "c5rf".into());
    sample.values["admin"] = true.into();
    Sample { case: "signed-in", ..sample }
}

fn leaving() -> Sample {
    let address = "https://id.example.net/authorize?client_id=countersign&state=5t4t3";
    sample("leaving.html", "ordinary", json!({ "issuer": "Example", "address": address }))
}

fn signed_out() -> [Sample; 3] {
    let page = |case, by_proxy: bool, sign_out| {
        sample("signed_out.html", case, json!({ "by_proxy": by_proxy, "sign_out": sign_out }))
    };
    [
        page("by-proxy-with-sign-out", true, "https://sso.example.net/logout"),
        page("by-proxy", true, ""),
        page("ordinary", false, ""),
    ]
}

fn sign_in() -> [Sample; 6] {
    let page = |case, error: Option<Text>, wait: Option<u64>, by_password: bool, issuers: &Value| {
        let values = json!({
            "csrf": "c5rf",
            "next": "/oauth/authorize?oauth_token=t0k3n",
            "onward": "%2Foauth%2Fauthorize%3Foauth_token%3Dt0k3n",
            "username": "jane",
            "error": error,
            "wait_seconds": wait,
            "sign_up": true,
            "by_password": by_password,
            "issuers": issuers,
        });
        sample("login.html", case, values)
    };
    let issuers =
        json!([{ "id": "example", "name": "Example" }, { "id": "other", "name": "https://id.example.org" }]);
    let wrong = Some(text("sign-in-wrong"));
    [
        page("with-issuers", None, None, true, &issuers),
        page("ordinary", None, None, true, &json!([])),
        page("wrong", wrong, None, true, &json!([])),
        page("too-many", Some(text("too-many-attempts")), Some(120), true, &json!([])),
        page("no-password", None, None, false, &issuers),
        page("proxy-alone", None, None, false, &json!([])),
    ]
}

fn sign_up() -> [Sample; 3] {
    let form = |problem, by_invitation| {
        json!({
            "csrf": "c5rf",
            "next": "/",
            "onward": "%2F",
            "username": "jane",
            "invitation": "1nv1t3d",
            "by_invitation": by_invitation,
            "problem": problem,
            "wait_seconds": null,
        })
    };
    let mut too_many = form(Some(text("sign-up-too-many")), false);
    too_many["wait_seconds"] = 120.into();
    [
        sample("signup.html", "too-many", too_many),
        sample("signup.html", "ordinary", form(None, false)),
        sample("signup.html", "taken", form(Some(text("sign-up-name-taken")), true)),
    ]
}

fn consent() -> Vec<Sample> {
    let question = |scopes, destination| {
        json!({
            "client_name": "Printer",
            "client_uri": "https://printer.example.com/",
            "scopes": scopes,
            "destination": destination,
            "token": "t0k3n",
            "account": "jane",
            "csrf": "c5rf",
            "action": "/oauth/authorize",
            "next": "/oauth/authorize?oauth_token=t0k3n",
        })
    };
    let scopes = json!([
        { "name": "photos", "description": "See your photos" },
        { "name": "print", "description": "" },
    ]);
    let code = json!({
        "verifier": "GHAD-7KXQ",
        "client_name": "Printer",
        "expires_seconds": 599,
        "account": "jane",
        "csrf": "c5rf",
        "admin": false,
    });
    let mut soon = code.clone();
    soon["expires_seconds"] = 42.into();
    vec![
        sample("consent.html", "ordinary", question(scopes, Some("https://printer.example.com"))),
        sample("consent.html", "code", question(json!([]), None)),
        Sample { has_script: true, ..sample("verifier.html", "ordinary", code) },
        Sample { has_script: true, ..sample("verifier.html", "soon", soon) },
        sample("denied.html", "ordinary", json!({})),
    ]
}

fn errors() -> [Sample; 4] {
    let error = |status, title, message: Text, advice, code: Option<&str>| {
        json!({
            "status": status,
            "title": text(title),
            "message": message,
            "advice": text(advice),
            "to": "",
            "link": text("error-home"),
            "code": code,
            "help_url": code.map(|code| format!("/help/{code}")),
        })
    };
    let taken = text("ways-name-taken").word("issuer", "Example");
    let mut elsewhere = error(409, "ways-not-signed-in", taken, "ways-connect-if-yours", None);
    (elsewhere["name"], elsewhere["to"]) = ("jane".into(), "login?next=%2Faccount".into());
    elsewhere["link"] = json!(text("ways-to-sign-in"));
    let forged = error(403, "error-stopped", text("error-form-forged"), "error-allow-cookies", None);
    let expired = error(
        401,
        "error-expired",
        text("error-expired-message"),
        "error-start-again",
        Some("token_expired"),
    );
    let mut owners = json!({ "status": 403, "title": text("error-stopped") });
    owners["message"] = json!(text("consent-owner-only"));
    owners["switch_to"] = "/oauth/authorize?oauth_token=t0k3n".into();
    (owners["account"], owners["csrf"], owners["admin"]) = ("jane".into(), "c5rf".into(), false.into());
    [
        sample("error.html", "owner-only", owners),
        sample("error.html", "elsewhere", elsewhere),
        sample("error.html", "ordinary", forged),
        sample("error.html", "code", expired),
    ]
}

const URL: &str = "https://photos.example.net";
