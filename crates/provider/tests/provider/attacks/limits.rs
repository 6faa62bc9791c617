//! A limit to how often a client may call: spent by that client alone, and by what was let through.

use crate::support::{ACCEPTED, Credentials, NOW, World, printer, stranger, two_legged};
use countersign_core::{ClientId, Plaintext};
use countersign_provider::{ClientLimit, Policy};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

const LIMITED: (u16, &str) = (429, "rate_limited");

/// So many calls each, until a test gives them back.
#[derive(Clone, Default)]
struct Calls(Arc<Mutex<HashMap<ClientId, u64>>>);

impl Calls {
    fn made(&self) -> u64 {
        self.0.lock().expect("no panic").get(printer().id.as_str()).copied().unwrap_or_default()
    }

    fn give_back(&self) {
        self.0.lock().expect("no panic").clear();
    }
}

impl ClientLimit for Calls {
    fn wait(&self, client: &ClientId) -> Option<u64> {
        (self.0.lock().expect("no panic").get(client) >= Some(&MOST)).then_some(7)
    }

    fn count(&self, client: &ClientId) {
        *self.0.lock().expect("no panic").entry(client.clone()).or_default() += 1;
    }
}

fn limited() -> (World, Calls) {
    let calls = Calls::default();
    let limit = calls.clone();
    (World::with(|builder| builder.client_limit(limit).signature_method(Plaintext)), calls)
}

#[tokio::test]
async fn a_client_that_calls_too_often_is_refused_alone_and_told_for_how_long() {
    let (world, calls) = limited();
    for _ in 0..MOST {
        assert_eq!(world.protect_by(&world.call("GET", "/").sign(), &two_legged()).await.told(), ACCEPTED);
    }
    let refused = world.protect_by(&world.call("GET", "/").sign(), &two_legged()).await;
    assert_eq!(refused.told(), LIMITED);
    assert!(refused.answer.fields.contains(&("retry-after", "7".into())), "{:?}", refused.answer);
    let other = world.call("GET", "/").by(stranger()).sign();
    assert_eq!(world.protect_by(&other, &two_legged()).await.told(), ACCEPTED);
    assert_eq!(calls.made(), MOST);
}

#[tokio::test]
async fn a_request_that_is_refused_burns_no_nonce() {
    let (world, calls) = limited();
    let client = ClientId::new(&printer().id).expect("an identifier");
    (0..MOST).for_each(|_| calls.count(&client));
    let wire = world.call("GET", "/").sign();
    assert_eq!(world.protect_by(&wire, &two_legged()).await.told(), LIMITED);
    calls.give_back();
    assert_eq!(world.protect_by(&wire, &two_legged()).await.told(), ACCEPTED, "the same request, later");
}

#[tokio::test]
async fn a_stranger_spends_nothing_of_a_client() {
    let (world, calls) = limited();
    let none = Credentials::new("nobody", "secret");
    for _ in 0..2 * MOST {
        for (call, policy) in [
            (world.call("GET", "/").forged(), two_legged()),
            (world.call("GET", "/").at(NOW - 3600), two_legged()),
            (world.call("GET", "/").token(&none), Policy::default()),
        ] {
            assert_eq!(world.protect_by(&call.sign(), &policy).await.told().0, 401);
        }
    }
    assert_eq!(calls.made(), 0);
}

#[tokio::test]
async fn replays_spend_nothing_of_a_client() {
    let (world, calls) = limited();
    let wire = world.call("GET", "/").sign();
    assert_eq!(world.protect_by(&wire, &two_legged()).await.told(), ACCEPTED);
    for _ in 0..2 * MOST {
        assert_eq!(world.protect_by(&wire, &two_legged()).await.told(), (401, "nonce_used"));
    }
    assert_eq!(calls.made(), 1);
}

#[tokio::test]
async fn each_endpoint_and_each_method_counts() {
    let (world, calls) = limited();
    let token = world.token().await;
    assert_eq!(calls.made(), 2, "one for the temporary credentials, one for the token");
    let plain = world.request(&token).method(Plaintext).sign();
    assert_eq!(world.protect(&plain).await.told(), ACCEPTED);
    assert_eq!(calls.made(), MOST);
    assert_eq!(world.protect(&plain).await.told(), LIMITED);
    assert_eq!(world.initiate(&world.initiation().sign()).await.told(), LIMITED);
}

const MOST: u64 = 3;
