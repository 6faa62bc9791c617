//! Scopes: asked for at initiate, dropped where not allowed, shown, granted, enforced.

use crate::support::{ACCEPTED, Call, World, stranger, two_legged};
use countersign_provider::Policy;

/// The scopes that the consent page shows for a request.
async fn shown(world: &World, call: &Call) -> Vec<String> {
    let temporary = world.initiate(&call.sign()).await.credentials();
    world.provider.pending(&temporary.id).await.expect("a pending request").scopes().to_vec()
}

#[tokio::test]
async fn what_the_client_may_not_ask_is_dropped() {
    let world = World::new();
    let asking = |scope| world.initiation().set("scope", scope);
    assert_eq!(shown(&world, &asking("write admin read")).await, ["read", "write"]);
    assert_eq!(shown(&world, &asking("write write")).await, ["write"]);
    assert_eq!(shown(&world, &asking("READ write2")).await, [""; 0]);
    assert_eq!(shown(&world, &asking("write").by(stranger())).await, [""; 0]);
}

#[tokio::test]
async fn no_scope_means_the_clients_defaults() {
    let world = World::new();
    assert_eq!(shown(&world, &world.initiation()).await, ["read"]);
    assert_eq!(shown(&world, &world.initiation().set("scope", "")).await, ["read"]);
    assert_eq!(shown(&world, &world.initiation().set("scope", "  ")).await, ["read"]);
}

#[tokio::test]
async fn scope_may_stand_in_any_of_the_three_places() {
    let world = World::new();
    let in_form = world.initiation().form("scope=write");
    assert_eq!(shown(&world, &in_form).await, ["write"]);
    let in_query = world.initiation().target("/initiate?scope=write+read");
    assert_eq!(shown(&world, &in_query).await, ["read", "write"]);
}

#[tokio::test]
async fn a_realm_means_nothing_unless_it_is_told_to() {
    let world = World::new();
    assert_eq!(shown(&world, &world.initiation().realm("write")).await, ["read"]);

    let world = World::with(|builder| builder.scope_from_realm(true));
    assert_eq!(shown(&world, &world.initiation().realm("write")).await, ["write"]);
    assert_eq!(shown(&world, &world.initiation().realm("write").set("scope", "read")).await, ["read"]);
    assert_eq!(shown(&world, &world.initiation()).await, ["read"]);
}

#[tokio::test]
async fn two_scopes_are_refused() {
    let world = World::new();
    for form in ["scope=read&scope=write", "scope=read&scope=read"] {
        let said = world.initiate(&world.initiation().form(form).sign()).await;
        assert_eq!(said.told(), (400, "parameter_rejected"), "{form}");
        assert_eq!(said.value("oauth_parameters_rejected").as_deref(), Some("scope"));
    }
    let said = world.initiate(&world.initiation().form("scope=read").set("scope", "write").sign()).await;
    assert_eq!(said.told(), (400, "parameter_rejected"));
}

#[tokio::test]
async fn a_token_has_the_scopes_that_were_shown_and_no_others() {
    let world = World::new();
    let temporary =
        world.initiate(&world.initiation().set("scope", "write admin").sign()).await.credentials();
    let verifier = world.grant(&temporary).await;
    // Asking for more as it is redeemed changes nothing.
    let greedy = world.redemption(&temporary, &verifier).set("scope", "read");
    let token = world.exchange(&greedy.sign()).await.credentials();
    let said = world.protect(&world.request(&token).sign()).await;
    assert_eq!(said.verified.unwrap().scopes(), ["write"]);

    let route = |scope: &str| Policy::default().scope(scope);
    let said = world.protect_by(&world.request(&token).sign(), &route("write")).await;
    assert_eq!(said.told(), ACCEPTED);
    for policy in [route("read"), route("write").scope("read"), route("Write"), route("")] {
        let said = world.protect_by(&world.request(&token).sign(), &policy).await;
        assert_eq!(said.told(), (403, "permission_denied"), "{policy:?}");
    }
}

#[tokio::test]
async fn a_route_with_a_scope_denies_a_request_without_a_token() {
    let world = World::new();
    let said = world.protect_by(&world.call("GET", "/").sign(), &two_legged().scope("read")).await;
    assert_eq!(said.told(), (403, "permission_denied"));
}
