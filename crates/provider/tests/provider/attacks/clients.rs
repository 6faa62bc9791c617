//! Clients: unknown, suspended, waiting; and what time tells of them.

use crate::support::{Call, Counting, Counts, Credentials, World, printer, signer, stranger, two_legged};
use countersign_store::ClientStatus;

#[tokio::test]
async fn an_unknown_client_is_refused_everywhere() {
    let world = World::new();
    let (temporary, verifier) = world.granted().await;
    let token = world.token().await;
    for id in ["nobody", "DPF43F3P2L4K3L03", "dpf43f3p2l4k3l03 "] {
        let nobody = Credentials::new(id, &printer().secret);
        let by = |call: Call| call.by(nobody.clone()).sign();
        let told = [
            world.initiate(&by(world.initiation())).await.told(),
            world.exchange(&by(world.redemption(&temporary, &verifier))).await.told(),
            world.protect(&by(world.request(&token))).await.told(),
            world.protect_by(&by(world.call("GET", "/")), &two_legged()).await.told(),
        ];
        assert_eq!(told, [(401, "consumer_key_unknown"); 4], "{id}");
    }
}

#[tokio::test]
async fn a_suspended_pending_or_rejected_client_is_refused_everywhere() {
    let world = World::new();
    let (temporary, verifier) = world.granted().await;
    let token = world.token().await;
    for status in [ClientStatus::Suspended, ClientStatus::Pending, ClientStatus::Rejected] {
        world.store.change(&printer().id, |client| client.status = status).await;
        let told = [
            world.initiate(&world.initiation().sign()).await.told(),
            world.exchange(&world.redemption(&temporary, &verifier).sign()).await.told(),
            world.protect(&world.request(&token).sign()).await.told(),
            world.protect_by(&world.call("GET", "/").sign(), &two_legged()).await.told(),
        ];
        assert_eq!(told, [(401, "consumer_key_refused"); 4]);
        // Whoever cannot sign for it does not learn its status.
        let forged = world.request(&token).forged().sign();
        assert_eq!(world.protect(&forged).await.told(), (401, "signature_invalid"));
    }
}

#[tokio::test]
async fn a_stranger_learns_no_status_of_a_token() {
    let world = World::with(|builder| builder.token_life(Some(1)));
    let token = world.token().await;
    world.clock.advance(10);
    let forged = world.request(&token).forged().sign();
    assert_eq!(world.protect(&forged).await.told(), (401, "signature_invalid"));
}

#[tokio::test]
async fn what_is_unknown_is_verified_to_its_end() {
    let count = Counts::default();
    let world = World::with(|builder| builder.signature_method(Counting(count.clone())));
    let token = world.token().await;
    let (temporary, verifier) = world.granted().await;
    let nobody = Credentials::new("nobody", "nobodys-secret");
    let unknown = Credentials::new("unknown-token", "unknown-secret");
    let asked = async |wire: crate::support::Wire, endpoint: &str| {
        let before = count.verified();
        let said = match endpoint {
            "initiate" => world.initiate(&wire).await,
            "exchange" => world.exchange(&wire).await,
            _ => world.protect(&wire).await,
        };
        assert_eq!(said.status, 401);
        count.verified() - before
    };
    for (what, wire, endpoint) in [
        ("a bad signature", world.request(&token).forged(), "resource"),
        ("an unknown client", world.request(&token).by(nobody.clone()), "resource"),
        ("an unknown token", world.request(&unknown), "resource"),
        ("a token of another client", world.request(&token).by(stranger()), "resource"),
        ("an unknown client", world.initiation().by(nobody.clone()), "initiate"),
        ("an unknown client", world.redemption(&temporary, &verifier).by(nobody), "exchange"),
        ("unknown credentials", world.redemption(&unknown, &verifier), "exchange"),
        ("credentials of another", world.redemption(&temporary, &verifier).by(stranger()), "exchange"),
    ] {
        assert_eq!(asked(wire.sign(), endpoint).await, 1, "{what} at {endpoint}");
    }
    let mut before = count.verified();
    let by_a_key = world.request(&token).by(signer()).sign();
    assert_eq!(world.protect(&by_a_key).await.told(), (400, "signature_method_rejected"));
    before += 1;
    assert_eq!(count.verified(), before, "a method that does not fit is verified too");
}
