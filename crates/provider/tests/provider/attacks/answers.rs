//! Answers: what a refusal says, what it never says, and what it says to those who would rather not say why.

use crate::support::{Credentials, NOW, Said, Wire, World, printer, signer, stranger, two_legged};
use countersign_provider::{Answer, Audience, Problem};
use countersign_store::ClientStatus;

/// Every way to be told 401, and nothing else that differs.
async fn all_401s(world: &World) -> Vec<(&'static str, Said)> {
    let (temporary, verifier) = world.granted().await;
    let (token, revoked) = (world.token().await, world.token().await);
    world.revoke(&revoked).await;
    let (unanswered, denied) = (world.temporary().await, world.temporary().await);
    world.deny(&denied).await;
    let nobody = Credentials::new("nobody", "nobodys-secret");
    let unknown = Credentials::new("unknown-token", "unknown-secret");

    let mut all = Vec::new();
    for (what, call) in [
        ("unknown client", world.request(&token).by(nobody.clone())),
        ("unknown token", world.request(&unknown)),
        ("token of another client", world.request(&token).by(stranger())),
        ("revoked token", world.request(&revoked)),
        ("bad signature", world.request(&token).forged()),
        ("late", world.request(&token).at(NOW - 301)),
        ("client with a key", world.request(&token).by(signer())),
    ] {
        all.push((what, world.protect(&call.sign()).await));
    }
    all.push(("no credentials", world.protect(&Wire::default()).await));
    let wire = world.request(&token).sign();
    world.protect(&wire).await;
    all.push(("replay", world.protect(&wire).await));
    world.store.change(&printer().id, |client| client.methods = Some(vec!["HMAC-SHA512".into()])).await;
    all.push(("method narrowed", world.protect(&world.request(&token).sign()).await));
    world.store.change(&printer().id, |client| client.methods = None).await;
    for (what, call) in [
        ("unknown client", world.redemption(&temporary, &verifier).by(nobody)),
        ("unknown temporary", world.redemption(&unknown, &verifier)),
        ("temporary of another client", world.redemption(&temporary, &verifier).by(stranger())),
        ("not granted", world.redemption(&unanswered, &verifier)),
        ("denied", world.redemption(&denied, &verifier)),
        ("wrong verifier", world.redemption(&temporary, "a-wrong-verifier")),
        ("bad signature", world.redemption(&temporary, &verifier).forged()),
    ] {
        all.push((what, world.exchange(&call.sign()).await));
    }
    world.store.change(&printer().id, |client| client.status = ClientStatus::Suspended).await;
    all.push(("suspended", world.protect(&world.request(&token).sign()).await));
    all
}

#[tokio::test]
async fn uniform_errors_collapse_every_401_into_one() {
    let world = World::with(|builder| builder.uniform_errors(true));
    let (mut at_resources, mut at_endpoints): (Vec<Answer>, Vec<Answer>) = (Vec::new(), Vec::new());
    for (what, said) in all_401s(&world).await {
        assert_eq!(said.status, 401, "{what}");
        let problem = said.field("content-type") == Some("application/problem+json");
        if problem { at_resources.push(said.answer) } else { at_endpoints.push(said.answer) }
    }
    assert_eq!((at_resources.len(), at_endpoints.len()), (11, 7));
    for answers in [at_resources, at_endpoints] {
        for answer in &answers {
            assert_eq!(*answer, answers[0], "an answer tells itself apart");
        }
        assert!(answers[0].body.contains("signature_invalid"));
        assert!(answers[0].fields.iter().any(|(name, value)| *name == "www-authenticate"
            && value == "OAuth realm=\"https://photos.example.net\", oauth_problem=\"signature_invalid\""));
    }
}

#[tokio::test]
async fn honest_errors_tell_each_apart() {
    let world = World::new();
    let mut codes: Vec<_> = all_401s(&world).await.into_iter().map(|(_, said)| said.code).collect();
    codes.sort_unstable();
    codes.dedup();
    let expected = [
        "consumer_key_refused",
        "consumer_key_unknown",
        "nonce_used",
        "parameter_absent",
        "permission_unknown",
        "signature_invalid",
        "signature_method_rejected",
        "timestamp_refused",
        "token_rejected",
        "token_revoked",
        "user_refused",
        "verifier_invalid",
    ];
    assert_eq!(codes, expected);
}

#[tokio::test]
async fn the_advice_names_what_was_signed_and_no_value_of_it() {
    let world = World::new();
    let token = world.token().await;
    let call = world
        .call("POST", "/photos?query_name=query-value")
        .token(&token)
        .form("form_name=form-value&form_name=form-again")
        .verifier("a-verifier-value")
        .realm("a-realm-value")
        .forged();
    let said = world.protect(&call.sign()).await;
    assert_eq!(said.told(), (401, "signature_invalid"));
    let text = said.text();
    for part in [
        "POST",
        "https://photos.example.net/photos,",
        "query_name (query)",
        "form_name (body)",
        "oauth_consumer_key (header)",
        "oauth_nonce (header)",
        "oauth_token (header)",
        "oauth_verifier (header)",
    ] {
        assert!(text.contains(part), "{part} is not in {text}");
    }
    for value in
        ["query-value", "form-value", "form-again", "a-realm-value", "oauth_signature ", &NOW.to_string()]
    {
        assert!(!text.contains(value), "{value} is in {text}");
    }
}

#[tokio::test]
async fn an_advice_is_bounded() {
    let world = World::new();
    let query: Vec<_> = (0..1500).map(|index| format!("name-{index}=1")).collect();
    let call = world.call("GET", "/").target(&format!("/?{}", query.join("&")));
    let said = world.protect_by(&call.forged().sign(), &two_legged()).await;
    assert_eq!(said.told(), (401, "signature_invalid"));
    assert!(said.answer.body.len() < 4096, "{} bytes", said.answer.body.len());
}

#[tokio::test]
async fn a_hostile_name_or_path_breaks_no_answer() {
    let world = World::new();
    let call = world.call("GET", "/").target("/p%22%0D%0Ax?%0D%0Aset-cookie:x=1&\"%7D<script>=2");
    let said = world.protect_by(&call.clone().forged().sign(), &two_legged()).await;
    assert_eq!(said.told(), (401, "signature_invalid"));
    assert!(said.answer.fields.iter().all(|(_, value)| !value.contains(char::is_control)));
    assert!(!said.answer.body.contains(['\r', '\n', '<']), "{}", said.answer.body);
    let said = world.initiate(&call.verb("POST").callback("oob").forged().sign()).await;
    assert!(!said.answer.body.contains(['\r', '\n', '<', '"']), "{}", said.answer.body);
}

#[tokio::test]
async fn every_refusal_is_kept_by_no_cache_and_links_to_its_help() {
    let world = World::new();
    for (what, said) in all_401s(&world).await {
        assert_eq!(said.field("cache-control"), Some("no-store"), "{what}");
        assert_eq!(said.field("x-content-type-options"), Some("nosniff"), "{what}");
        assert!(said.text().contains(&format!("https://photos.example.net/help/{}", said.code)), "{what}");
        let challenge =
            format!("OAuth realm=\"https://photos.example.net\", oauth_problem=\"{}\"", said.code);
        assert_eq!(
            said.field("www-authenticate"),
            (said.status == 401).then_some(challenge.as_str()),
            "{what}"
        );
    }
}

#[tokio::test]
async fn a_realm_is_quoted() {
    let world = World::with(|builder| builder.realm("Jane's \"best\" \\ photos"));
    let said = world.protect(&Wire::default()).await;
    let expected = r#"OAuth realm="Jane's \"best\" \\ photos", oauth_problem="parameter_absent""#;
    assert_eq!(said.field("www-authenticate"), Some(expected));
}

#[tokio::test]
async fn a_rate_limit_says_when_to_come_back() {
    let world = World::new();
    let answer = world.provider.refuse(&Problem::RateLimited(30).into(), Audience::Resource, None);
    assert_eq!(answer.status, 429);
    assert!(answer.fields.contains(&("retry-after", "30".into())));
    assert!(answer.body.contains("rate_limited"));
}
