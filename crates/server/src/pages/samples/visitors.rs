//! Pages for whoever comes: signing in and up, consent and its answers, errors, help, home.

use super::{Sample, sample};
use crate::{pages::help::TOPICS, words::text};
use serde_json::json;

pub(super) fn samples() -> Vec<Sample> {
    let mut all = vec![home(), home_signed_in(), sample("signed_out.html", "ordinary", json!({}))];
    all.extend(sign_in());
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
    });
    sample("home.html", "ordinary", values)
}

fn home_signed_in() -> Sample {
    let mut sample = home();
    (sample.values["account"], sample.values["csrf"]) = ("jane".into(), "c5rf".into());
    Sample { case: "signed-in", ..sample }
}

fn sign_in() -> [Sample; 3] {
    let form = |error, wait: Option<u64>| {
        json!({
            "csrf": "c5rf",
            "next": "/oauth/authorize?oauth_token=t0k3n",
            "onward": "%2Foauth%2Fauthorize%3Foauth_token%3Dt0k3n",
            "username": "jane",
            "error": error,
            "wait_seconds": wait,
            "sign_up": true,
        })
    };
    [
        sample("login.html", "ordinary", form(None, None)),
        sample("login.html", "wrong", form(Some(text("sign-in-wrong")), None)),
        sample("login.html", "too-many", form(Some(text("too-many-attempts")), Some(120))),
    ]
}

fn sign_up() -> [Sample; 2] {
    let form = |problem, by_invitation| {
        json!({
            "csrf": "c5rf",
            "next": "/",
            "onward": "%2F",
            "username": "jane",
            "invitation": "1nv1t3d",
            "by_invitation": by_invitation,
            "problem": problem,
        })
    };
    [
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
        "expires_minutes": 9,
        "account": "jane",
        "csrf": "c5rf",
    });
    vec![
        sample("consent.html", "ordinary", question(scopes, Some("https://printer.example.com"))),
        sample("consent.html", "code", question(json!([]), None)),
        sample("verifier.html", "ordinary", code),
        sample("denied.html", "ordinary", json!({})),
    ]
}

fn errors() -> [Sample; 2] {
    let error = |status, title, message, code: Option<&str>| {
        json!({
            "status": status,
            "title": text(title),
            "message": text(message),
            "advice": text("error-start-again"),
            "code": code,
            "help_url": code.map(|code| format!("/help/{code}")),
        })
    };
    [
        sample("error.html", "ordinary", error(403, "error-stopped", "error-form-forged", None)),
        sample(
            "error.html",
            "code",
            error(401, "error-expired", "error-expired-message", Some("token_expired")),
        ),
    ]
}

const URL: &str = "https://photos.example.net";
