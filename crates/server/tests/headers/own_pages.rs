//! The same walk where pages of the operator's own ask: other answers at the authorize endpoint, and one more route.

use super::{CALLBACK, SETTINGS, URL, Walk, World};
use crate::support::{
    admin::{Admin, json},
    browser::Browser,
    http::value_of,
};

const ELSEWHERE: &str = "own_pages.url = \"https://shop.example/login\"\n";

#[test]
fn the_way_over_pages_of_ones_own_is_walked_and_guarded() {
    let world = World::with(&[ELSEWHERE, &SETTINGS.replace("sign_up = \"open\"\n", "")].concat(), "");
    let mut walk = Walk::default();
    for verb in ["accept", "reject"] {
        for callback in [CALLBACK, "oob"] {
            walk_over_there(&world, &mut walk, verb, callback);
        }
    }
    let mut nobody = Browser::default();
    walk.get(&world, "/authorize/continue", &mut nobody, "/authorize/continue?challenge=guess&code=guess");
    walk.get(&world, "/oauth/authorize", &mut nobody, "/oauth/authorize?oauth_token=nothing");
    for path in ["/authorize/continue", "/oauth/authorize"] {
        let refused = nobody.post(&world.server, path, &[]).expect(405);
        walk.note(path, &format!("POST {path}"), refused);
    }
    let (usual, more) = (World::new().routes(), world.routes());
    let more: Vec<_> = more.difference(&usual).collect();
    assert_eq!(more, ["/authorize/continue"], "what is walked here");
    walk.assert_guarded();
}

fn walk_over_there(world: &World, walk: &mut Walk, verb: &str, callback: &str) {
    let (mut browser, temporary) = (Browser::default(), world.dance(callback).initiate());
    let sent = browser.consent(&world.server, &temporary).expect(303);
    let challenge = value_of(sent.location(), "challenge").expect("a challenge");
    walk.note("/oauth/authorize", &format!("GET /oauth/authorize, {callback}"), sent);
    let backend = Admin { server: &world.server, key: &world.key };
    let body =
        if verb == "accept" { serde_json::json!({ "owner": "jane" }) } else { serde_json::json!(null) };
    let answered = backend.send("POST", &format!("/challenges/{challenge}/{verb}"), &body).expect(200);
    let url = json(&answered)["continue"].as_str().expect("an address").to_owned();
    walk.note("/admin/api/v1/challenges", &format!("POST {verb}"), answered);
    let back =
        browser.get(&world.server, url.strip_prefix(URL).expect("the server's")).expect_one_of(&[200, 303]);
    walk.note("/authorize/continue", &format!("GET /authorize/continue, {verb}, {callback}"), back);
}
