//! The key ring: rotated, resealed and removed while a server runs; refused where it is not the database's.

use super::{
    scene::Scene,
    support::{client::Call, place::Place},
};
use std::fs;

#[test]
fn everything_is_resealed_under_a_new_key_while_a_server_runs() {
    let scene = Scene::new();
    let server = scene.node();
    let tokens: Vec<_> = (0..5).map(|_| scene.place.issue_token(&scene.client.id, "jane", &[], "")).collect();
    let pending = scene.dance(&server).initiate();
    let (old, new) = (scene.place.sealing(), scene.place.rotated());
    assert_eq!(scene.place.keys(&["remove", &old]).code, Some(1), "it is needed");
    let told = scene.place.done(&["keys", "reseal", "--json", "--batch", "2"], "").json();
    assert_eq!((&told["key"], &told["left"]), (&serde_json::Value::from(new.as_str()), &0.into()), "{told}");
    assert_eq!(told["resealed"], 7, "a client, its tokens and temporary credentials: {told}");
    let listed = scene.place.listed();
    assert_eq!((listed[0].clients, listed[0].tokens, listed[0].temporaries), (1, 5, 1), "{listed:?}");
    assert_eq!(listed[1].all(), 0, "{listed:?}");
    scene.place.ring_is_old();
    scene.place.done(&["keys", "remove", &old], "");
    for token in &tokens {
        Call::get("/api/whoami", &scene.client).token(token).send(&server).expect(200);
    }
    scene.dance(&server).exchange(&pending, "anything").expect(401);
    let after = scene.node();
    Call::get("/api/whoami", &scene.client).token(&tokens[0]).send(&after).expect(200);
}

#[test]
fn a_lost_or_foreign_ring_is_named_at_start() {
    let scene = Scene::new();
    let refused = |place: &Place| {
        let ran = place.run(&["serve", "--listen", "127.0.0.1:0", "--insecure-http"], "");
        assert_eq!(ran.code, Some(1), "{}", ran.stderr);
        assert!(ran.stderr.contains("is missing") && ran.stderr.contains(" at "), "{}", ran.stderr);
    };
    let ring = fs::read(scene.place.ring()).expect("the ring");
    fs::remove_file(scene.place.ring()).expect("the ring");
    refused(&scene.place);
    let other = super::scene::Scene::new();
    fs::copy(other.place.ring(), scene.place.ring()).expect("another's ring");
    refused(&scene.place);
    fs::write(scene.place.ring(), ring).expect("the ring");
    Call::get("/api/whoami", &scene.client).send(&scene.node()).expect(200);
}
