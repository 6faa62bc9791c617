//! The examples assert what they show: each runs to its end.

#[path = "../../examples/bare_service.rs"]
mod bare_service;
#[path = "../../examples/layers.rs"]
mod layers;
#[path = "../../examples/own_method.rs"]
mod own_method;
#[path = "../../examples/own_store.rs"]
mod own_store;

#[test]
fn a_service_without_a_router_is_protected() {
    bare_service::main().unwrap();
}

#[test]
fn the_layer_may_stand_in_four_places() {
    layers::main().unwrap();
}

#[test]
fn a_method_of_your_own_verifies() {
    own_method::main().unwrap();
}

#[test]
fn stores_of_your_own_are_asked() {
    own_store::main().unwrap();
}
