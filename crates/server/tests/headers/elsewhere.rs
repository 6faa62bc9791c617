//! The way in over an issuer of OpenID Connect.

use super::{Walk, World};
use crate::support::{browser::Browser, issuer::Person};

/// Grace, whom an issuer knows.
pub(super) fn walk(world: &World, walk: &mut Walk) {
    let mut grace = Browser::default();
    let csrf = grace.get(&world.server, "/login").hidden("csrf").expect("csrf");
    let leaving = grace.post(&world.server, "/login/oidc/example", &[("csrf", &csrf)]).expect(200);
    let refresh = leaving.field("refresh").expect("an address").to_owned();
    walk.note("/login/oidc/{id}", "POST /login/oidc/example", leaving);
    let (_, address) = refresh.split_once("url=").expect("an address");
    let target = world.issuer.sends_back(address, &Person::new("1", "grace"));
    let arrived = grace.get(&world.server, &target).expect(303);
    walk.note("/login/oidc/{id}/callback", "GET /login/oidc/example/callback", arrived);
    let csrf = grace.get(&world.server, "/account").expect(200).hidden("csrf").expect("csrf");
    for fields in [("connect", "example"), ("subject", "1")] {
        let answer = grace.post(&world.server, "/account/identities", &[("csrf", &csrf), fields]);
        walk.note("/account/identities", "POST /account/identities", answer);
    }
}
