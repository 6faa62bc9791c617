//! The examples assert what they show: each runs to its end.

#[path = "../../examples/own_method.rs"]
mod own_method;
#[path = "../../examples/own_store.rs"]
mod own_store;

#[test]
fn a_method_of_your_own_verifies() {
    own_method::main().unwrap();
}

#[test]
fn stores_of_your_own_are_asked() {
    own_store::main().unwrap();
}
