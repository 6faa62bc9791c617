//! Requests that are refused for their form: methods, parameters, timestamps, nonces, places.

use crate::support::{ACCEPTED, NOW, Said, Wire, World, printer, stranger, two_legged, window};

const ABSENT: (u16, &str) = (400, "parameter_absent");
const REJECTED: (u16, &str) = (400, "parameter_rejected");
const LATE: (u16, &str) = (401, "timestamp_refused");

async fn protect(world: &World, wire: &Wire) -> Said {
    world.protect_by(wire, &two_legged()).await
}

#[tokio::test]
async fn get_at_the_endpoints_is_off_by_default() {
    let world = World::new();
    let (temporary, verifier) = world.granted().await;
    for verb in ["GET", "HEAD", "PUT", "DELETE", "OPTIONS", "post", "TRACE"] {
        let said = world.initiate(&world.initiation().verb(verb).sign()).await;
        assert_eq!((said.told(), said.field("allow")), ((405, "method_not_allowed"), Some("POST")), "{verb}");
        let said = world.exchange(&world.redemption(&temporary, &verifier).verb(verb).sign()).await;
        assert_eq!((said.told(), said.field("allow")), ((405, "method_not_allowed"), Some("POST")), "{verb}");
    }
    assert_eq!(world.exchange(&world.redemption(&temporary, &verifier).sign()).await.told(), ACCEPTED);
}

#[tokio::test]
async fn get_at_the_endpoints_may_be_let_in() {
    let world = World::with(|builder| builder.get_endpoints(true));
    let initiation = world.initiation().verb("GET").sign().in_query();
    let temporary = world.initiate(&initiation).await.credentials();
    let verifier = world.grant(&temporary).await;
    let redemption = world.redemption(&temporary, &verifier).verb("GET").sign();
    assert_eq!(world.exchange(&redemption).await.told(), ACCEPTED);
    let said = world.initiate(&world.initiation().verb("PUT").sign()).await;
    assert_eq!((said.status, said.field("allow")), (405, Some("GET, POST")));
}

#[tokio::test]
async fn a_callback_is_needed_at_initiate() {
    let world = World::new();
    let said = world.initiate(&world.initiation().without("oauth_callback").sign()).await;
    assert_eq!(said.told(), ABSENT);
    assert_eq!(said.value("oauth_parameters_absent").as_deref(), Some("oauth_callback"));
}

#[tokio::test]
async fn a_token_at_initiate_is_refused() {
    let world = World::new();
    let token = world.token().await;
    let said = world.initiate(&world.initiation().token(&token).sign()).await;
    assert_eq!(said.told(), REJECTED);
    assert_eq!(said.value("oauth_parameters_rejected").as_deref(), Some("oauth_token"));
}

#[tokio::test]
async fn callback_and_verifier_mean_nothing_at_a_resource() {
    let world = World::new();
    let call = world.call("GET", "/").callback("javascript:alert(1)").verifier("whatever-it-is");
    assert_eq!(protect(&world, &call.sign()).await.told(), ACCEPTED);
}

#[tokio::test]
async fn no_credentials_anywhere_is_401_with_the_challenge() {
    let world = World::new();
    let bare = Wire::default();
    for wire in [
        bare.clone(),
        bare.clone().field("authorization", "OAuth"),
        bare.clone().field("authorization", "OAuth realm=\"Photos\""),
        bare.clone().field("authorization", "Basic amFuZTpzZXNhbWU="),
        bare.field("authorization", ""),
    ] {
        let said = protect(&world, &wire).await;
        assert_eq!(said.told(), (401, "parameter_absent"));
        let challenge = "OAuth realm=\"https://photos.example.net\", oauth_problem=\"parameter_absent\"";
        assert_eq!(said.field("www-authenticate"), Some(challenge));
        assert!(
            said.answer.body.contains("a proxy may have removed `Authorization`"),
            "{}",
            said.answer.body
        );
    }
}

#[tokio::test]
async fn some_parameters_missing_is_400_and_names_them() {
    let world = World::new();
    for name in ["oauth_timestamp", "oauth_nonce"] {
        let said = world.initiate(&world.initiation().without(name).sign()).await;
        assert_eq!((said.told(), said.value("oauth_parameters_absent").as_deref()), (ABSENT, Some(name)));
    }
    for name in ["oauth_consumer_key", "oauth_signature", "oauth_signature_method"] {
        let wire = world.initiation().sign().rewritten(&format!("{name}=\""), "other_name=\"");
        let said = world.initiate(&wire).await;
        assert_eq!((said.told(), said.value("oauth_parameters_absent").as_deref()), (ABSENT, Some(name)));
    }
    // The 400 has no challenge.
    let said = world.initiate(&world.initiation().without("oauth_nonce").sign()).await;
    assert_eq!(said.field("www-authenticate"), None);
}

#[tokio::test]
async fn duplicate_parameter_in_body_and_query_is_refused() {
    let world = World::new();
    let call = || world.call("POST", "/photos");
    let wire = call().sign();
    for twice in [
        call().target("/photos?oauth_nonce=x").sign(),
        call().form("oauth_nonce=x").sign(),
        call().form("oauth_token=x").sign(),
        wire.clone().in_query().in_form(),
        wire.clone().in_query().field("authorization", &wire.header()),
        wire.clone().rewritten("OAuth ", "OAuth oauth_nonce=\"x\", "),
        wire.clone().rewritten("OAuth ", "OAuth %6fauth_nonce=\"x\", "),
        wire.clone().field("authorization", &wire.header()),
        wire.clone().field("authorization", "Basic amFuZTpzZXNhbWU="),
    ] {
        assert_eq!(protect(&world, &twice).await.told(), REJECTED);
    }
    assert_eq!(protect(&world, &wire).await.told(), ACCEPTED);
}

#[tokio::test]
async fn credentials_of_another_scheme_do_not_hide_those_of_the_query() {
    let world = World::new();
    let wire = world.call("GET", "/").sign().in_query().field("authorization", "Bearer abcdefgh");
    assert_eq!(protect(&world, &wire).await.told(), ACCEPTED);
}

#[tokio::test]
async fn other_oauth_names_are_ordinary_signed_parameters() {
    let world = World::new();
    let call =
        world.call("GET", "/").set("oauth_body_hash", "some-hash-value").set("xoauth_requestor_id", "jane");
    assert_eq!(protect(&world, &call.clone().nonce("changed").sign()).await.told(), ACCEPTED);
    let changed = call.sign().rewritten("some-hash-value", "another-hash");
    assert_eq!(protect(&world, &changed).await.told(), (401, "signature_invalid"));
}

#[tokio::test]
async fn a_version_is_1_0_or_absent() {
    let world = World::new();
    assert_eq!(
        protect(&world, &world.call("GET", "/").set("oauth_version", "1.0").sign()).await.told(),
        ACCEPTED
    );
    for version in ["2.0", "1.0a", "1.0A", "", "1"] {
        let said = protect(&world, &world.call("GET", "/").set("oauth_version", version).sign()).await;
        assert_eq!(said.told(), (400, "version_rejected"), "{version}");
        assert!(said.answer.body.contains(r#""oauth_acceptable_versions":"1.0-1.0""#));
    }
}

#[tokio::test]
async fn a_timestamp_counts_to_the_edges_of_the_window() {
    let world = World::new();
    for (at, told) in [
        (NOW - 300, ACCEPTED),
        (NOW + 300, ACCEPTED),
        (NOW - 301, LATE),
        (NOW + 301, LATE),
        (0, LATE),
        (1, LATE),
        (u64::MAX, LATE),
    ] {
        let said = protect(&world, &world.call("GET", "/").at(at).sign()).await;
        assert_eq!(said.told(), told, "{at}");
        if told == LATE {
            let range = format!("\"oauth_acceptable_timestamps\":\"{}-{}\"", NOW - 300, NOW + 300);
            assert!(said.answer.body.contains(&range), "{}", said.answer.body);
        }
    }
    let huge = world.call("GET", "/").set("oauth_timestamp", &"9".repeat(100));
    assert_eq!(protect(&world, &huge.sign()).await.told(), LATE);
}

#[tokio::test]
async fn a_timestamp_counts_at_the_endpoints_too() {
    let world = World::new();
    let (temporary, verifier) = world.granted().await;
    for at in [NOW - 301, NOW + 301] {
        assert_eq!(world.initiate(&world.initiation().at(at).sign()).await.told(), LATE);
        assert_eq!(world.exchange(&world.redemption(&temporary, &verifier).at(at).sign()).await.told(), LATE);
    }
}

#[tokio::test]
async fn a_client_may_have_a_window_of_its_own() {
    let world = World::new();
    world.store.change(&printer().id, |client| client.window = window(5)).await;
    world.store.change(&stranger().id, |client| client.window = window(86400)).await;
    for (by, away, told) in [
        (printer(), 5, ACCEPTED),
        (printer(), 6, LATE),
        (stranger(), 301, ACCEPTED),
        (stranger(), 86400, ACCEPTED),
        (stranger(), 86401, LATE),
    ] {
        for at in [NOW - away, NOW + away] {
            let wire = world.call("GET", "/").by(by.clone()).at(at).sign();
            assert_eq!(protect(&world, &wire).await.told(), told, "{} {away}", by.id);
        }
    }
}

#[tokio::test]
async fn a_malformed_timestamp_is_400() {
    let world = World::new();
    for text in ["", "+1700000000", "-1", " 1700000000", "1700000000 ", "01700000000", "1.7e9", "0x1", "１７"]
    {
        let said = protect(&world, &world.call("GET", "/").set("oauth_timestamp", text).sign()).await;
        assert_eq!(said.told(), REJECTED, "{text}");
        assert!(said.answer.body.contains(r#""oauth_parameters_rejected":"oauth_timestamp""#));
    }
}

#[tokio::test]
async fn a_nonce_has_1_to_255_bytes_and_no_control_character() {
    let world = World::new();
    for good in ["x", " ", "é", &"x".repeat(255)] {
        assert_eq!(protect(&world, &world.call("GET", "/").nonce(good).sign()).await.told(), ACCEPTED);
    }
    for bad in ["", &"x".repeat(256), "a\0b", "a\nb", "\u{85}"] {
        let said = protect(&world, &world.call("GET", "/").nonce(bad).sign()).await;
        assert_eq!(said.told(), REJECTED, "{bad:?}");
    }
}

#[tokio::test]
async fn an_over_long_or_unprintable_identifier_is_400() {
    let world = World::new();
    for bad in ["x".repeat(256), "a\tb".into()] {
        let token = crate::support::Credentials::new(&bad, "some-token-secret");
        assert_eq!(world.protect(&world.request(&token).sign()).await.told(), REJECTED);
        let client = crate::support::Credentials::new(&bad, "some-client-secret");
        assert_eq!(protect(&world, &world.call("GET", "/").by(client).sign()).await.told(), REJECTED);
        let said = world.exchange(&world.redemption(&token, "some-verifier").sign()).await;
        assert_eq!(said.told(), REJECTED);
    }
}

#[tokio::test]
async fn a_broken_escape_is_400() {
    let world = World::new();
    let wire = world.call("GET", "/").sign();
    assert_eq!(protect(&world, &wire.clone().target("/?a=%zz")).await.told(), REJECTED);
    assert_eq!(protect(&world, &wire.clone().target("/?a=%4")).await.told(), REJECTED);
    assert_eq!(protect(&world, &wire.rewritten("oauth_nonce=\"", "oauth_nonce=\"%")).await.told(), REJECTED);
}

#[tokio::test]
async fn too_many_parameters_are_400() {
    let world = World::with(|builder| builder.max_parameters(20));
    let query = |count: usize| format!("/?{}", vec!["a=1"; count].join("&"));
    let call = |count| world.call("GET", "/").target(&query(count));
    assert_eq!(protect(&world, &call(10).sign()).await.told(), ACCEPTED);
    assert_eq!(protect(&world, &call(20).sign()).await.told(), REJECTED);

    let world = World::new();
    let call = |count| world.call("GET", "/").target(&query(count));
    assert_eq!(protect(&world, &call(1900).sign()).await.told(), ACCEPTED);
    assert_eq!(protect(&world, &call(2000).sign()).await.told(), REJECTED);
}
