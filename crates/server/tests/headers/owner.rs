//! A resource owner, with the pages of an account.

use super::{CALLBACK, PASSWORD, Walk, World};
use crate::support::browser::Browser;

/// Jane, from her sign-in to her sign-out.
pub(super) fn walk(world: &World, walk: &mut Walk) {
    let mut jane = Browser::default();
    let signed_in = jane.try_sign_in(&world.server, "jane", PASSWORD, "/").expect(303);
    walk.note("/login", "POST /login", signed_in);
    walk.get(world, "/", &mut jane, "/");
    for (callback, answer) in [(CALLBACK, "grant"), (CALLBACK, "deny"), ("oob", "grant"), ("oob", "deny")] {
        let temporary = world.dance(callback).initiate();
        let page = jane.get(&world.server, &format!("/oauth/authorize?oauth_token={}", temporary.id));
        walk.note("/oauth/authorize", "GET /oauth/authorize, signed in", page.expect(200));
        let answered = jane.answer(&world.server, &temporary, answer).expect_one_of(&[200, 303]);
        walk.note("/oauth/authorize", &format!("POST /oauth/authorize, {answer}, {callback}"), answered);
    }
    world.dance(CALLBACK).whole(&mut jane);
    walk.get(world, "/account/connections", &mut jane, "/account/connections");
    let page = jane.get(&world.server, "/account/connections").expect(200);
    let (csrf, grant) = (page.hidden("csrf").expect("csrf"), page.hidden("grant").expect("a grant"));
    let pairs = [("csrf", csrf.as_str()), ("grant", &grant)];
    let revoked = jane.post(&world.server, "/account/connections", &pairs).expect(303);
    walk.note("/account/connections", "POST /account/connections", revoked);
    walk.get(world, "/account", &mut jane, "/account");
    for (path, pairs) in [
        ("/account/password", [("csrf", csrf.as_str()), ("new", "short")]),
        ("/account/sessions", [("csrf", &csrf), ("others", "1")]),
    ] {
        let answer = jane.post(&world.server, path, &pairs).expect_one_of(&[303, 422]);
        walk.note(path, &format!("POST {path}"), answer);
    }
    let page = jane.get(&world.server, "/");
    let csrf = page.hidden("csrf").expect("csrf");
    let signed_out = jane.post(&world.server, "/logout", &[("csrf", &csrf)]).expect(200);
    walk.note("/logout", "POST /logout", signed_out);
}
